"""Evidence: what speaks for crediting somebody with an order, and what the brand makes of it (product rules 2.2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from domain.bindings import Binding
from domain.guides import Guide, GuideStatus
from domain.shares import TargetKind

MOST_TOUCHES = 20
"""So many of what a member opened last are looked at."""


class TouchRule(Enum):
    """Which of several shares that a member opened counts."""

    LAST = "LAST"
    FIRST = "FIRST"


class RoomSales(Enum):
    """Whose store's performance a sale in a live room is, where the buyer is bound to a guide of another store."""

    ROOM_STORE = "ROOM_STORE"
    BOUND_STORE = "BOUND_STORE"


@dataclass(frozen=True, slots=True)
class AttributionPolicy:
    """What the brand decides about attribution. It is kept with each order that it decided about."""

    touch_lasts: timedelta = timedelta(days=7)
    content_touch_lasts: timedelta = timedelta(hours=24)
    touch_rule: TouchRule = TouchRule.LAST
    touch_beats_binding: bool = False
    """Whether opening a share goes before a binding whose protection is over."""
    assist_bp: int = 0
    """How much of the commission is the guide's whose share lost to the binding alone. 0: it is counted, not paid."""
    room_sales: RoomSales = RoomSales.ROOM_STORE
    allow_self_commission: bool = False
    forwards_count: bool = True
    """Whether a member's forward of a guide's share is a touch of that guide; never of one further up (R56)."""

    def lasts(self, kind: TargetKind) -> timedelta:
        """For how long opening a share counts as a touch."""
        return self.content_touch_lasts if kind is TargetKind.POST else self.touch_lasts

    @property
    def longest(self) -> timedelta:
        return max(self.touch_lasts, self.content_touch_lasts)


@dataclass(frozen=True, slots=True)
class CodeOwner:
    """What a code belongs to: a share, or a guide alone. `guide` is the share's, if an active guide shared."""

    share_id: UUID | None
    guide: Guide | None


@dataclass(frozen=True, slots=True)
class Credit:
    """A guide that something may be credited to, as the guide is when it is looked at."""

    guide_id: UUID
    store_id: UUID
    member_id: UUID
    status: GuideStatus = GuideStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Claim:
    """What a code at checkout says: whose it is, and through which share. A member's share credits no guide."""

    credit: Credit | None
    share_id: UUID | None
    sharer_id: UUID | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """The live room that the order is placed in. `store_id` is the room's, wherever its host works by now."""

    credit: Credit
    store_id: UUID


@dataclass(frozen=True, slots=True)
class Touch:
    """The member opened a share of somebody else: first and last on one of the brand's days."""

    share_id: UUID
    target_kind: TargetKind
    credit: Credit | None
    at: datetime
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """The binding that holds, and the credit of its guide; none where the member is the store's own."""

    binding: Binding
    credit: Credit | None
    store_id: UUID


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that an order's attribution depends on."""

    explicit: Claim | None = None
    room: Room | None = None
    touches: Sequence[Touch] = ()
    hold: Hold | None = None
    has_channel: bool = False
    """Whether a channel brought the member: then departments share the order, and no guide gets it."""


NO_EVIDENCE = Evidence()


class Claimant(NamedTuple):
    """Who orders, with which code, in the room of which guide and store."""

    member_id: UUID
    code: str | None = None
    room_guide_id: UUID | None = None
    room_store_id: UUID | None = None
