"""A load client for live rooms: many websockets on one core, which count what they get."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

import uvloop

SAMPLED = 20
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


def frame(message: dict[str, Any]) -> bytes:
    """A masked text frame; the mask is zero."""
    text = json.dumps(message).encode()
    length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + text


class Viewers:
    """All connections together."""

    def __init__(self, query: str) -> None:
        self.subscribe = frame(
            {"type": "subscribe", "id": "1", "payload": {"query": query, "variables": {"room": "1"}}}
        )
        self.subscribed = 0
        self.heard = 0
        self.bytes = 0
        self.delays: list[float] = []


class Viewer(asyncio.Protocol):
    """One connection: shakes hands, subscribes, then only counts frames."""

    def __init__(self, viewers: Viewers, *, sampled: bool) -> None:
        self._viewers = viewers
        self._sampled = sampled
        self._rest = b""
        self._step = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if self._step == 0:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._step = 1
            self._transport.write(frame({"type": "connection_init"}))
        self._rest = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        at, end = 0, len(data)
        while end - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                if end - at < 4:
                    break
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if end < start + length:
                break
            self._take(data, start, length)
            at = start + length
        return data[at:]

    def _take(self, data: bytes, start: int, length: int) -> None:
        viewers = self._viewers
        if self._step == 1:
            self._step = 2
            viewers.subscribed += 1
            self._transport.write(viewers.subscribe)
            return
        viewers.heard += 1
        viewers.bytes += length
        if self._sampled:
            sent = float(data[start : start + length].partition(b"@")[2].partition(b"@")[0])
            viewers.delays.append(time.time() - sent)


async def main(port: int, count: int, query: str) -> None:
    """Follow the orders on standard input: wait for so many deliveries and tell how it went."""
    loop, viewers = asyncio.get_running_loop(), Viewers(query)
    for n in range(count):
        await loop.create_connection(
            lambda n=n: Viewer(viewers, sampled=n % (count // SAMPLED or 1) == 0), "127.0.0.1", port
        )
    while viewers.subscribed < count:  # noqa: ASYNC110  looking now and then costs less than an event per frame
        await asyncio.sleep(0.01)
    tell(ready=count)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        wanted, began, worked = int(line), time.monotonic(), time.process_time()
        while viewers.heard < wanted:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.005)
        delays = sorted(viewers.delays)
        busy = (time.process_time() - worked) / (time.monotonic() - began)
        tell(heard=viewers.heard, bytes=viewers.bytes / viewers.heard, busy=busy, p99=delays[int(len(delays) * 0.99)])
        viewers.heard, viewers.bytes, viewers.delays = 0, 0, []


def tell(**said: Any) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
