"""Units of flash sales in the life of an order that took them (R39).

What they are in the stock changes with what else the order has there: resolvers.live_orders does that, after promotions
and coupons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import db.activity_uses
import db.seckills
from db.connection import Writing
from domain import seckills
from domain.activities import ActivityKind
from domain.orders import Order, OrderLine
from domain.refunds import OrderRefund
from domain.stock import Wanted
from resolvers.context import Context


async def locked(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Lock the flash sale before promotions and coupons, as who places an order does."""
    if (found := _line_of(order)) is not None:
        await db.seckills.lock(tx, [found[1]])
    return {}


async def give_up(ctx: Context, tx: Writing, order: Order) -> list[Wanted]:
    """Give units that were not paid back to the locked flash sale while it lasts; returns them for the shop after."""
    found = _line_of(order)
    if found is None:
        return []
    line, key = found
    one = (await db.seckills.lock(tx, [key]))[key]
    goes_on = seckills.takes_back(one, ctx.now())
    await _move(tx, "reserved", "remaining" if goes_on else "returned", key, line.quantity)
    await db.activity_uses.uncount(tx, key, order.member_id, line.quantity)
    return [] if goes_on else [Wanted(line.variant_id, line.quantity)]


async def paid(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Units that were set aside are sold."""
    if (found := _line_of(order)) is not None:
        line, key = found
        await _move(tx, "reserved", "sold", key, line.quantity)
    return {}


async def refunded(_: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Units that come back are the shop's, and their buyer may have others."""
    await take_back(tx, order, refund.again(), uncount=True)
    return {}


async def take_back(tx: Writing, order: Order, again: Mapping[UUID, int], *, uncount: bool = False) -> None:
    """Units that come back are the shop's. `uncount`: their buyer has not bought them after all."""
    found = _line_of(order)
    if found is None or not (many := again.get(found[0].id, 0)):
        return
    _, key = found
    await _move(tx, "sold", "returned", key, many)
    if uncount:
        await db.activity_uses.uncount(tx, key, order.member_id, many)


def units_of(order: Order, units: Mapping[UUID, int] | None = None) -> list[Wanted]:
    """What of an order was set aside for a flash sale: all of it, or so many units of lines."""
    found = _line_of(order)
    if found is None:
        return []
    line, _ = found
    many = line.quantity if units is None else units.get(line.id, 0)
    return [Wanted(line.variant_id, many)] if many else []


async def _move(tx: Writing, source: str, target: str, seckill_id: UUID, many: int) -> None:
    moved = await db.seckills.move(tx, source, target, {seckill_id: many})
    assert moved, f"seckill {seckill_id} has fewer than {many} units {source}"


def _line_of(order: Order) -> tuple[OrderLine, UUID] | None:
    """The line that was sold in a flash sale, and in which."""
    for line in order.lines:
        if line.activity_kind == ActivityKind.SECKILL.value and line.activity_id is not None:
            return line, line.activity_id
    return None
