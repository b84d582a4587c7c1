"""Likes of live rooms that came in and are not written yet: a tap costs an addition in memory."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

OPEN_FOR = timedelta(seconds=5)
"""A room that was seen open takes likes for so long without being looked at again."""


class LikeTally:
    """Counts likes by room until somebody takes the counts to write them. One for each process."""

    def __init__(self) -> None:
        self._counts: Counter[UUID] = Counter()
        self._open: dict[UUID, tuple[UUID, datetime]] = {}

    def open_source(self, room_id: UUID, now: datetime) -> UUID | None:
        """The room whose likes those of this one are, if it was seen open just now."""
        source_id, until = self._open.get(room_id, (None, now))
        return source_id if now < until else None

    def seen_open(self, room_id: UUID, source_id: UUID, now: datetime) -> None:
        """Remember that a room is open, and forget those for which that is old."""
        self._open = {room: seen for room, seen in self._open.items() if now < seen[1]}
        self._open[room_id] = source_id, now + OPEN_FOR

    def add(self, room_id: UUID, likes: int) -> None:
        """Count likes of a room."""
        self._counts[room_id] += likes

    def take(self) -> dict[UUID, int]:
        """What was counted since the last time. Whoever takes it has to write it."""
        counts, self._counts = self._counts, Counter()
        return dict(counts)
