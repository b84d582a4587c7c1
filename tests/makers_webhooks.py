"""Receivers of webhooks that really listen, and short ways to register them and to send."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from standardwebhooks import Webhook

import db.outbox
import resolvers.webhook_sending
from domain.egress import EgressTerms
from domain.identity import Principal, Role
from providers.webhooks import Webhooks
from tests.makers_members import staff
from tests.pond import Pond

SAVE = """mutation ($input: WebhookEndpointSaveInput!) { webhookEndpointSave(input: $input) {
  webhookEndpoint { id url types description state version } secret userErrors { code path message }
} }"""
ENDPOINT = """query ($id: ID!, $where: WebhookDeliveryWhere) { webhookEndpoint(id: $id) {
  id state pauseReason failingSince oldSecretUntil version
  deliveries(first: 100, where: $where) { totalCount { value } nodes {
    id state attemptCount nextTryAt event { id type subjectId sequence body }
    attempts { at status failure response durationMs }
  } }
} }"""
REPLAY = """mutation ($input: WebhookReplayInput!) { webhookReplay(input: $input) {
  count lastEventId userErrors { code path }
} }"""
TEST = """mutation ($input: WebhookTestInput!) { webhookTest(input: $input) {
  delivery { id state attempts { status failure response } } userErrors { code }
} }"""
PAUSE = """mutation ($input: WebhookEndpointPauseInput!) { webhookEndpointPause(input: $input) {
  webhookEndpoint { state pauseReason version } userErrors { code }
} }"""
RESUME = """mutation ($input: WebhookEndpointResumeInput!) { webhookEndpointResume(input: $input) {
  webhookEndpoint { state pauseReason version } userErrors { code }
} }"""
ROTATE = """mutation ($input: WebhookSecretRotateInput!) { webhookSecretRotate(input: $input) {
  webhookEndpoint { oldSecretUntil version } secret userErrors { code path }
} }"""
REMOVE = """mutation ($input: WebhookEndpointRemoveInput!) { webhookEndpointRemove(input: $input) {
  removedId userErrors { code }
} }"""


@dataclass
class Heard:
    """One request that a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)


Raw: TypeAlias = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """Listens on this machine. `answer` says with which status, unless `raw` writes what it likes."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], int] = lambda _: 204
    raw: Raw | None = None

    def taken(self, is_taken: Callable[[int], bool] = lambda status: status < 300) -> list[Any]:
        """The events that arrived, in the order in which they did."""
        return [one.event for one, status in self.log if is_taken(status)]

    log: list[tuple[Heard, int]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                heard = await _request(reader)
                self.heard.append(heard)
                if self.raw is not None:
                    await self.raw(heard, writer)
                    return
                status = self.answer(heard)
                self.log.append((heard, status))
                writer.write(f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Heard:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Heard(first.split()[1], headers, await reader.readexactly(int(headers["content-length"])))


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Receiver]:
    """A receiver that listens until the block ends."""
    receiver = Receiver("", **options)
    talks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        talks.add(talk)
        try:
            await receiver.serve(reader, writer)
        finally:
            writer.close()
            talks.discard(talk)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    try:
        yield receiver
    finally:
        server.close()
        for talk in list(talks):
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def verified(heard: Heard, secret: str) -> Any:
    """What a receiver with the library of Standard Webhooks makes of a request. It raises for one that is forged."""
    return Webhook(secret).verify(heard.body, heard.headers)


def near(pond: Pond) -> None:
    """Let the pond send to this machine."""
    pond.services.webhooks = Webhooks(EgressTerms(loopback=True))


@dataclass
class Registered:
    """An endpoint, its secret, and who registered it."""

    id: str
    secret: str
    operator: Principal


async def registered(pond: Pond, url: str, types: Sequence[str], operator: Principal | None = None) -> Registered:
    """A new endpoint for some types of events."""
    near(pond)
    pond.time = datetime.now(UTC)  # receivers refuse what seems old
    operator = operator or await staff(pond, Role.OPERATOR)
    answer = (await pond.ask(SAVE, operator, input={"url": url, "types": list(types)}))["webhookEndpointSave"]
    assert answer["userErrors"] == [], answer
    return Registered(answer["webhookEndpoint"]["id"], answer["secret"], operator)


async def tagged(pond: Pond, *member_ids: UUID) -> None:
    """Members get a tag each, as far as the outbox knows."""
    async with pond.database.writing() as tx:
        for member_id in member_ids:
            fact = {"member": member_id.hex, "added": [pond.context().new_id().hex], "removed": []}
            await db.outbox.tell(tx, "MemberTagged", "member", member_id, fact, pond.time)


async def sent(pond: Pond) -> int:
    """Tell what happened to other systems, and send all that is due."""
    await pond.project()
    return await resolvers.webhook_sending.send_due(pond.context())


async def endpoint_of(pond: Pond, one: Registered, **where: Any) -> Any:
    """The endpoint and its deliveries, as an operator sees them."""
    return (await pond.ask(ENDPOINT, one.operator, id=one.id, where=where or None))["webhookEndpoint"]


async def deliveries_of(pond: Pond, one: Registered, **where: Any) -> list[Any]:
    """Its deliveries, the oldest first."""
    return list(reversed((await endpoint_of(pond, one, **where))["deliveries"]["nodes"]))
