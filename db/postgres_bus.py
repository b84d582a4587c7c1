"""The bus over PostgreSQL: one connection that listens, and one that notifies.

NOTIFY takes a lock of the whole database when it commits, so many messages go with one statement. It is never called
inside of a transaction of a request: it only wakes others up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

CHANNEL = "yutang_rooms"
SILENCE_S = 5.0
"""After so long without a message PostgreSQL is asked whether it is still there."""
ANSWER_WITHIN_S = 2.0
RETRY_S = (0.05, 0.2, 0.5, 1.0)
MOST_WAITING = 10_000
NOTIFY = "SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message"
AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_logger = logging.getLogger("yutang.bus")


class PostgresWire:
    """Needs a connection to the primary itself: neither a replica nor a pooler of transactions can listen."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._listener: asyncpg.Connection | None = None
        self._publisher: asyncpg.Connection | None = None
        self._received: deque[str | None] = deque()
        self._news = asyncio.Event()
        self._failures = 0

    async def connect(self) -> None:
        listener = await asyncpg.connect(self._dsn, timeout=ANSWER_WITHIN_S, command_timeout=ANSWER_WITHIN_S)
        try:
            listener.add_termination_listener(lambda _: self._news.set())
            await listener.add_listener(CHANNEL, lambda *heard: self._hear(str(heard[3])))
        except BaseException:
            listener.terminate()
            raise
        self._listener = listener
        self._failures = 0

    async def close(self) -> None:
        for connection in (self._listener, self._publisher):
            if connection is not None:
                connection.terminate()

    async def send(self, messages: Sequence[str]) -> None:
        if self._publisher is None or self._publisher.is_closed():
            self._publisher = await asyncpg.connect(self._dsn, timeout=ANSWER_WITHIN_S, command_timeout=ANSWER_WITHIN_S)
        await self._publisher.execute(NOTIFY, CHANNEL, list(messages))

    async def receive(self) -> str | None:
        if self._listener is None:
            await self._connect_again()
            return None
        while not self._received:
            self._news.clear()
            if not await self._is_heard(self._listener):
                _logger.warning("lost PostgreSQL's notifications")
                self._listener.terminate()
                self._listener = None
                return None
        return self._received.popleft()

    def _hear(self, message: str) -> None:
        if len(self._received) >= MOST_WAITING:
            self._received.clear()
            self._received.append(None)
        self._received.append(message)
        self._news.set()

    async def _is_heard(self, listener: asyncpg.Connection) -> bool:
        """Wait for a message; False when the connection is dead."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                await self._news.wait()
        if self._received:
            return True
        try:
            await listener.execute("SELECT")
        except AWAY:
            return False
        return True

    async def _connect_again(self) -> None:
        try:
            await self.connect()
        except AWAY:
            await asyncio.sleep(RETRY_S[min(self._failures, len(RETRY_S) - 1)])
            self._failures += 1
