"""How groups end by the clock, and what becomes of the orders of those that are over, each in its own transaction.

A group is ended under its own lock; an order is locked before its group, as everywhere. So the orders of a group
cannot be changed with it: they are settled one by one, and each only once, whoever tries how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import db.group_buys
import db.groups
import db.orders
import db.outbox
from db.connection import Writing
from domain import groups
from domain.coupon_templates import TakeBy
from domain.groups import Group, Seat, SeatState
from domain.orders import Order, fact_of
from domain.refusals import Refusal
from resolvers import coupon_giving, refunds
from resolvers.context import Context
from resolvers.turns import each_alone

MARKED_AT_ONCE = 100


async def expire(ctx: Context) -> int:
    """End groups whose time is over; returns how many, which is at most 50."""
    return await each_alone(ctx, db.groups.lock_expired, _expire)


async def _expire(ctx: Context, tx: Writing, group: Group) -> None:
    activity = (await db.group_buys.group_buys_by_id(tx, [group.group_buy_id]))[group.group_buy_id]
    over = groups.expire(group, activity.terms.virtual_from_bp, ctx.now())
    await db.groups.save(tx, over, groups.changed_seats(group.seats, over))
    fact = {"group": over.id.hex, "group_buy": over.group_buy_id.hex, "state": over.state.value}
    members = {"members": [one.member_id.hex for one in over.members], "virtual": over.virtual}
    await db.outbox.tell(tx, "GroupExpired", "group", over.id, fact | members, ctx.now())


async def settle(ctx: Context) -> int:
    """Let orders of groups that succeeded leave, and pay back those of others; returns how much was done."""
    done = await each_alone(ctx, _lock_to_settle, _settle)
    async with ctx.database.writing() as tx:
        return done + await db.groups.mark_settled(tx, MARKED_AT_ONCE)


async def _lock_to_settle(tx: Writing, _: datetime, but: set[UUID]) -> Order | None:
    found = await db.groups.find_to_settle(tx, but)
    return None if found is None else await db.orders.lock(tx, found)


async def _settle(ctx: Context, tx: Writing, order: Order) -> None:
    """Settle a locked order, unless somebody else did meanwhile."""
    group = await db.groups.lock_of_order(tx, order.id)
    seat = None if group is None else groups.seat_of(group, order.id)
    if group is None or seat is None or seat.state is not SeatState.TAKEN:
        return
    if groups.settle(group, order.id) is SeatState.LEFT:
        reason = "the draw was lost" if seat.won is False else "the group failed"
        consoled = await _console(ctx, tx, group, seat)
        back, facts = await refunds.refund_order(ctx, tx, order, reason)
        await _tell(ctx, tx, "OrderRefunded", back, group, {**facts, **consoled})
        return
    kept = groups.keep(group, order.id)
    await db.groups.save(tx, kept, groups.changed_seats(group.seats, kept))
    freed = replace(order, hold=None, version=order.version + 1)
    await db.orders.save(tx, freed)
    await _tell(ctx, tx, "OrderFreed", freed, group)


async def _console(ctx: Context, tx: Writing, group: Group, seat: Seat) -> dict[str, Any]:
    """Give who lost the draw a coupon, if that was promised and one is left; the money goes back anyhow (R37)."""
    activity = (await db.group_buys.group_buys_by_id(tx, [group.group_buy_id]))[group.group_buy_id]
    template_id = activity.terms.consolation_id
    if template_id is None or seat.won is not False:
        return {}
    try:
        given = await coupon_giving.give(ctx, tx, template_id, seat.member_id, TakeBy.PRIZE)
    except Refusal:
        return {}
    return {"coupon": given.id.hex}


async def _tell(
    ctx: Context, tx: Writing, kind: str, order: Order, group: Group, facts: Mapping[str, Any] | None = None
) -> None:
    fact = fact_of(order) | dict(facts or {}) | {"group": group.id.hex, "group_state": group.state.value}
    await db.outbox.tell(tx, kind, "order", order.id, fact, ctx.now())
