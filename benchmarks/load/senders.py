"""Senders of bullet comments: members on a few HTTP connections that are kept, each of whom waits for the answer.

Run as a process of its own; it obeys lines on standard input: `flood SECONDS` sends as fast as answers come, `steady
RATE SECONDS` so many a second, due at fixed times. Each is answered with one line of JSON, and what was accepted stands
in the file that it names: a line with number and text for each.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.load.viewers import TEXT

CONNECTIONS = 64
QUERY = """mutation($input: BulletCommentSendInput!) {
  bulletCommentSend(input: $input) { seq userErrors { code message } }
}"""
ACCEPTED = re.compile(rb'"seq":(\d+)')


class Connection(asyncio.Protocol):
    """One connection with one request on its way at most."""

    def __init__(self, done: Any) -> None:
        self._done = done
        self._text = ""
        self._rest = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send(self, request: bytes, text: str) -> None:
        self._text = text
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        head, end, body = data.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            self._rest = data
            return
        self._rest = b""
        self._done(self, self._text, body)

    def connection_lost(self, error: Exception | None) -> None:
        sys.exit(f"the server closed a sender's connection: {error!r}")


class Senders:
    """All members, who speak in turns, so that nobody is too fast for the room; so do connections."""

    def __init__(self, room: str, tokens: list[str]) -> None:
        self._room = room
        self._heads = itertools.cycle([_head(token) for token in tokens])
        self._numbers = itertools.count(1)
        self._idle: deque[Connection] = deque()
        self._freed = asyncio.Event()
        self.accepted: list[tuple[int, str]] = []
        self.refused: Counter[bytes] = Counter()

    async def connect(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(lambda: Connection(self._answered), "127.0.0.1", port)
            self._idle.append(connection)

    async def flood(self, seconds: float) -> None:
        """Whoever has an answer sends the next."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            while self._idle:
                self._send(time.monotonic())
            await self._free()
        await self._all_answered()

    async def steady(self, rate: float, seconds: float) -> None:
        """What is due waits for a connection if it must, and is as late as it is."""
        began = time.monotonic()
        for n in range(int(rate * seconds)):
            due = began + n / rate
            if (pause_s := due - time.monotonic()) > 0.001:
                await asyncio.sleep(pause_s)
            while not self._idle:
                await self._free()
            self._send(due)
        await self._all_answered()

    def _send(self, due: float) -> None:
        text = f"{TEXT}@{int(due * 1e6)}@ no. {next(self._numbers)}"
        said = {"liveRoomId": self._room, "text": text}
        body = json.dumps({"query": QUERY, "variables": {"input": said}}).encode()
        self._idle.popleft().send(next(self._heads) + b"%d\r\n\r\n%b" % (len(body), body), text)

    def _answered(self, connection: Connection, text: str, body: bytes) -> None:
        found = ACCEPTED.search(body)
        if found is None:
            self.refused[body] += 1
        else:
            self.accepted.append((int(found.group(1)), text))
        self._idle.append(connection)
        self._freed.set()

    async def _free(self) -> None:
        self._freed.clear()
        await self._freed.wait()

    async def _all_answered(self) -> None:
        while len(self._idle) < CONNECTIONS:
            await self._free()


def _head(token: str) -> bytes:
    return (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: "
    ).encode()


async def main(port: int, room: str, tokens: list[str]) -> None:
    """Obey until standard input ends."""
    loop, senders = asyncio.get_running_loop(), Senders(room, tokens)
    await senders.connect(port)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, *numbers = line.split()
        senders.accepted, senders.refused = [], Counter()
        began, worked = time.monotonic(), time.process_time()
        orders: dict[str, Callable[..., Awaitable[None]]] = {"flood": senders.flood, "steady": senders.steady}
        await orders[name](*map(float, numbers))
        seconds = time.monotonic() - began
        told: dict[str, Any] = {
            "accepted": len(senders.accepted),
            "refused": sum(senders.refused.values()),
            "seconds": seconds,
        }
        told["client_share"] = (time.process_time() - worked) / seconds
        told["why"] = [body.decode() for body, _ in senders.refused.most_common(1)]
        print(json.dumps({**told, "file": _kept(senders.accepted)}), flush=True)


def _kept(accepted: list[tuple[int, str]]) -> str:
    handle, name = tempfile.mkstemp(suffix=".tsv")
    os.close(handle)
    Path(name).write_text("".join(f"{seq}\t{text}\n" for seq, text in accepted))
    return name


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text().split()))
