"""What becomes of coupons in the life of an order: those that it holds, and those that it gave.

They go before live stock and stock, which somebody who places an order may hold: nobody who holds stock waits for them.
"""

from __future__ import annotations

from typing import Any

import db.coupons
from db.connection import Writing
from domain import coupons as rules
from domain.orders import Order
from domain.refunds import OrderRefund
from resolvers.context import Context


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Set free what an unpaid order held; a coupon whose time is over meanwhile expires (yudao, C7)."""
    if not order.coupon_ids:
        return {}
    back = await db.coupons.release(tx, order.id, order.coupon_ids, ctx.now())
    return rules.fact_of(back) if back else {}


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Use up what the order held."""
    if not order.coupon_ids:
        return {}
    used = await db.coupons.use(tx, order.id, order.coupon_ids, ctx.now())
    return rules.fact_of(used) if used else {}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """After a whole refund, take back what the order gave and nobody used, and give back what it used.

    The latter when nothing was shipped and the brand wants it so. A refund of a part changes nothing (2.5). What the
    order gave and another holds is taken back once that gives it back.
    """
    if not refund.whole or not order.lines:
        return {}
    changed = await db.coupons.recall(tx, order.id)
    if order.coupon_ids and refund.unshipped and ctx.services.rules.coupons.back_on_refund:
        changed += await db.coupons.release(tx, order.id, order.coupon_ids, ctx.now(), used=True)
    return rules.fact_of(changed) if changed else {}
