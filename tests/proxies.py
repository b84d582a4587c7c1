"""A proxy before a server on a unix socket, which fails when it is told to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Carries bytes between a port of its own and a server.

    It can refuse connections and break those there are (refuse), hold back all bytes until it is mended (blackhole),
    or drop them and break the connections when it is mended (lose). It can also break connections between a COMMIT,
    which the server carries out, and its answer.
    """

    def __init__(self, server: str) -> None:
        self.port = 0
        self.answers_to_lose = 0
        self._server = server
        self._mode = ""
        self._mended = asyncio.Event()
        self._mended.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._listening: asyncio.Server

    async def start(self) -> None:
        self._listening = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._listening.close()
        self.heal()
        self.cut()
        await asyncio.sleep(0.01)

    def fail(self, mode: str) -> None:
        self._mode = mode
        if mode == "refuse":
            self.cut()
        else:
            self._mended.clear()

    def heal(self) -> None:
        if self._mode == "lose":
            self.cut()
        self._mode = ""
        self._mended.set()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def dsn(self, dsn: str) -> str:
        """The address of a database, through the proxy."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{urlsplit(dsn).path.lstrip('/')}"

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self._mode == "refuse":
            writer.transport.abort()
            return
        await self._mended.wait()
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._server)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(to_server)
        await asyncio.gather(self._carry(reader, to_server), self._carry(from_server, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self.answers_to_lose and b"COMMIT" in data:
                    await self._lose_answer(data, writer)
                elif self._mode != "lose":
                    await self._mended.wait()
                    writer.write(data)
                    await writer.drain()
        writer.close()
        self._writers.discard(writer)

    async def _lose_answer(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        self.answers_to_lose -= 1
        self._mended.clear()
        writer.write(data)
        await asyncio.sleep(0.05)
        self.cut()
        self._mended.set()


def socket_of(dsn: str) -> str:
    """The unix socket of a PostgreSQL."""
    return parse_qs(urlsplit(dsn).query)["host"][0] + "/.s.PGSQL.5432"
