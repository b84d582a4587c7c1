"""What becomes of coupons in the life of an order: those that it holds, and those that it gives.

They go before live stock and stock, which somebody who places an order may hold: nobody who holds stock waits for them.
"""

from __future__ import annotations

from typing import Any

import db.coupons
from db.connection import Writing
from domain import coupons as rules
from domain.coupon_templates import TakeBy
from domain.orders import Order
from domain.refunds import OrderRefund
from resolvers.context import Context
from resolvers.coupon_giving import give_all


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Set free what an unpaid order held; a coupon whose time is over meanwhile expires (yudao, C7)."""
    if not order.coupon_ids:
        return {}
    back = await db.coupons.release(tx, order.id, order.coupon_ids, ctx.now())
    return rules.fact_of(back) if back else {}


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Use up what the order held, and give what orders of its worth are given."""
    used = await db.coupons.use(tx, order.id, order.coupon_ids, ctx.now()) if order.coupon_ids else []
    given = []
    if order.lines:
        worth = order.goods.minor
        given = await give_all(ctx, tx, order.member_id, TakeBy.ORDER_GIFT, worth=worth, given_by=order.id)
    return rules.fact_of([*used, *given]) if used or given else {}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """After a whole refund, take back what the order gave and nobody used, and give back what it used.

    The latter when nothing was shipped and the brand wants it so. A refund of a part changes nothing (2.5).
    """
    if not refund.whole or not order.lines:
        return {}
    changed = await db.coupons.recall(tx, order.id, "the order was refunded")
    if order.coupon_ids and refund.unshipped and ctx.services.rules.coupons.back_on_refund:
        changed += await db.coupons.release(tx, order.id, order.coupon_ids, ctx.now(), used=True)
    return rules.fact_of(changed) if changed else {}
