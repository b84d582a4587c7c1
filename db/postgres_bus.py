"""The bus over PostgreSQL: one connection that listens, and messages notified together.

NOTIFY takes a lock of the whole database when it commits, so what is published while one statement runs
goes with the next. Never called inside of a transaction of a request.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress

import asyncpg

CHANNEL = "yutang_rooms"
SILENCE_S = 15.0
"""After so long without a message PostgreSQL is asked whether it is still there."""
RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)
MOST_WAITING = 10_000
MOST_AT_ONCE = 500
NOTIFY = "SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message"

_logger = logging.getLogger("yutang.bus")


class PostgresWire:
    """Needs a connection to the primary itself: neither a replica nor a pooler of transactions can listen."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._listener: asyncpg.Connection | None = None
        self._publisher: asyncpg.Connection | None = None
        self._received: deque[str] = deque(maxlen=MOST_WAITING)
        self._news = asyncio.Event()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        listener = await asyncpg.connect(self._dsn, timeout=5, command_timeout=5)
        listener.add_termination_listener(lambda _: self._news.set())
        await listener.add_listener(CHANNEL, lambda *heard: self._hear(str(heard[3])))
        self._listener = listener

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending
        for connection in (self._listener, self._publisher):
            if connection is not None:
                connection.terminate()

    async def send(self, message: str) -> None:
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, sent))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        await sent

    async def receive(self) -> str | None:
        while not self._received:
            self._news.clear()
            if not await self._is_heard():
                await self._connect_again()
                return None
        return self._received.popleft()

    def _hear(self, message: str) -> None:
        self._received.append(message)
        self._news.set()

    async def _is_heard(self) -> bool:
        """Wait for a message; False when the connection is dead."""
        assert self._listener is not None, "receive comes after connect"
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                await self._news.wait()
        if self._received:
            return True
        if self._listener.is_closed():
            return False
        try:
            await self._listener.execute("SELECT")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            return False
        return True

    async def _connect_again(self) -> None:
        _logger.warning("lost PostgreSQL's notifications")
        failures = 0
        while True:
            if self._listener is not None:
                self._listener.terminate()
            try:
                await self.connect()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
            else:
                return

    async def _send(self) -> None:
        """Send what waits until nothing does. A failure fails those whose messages went together."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._notify(batch)
        finally:
            self._sending = None

    async def _notify(self, batch: list[tuple[str, asyncio.Future[None]]]) -> None:
        failure: Exception | None = None
        try:
            if self._publisher is None or self._publisher.is_closed():
                self._publisher = await asyncpg.connect(self._dsn, timeout=2, command_timeout=2)
            await self._publisher.execute(NOTIFY, CHANNEL, [message for message, _ in batch])
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            failure = error
        for _, sent in batch:
            if sent.done():
                continue
            if failure is None:
                sent.set_result(None)
            else:
                sent.set_exception(failure)
