"""Seats of groups in the life of an order that holds one (R36, R37).

Money that was taken is never refused here: what comes too late begins a new group, or is settled like a seat of a group
that failed, by going back. So no payment is opened for a seat when it is known that its money would only go back.
"""

from __future__ import annotations

from typing import Any

import db.activity_uses
import db.group_buys
import db.groups
from db.connection import Writing
from domain import groups
from domain.activities import ActivityKind
from domain.drawing import SEED_BYTES
from domain.group_buys import GroupBuy, is_running
from domain.groups import Group, GroupOver
from domain.orders import Order, OrderLine
from domain.refunds import OrderRefund
from resolvers.context import Context


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Free the seat that was held unpaid; what it was for can be bought again."""
    line = _line_of(order)
    facts = await _leave(ctx, tx, order) if line is not None else {}
    if line is not None and facts:
        await _uncount(tx, order, line, line.quantity)
    return facts


async def check_payable(ctx: Context, tx: Writing, order: Order) -> None:
    """Let the seat that a locked order holds be paid while its group fills, or where a new one is begun for it.

    Raises:
        GroupOver: the group is over.
    """
    if not _is_of_group(order):
        return
    group = (await db.groups.groups_of_orders(tx, [order.id]))[order.id]
    if groups.is_late(group, order.id) and await _late_opens(ctx, tx, group) is None:
        raise GroupOver(path=("input", "orderId"))


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Make the buyer a member of the group; the last one makes it succeed."""
    if not _is_of_group(order):
        return {}
    group = await db.groups.lock_of_order(tx, order.id)
    assert group is not None, f"order {order.number} holds no seat"
    if groups.is_late(group, order.id) and (new := await _new_group(ctx, tx, group)) is not None:
        group = groups.change_over(new, group, order.id)
    after = groups.pay(group, order.id, ctx.now())
    await db.groups.save(tx, after, groups.changed_seats(group.seats, after))
    return _facts(after)


async def _new_group(ctx: Context, tx: Writing, group: Group) -> Group | None:
    """A group for money that came too late, where the activity gives it one."""
    activity = await _late_opens(ctx, tx, group)
    if activity is None:
        return None
    new = groups.begin(ctx.new_id(), activity, ctx.chance(SEED_BYTES), ctx.now())
    await db.groups.add_empty(tx, new)
    return new


async def _late_opens(ctx: Context, tx: Writing, group: Group) -> GroupBuy | None:
    """The activity of a group, if it gives money that comes too late a new one."""
    activity = (await db.group_buys.group_buys_by_id(tx, [group.group_buy_id]))[group.group_buy_id]
    return activity if activity.terms.late_opens and is_running(activity, ctx.now()) else None


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Free the seat of an order that was paid back in full: nobody is shown in a group who left it.

    Units that are paid back can be bought again, also where others are kept.
    """
    line = _line_of(order)
    facts = await _leave(ctx, tx, order) if refund.whole and line is not None else {}
    if line is not None and (many := len(refund.units.get(line.id, ()))):
        await _uncount(tx, order, line, many)
    return facts


async def _leave(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    group = await db.groups.lock_of_order(tx, order.id)
    if group is None or groups.seat_of(group, order.id) is None:
        return {}
    after = groups.leave(group, order.id, ctx.now())
    await db.groups.save(tx, after, groups.changed_seats(group.seats, after))
    return _facts(after)


async def _uncount(tx: Writing, order: Order, line: OrderLine, many: int) -> None:
    assert line.activity_id is not None, f"line {line.id} is of no activity"
    await db.activity_uses.uncount(tx, line.activity_id, order.member_id, many)


def _facts(group: Group) -> dict[str, Any]:
    return {"group": group.id.hex, "group_state": group.state.value, "group_members": len(group.members)}


def _is_of_group(order: Order) -> bool:
    return _line_of(order) is not None


def _line_of(order: Order) -> OrderLine | None:
    """The line that is bought in a group."""
    return next((line for line in order.lines if line.activity_kind == ActivityKind.GROUP.value), None)
