"""Live stock and stock of the shop in the life of an order.

They go together: what an ended room does not take back lies in the same rows as what the shop promised.
"""

from __future__ import annotations

from typing import Any

import db.live
import db.live_products
import db.live_purchases
from db.connection import Writing
from domain.orders import Order
from domain.stock import MovementKind, Wanted
from resolvers import live_invites, stock_taking
from resolvers.context import Context
from resolvers.stock_moving import moved


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Give back what the order was promised, where it came from."""
    carved = await _return_live_stock(tx, order)
    await stock_taking.release(ctx, tx, order, *moved(ctx, MovementKind.UNCARVE, carved, order.id))
    return {}


async def _return_live_stock(tx: Writing, order: Order) -> list[Wanted]:
    """Give live stock back to its shelf; what no open room takes back is for the shop."""
    live = [(line.live_product_id, line.quantity) for line in order.lines if line.live_product_id]
    if not live:
        return []
    room = await db.live.lock_source(tx, order.live_room_id) if order.live_room_id else None
    await db.live_purchases.uncount(tx, order.member_id, live)
    if room is not None and room.is_open:
        await db.live_products.give_back(tx, live)
        return []
    await db.live_products.shrink(tx, live)
    return order.wanted(live=True)


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """What the order was promised is sold."""
    live = [(line.live_product_id, line.quantity) for line in order.lines if line.live_product_id]
    if live:
        sold = await db.live_products.sell(tx, live)
        assert len(sold) == len(live), f"live stock of order {order.number} was not reserved"
    await stock_taking.sell(ctx, tx, order)
    await live_invites.report_sale(ctx, tx, order)
    return {}
