"""The limit: a loop over plain sockets that writes the frame of an event, made once, to each; and nothing else.

It knows as little of websockets as its client can do without: the answer to one handshake, and no reading of frames.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.load.control import take_orders
from benchmarks.peers.events import posted

ACCEPT = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
"""It answers the key of RFC 6455, 1.3, which is the only one that the load client sends."""
_ROOM = re.compile(rb'"room": ?"(\w+)"')

rooms: dict[str, dict[asyncio.WriteTransport, None]] = {}


def frame(text: bytes) -> bytes:
    """A text frame of a server, up to 64 KiB."""
    length = bytes([len(text)]) if len(text) < 126 else b"\x7e" + len(text).to_bytes(2, "big")
    return b"\x81" + length + text


class Viewer(asyncio.Protocol):
    """One connection. Its first data are the handshake, the second connection_init, the third subscribe."""

    __slots__ = ("_room", "_steps", "_transport")

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._steps = 0
        self._room: dict[asyncio.WriteTransport, None] = {}

    def data_received(self, data: bytes) -> None:
        self._steps += 1
        if self._steps == 1:
            self._transport.write(ACCEPT)
        elif self._steps == 2:
            self._transport.write(frame(b'{"type":"connection_ack"}'))
        elif self._steps == 3 and (room := _ROOM.search(data)):
            self._room = rooms[room.group(1).decode()]
            self._room[self._transport] = None

    def connection_lost(self, _error: Exception | None) -> None:
        self._room.pop(self._transport, None)


async def main(names: list[str]) -> None:
    rooms.update({name: {} for name in names})
    numbers = dict.fromkeys(names, 0)

    async def publish(room: int, text: str) -> None:
        name = names[room]
        numbers[name] += 1
        payload = {"data": {"bulletComments": posted(numbers[name], text)}}
        written = frame(orjson.dumps({"id": "1", "type": "next", "payload": payload}))
        for transport in rooms[name]:
            transport.write(written)

    server = await asyncio.get_running_loop().create_server(Viewer, "127.0.0.1", 0, backlog=2048)
    await take_orders(server.sockets[0].getsockname()[1], publish)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]).read_text().split()))
