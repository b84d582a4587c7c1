"""The life of an order, for all whom it concerns: what slices do in the transaction in which an order changes.

Each function looks at the order first and makes no statement when it has nothing of its slice. They are called in the
order in which everybody locks: live rooms, activities, promotions, coupons, stock, points, ledger accounts. None tells
the outbox by itself: what it returns goes into the one row that tells of the change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from db.connection import Writing
from domain.orders import Order
from domain.refunds import OrderRefund
from resolvers import (
    balances,
    bargain_orders,
    bindings,
    commissions,
    coupon_orders,
    entitlements,
    group_orders,
    invoices,
    levels,
    live_orders,
    lotteries,
    memberships,
    order_gifts,
    points,
    points_offer_taking,
    promotion_taking,
    seckill_orders,
    surplus,
)
from resolvers.context import Context

Facts: TypeAlias = dict[str, Any]
Change: TypeAlias = Callable[[Context, Writing, Order], Awaitable[Facts]]
Return: TypeAlias = Callable[[Context, Writing, Order, OrderRefund], Awaitable[Facts]]

RELEASED: Sequence[Change] = (
    live_orders.locked,
    group_orders.released,
    bargain_orders.released,
    seckill_orders.locked,
    points_offer_taking.released,
    promotion_taking.released,
    coupon_orders.released,
    live_orders.released,
    memberships.released,
    points.released,
    commissions.released,
    surplus.released,
)
"""The order was given up before it was paid: all that it took is given back, once."""
PAID: Sequence[Change] = (
    bindings.paid,
    group_orders.paid,
    bargain_orders.paid,
    seckill_orders.paid,
    order_gifts.paid,
    coupon_orders.paid,
    live_orders.paid,
    memberships.paid,
    balances.paid,
)
"""The order is paid in full: what it was promised is its own."""
RECEIVED: Sequence[Change] = (entitlements.received, levels.received, points.received, commissions.received)
"""The buyer has the goods: what is earned by buying is earned."""
REFUNDED: Sequence[Return] = (
    live_orders.locked,
    group_orders.refunded,
    seckill_orders.refunded,
    points_offer_taking.refunded,
    promotion_taking.refunded,
    lotteries.refunded,
    coupon_orders.refunded,
    live_orders.refunded,
    invoices.refunded,
    entitlements.refunded,
    levels.refunded,
    memberships.refunded,
    points.refunded,
    commissions.refunded,
    balances.refunded,
)
"""A part of the order was paid back, or all of it."""


async def changed(ctx: Context, tx: Writing, order: Order, concerned: Sequence[Change]) -> Facts:
    """Let everybody whom it concerns do their part; returns what there is to tell of it."""
    facts: Facts = {}
    for change in concerned:
        facts |= await change(ctx, tx, order)
    return facts


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> Facts:
    """Let everybody whom a refund concerns do their part; returns what there is to tell of it."""
    facts: Facts = {}
    for change in REFUNDED:
        facts |= await change(ctx, tx, order, refund)
    return facts
