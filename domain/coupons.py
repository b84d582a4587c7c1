"""Coupons in members' hands: how one is taken, waits in an order, is used, comes back or expires (R40, 2.7.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.coupon_templates import CouponScope, CouponTemplate, CouponTerms, TakeBy
from domain.promotions.coupons import CouponInHand, CouponNotApplicable, CouponReason
from domain.records import record
from domain.refusals import ErrorCode, Refusal


class CouponState(Enum):
    """The life of a coupon: UNUSED, LOCKED, USED.

    An order locks it from placing on: nothing but the order's end sets one free, and none is revoked under it. What an
    order gives back, unpaid or by a whole refund before shipment, is UNUSED again, or EXPIRED once its time is over, or
    REVOKED when an order gave it that was paid back as a whole.
    """

    UNUSED = "UNUSED"
    LOCKED = "LOCKED"
    USED = "USED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@record
class Coupon:
    """One coupon of one member. `order_id`: the order that holds or used it; `given_by`: the order that gave it."""

    id: UUID
    template_id: UUID
    member_id: UUID
    seq: int
    state: CouponState
    take_by: TakeBy
    taken_at: datetime
    starts_at: datetime
    ends_at: datetime
    order_id: UUID | None = None
    used_at: datetime | None = None
    given_by: UUID | None = None


@record
class Taking:
    """A coupon that is about to be given. Its number for the member is found when it is kept."""

    id: UUID
    template: CouponTemplate
    member_id: UUID
    by: TakeBy
    at: datetime
    given_by: UUID | None = None
    guide_id: UUID | None = None
    code: str | None = None

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.template.terms.validity.window(self.at)


@record
class CouponPolicy:
    """The brand's terms.

    `back_on_refund`: whether a whole refund before shipment gives the order's coupons back. `go_together`: whether one
    for the whole order can be used beside one for goods.
    """

    back_on_refund: bool = True
    go_together: bool = True


@dataclass(eq=False)
class CouponsGone(Refusal):
    """All of them were taken."""

    code = ErrorCode.NONE_LEFT


@dataclass(eq=False)
class TakenEnough(Refusal):
    """The member has taken as many of them as one may."""

    code = ErrorCode.LIMIT_PER_MEMBER
    most: int


@dataclass(eq=False)
class CouponNotOffered(Refusal):
    """It cannot be had, or not in this way."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class CouponCodeInvalid(Refusal):
    """No coupon hides behind the code, or somebody else has got it."""

    code = ErrorCode.CODE_INVALID


def why_not(template: CouponTemplate | None, by: TakeBy, at: datetime) -> Refusal:
    """Why a coupon cannot be given, of one that could not. One whose terms allow it was taken as often as allowed."""
    if template is None or by not in template.terms.take_by:
        return CouponNotOffered()
    if template.left == 0:
        return CouponsGone()
    if not template.can_be_taken(at):
        return CouponNotOffered()
    return TakenEnough(template.terms.per_person)


@record
class Held:
    """A coupon, or one behind a code that was not redeemed yet, with what decides whether its member may use it."""

    id: UUID
    template_id: UUID
    terms: CouponTerms
    state: CouponState
    starts_at: datetime
    ends_at: datetime

    def in_hand(self) -> CouponInHand:
        """The coupon as the engine takes it. Its times go along: the quote looks at the clock."""
        worth = self.terms.worth
        return CouponInHand(
            self.id,
            self.template_id,
            self.terms.name,
            worth.kind,
            worth.amount,
            worth.off_bp,
            worth.cap,
            worth.threshold,
            self.terms.goods,
            self.terms.order_wide,
            self.starts_at,
            self.ends_at,
        )


@record
class Surroundings:
    """Where somebody buys: of their own guide, of a live room's, from these guides' stores, and with what tags."""

    guide_ids: frozenset[UUID] = frozenset()
    store_ids: frozenset[UUID] = frozenset()
    tags: frozenset[UUID] = frozenset()


_UNUSABLE = {
    CouponState.LOCKED: CouponReason.IN_ANOTHER_ORDER,
    CouponState.USED: CouponReason.USED,
    CouponState.EXPIRED: CouponReason.EXPIRED,
    CouponState.REVOKED: CouponReason.REVOKED,
}


def unusable(one: Coupon | Held, at: datetime) -> CouponReason | None:
    """Why a coupon cannot be used at a time, wherever that is."""
    if one.state is not CouponState.UNUSED:
        return _UNUSABLE[one.state]
    if at < one.starts_at:
        return CouponReason.NOT_YET
    return CouponReason.EXPIRED if at >= one.ends_at else None


def objection(held: Held, around: Surroundings, at: datetime) -> CouponReason | None:
    """Why a coupon cannot be used here and now, whatever is in the cart. `at` is our time, never a client's."""
    return unusable(held, at) or _elsewhere(held.terms, around)


def _elsewhere(terms: CouponTerms, around: Surroundings) -> CouponReason | None:
    """Why it is not good where somebody buys."""
    ids = terms.scope_ids
    if terms.scope is CouponScope.STORE and around.store_ids.isdisjoint(ids):
        return CouponReason.OTHER_STORE
    if terms.scope is CouponScope.GUIDE and around.guide_ids.isdisjoint(ids):
        return CouponReason.OTHER_GUIDE
    if terms.scope is CouponScope.COMMUNITY and around.tags.isdisjoint(ids):
        return CouponReason.OTHER_COMMUNITY
    return None


def refused(coupon_id: UUID, reason: CouponReason) -> CouponNotApplicable:
    """The refusal of a coupon that an order asks for."""
    return CouponNotApplicable(coupon_id, reason, path=("input", "couponIds"))


def fact_of(coupons: list[Coupon]) -> dict[str, Any]:
    """What the outbox tells of coupons that changed."""
    return {
        "coupons": [
            {
                "coupon": one.id.hex,
                "template": one.template_id.hex,
                "member": one.member_id.hex,
                "state": one.state.value,
                "by": one.take_by.value,
            }
            for one in coupons
        ]
    }
