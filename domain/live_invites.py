"""Invites of a live room, counted once for each viewer, and the boards (榜) of who invited most (R62)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import ClassVar
from uuid import UUID

from domain.identity import Principal
from domain.members import masked
from domain.records import record
from domain.room_events import EventKind, RoomEvent

MOST_ON_BOARD = 50
LOOKED_FOR = timedelta(hours=1)
"""An entry that was not effective so long after it never counts."""
_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


class BoardOf(Enum):
    """Whose board it is."""

    MEMBERS = "MEMBERS"
    GUIDES = "GUIDES"
    STORES = "STORES"


class BoardBy(Enum):
    """What a board ranks by."""

    INVITES = "INVITES"
    GMV = "GMV"


@record
class InviteTerms:
    """When an invite counts: at once, or when the viewer watched for so long, or has a phone."""

    watched: timedelta = timedelta()
    phone_bound: bool = False

    def counts_at_once(self, *, has_phone: bool) -> bool:
        """Whether an invite counts as soon as the viewer comes in."""
        return not self.watched and (has_phone or not self.phone_bound)


AT_ONCE = InviteTerms()


@record
class Sharer:
    """Whose link a viewer came by. `guide_id` and `store_id` are those of a guide who works for the brand now."""

    member_id: UUID
    share_id: UUID | None = None
    guide_id: UUID | None = None
    store_id: UUID | None = None


@record
class BoardEntry:
    """One line of a board. `count` is of viewers, or of the smallest units of money."""

    rank: int
    name: str
    avatar_url: str | None
    count: int


@record
class Standing:
    """Where the caller stands on a board, on or below what is shown of it."""

    rank: int
    count: int


@record
class Board:
    """At most 50 lines, the first rank first, and where the caller stands; None when nowhere."""

    of: BoardOf
    by: BoardBy
    entries: Sequence[BoardEntry]
    mine: Standing | None = None


@record
class BoardChanged(RoomEvent):
    """A board by invites as it is now.

    It is the board of the room that viewers came into, told to all who see the same picture: `board_room_id` says of
    which, the room itself or one of its mirrors.
    """

    kind: ClassVar[EventKind] = EventKind.BOARD
    board_room_id: UUID
    of: BoardOf
    entries: tuple[BoardEntry, ...]

    @property
    def latest_key(self) -> object:
        return self.kind, self.board_room_id, self.of


def works_for(viewer: Principal, store_path: str) -> bool:
    """Whether somebody has a duty at the room's store or at a unit above it."""
    return any(store_path.startswith(duty.path) for duty in viewer.duties)


def inviter_of(viewer_id: UUID, sharer: Sharer | None, *, is_staff: bool) -> Sharer | None:
    """For whom a first entry counts: whose link was used, but for one's own link, and none for the room's staff.

    >>> a, b = UUID(int=1), UUID(int=2)
    >>> inviter_of(b, Sharer(a), is_staff=False) == Sharer(a)
    True
    >>> inviter_of(a, Sharer(a), is_staff=False), inviter_of(b, Sharer(a), is_staff=True)
    (None, None)
    """
    return None if sharer is None or sharer.member_id == viewer_id or is_staff else sharer


def boards_of(guide_id: UUID | None) -> tuple[BoardOf, ...]:
    """On which boards an inviter stands: a guide on those of the guides and stores, anybody else on the members'."""
    return (BoardOf.MEMBERS,) if guide_id is None else (BoardOf.GUIDES, BoardOf.STORES)


def shown_name(name: str) -> str:
    """A name for a board, with the phones hidden that people put into their names.

    >>> shown_name("小美 13812345678")
    '小美 138****5678'
    """
    return _PHONE.sub(lambda found: masked(found[1]), name)


def subject_of(room_id: UUID, of: BoardOf) -> str:
    """How a fact names a board that changed.

    >>> subject_of(UUID(int=0), BoardOf.MEMBERS)
    '00000000000000000000000000000000:MEMBERS'
    """
    return f"{room_id.hex}:{of.value}"


def named_by(subject: str) -> tuple[UUID, BoardOf]:
    """The room and the board that `subject_of` named.

    Raises:
        ValueError: it names none.
    """
    room, _, of = subject.partition(":")
    return UUID(hex=room), BoardOf(of)
