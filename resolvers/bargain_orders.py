"""Bargains in the life of the order that bought at their price (R38)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import db.bargains
from db.connection import Writing
from domain import bargains
from domain.activities import ActivityKind
from domain.bargains import BargainState
from domain.orders import Order
from resolvers.context import Context


async def released(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Let the bargain go on from where it was; the clock ends it when its time is over."""
    return await _move(tx, order, BargainState.OPEN)


async def paid(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """The bargain is done."""
    return await _move(tx, order, BargainState.BOUGHT)


async def _move(tx: Writing, order: Order, to: BargainState) -> dict[str, Any]:
    key = _bargain_of(order)
    if key is None:
        return {}
    found = (await db.bargains.lock(tx, [key]))[key]
    assert found.order_id == order.id, f"bargain {key} is not of order {order.number}"
    order_id = order.id if to is BargainState.BOUGHT else None
    await db.bargains.save(tx, bargains.move(found, to, order_id=order_id))
    return {"bargain": key.hex, "bargain_state": to.value}


def _bargain_of(order: Order) -> UUID | None:
    found = (one.activity_id for one in order.lines if one.activity_kind == ActivityKind.BARGAIN.value)
    return next(found, None)
