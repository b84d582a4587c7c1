"""A websocket client that sends what it is told to, right or wrong, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.site import Site

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """The bytes of a frame. `reserved` are the bits RSV1 to RSV3, as in the first byte."""
    first, size, bit = opcode | reserved | fin << 7, len(payload), masked << 7
    if size < 126:
        head = bytes((first, size | bit))
    elif size < 1 << 16:
        head = bytes((first, 126 | bit)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 127 | bit)) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[n % 4] for n, byte in enumerate(payload))


def parts(pieces: Iterable[bytes]) -> bytes:
    """A text in several frames."""
    pieces = list(pieces)
    frames = [frame(TEXT if n == 0 else CONT, piece, fin=n == len(pieces) - 1) for n, piece in enumerate(pieces)]
    return b"".join(frames)


@dataclass
class Wire:
    """A connection after its handshake."""

    response: bytes
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes; the server may have stopped to listen."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            pass

    async def next(self) -> tuple[int, bytes]:
        """The opcode and the payload of the next frame, which servers send whole and unmasked."""
        async with asyncio.timeout(10):
            first, size = await self._reader.readexactly(2)
            assert first & 0xF0 == 0x80, "fragmented, or with reserved bits"
            if size == 126:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self._reader.readexactly(8), "big")
            return first & 15, await self._reader.readexactly(size)

    async def closed(self) -> int | None:
        """The code with which the server closes, None for none; nothing may come after it."""
        while True:
            opcode, payload = await self.next()
            if opcode == CLOSE:
                await self.send(frame(CLOSE, payload[:2]))
                async with asyncio.timeout(10):
                    assert await self._reader.read() == b"", "something came after the close"
                return int.from_bytes(payload[:2], "big") if payload else None


@asynccontextmanager
async def wired(site: Site, *headers: str) -> AsyncIterator[Wire]:
    """A connection on which the websocket handshake was done."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
    lines = [
        "GET /graphql HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
        *headers,
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        yield Wire(await reader.readuntil(b"\r\n\r\n"), reader, writer)
    finally:
        writer.close()
