"""Likes: writes what the live rooms of this process were liked, and has it told, every three seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import db.idempotency
import db.live_likes
import db.outbox
from db.connection import Database
from domain.idempotency import request_of
from resolvers.like_tally import LikeTally

EVERY_S = 3.0

_logger = logging.getLogger("yutang.likes")


class LikeWriter:
    """Writes counts in batches, each once, even where it is unknown whether the first try was done."""

    def __init__(self, database: Database, tally: LikeTally, process_id: UUID, now: Callable[[], datetime]) -> None:
        self._database = database
        self._tally = tally
        self._owner = f"process:{process_id.hex}"
        self._now = now
        self._batch: dict[UUID, int] = {}
        self._number = 0

    async def run(self) -> None:
        """Write until cancelled. What could not be written waits for the next time."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.flush()
            except Exception as error:  # noqa: BLE001  the batch is kept
                _logger.warning("likes could not be written: %r", error)

    async def flush(self) -> None:
        """Write everything that was counted; the batch that failed, if any, before what came later."""
        if self._batch:
            await self._write()
        self._batch, self._number = self._tally.take(), self._number + 1
        if self._batch:
            await self._write()

    async def _write(self) -> None:
        counts, at = {room.hex: likes for room, likes in self._batch.items()}, self._now()
        request = request_of(self._owner, "likes", str(self._number), counts)
        async with self._database.writing() as tx:
            if await db.idempotency.claim(tx, request, at) is None:
                await db.live_likes.add(tx, self._batch)
                first = next(iter(self._batch))
                await db.outbox.tell(tx, "LiveRoomsLiked", "live_room", first, {"live_likes": sorted(counts)}, at)
                await db.idempotency.answer(tx, request, sum(counts.values()))
        self._batch = {}

    async def close(self) -> None:
        """Write what is left; say so where that fails."""
        try:
            await self.flush()
        except Exception:
            lost = sum(self._batch.values()) + sum(self._tally.take().values())
            _logger.exception("%s likes are lost", lost)
