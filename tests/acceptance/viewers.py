"""Viewers of live rooms over raw sockets: cheap enough for hundreds, and as rude as a phone in a tunnel."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any
from urllib.parse import urlsplit

EVENTS = "subscription($room: ID!, $after: Long, $epoch: String) { liveRoomEvents(roomId: $room, after: $after, epoch: $epoch) { seq kind } }"
_HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
CLOSE = 8


class Gone(Exception):
    """The connection is over; with the code that the server gave, if it gave one."""


def framed(message: Any) -> bytes:
    """A masked text frame."""
    data = json.dumps(message).encode()
    size = bytes([128 | len(data)]) if len(data) < 126 else bytes([128 | 126, *len(data).to_bytes(2, "big")])
    return b"\x81" + size + bytes(4) + data  # a mask of zeros


class Socket:
    """A websocket that speaks graphql-transport-ws."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str, query: str, **variables: Any) -> Socket:
        """Connect, and subscribe."""
        at = urlsplit(url)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(_HANDSHAKE.format(host=at.netloc).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            writer.close()
            raise Gone(head)
        payload = {"query": query, "variables": variables}
        writer.write(framed({"type": "connection_init"}) + framed({"type": "subscribe", "id": "1", "payload": payload}))
        return cls(reader, writer)

    async def hear(self) -> Any:
        """The next message but for pings, which are answered.

        Raises:
            Gone: the connection is over.
        """
        while True:
            try:
                first, size = await self._reader.readexactly(2)
                if size >= 126:
                    size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
                data = await self._reader.readexactly(size)
            except (asyncio.IncompleteReadError, OSError):
                self._writer.close()
                raise Gone(None) from None
            if first & 15 == CLOSE:
                self._writer.write(b"\x88\x82" + bytes(4) + data[:2])
                self._writer.close()
                raise Gone(int.from_bytes(data[:2], "big"))
            message = json.loads(data) if first & 15 == 1 else {"type": "ping"}
            if message["type"] != "ping":
                return message
            self._writer.write(framed({"type": "pong"}))

    def cut(self) -> None:
        """Be gone without a word."""
        self._writer.close()
        self._writer.transport.abort()


class Viewer:
    """A client that watches a room and comes back from wherever it was, until it is let go."""

    def __init__(self, url: str, room: str, after: int | None = None, epoch: str | None = None) -> None:
        self.seqs: list[int] = []
        self.ends: list[int | None] = []
        self.errors: list[str] = []
        self._url, self._room, self._after, self._epoch = url, room, after, epoch
        self._socket: Socket | None = None
        self._task = asyncio.create_task(self._watch())

    async def let_go(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self.cut()

    def cut(self) -> None:
        if self._socket is not None:
            self._socket.cut()

    async def _watch(self) -> None:
        while not self.errors:
            try:
                await self._listen()
            except Gone as gone:
                self.ends.append(gone.args[0])
                await asyncio.sleep(0.05 + os.urandom(1)[0] / 2_000)
            except OSError:
                await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        after = self.seqs[-1] if self.seqs else self._after
        self._socket = await Socket.open(self._url, EVENTS, room=self._room, after=after, epoch=self._epoch)
        while True:
            message = await self._socket.hear()
            if message["type"] == "next":
                self.seqs.append(message["payload"]["data"]["liveRoomEvents"]["seq"])
            elif message["type"] == "error":
                self.errors.append(message["payload"][0]["extensions"]["code"])
                return
