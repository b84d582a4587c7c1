"""Presence: tells live rooms how many watch, each viewer once, when it changes, every two seconds at most."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import db.outbox
import db.room_presence
from db.connection import Database
from subscriptions.hub import Hub

EVERY_S = 2.0
REPEAT = timedelta(seconds=30)
SILENT_AFTER = timedelta(seconds=70)
"""A process that did not repeat who watches for so long has ended."""
NOBODY: frozenset[int] = frozenset()

_logger = logging.getLogger("yutang.presence")


class Presence:
    """Tells who watches in this process, and has all processes' viewers counted together, each of them once."""

    def __init__(self, database: Database, hub: Hub, process_id: UUID, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._process_id = process_id
        self._now = now
        self._told: dict[UUID, frozenset[int]] = {}
        self._repeated_at = now()

    async def run(self) -> None:
        """Count until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.count()
            except Exception as error:  # noqa: BLE001  the next count tells it
                _logger.warning("viewers could not be told: %r", error)

    async def count(self) -> None:
        """Tell what changed since the last count, and now and then that the rest did not."""
        await self._tell(self._hub.audience())

    async def leave(self) -> None:
        """Nobody watches in this process any more."""
        await self._tell({})

    async def _tell(self, audience: Mapping[UUID, frozenset[int]]) -> None:
        now = self._now()
        changed = {
            room: audience.get(room, NOBODY)
            for room in audience.keys() | self._told.keys()
            if audience.get(room, NOBODY) != self._told.get(room, NOBODY)
        }
        repeats = now - self._repeated_at >= REPEAT
        if changed or repeats:
            await self._save(changed, sorted(audience.keys() - changed.keys()) if repeats else [], now)
        if repeats:
            self._repeated_at = now
        self._told = dict(audience)

    async def _save(self, changed: Mapping[UUID, frozenset[int]], same: Sequence[UUID], now: datetime) -> None:
        """Write who watches where that changed. The rooms of processes that ended are counted with the repeats."""
        fresh = now - SILENT_AFTER
        came = {room: viewers - self._told.get(room, NOBODY) for room, viewers in changed.items()}
        async with self._database.writing() as tx:
            await db.room_presence.take_turn(tx)
            await db.room_presence.tell(tx, self._process_id, changed, came, now)
            counted = sorted(changed)
            if now - self._repeated_at >= REPEAT:
                await db.room_presence.repeat(tx, self._process_id, same, now)
                counted = sorted({*changed, *same, *await db.room_presence.silent(tx, fresh)})
            rooms = [room.hex for room in await db.room_presence.count_viewers(tx, counted, fresh)]
            if rooms:
                told = {"live_viewers": rooms}
                await db.outbox.tell(tx, "ViewersCounted", "live_room", UUID(hex=rooms[0]), told, now)
