"""Advice on coupons: which of the caller's a cart can use, and which are best."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from domain.identity import Scope
from resolvers import coupon_advice
from resolvers.context import Context
from schema.access import attribute, object_type, query
from schema.coupons import Coupon
from schema.money import Money
from schema.quotes import RefusedCoupon
from schema.wishes import CartLineInput, QuoteTermsInput, wish_of


@object_type(scope=Scope.MEMBER, description="Which of the caller's coupons are good for a cart.")
class CouponAdvice:
    best: list[Coupon] = attribute("Those to use: together they save most.")
    saved: Money = attribute("What they save.")
    others: list[Coupon] = attribute("Others that apply, instead of those.")
    refused: list[RefusedCoupon] = attribute("Those that do not apply, with the reasons.")


async def _best(
    ctx: Context,
    *,
    lines: Annotated[list[CartLineInput], strawberry.argument(description="1 to 100 lines, one for each variant.")],
    live_room_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The live room whose prices and stock apply.")
    ] = None,
    terms: Annotated[
        QuoteTermsInput | None,
        strawberry.argument(description="What else decides the price; coupons that it names play no part."),
    ] = None,
) -> Any:
    return await coupon_advice.best_coupons(ctx, wish_of(lines, live_room_id, terms or QuoteTermsInput()))


@strawberry.type
class CouponAdviceQuery:
    best_coupons: CouponAdvice = query(
        _best,
        "The best of the caller's coupons for a cart, of at most 50 that end first.",
        scope=Scope.MEMBER,
        cost=50,
    )
