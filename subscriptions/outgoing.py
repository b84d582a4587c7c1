"""Outgoing: what other processes are to be told, sent one batch after the other. Nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

MOST_WAITING = 2_000
MOST_AT_ONCE = 500
MOST_ROOMS = 10_000
SEND_WITHIN_S = 2.0
RETRY_S = (0.1, 0.3, 1.0)

_logger = logging.getLogger("yutang.bus")


class Outgoing:
    """Messages in the order in which they came.

    While they cannot be sent, only the newest number of each room is kept, and told afterwards: whoever hears of it
    reads the log. Beyond 10,000 rooms that is left to their sweep.
    """

    def __init__(self, send: Callable[[Sequence[str]], Awaitable[None]], hint: Callable[[UUID, int], str]) -> None:
        """`hint` writes a message that a room has events up to a number."""
        self._send = send
        self._hint = hint
        self._waiting: list[tuple[UUID, int, str]] = []
        self._untold: dict[UUID, int] = {}
        self._failures = 0
        self._news = asyncio.Event()

    def put(self, room_id: UUID, last: int, message: str) -> None:
        """Take a message of a room's events up to a number."""
        if self._failures or len(self._waiting) >= MOST_WAITING:
            self._keep_number(room_id, last)
        else:
            self._waiting.append((room_id, last, message))
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting or self._untold:
                await self.flush()
                if self._failures:
                    await asyncio.sleep(RETRY_S[min(self._failures, len(RETRY_S)) - 1])

    async def flush(self) -> None:
        """Send what waits, some hundred messages at most."""
        batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        if not batch:
            batch = [(room_id, last, self._hint(room_id, last)) for room_id, last in self._untold.items()]
            batch = batch[:MOST_AT_ONCE]
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._send([message for _, _, message in batch])
        except Exception as error:  # noqa: BLE001  whatever keeps messages from others, they read the log later
            self._fail(batch, error)
            return
        self._failures = 0
        for room_id, last, _ in batch:
            if self._untold.get(room_id, last + 1) <= last:
                del self._untold[room_id]

    def _fail(self, batch: list[tuple[UUID, int, str]], error: Exception) -> None:
        if not self._failures:
            _logger.warning("the bus does not take messages: %r", error)
        self._failures += 1
        for room_id, last, _ in [*batch, *self._waiting]:
            self._keep_number(room_id, last)
        self._waiting = []

    def _keep_number(self, room_id: UUID, last: int) -> None:
        if room_id in self._untold or len(self._untold) < MOST_ROOMS:
            self._untold[room_id] = max(last, self._untold.get(room_id, 0))
