"""Buyers: each has one connection and one order under way, again and again. Run as a child; says JSON in lines.

`python -m benchmarks.load.buyers SCENE` with a JSON file of what to ask for. Each line of input is a command,
`{"seconds": 10, "buyers": 64}`; each answer tells how many orders were answered for, how many refused, how often a
request was repeated, and how long the buyers waited. The keys of the orders that were answered for go into a file.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, cast

import uvloop

RETRY_S = 0.05
PLACED = b'"order":{"id":'
REFUSED = b'"order":null,"userErrors":[{'


class Scene:
    """What buyers ask for: a document, and the input of each order."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.port: int = said["port"]
        self._query, self._variants, self._tokens = said["query"], said["variants"], said["tokens"]
        self._chance = Random(said["seed"])
        self._keys = count()
        self._run = said["run"]

    def order(self) -> tuple[str, bytes]:
        """The next order: its key, and the request."""
        key = f"{self._run}-{next(self._keys)}"
        wanted = {
            "lines": [{"variantId": self._chance.choice(self._variants), "quantity": 1}],
            "idempotencyKey": key,
        }
        body = json.dumps({"query": self._query, "variables": {"input": wanted}}).encode()
        token = self._chance.choice(self._tokens)
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return key, head.encode() + body


class Tally:
    """What became of the orders."""

    def __init__(self) -> None:
        self.placed: list[str] = []
        self.waited_s: list[float] = []
        self.refused = self.repeated = 0
        self.strange: list[str] = []


class Buyer(asyncio.Protocol):
    """One connection. An order that is not answered for is asked for again, under its key, until it is."""

    def __init__(self, scene: Scene, tally: Tally, is_over: Callable[[], bool]) -> None:
        self._scene, self._tally, self._is_over = scene, tally, is_over
        self._key, self._request = scene.order()
        self._began = time.perf_counter()
        self._answer = b""
        self._transport: asyncio.Transport | None = None
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._answer = cast("asyncio.Transport", transport), b""
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._answer = b""
            self._heard(head, body)

    def _heard(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"HTTP/1.1 200") and PLACED in body:
            self._tally.placed.append(self._key)
            self._tally.waited_s.append(time.perf_counter() - self._began)
            self._next()
        elif head.startswith(b"HTTP/1.1 200") and REFUSED in body:
            self._tally.refused += 1
            self._next()
        else:  # the server or its database is away for a moment
            self._tally.repeated += 1
            if len(self._tally.strange) < 5:
                self._tally.strange.append(f"{head[:40]!r} {body[:300]!r}")
            asyncio.get_running_loop().call_later(RETRY_S, self._again)

    def _next(self) -> None:
        if self._is_over():
            self._end()
            return
        self._key, self._request = self._scene.order()
        self._began = time.perf_counter()
        assert self._transport is not None
        self._transport.write(self._request)

    def _again(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._request)

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        if not self.done.done():
            self._tally.repeated += 1
            asyncio.get_running_loop().create_task(self.connect(), name="again")

    async def connect(self) -> None:
        """Come to the server, waiting while it is away."""
        while not self.done.done():
            try:
                await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._scene.port)
            except OSError:
                await asyncio.sleep(RETRY_S)
            else:
                return


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def buy(scene: Scene, buyers: int, seconds: float) -> Tally:
    """Let so many buy for so long; every order that was begun is answered for in the end."""
    tally, until = Tally(), time.perf_counter() + seconds
    crowd = [Buyer(scene, tally, lambda: time.perf_counter() >= until) for _ in range(buyers)]
    await asyncio.gather(*(buyer.connect() for buyer in crowd))
    await asyncio.gather(*(buyer.done for buyer in crowd))
    return tally


def _report(tally: Tally, took_s: float) -> dict[str, Any]:
    waited = sorted(tally.waited_s) or [0.0]
    return {
        "placed": len(tally.placed),
        "per_s": len(tally.placed) / took_s,
        "p50_ms": waited[len(waited) // 2] * 1000,
        "p99_ms": waited[int(len(waited) * 0.99)] * 1000,
        "refused": tally.refused,
        "repeated": tally.repeated,
        "strange": tally.strange,
    }


def main() -> None:
    said = json.loads(Path(sys.argv[1]).read_text())
    scene, keys = Scene(said), Path(said["keys"])
    for line in sys.stdin:
        wanted = json.loads(line)
        began = time.perf_counter()
        tally = uvloop.run(buy(scene, wanted["buyers"], wanted["seconds"]))
        with keys.open("a") as file:
            file.writelines(f"{key}\n" for key in tally.placed)
        print(json.dumps(_report(tally, time.perf_counter() - began)), flush=True)


if __name__ == "__main__":
    main()
