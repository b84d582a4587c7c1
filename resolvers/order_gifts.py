"""What paid orders of some worth are given: coupons, and chances in lotteries."""

from __future__ import annotations

from typing import Any

import db.lotteries
import db.order_gifts
from db.connection import Writing
from domain import coupons as rules
from domain.coupon_templates import TakeBy
from domain.orders import Order
from resolvers.context import Context
from resolvers.coupon_giving import give_all


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Give a paid order what orders of its worth are given. An order for value gets nothing."""
    if not order.lines:
        return {}
    worth, facts = order.goods.minor, dict[str, Any]()
    promised = await db.order_gifts.promised(tx, worth, ctx.now())
    if promised.chances:
        granted = await db.lotteries.grant_chances(tx, order.member_id, order.id, worth, ctx.now())
        facts["chances"] = {key.hex: many for key, many in granted.items()}
    if promised.coupons:
        given = await give_all(ctx, tx, order.member_id, TakeBy.ORDER_GIFT, worth=worth, given_by=order.id)
        facts["coupons_given"] = rules.fact_of(given)
    return facts
