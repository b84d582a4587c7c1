"""Orders for value that is kept here, such as a membership or a balance: paid like any other, with nothing to ship.

Such an order has no lines. What it is for stands with the part that placed it, which hears of its payment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import db.orders
import db.outbox
from db.connection import Writing
from domain import orders
from domain.money import NOTHING, Money
from domain.orders import Order, OrderState
from resolvers.context import Context


def drafted(ctx: Context, price: Money, what: str) -> Order:
    """An order for value, not placed yet. `what` is told to whoever pays."""
    at, order_id = ctx.now(), ctx.new_id()
    return Order(
        id=order_id,
        number=orders.number_of(order_id, at),
        member_id=ctx.member_id,
        state=OrderState.PLACED,
        total=price,
        lines=(),
        address=None,
        note=what,
        live_room_id=None,
        store_id=None,
        guide_id=None,
        placed_at=at,
        pay_before=at + ctx.services.rules.pay_within,
        paid_at=None,
        cancelled_at=None,
        cancel_reason=None,
        version=1,
        goods=price,
        shipping=NOTHING,
    )


async def place(tx: Writing, order: Order, about: dict[str, Any], at: datetime) -> None:
    """Keep such an order and tell of it."""
    await db.orders.add(tx, [order])
    await db.outbox.tell(tx, "OrderPlaced", "order", order.id, orders.fact_of(order) | about, at)


def is_for_value(order: Order) -> bool:
    """Whether an order buys value that is kept here, not goods."""
    return not order.lines
