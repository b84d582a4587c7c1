"""Guides: who sells for a store, whose customer a member is, and what a sale earns (R04, R08, R09)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.identity import Principal, Role
from domain.links import check_link
from domain.money import NOTHING, Money
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


class BindingMode(Enum):
    PERMANENT = "PERMANENT"
    TIMED = "TIMED"


class BindingEnd(Enum):
    """Why a binding ended."""

    EXPIRED = "EXPIRED"
    TRANSFERRED = "TRANSFERRED"


class CommissionState(Enum):
    """Where a commission stands before it is released."""

    PENDING = "PENDING"
    HELD = "HELD"


class RateSource(Enum):
    """Which rule gave the rate (product rules 2.1.2)."""

    GUIDE_TIER = "GUIDE_TIER"


@dataclass(frozen=True, slots=True)
class GuideTier:
    id: UUID
    rank: int
    name: str
    rate_bp: int


@dataclass(frozen=True, slots=True)
class GuideCard:
    """How an applicant wants to be presented."""

    kind: GuideKind
    display_name: str
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of a guide's log."""

    from_status: GuideStatus | None
    to_status: GuideStatus
    actor_id: UUID
    reason: str
    at: datetime
    actor_name: str | None = None
    """Read with the log, not written."""


@dataclass(frozen=True, slots=True)
class BindingTerms:
    """How a new binding begins. Changing the terms never touches bindings that exist."""

    mode: BindingMode = BindingMode.PERMANENT
    lasts: timedelta = timedelta(days=30)
    protected_for: timedelta = timedelta(days=15)
    """These two are of timed bindings; a permanent one lasts and is protected for good."""


FOR_GOOD = BindingTerms()


@dataclass(frozen=True, slots=True)
class Binding:
    """A member is the customer of a guide, from `bound_at` until `ended_at`."""

    id: UUID
    member_id: UUID
    guide_id: UUID
    mode: BindingMode
    bound_at: datetime
    protected_until: datetime | None
    expires_at: datetime | None
    source_share_id: UUID | None


@dataclass(frozen=True, slots=True)
class BoundMember:
    """A binding as its guide sees it: by name, never by phone."""

    binding: Binding
    name: str
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class Earner:
    """What decides whether a guide earns: as it stands when the payment is booked."""

    guide_id: UUID
    member_id: UUID
    status: GuideStatus
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Commission:
    """What a guide earns from one order. Rate and base are kept as they were when it was paid."""

    id: UUID
    order_id: UUID
    guide_id: UUID
    level: int
    base: Money
    rate_bp: int
    rate_source: RateSource
    amount: Money
    state: CommissionState
    created_at: datetime
    refunded: Money = NOTHING
    """What of the base went back."""
    clawed_back: Money = NOTHING

    @property
    def left(self) -> Money:
        """What the guide is entitled to now."""
        return Money(self.amount.minor - self.clawed_back.minor, self.amount.currency)


@dataclass(eq=False)
class AlreadyGuide(Refusal):
    """The member is a guide, or has applied to be one; a person sells for one store at a time."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class NotBindable(Refusal):
    """The guide is not active, is the member, or is among the member's own customers."""

    code = ErrorCode.INVALID_STATE


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


def manages(principal: Principal, guide: Guide) -> bool:
    """Whether the caller decides about the guide: as manager of its store, or of a unit above it."""
    return principal.has_duty(Role.STORE_MANAGER, guide.store_path)


def knows(principal: Principal, guide: Guide) -> bool:
    """Whether the guide exists for the caller."""
    return guide.status in KNOWN_TO_ALL or knows_in_full(principal, guide)


def knows_in_full(principal: Principal, guide: Guide) -> bool:
    """Whether the caller may know the guide's status and tier: the guide itself, and its managers."""
    return guide.member_id == principal.member_id or manages(principal, guide)


def may_bind(member_id: UUID, guide: Guide) -> bool:
    """Whether the member can become a customer of the guide, as far as these two decide.

    The database refuses loops: a guide among the member's own customers, or theirs.
    """
    return guide.status is GuideStatus.ACTIVE and guide.member_id != member_id


def bind(
    binding_id: UUID,
    member_id: UUID,
    guide: Guide,
    terms: BindingTerms,
    share_id: UUID | None,
    at: datetime,
) -> Binding:
    """Begin a binding under the brand's terms.

    Raises:
        NotBindable: the guide is not active, or is the member.
    """
    if not may_bind(member_id, guide):
        raise NotBindable
    timed = terms.mode is BindingMode.TIMED
    return Binding(
        binding_id,
        member_id,
        guide.id,
        terms.mode,
        bound_at=at,
        protected_until=at + terms.protected_for if timed else None,
        expires_at=at + terms.lasts if timed else None,
        source_share_id=share_id,
    )


def is_open(binding: Binding, at: datetime) -> bool:
    """Whether the binding still holds; one without an expiry holds until it is ended."""
    return binding.expires_at is None or at < binding.expires_at


def is_protected(binding: Binding, at: datetime) -> bool:
    """Whether nobody may take the member over; a permanent binding is protected for good."""
    return binding.protected_until is None or at < binding.protected_until


def commission_on(base: Money, rate_bp: int) -> Money:
    """The given share of the net goods paid, rounded down to a whole fen (product rules 2.1.2).

    >>> commission_on(Money(199_00), 800)
    Money(minor=1592, currency='CNY')
    """
    return base.portion(rate_bp)


def earn(
    commission_id: UUID,
    earner: Earner,
    *,
    order_id: UUID,
    buyer_id: UUID,
    base: Money,
    at: datetime,
) -> Commission | None:
    """What a paid order earns its guide: nothing on an own purchase (R09), nor for one who is not a guide any more.

    What a frozen guide earns is held.
    """
    amount = commission_on(base, earner.rate_bp)
    if earner.member_id == buyer_id or earner.status not in KNOWN_TO_ALL or amount.minor == 0:
        return None
    state = CommissionState.PENDING if earner.status is GuideStatus.ACTIVE else CommissionState.HELD
    return Commission(
        commission_id,
        order_id,
        earner.guide_id,
        1,
        base,
        earner.rate_bp,
        RateSource.GUIDE_TIER,
        amount,
        state,
        created_at=at,
    )


def claw_back(commission: Commission, refunded: Money) -> tuple[Commission, Money]:
    """The commission after so much of what its order paid for goods went back, and what the guide loses by it.

    What the guide is entitled to is computed anew from all that is left, at the rate of the payment: in any order of
    refunds the parts sum to the whole (product rules 2.1.4).
    """
    base = commission.base
    gone = Money(min(commission.refunded.minor + refunded.minor, base.minor), base.currency)
    entitled = commission_on(Money(base.minor - gone.minor, base.currency), commission.rate_bp)
    clawed_back = Money(commission.amount.minor - entitled.minor, base.currency)
    lost = Money(clawed_back.minor - commission.clawed_back.minor, base.currency)
    return replace(commission, refunded=gone, clawed_back=clawed_back), lost


def fact_of(guide: Guide) -> dict[str, Any]:
    """What the outbox tells of a guide."""
    return {
        "guide": guide.id.hex,
        "member": guide.member_id.hex,
        "store": guide.store_id.hex,
        "status": guide.status.value,
        "version": guide.version,
    }
