"""Which of one's coupons a cart can use, and which are best: asked of the engine, in one quote of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import db.coupons
from domain.coupons import Coupon
from domain.money import Money
from domain.placing import Wish, check_wish
from domain.promotions.coupons import CouponReason, RefusedCoupon
from domain.promotions.quotes import Quote
from domain.records import record
from domain.refusals import Refusals
from resolvers import pricing
from resolvers.context import Context
from resolvers.price_facts import Asking

MOST_TRIED = 50


@record
class Advice:
    """Coupons for a cart: the best that go together, what they save, the others that apply, and why the rest do not."""

    best: Sequence[Coupon]
    saved: Money
    others: Sequence[Coupon]
    refused: Sequence[RefusedCoupon]


async def best_coupons(ctx: Context, wish: Wish) -> Advice:
    """The best of the caller's coupons for a cart, of at most 50 that end first.

    Two quotes, read together: one with all coupons, of which the engine uses the best, and one with none.

    Raises:
        BadInput, Refusals: as a quote of the cart.
    """
    bare = replace(check_wish(wish), coupon_ids=(), coupon_codes=())
    ids = tuple(await db.coupons.usable_of(ctx.reading, ctx.member_id, ctx.now(), MOST_TRIED))
    askings = [Asking(ctx, bare), Asking(ctx, replace(bare, coupon_ids=ids))]
    plain, full = [_quote(one) for one in await pricing.prices(ctx.reading, askings, ctx.now())]
    found = await db.coupons.coupons_by_id(ctx.reading, ids) if ids else {}
    beside = [one.coupon_id for one in full.refused_coupons if one.reason is CouponReason.NOT_COMBINABLE]
    return Advice(
        [found[key] for key in full.coupon_ids],
        Money(plain.total - full.total),
        [found[key] for key in ids if key in beside],
        [one for one in full.refused_coupons if one.reason is not CouponReason.NOT_COMBINABLE],
    )


def _quote(priced: pricing.Priced | Refusals) -> Quote:
    if isinstance(priced, Refusals):
        raise priced
    return priced.quote
