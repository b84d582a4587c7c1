"""Short ways to offer coupons, and to put them into members' hands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import resolvers.coupon_templates
import resolvers.coupons
import resolvers.points_offers
from domain.catalogue import Variant
from domain.coupon_templates import CouponTemplate, CouponTerms, TakeBy, TemplateState, Validity, Worth
from domain.coupons import Coupon
from domain.identity import Principal
from domain.points_offers import PointsOffer, PointsOfferTerms
from domain.promotions.coupons import CouponKind
from tests.makers_catalogue import a_variant, staff
from tests.makers_members import a_member
from tests.pond import NOON, Pond

FIFTY_OFF = Worth(CouponKind.FIXED, 50_00, threshold=350_00)
A_MONTH = Validity(ends_at=NOON + timedelta(days=30))

TAKE = """mutation ($input: CouponTakeInput!) { couponTake(input: $input) {
  coupon { id state } replayed userErrors { code message path } } }"""


def terms(**other: Any) -> CouponTerms:
    """A coupon of 50 yuan off 350, which anybody can take, good for a month."""
    return replace(CouponTerms("满350减50", FIFTY_OFF, A_MONTH, (TakeBy.USER,)), **other)


async def a_template(pond: Pond, *, published: bool = True, **other: Any) -> CouponTemplate:
    """A kind of coupon, published unless said otherwise."""
    ctx = pond.context(await an_operator(pond))
    saved = await resolvers.coupon_templates.save(ctx, None, terms(**other), None)
    if not published:
        return saved
    return (await resolvers.coupon_templates.move(ctx, saved.id, TemplateState.PUBLISHED))[0]


async def an_operator(pond: Pond) -> Principal:
    member = await a_member(pond, "Lin")
    return staff(member_id=member.member_id)


async def a_coupon(pond: Pond, member: Principal, template: CouponTemplate | None = None, **other: Any) -> Coupon:
    """A coupon in the member's hand, of a new template unless one is given."""
    template = template or await a_template(pond, **other)
    return (await resolvers.coupons.take(pond.context(member), template.id, None, uuid4().hex))[0]


async def state_of(pond: Pond, coupon_id: UUID) -> str:
    return str((await pond.select("SELECT state FROM coupon WHERE id = $1", coupon_id))[0][0])


async def a_points_offer(pond: Pond, variant: Variant | None = None, **other: Any) -> PointsOffer:
    """500 points and 9.90 for a cup, ten in all, one for each member."""
    variant = variant or await a_variant(pond, "杯子", stock=100)
    given = {"points": 500, "price": 9_90, "quota": 10, "per_person": 1, "starts_at": NOON} | other
    terms = PointsOfferTerms("积分换杯", variant.id, **{"ends_at": NOON + timedelta(days=7), **given})
    return await resolvers.points_offers.publish(pond.context(await an_operator(pond)), terms)
