"""The payment callback, which anyone may call: it reads no more than it takes, and does not wait for long."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest

from app.callbacks import MOST_BYTES
from app.gateways import notify_path
from domain.gateways import Provider
from providers.payments_sandbox import signed
from tests.site import Site, running

NOTIFY = notify_path(Provider.SANDBOX)
HEAD = f"POST {NOTIFY} HTTP/1.1\r\nHost: x\r\n"


async def said_to(site: Site, *parts: bytes, pause_s: float = 0) -> tuple[bytes, int]:
    """The status line that the server answers with, and how many parts it took before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
    answering = asyncio.create_task(reader.readline())
    sent = 0
    for part in parts:
        if answering.done():
            break
        writer.write(part)
        await asyncio.sleep(pause_s)
        sent += 1
    status = await asyncio.wait_for(answering, 10)
    writer.close()
    return status, sent


@pytest.fixture(scope="module")
def chunk() -> bytes:
    return b"1000\r\n" + b"x" * 4096 + b"\r\n"


async def test_a_body_without_an_end_is_not_read_to_its_end(door: Site, chunk: bytes) -> None:
    head = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode()

    status, sent = await said_to(door, head, *[chunk] * 1_000, pause_s=0.005)

    assert status.startswith(b"HTTP/1.1 413 ")
    assert sent < 50


async def test_a_body_that_does_not_come_is_not_waited_for(dsn: str) -> None:
    async with running(dsn, limits={"body_s": 0.2}) as site:
        head = f"{HEAD}Content-Length: 100\r\n\r\n".encode()

        status, _ = await said_to(site, head, b"x")

    assert status.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(("length", "status"), [(MOST_BYTES, 401), (MOST_BYTES + 1, 413)])
async def test_a_body_of_the_longest_length_is_looked_at(door: Site, length: int, status: int) -> None:
    answer: Any = await door.client.post(NOTIFY, content=b"x" * length)

    assert answer.status_code == status


async def test_a_provider_hears_that_we_could_not_book_now(site: Site) -> None:
    await site.pond.database.close()

    answer = await _signed(site)

    assert (answer.status_code, answer.json()) == (503, {"code": "OVERLOADED"})


async def _signed(site: Site) -> Any:
    """The answer to a notification that the sandbox signed, of a payment that nobody knows."""
    now = site.pond.context().now()
    said = {"out_trade_no": uuid4().hex, "transaction_id": "SBX1", "amount": 1, "currency": "CNY"}
    body = orjson.dumps({**said, "paid_at": now.isoformat()})
    return await site.client.post(
        NOTIFY, content=body, headers=signed(site.server.settings.sandbox_secret, "m", body, now)
    )
