"""Shares: what was passed on by whom, and who is to be credited with a registration or an order (R34, R56)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from domain.guides import Binding, Guide, GuideStatus, is_open, is_protected
from domain.refusals import text_within

TOUCH_LASTS = timedelta(days=7)
CONTENT_TOUCH_LASTS = timedelta(hours=24)
LONGEST_VISITOR_KEY = 64


class TargetKind(Enum):
    """What can be shared."""

    PRODUCT = "PRODUCT"
    POST = "POST"
    LIVE_ROOM = "LIVE_ROOM"
    STORE = "STORE"
    GUIDE = "GUIDE"


class ShareChannel(Enum):
    """Where a share is passed on."""

    CHAT = "CHAT"
    GROUP = "GROUP"
    MOMENTS = "MOMENTS"
    CHANNELS = "CHANNELS"
    OA = "OA"
    POSTER = "POSTER"
    LINK = "LINK"


class AttributionKind(Enum):
    REGISTRATION = "REGISTRATION"
    ORDER = "ORDER"


class AttributionReason(Enum):
    """Why someone is credited, the strongest reason first (product rules 2.2.2)."""

    EXPLICIT_CODE = "EXPLICIT_CODE"
    LIVE_ROOM = "LIVE_ROOM"
    SHARE_TOUCH = "SHARE_TOUCH"
    BINDING = "BINDING"
    CHANNEL = "CHANNEL"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Share:
    """Something passed on by one member in one place. `guide_id` is the sharer's, if an active guide shared it."""

    id: UUID
    code: str
    sharer_member_id: UUID
    guide_id: UUID | None
    store_id: UUID | None
    target_kind: TargetKind
    target_id: UUID
    channel: ShareChannel
    parent_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    sharer_name: str = ""
    """Read with the share, not written."""
    traced: bool = False
    """Whether it was reached through a share of the caller, who follows its trace."""

    @property
    def scene(self) -> str:
        """The code as the `scene` of a mini-program code, which holds 32 characters (product rules 2.13)."""
        return f"s={self.code}"

    def is_open(self, at: datetime) -> bool:
        """Whether the code still attributes; an expired one opens its target all the same."""
        return self.expires_at is None or at < self.expires_at


@dataclass(frozen=True, slots=True)
class ShareDraft:
    """What a member wants to pass on."""

    target_kind: TargetKind
    target_id: UUID
    channel: ShareChannel
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """What came of a share."""

    visits: int = 0
    unique_visits: int = 0
    registrations: int = 0
    orders: int = 0


@dataclass(frozen=True, slots=True)
class CodeOwner:
    """What a code belongs to: a share, or a guide alone. `guide` is the share's, if an active guide shared."""

    share_id: UUID | None
    guide: Guide | None


@dataclass(frozen=True, slots=True)
class Credit:
    """A guide that something may be credited to. A guide that left is none."""

    guide_id: UUID
    store_id: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """What a code at checkout says: whose it is, and through which share. A member's share credits no guide."""

    credit: Credit | None
    share_id: UUID | None


@dataclass(frozen=True, slots=True)
class Touch:
    """The member opened a share of somebody else."""

    share_id: UUID
    target_kind: TargetKind
    credit: Credit | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """The member's open binding, and the credit of its guide."""

    binding: Binding
    credit: Credit


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that an order's attribution depends on."""

    explicit: Claim | None = None
    room: Credit | None = None
    touches: Sequence[Touch] = ()
    hold: Hold | None = None


NO_EVIDENCE = Evidence()


class Claimant(NamedTuple):
    """Who orders, with which code, in the room of which guide."""

    member_id: UUID
    code: str | None
    room_guide_id: UUID | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who is credited with an order, and why.

    `share_id` is the share that led there. Where the reason is another one, it is an assist: counted, not paid.
    """

    guide_id: UUID | None
    store_id: UUID | None
    share_id: UUID | None
    reason: AttributionReason
    code_ignored: bool = False
    """A code was given that is unknown, expired or of one who left."""


UNCREDITED = Decision(None, None, None, AttributionReason.NONE)


@dataclass(frozen=True, slots=True)
class Attribution:
    """A decision that was kept. It does not change any more."""

    id: UUID
    kind: AttributionKind
    member_id: UUID
    order_id: UUID | None
    share_id: UUID | None
    guide_id: UUID | None
    reason: AttributionReason
    at: datetime


def parent_of(sharer_member_id: UUID, origin: Share | None) -> UUID | None:
    """Under which share a new one hangs. Who shares an own share again does not forward it."""
    if origin is None:
        return None
    return origin.parent_id if origin.sharer_member_id == sharer_member_id else origin.id


def pass_on(
    share_id: UUID,
    code: str,
    sharer_member_id: UUID,
    draft: ShareDraft,
    *,
    guide: Guide | None,
    at: datetime,
    expires_at: datetime | None,
) -> Share:
    """Begin a share. `guide` is the one that the sharer is, whatever its status; only an active one is credited."""
    active = guide if guide is not None and guide.status is GuideStatus.ACTIVE else None
    shown_store = draft.target_id if draft.target_kind is TargetKind.STORE else None
    return Share(
        share_id,
        code,
        sharer_member_id,
        active.id if active else None,
        active.store_id if active else shown_store,
        draft.target_kind,
        draft.target_id,
        draft.channel,
        draft.parent_id,
        created_at=at,
        expires_at=expires_at,
    )


def can_trace(share: Share, member_id: UUID | None) -> bool:
    """Whether the caller sees what came of a share: its sharer, and those whose share was forwarded as it."""
    return share.traced or share.sharer_member_id == member_id


def visitor_of(member_id: UUID | None, visitor_key: str) -> str:
    """Who opens a share: the member, or whom a visitor's own key stands for.

    Raises:
        BadInput: the key is empty or longer than 64 characters.
    """
    key = text_within(visitor_key, LONGEST_VISITOR_KEY, "input", "visitorKey")
    return f"visitor:{key}" if member_id is None else f"member:{member_id.hex}"


def day_of(at: datetime, zone: tzinfo) -> date:
    """The brand's day in which a time lies."""
    return at.astimezone(zone).date()


def lasts(kind: TargetKind) -> timedelta:
    """For how long opening a share counts as a touch."""
    return CONTENT_TOUCH_LASTS if kind is TargetKind.POST else TOUCH_LASTS


def last_touch(touches: Sequence[Touch], at: datetime) -> Touch | None:
    """The latest touch whose time is not over."""
    fresh = [touch for touch in touches if at - touch.at < lasts(touch.target_kind)]
    return max(fresh, key=lambda touch: touch.at, default=None)


def attribute(evidence: Evidence, at: datetime, *, touch_beats_binding: bool = False) -> Decision:
    """Decide who is credited with an order (product rules 2.2.2).

    An explicit code goes before the guide of the live room, that before a touch, and a touch before
    the binding only if the member has none, or the brand says so and the binding is not protected.
    """
    hold = evidence.hold if evidence.hold and is_open(evidence.hold.binding, at) else None
    touch = last_touch(evidence.touches, at)
    is_free = hold is None or (touch_beats_binding and not is_protected(hold.binding, at))
    ranked = (
        (AttributionReason.EXPLICIT_CODE, evidence.explicit.credit if evidence.explicit else None),
        (AttributionReason.LIVE_ROOM, evidence.room),
        (AttributionReason.SHARE_TOUCH, touch.credit if touch and is_free else None),
        (AttributionReason.BINDING, hold.credit if hold else None),
    )
    share_id = _share_of(evidence.explicit, touch)
    for reason, credit in ranked:
        if credit is not None:
            return Decision(credit.guide_id, credit.store_id, share_id, reason)
    return Decision(None, None, share_id, AttributionReason.NONE if share_id is None else AttributionReason.SHARE_TOUCH)


def credit_for(owner: CodeOwner) -> Decision:
    """Who is credited with a registration under a code: the sharer's guide, or the guide whose own code it is."""
    reason = AttributionReason.EXPLICIT_CODE if owner.share_id is None else AttributionReason.SHARE_TOUCH
    guide = owner.guide
    return Decision(guide.id if guide else None, guide.store_id if guide else None, owner.share_id, reason)


def _share_of(explicit: Claim | None, touch: Touch | None) -> UUID | None:
    if explicit is not None and explicit.share_id is not None:
        return explicit.share_id
    return touch.share_id if touch else None


def fact_of(share: Share) -> dict[str, Any]:
    """What the outbox tells of a share."""
    return {
        "share": share.id.hex,
        "sharer": share.sharer_member_id.hex,
        "guide": share.guide_id.hex if share.guide_id else None,
        "target_kind": share.target_kind.value,
        "target": share.target_id.hex,
        "channel": share.channel.value,
        "parent": share.parent_id.hex if share.parent_id else None,
    }
