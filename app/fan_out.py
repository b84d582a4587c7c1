"""Fan-out: the frames of some events, written to the members of a group that keep up, with nothing else per member.

This is the inner loop of a crowded room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.framing import MOST_FRAMES, Framing, Made
from app.lines import Line
from domain.room_events import RoomEvent


class Viewer(Protocol):
    """A member of the group that writes to a line."""

    line: Line
    framing: Framing
    is_over: bool

    def take(self, event: RoomEvent, made: Made) -> None:
        """Take one event, where the line does not write at once."""


def dealing(events: Sequence[tuple[RoomEvent, Made]]) -> Callable[[Sequence[Any]], None]:
    """What writes these events to members: to each in one piece."""
    pieces: dict[Framing, bytes] = {}

    def piece_of(framing: Framing) -> bytes:
        piece = b"".join([made.frame(framing).message for _, made in events])
        if framing.is_shared and len(pieces) < MOST_FRAMES:
            pieces[framing] = piece
        return piece

    def deal(members: Sequence[Viewer]) -> None:
        for member in members:
            write = member.line.write
            if write is None or member.is_over:
                for event, made in events:
                    member.take(event, made)
                continue
            try:
                write(pieces.get(member.framing) or piece_of(member.framing))
            except RuntimeError:  # the connection broke just now; its loop will hear of it
                member.line.close()

    return deal
