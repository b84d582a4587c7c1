"""Live stock and stock of the shop in the life of an order.

They go together, and with what was set aside for flash sales: what an ended room does not take back lies in the same
rows as what the shop promised. Those rows are changed by one statement, which locks them in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import db.live
import db.live_products
import db.live_purchases
from db.connection import Writing
from domain.orders import Order
from domain.refunds import OrderRefund
from domain.stock import MovementKind, Wanted
from resolvers import live_invites, seckill_orders, stock_taking
from resolvers.context import Context
from resolvers.stock_moving import moved


async def locked(_: Context, tx: Writing, order: Order, __: OrderRefund | None = None) -> dict[str, Any]:
    """Lock live stock before offers and promotions, as who places an order does: whoever takes both gives both back."""
    live = [line.live_product_id for line in order.lines if line.live_product_id]
    if live and (order.promotion_ids or any(line.activity_id for line in order.lines)):
        if order.live_room_id is not None:
            await db.live.lock_source(tx, order.live_room_id)
        await db.live_purchases.lock(tx, [(one, order.member_id) for one in live])
        await db.live_products.lock_stock(tx, live)
    return {}


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Give back what the order was promised, where it came from."""
    carved = [*await _return_live_stock(tx, order), *await seckill_orders.give_up(ctx, tx, order)]
    await stock_taking.release(ctx, tx, order, *moved(ctx, MovementKind.UNCARVE, carved, order.id))
    return {}


async def shrunk(ctx: Context, tx: Writing, order: Order, going: Mapping[UUID, int]) -> None:
    """Give back so many units of lines that an unpaid order was promised and does not want any more."""
    carved = await _return_live_stock(tx, order, going)
    await stock_taking.release_some(ctx, tx, order, going, *moved(ctx, MovementKind.UNCARVE, carved, order.id))


async def _return_live_stock(tx: Writing, order: Order, going: Mapping[UUID, int] | None = None) -> list[Wanted]:
    """Give live stock back to its shelf, all of it or so much of each line.

    What no open room takes back is for the shop.
    """
    back = {line.id: line.quantity for line in order.lines} if going is None else going
    lines = [(line, many) for line in order.lines if line.live_product_id and (many := back.get(line.id, 0))]
    live = [(line.live_product_id, many) for line, many in lines if line.live_product_id]
    if not live:
        return []
    room = await db.live.lock_source(tx, order.live_room_id) if order.live_room_id else None
    await db.live_purchases.uncount(tx, order.member_id, live)
    if room is not None and room.is_open:
        await db.live_products.give_back(tx, live)
        return []
    await db.live_products.shrink(tx, live)
    return [Wanted(line.variant_id, many) for line, many in lines]


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """What the order was promised is sold."""
    live = [(line.live_product_id, line.quantity) for line in order.lines if line.live_product_id]
    if live:
        sold = await db.live_products.sell(tx, live)
        assert len(sold) == len(live), f"live stock of order {order.number} was not reserved"
    carved = seckill_orders.units_of(order)
    await stock_taking.sell(ctx, tx, order, *moved(ctx, MovementKind.GIVE_AWAY, carved, order.id))
    await live_invites.report_sale(ctx, tx, order)
    return {}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Units that were paid back, and came back or never left, are the shop's again, those of a live room too."""
    await take_back(ctx, tx, order, refund.again(), refund.lost(), uncount=True)
    await live_invites.report_refund(ctx, tx, order, refund.amount)
    live = [line.live_product_id.hex for line in order.lines if line.live_product_id and line.id in refund.units]
    return {"live_products": live} if live else {}


async def take_back(
    ctx: Context,
    tx: Writing,
    order: Order,
    again: Mapping[UUID, int],
    lost: Mapping[UUID, int],
    *,
    uncount: bool = False,
) -> None:
    """Take so many sold units of lines back: to be sold again in the shop, or out of the stock, where they are lost.

    `uncount`: their buyer has not bought those of a live room after all, and may buy as many again.
    """
    carved = moved(ctx, MovementKind.UNCARVE, await _unsell(tx, order, again, uncount=uncount), order.id)
    sold = moved(ctx, MovementKind.RETURN, seckill_orders.units_of(order, again), order.id)
    await stock_taking.take_back(ctx, tx, order, again, lost, *carved, *sold)


async def _unsell(tx: Writing, order: Order, units: Mapping[UUID, int], *, uncount: bool) -> list[Wanted]:
    """Take sold units of live stock back; returns them for the shop."""
    lines = [(line, many) for line in order.lines if (many := units.get(line.id, 0)) and line.live_product_id]
    live = [(line.live_product_id, many) for line, many in lines if line.live_product_id]
    if not live:
        return []
    if uncount:
        await db.live_purchases.uncount(tx, order.member_id, live)
    back = await db.live_products.unsell(tx, live)
    assert len(back) == len(live), f"more live stock of order {order.number} comes back than was sold"
    return [Wanted(line.variant_id, many) for line, many in lines]
