"""Shares: what was passed on by whom, and who follows what came of it (R34, R56)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from domain.codes import scene_of
from domain.guides import Guide, GuideStatus
from domain.records import record
from domain.refusals import text_within

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


@record
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
    depth: int = 1
    """How many generations of forwards led here; 1: nobody's forward."""
    sharer_name: str = ""
    """Read with the share, not written."""
    traced: bool = False
    """Whether it was reached through a share of the caller, who follows its trace."""

    @property
    def scene(self) -> str:
        """The code as the `scene` of a mini-program code, which holds 32 characters (product rules 2.13)."""
        return scene_of(self.code)

    def is_open(self, at: datetime) -> bool:
        """Whether the code still attributes; an expired one opens its target all the same."""
        return self.expires_at is None or at < self.expires_at


@record
class ShareDraft:
    """What a member wants to pass on."""

    target_kind: TargetKind
    target_id: UUID
    channel: ShareChannel
    parent_id: UUID | None = None
    depth: int = 1


@record
class Funnel:
    """What came of a share."""

    visits: int = 0
    unique_visits: int = 0
    registrations: int = 0
    orders: int = 0


def parent_of(sharer_member_id: UUID, origin: Share | None) -> UUID | None:
    """Under which share a new one hangs. Who shares an own share again does not forward it."""
    if origin is None:
        return None
    return origin.parent_id if origin.sharer_member_id == sharer_member_id else origin.id


def hang(draft: ShareDraft, sharer_member_id: UUID, origin: Share | None) -> ShareDraft:
    """A draft in its place under the share that it forwards, if any."""
    if origin is None:
        return draft
    parent_id = parent_of(sharer_member_id, origin)
    return replace(draft, parent_id=parent_id, depth=origin.depth + (parent_id == origin.id))


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
        depth=draft.depth,
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


def visit_of(share: Share, member_id: UUID | None, *, first: bool) -> dict[str, Any]:
    """What the outbox tells of an opening. `first`: a member's first of this share on this day of the brand.

    Who is not logged in may be anybody, and a program as well: that is a view and no person (J24).
    """
    return {
        "share": share.id.hex,
        "member": member_id.hex if member_id else None,
        "first": first and member_id is not None,
    }
