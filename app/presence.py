"""Presence: tells live rooms how many watch, when it changes, every two seconds at most."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import db.room_presence
from db.connection import Database
from domain.refusals import Refusal
from domain.room_events import EventKind
from resolvers.room_writer import RoomWriter
from subscriptions.hub import Hub

EVERY_S = 2.0
REPEAT = timedelta(seconds=30)
SILENT_AFTER = timedelta(seconds=70)
"""A process that did not repeat its number for so long has ended."""

_logger = logging.getLogger("yutang.presence")


class Presence:
    """Counts the connections of this process, and tells the sum of all processes to the rooms."""

    def __init__(
        self, database: Database, hub: Hub, writer: RoomWriter, process_id: UUID, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._hub = hub
        self._writer = writer
        self._process_id = process_id
        self._now = now
        self._told: dict[UUID, tuple[int, datetime]] = {}

    async def run(self) -> None:
        """Count until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.count()
            except Exception as error:  # noqa: BLE001  the next count tells it
                _logger.warning("viewers could not be told: %r", error)

    async def count(self) -> None:
        """Tell what changed since the last count, and what was not repeated for long."""
        await self._tell(self._hub.audience())

    async def leave(self) -> None:
        """Nobody watches in this process any more."""
        await self._tell({})

    async def _tell(self, audience: dict[UUID, int]) -> None:
        now = self._now()
        counted = {room: 0 for room in self._told if room not in audience}
        for room, viewers in audience.items():
            told, at = self._told.get(room, (None, now))
            if viewers != told or now - at >= REPEAT:
                counted[room] = viewers
        if not counted:
            return
        async with self._database.writing() as tx:
            changed = await db.room_presence.tell(tx, self._process_id, counted, now, now - SILENT_AFTER)
        self._told |= {room: (viewers, now) for room, viewers in counted.items()}
        self._told = {room: told for room, told in self._told.items() if room in audience}
        await asyncio.gather(*(self._post(room, viewers) for room, viewers in changed.items()))

    async def _post(self, room_id: UUID, viewers: int) -> None:
        try:
            await self._writer.post(room_id, EventKind.VIEWERS, {"viewer_count": viewers})
        except (Refusal, LookupError) as error:
            _logger.warning("room %s was not told its viewers: %r", room_id, error)
