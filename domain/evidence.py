"""Evidence: what speaks for crediting somebody with an order, and what the brand makes of it (product rules 2.2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from domain.bindings import Binding
from domain.guides import Guide, GuideStatus
from domain.records import record
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


@record
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


@record
class CodeOwner:
    """What a code belongs to: a share, a guide alone, or a channel's hook. `guide` is that of any, if it is active.

    `store_id` is the hook's: it speaks for the store, with a guide or without one.
    """

    share_id: UUID | None
    guide: Guide | None
    hook_id: UUID | None = None
    channel_id: UUID | None = None
    store_id: UUID | None = None


@record
class Credit:
    """A guide that something may be credited to, as the guide is when it is looked at."""

    guide_id: UUID
    store_id: UUID
    member_id: UUID
    status: GuideStatus = GuideStatus.ACTIVE


@record
class Claim:
    """What a code at checkout says: whose it is, and through which share. A member's share credits no guide.

    `store_id`: a hook's that is no guide's, as the code on the table of a shop.
    """

    credit: Credit | None
    share_id: UUID | None
    sharer_id: UUID | None = None
    is_over: bool = False
    store_id: UUID | None = None


@record
class Room:
    """The live room that the order is placed in. `store_id` is the room's, wherever its host works by now."""

    credit: Credit
    store_id: UUID


@record
class Touch:
    """The member opened a share of somebody else, or scanned a hook's code: first and last on one of the brand's days.

    A scan has no share; `store_id` is the store's whose code it is.
    """

    share_id: UUID | None
    target_kind: TargetKind
    credit: Credit | None
    at: datetime
    first_at: datetime
    store_id: UUID | None = None


@record
class Hold:
    """The binding that holds, and the credit of its guide; none where the member is the store's own."""

    binding: Binding
    credit: Credit | None
    store_id: UUID


@record
class CameBy:
    """The channel that brought the member, and when."""

    channel_id: UUID
    at: datetime


@record
class Evidence:
    """All that an order's attribution depends on."""

    explicit: Claim | None = None
    room: Room | None = None
    touches: Sequence[Touch] = ()
    hold: Hold | None = None
    came_by: CameBy | None = None
    """The channel that brought the member: departments share the order, and no guide gets it for that."""


NO_EVIDENCE = Evidence()


class Claimant(NamedTuple):
    """Who orders, with which code, in the room of which guide and store."""

    member_id: UUID
    code: str | None = None
    room_guide_id: UUID | None = None
    room_store_id: UUID | None = None
