"""Coupon wishes: which of the coupons and codes that a cart names can be used by whoever asks (R40, G11, C6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from domain.coupon_templates import CouponTemplate
from domain.coupons import Coupon, CouponState, Held, Surroundings, objection
from domain.promotions.coupons import CouponInHand, CouponReason, RefusedCoupon
from domain.records import record


@record
class CouponWish:
    """What one cart names. The member's own guide and that guide's store count beside those of where it is bought."""

    member_id: UUID | None
    coupon_ids: Sequence[UUID] = ()
    codes: Sequence[str] = ()
    store_ids: frozenset[UUID] = frozenset()
    guide_ids: frozenset[UUID] = frozenset()
    tags: frozenset[UUID] = frozenset()


NO_COUPONS = CouponWish(None)


@record
class Found:
    """What was found of one coupon or code. `coupon` is the member's own, an unused one first.

    `had`: how many of the template the member has had. `is_spent`: a code for one that somebody has redeemed.
    """

    coupon_id: UUID | None
    code: str | None
    coupon: Coupon | None
    template: CouponTemplate | None
    had: int = 0
    is_spent: bool = False
    guide_id: UUID | None = None
    store_id: UUID | None = None


@record
class InHand:
    """What of a wish can be used, and why the rest cannot."""

    coupons: tuple[CouponInHand, ...] = ()
    refused: tuple[RefusedCoupon, ...] = ()


NOTHING_IN_HAND = InHand()
_NOBODY = UUID(int=0)


def prospective_id(template_id: UUID, code: str) -> UUID:
    """What a coupon is called that its code was not redeemed for yet."""
    return uuid5(template_id, code)


def decide(wish: CouponWish, found: Iterable[Found], at: datetime) -> InHand:
    """Sort what was found into what can be used and what cannot, each with its reason."""
    coupons: dict[UUID, CouponInHand] = {}
    objections: list[RefusedCoupon] = []
    for one in found:
        held = _held(one, at)
        reason = held if isinstance(held, CouponReason) else objection(held, _around(wish, one), at)
        if isinstance(held, CouponReason) or reason is not None:
            assert reason is not None
            objections.append(RefusedCoupon(_called(one), reason))
        else:
            coupons[held.id] = held.in_hand()
    return InHand(tuple(coupons.values()), tuple(objections))


def _around(wish: CouponWish, one: Found) -> Surroundings:
    guides = wish.guide_ids if one.guide_id is None else wish.guide_ids | {one.guide_id}
    stores = wish.store_ids if one.store_id is None else wish.store_ids | {one.store_id}
    return Surroundings(guides, stores, wish.tags)


def _called(one: Found) -> UUID:
    """What a client may call it by: its own id, or what the code stands for."""
    if one.coupon is not None:
        return one.coupon.id
    if one.template is not None and one.code is not None:
        return prospective_id(one.template.id, one.code)
    return one.coupon_id or _NOBODY


def _held(one: Found, at: datetime) -> Held | CouponReason:
    if one.template is None or (one.code is None and one.coupon is None):
        return CouponReason.NOT_YOURS if one.code is None else CouponReason.CODE_UNKNOWN
    coupon, template = one.coupon, one.template
    if coupon is not None and (one.code is None or coupon.state is CouponState.UNUSED or not _has_more(one, at)):
        return Held(coupon.id, template.id, template.terms, coupon.state, coupon.starts_at, coupon.ends_at)
    if one.is_spent:
        return CouponReason.USED
    if not template.can_be_taken(at):
        return CouponReason.NONE_LEFT if template.left == 0 else CouponReason.EXPIRED
    if one.had >= template.terms.per_person:
        return CouponReason.TAKEN_ENOUGH
    assert one.code is not None
    starts_at, ends_at = template.terms.validity.window(at)
    id_ = prospective_id(template.id, one.code)
    return Held(id_, template.id, template.terms, CouponState.UNUSED, starts_at, ends_at)


def _has_more(one: Found, at: datetime) -> bool:
    """Whether the code is good for another coupon of the member's."""
    template = one.template
    return (
        not one.is_spent and template is not None and template.can_be_taken(at) and one.had < template.terms.per_person
    )
