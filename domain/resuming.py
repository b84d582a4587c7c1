"""Resuming: whether a reader of a room's log may go on from where it was, or has to read the room anew."""

from __future__ import annotations

from collections.abc import Sequence

from domain.records import record
from domain.room_events import RoomEvent

MOST_REPLAYED = 10_000
"""Who missed more than so many events is quicker with the room's snapshot."""


@record
class Extent:
    """What is kept of a room's log for replay: the events after number `floor`, up to number `head`.

    `epoch` names the life of the log. A database that came back from a backup, or a replica that took over
    without the last events, gives numbers anew that clients saw before, and does so in another life.
    """

    floor: int
    head: int
    epoch: str


NO_LOG = Extent(0, 0, "")


@record
class Cursor:
    """Where a reader is: the last event that it has and, unless it does not say so, the life which that is of."""

    after: int
    epoch: str | None = None


def must_resync(cursor: Cursor, extent: Extent) -> bool:
    """Whether what comes after a cursor cannot be given as a whole.

    It is of another life of the log, or of another room; it is ahead of the log; what follows it is not kept any
    more; or that is too much.
    """
    if cursor.epoch not in (None, extent.epoch):
        return True
    return not max(extent.floor, extent.head - MOST_REPLAYED) <= cursor.after <= extent.head


def follows(events: Sequence[RoomEvent], after: int) -> bool:
    """Whether events are the very next ones after a number, none missing."""
    return all(event.seq == after + n for n, event in enumerate(events, 1))


def are_same(events: Sequence[RoomEvent], others: Sequence[RoomEvent]) -> bool:
    """Whether two readings of a log are of one life. A comment may have been taken back between them."""
    return [_mark(event) for event in events] == [_mark(event) for event in others]


def _mark(event: RoomEvent) -> tuple[object, ...]:
    return event.seq, event.kind, event.at
