"""Guides: who sells for a store, whose customer a member is, and what a sale earns (R04, R08, R09)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.identity import Principal, Role
from domain.links import check_link
from domain.records import record
from domain.refusals import (
    ErrorCode,
    NotAllowed,
    Refusal,
    WrongState,
    same_version,
    text_within,
)
from domain.stores import OrgUnit

LONGEST_NAME = 32


class GuideKind(Enum):
    EMPLOYEE = "EMPLOYEE"
    DISTRIBUTOR = "DISTRIBUTOR"
    ANCHOR = "ANCHOR"
    KOC = "KOC"


class GuideStatus(Enum):
    APPLIED = "APPLIED"
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    LEFT = "LEFT"


class GuideAction(Enum):
    """What the manager of the store can do about a guide."""

    APPROVE = "APPROVE"
    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    DISMISS = "DISMISS"


TRANSITIONS: Mapping[tuple[GuideStatus, GuideAction], GuideStatus] = {
    (GuideStatus.APPLIED, GuideAction.APPROVE): GuideStatus.ACTIVE,
    (GuideStatus.APPLIED, GuideAction.DISMISS): GuideStatus.LEFT,
    (GuideStatus.ACTIVE, GuideAction.FREEZE): GuideStatus.FROZEN,
    (GuideStatus.ACTIVE, GuideAction.DISMISS): GuideStatus.LEFT,
    (GuideStatus.FROZEN, GuideAction.UNFREEZE): GuideStatus.ACTIVE,
    (GuideStatus.FROZEN, GuideAction.DISMISS): GuideStatus.LEFT,
}

KNOWN_TO_ALL = (GuideStatus.ACTIVE, GuideStatus.FROZEN)
"""A frozen guide's card and shares still open (R04)."""


@record
class GuideTier:
    id: UUID
    rank: int
    name: str
    rate_bp: int | None
    """None: what the brand pays for everything."""


@record
class GuideCard:
    """How an applicant wants to be presented."""

    kind: GuideKind
    display_name: str
    avatar_url: str | None = None


@record
class Guide:
    """A member who sells for one store. `store_path` is the store's place in the organisation now."""

    id: UUID
    member_id: UUID
    store_id: UUID
    store_path: str
    kind: GuideKind
    status: GuideStatus
    display_name: str
    avatar_url: str | None
    tier_id: UUID
    share_code: str
    applied_at: datetime
    version: int
    inviter_id: UUID | None = None
    """The guide who brought this one, for good; it earns at the second level where the brand pays one."""


@record
class StatusChange:
    """One line of a guide's log."""

    from_status: GuideStatus | None
    to_status: GuideStatus
    actor_id: UUID
    reason: str
    at: datetime
    actor_name: str | None = None
    """Read with the log, not written."""


@dataclass(eq=False)
class GuideCycle(Refusal):
    """The guide was brought by those whom it would be brought by, or is its own inviter."""

    code = ErrorCode.GUIDE_CYCLE


@dataclass(eq=False)
class HasInviter(Refusal):
    """Who brought the guide is known, and for good."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class AlreadyGuide(Refusal):
    """The member is a guide, or has applied to be one; a person sells for one store at a time."""

    code = ErrorCode.CONFLICT


def apply(
    guide_id: UUID,
    member_id: UUID,
    store: OrgUnit,
    card: GuideCard,
    tier: GuideTier,
    share_code: str,
    at: datetime,
) -> Guide:
    """Begin as a guide whom the manager of the store has yet to approve.

    Raises:
        BadInput: the name or the picture's address is out of bounds.
    """
    name = text_within(card.display_name, LONGEST_NAME, "input", "displayName")
    picture = None if card.avatar_url is None else check_link(card.avatar_url, "input", "avatarUrl")
    applied = GuideStatus.APPLIED
    return Guide(
        guide_id, member_id, store.id, store.path, card.kind, applied, name, picture, tier.id, share_code, at, 1
    )


def change_status(guide: Guide, action: GuideAction, *, actor_id: UUID, expected_version: int) -> Guide:
    """Approve, freeze, unfreeze or dismiss a guide.

    Raises:
        StaleVersion: somebody changed the guide in between.
        NotAllowed: nobody decides about oneself.
        WrongState: the guide's status does not allow it.
    """
    same_version(guide.version, expected_version)
    if guide.member_id == actor_id:
        raise NotAllowed(path=("input", "guideId"))
    status = TRANSITIONS.get((guide.status, action))
    if status is None:
        raise WrongState(guide.status.value, path=("input", "guideId"))
    return replace(guide, status=status, version=guide.version + 1)


def set_inviter(guide: Guide, inviter: Guide, expected_version: int) -> Guide:
    """Note who brought a guide, which has no inviter yet. The database refuses circles of any length.

    Raises:
        StaleVersion: somebody changed the guide in between.
        HasInviter: it has an inviter.
        GuideCycle: it is the inviter.
    """
    same_version(guide.version, expected_version)
    if guide.inviter_id is not None:
        raise HasInviter(path=("input", "guideId"))
    if guide.member_id == inviter.member_id:
        raise GuideCycle(path=("input", "inviterId"))
    return replace(guide, inviter_id=inviter.id, version=guide.version + 1)


def manages(principal: Principal, guide: Guide) -> bool:
    """Whether the caller decides about the guide: as manager of its store, or of a unit above it."""
    return principal.has_duty(Role.STORE_MANAGER, guide.store_path)


def knows(principal: Principal, guide: Guide) -> bool:
    """Whether the guide exists for the caller."""
    return guide.status in KNOWN_TO_ALL or knows_in_full(principal, guide)


def knows_in_full(principal: Principal, guide: Guide) -> bool:
    """Whether the caller may know the guide's status and tier: the guide itself, and its managers."""
    return guide.member_id == principal.member_id or manages(principal, guide)


def fact_of(guide: Guide) -> dict[str, Any]:
    """What the outbox tells of a guide."""
    return {
        "guide": guide.id.hex,
        "member": guide.member_id.hex,
        "store": guide.store_id.hex,
        "status": guide.status.value,
        "version": guide.version,
    }
