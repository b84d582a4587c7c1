"""Units of flash sales in the life of an order that took them (R39)."""

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
from domain.stock import MovementKind, Wanted
from resolvers import stock_moving
from resolvers.context import Context


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Give units that were not paid back: to the flash sale while it lasts, else to the shop."""
    found = _line_of(order)
    if found is None:
        return {}
    line, key = found
    one = (await db.seckills.lock(tx, [key]))[key]
    goes_on = seckills.takes_back(one, ctx.now())
    await _move(tx, "reserved", "remaining" if goes_on else "returned", key, line.quantity)
    await db.activity_uses.uncount(tx, key, order.member_id, line.quantity)
    if not goes_on:
        await stock_moving.uncarve(ctx, tx, [Wanted(line.variant_id, line.quantity)], order.id)
    return {}


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Units that were set aside are sold."""
    found = _line_of(order)
    if found is None:
        return {}
    line, key = found
    await _move(tx, "reserved", "sold", key, line.quantity)
    await stock_moving.give_away(ctx, tx, [Wanted(line.variant_id, line.quantity)], order.id)
    return {}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Units that come back are the shop's, and their buyer may have others."""
    await take_back(ctx, tx, order, refund.again(), uncount=True)
    return {}


async def take_back(
    ctx: Context, tx: Writing, order: Order, again: Mapping[UUID, int], *, uncount: bool = False
) -> None:
    """Units that come back are the shop's. `uncount`: their buyer has not bought them after all."""
    found = _line_of(order)
    if found is None or not (many := again.get(found[0].id, 0)):
        return
    line, key = found
    await _move(tx, "sold", "returned", key, many)
    if uncount:
        await db.activity_uses.uncount(tx, key, order.member_id, many)
    back = stock_moving.moved(ctx, MovementKind.RETURN, [Wanted(line.variant_id, many)], order.id)
    await stock_moving.move_all(tx, back)


async def _move(tx: Writing, source: str, target: str, seckill_id: UUID, many: int) -> None:
    moved = await db.seckills.move(tx, source, target, {seckill_id: many})
    assert moved, f"seckill {seckill_id} has fewer than {many} units {source}"


def _line_of(order: Order) -> tuple[OrderLine, UUID] | None:
    """The line that was sold in a flash sale, and in which."""
    for line in order.lines:
        if line.activity_kind == ActivityKind.SECKILL.value and line.activity_id is not None:
            return line, line.activity_id
    return None
