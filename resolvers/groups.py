"""What can be asked of groups (团): see who is in one and which can be joined, and leave one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.group_buys
import db.groups
import db.idempotency
import db.members
import db.orders
import db.outbox
from domain import groups
from domain.group_buys import GroupBuy
from domain.groups import Group, Seat
from domain.idempotency import request_of
from domain.members import MemberCard
from domain.orders import Order, fact_of
from domain.refusals import NotFound
from resolvers import refunds
from resolvers.context import Context

SHOWN = 10


async def leave(ctx: Context, group_id: UUID, key: str) -> tuple[Order, bool]:
    """Leave a group that fills; all that was paid goes back. True when this very request was answered before.

    Raises:
        NotFound: the caller is not in such a group.
        WrongState: it is over, or the caller's order is not paid; that one can be cancelled.
    """
    member_id = ctx.member_id
    request = request_of(f"member:{member_id.hex}", "buyingGroupLeave", key, {"group": group_id})
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            known = UUID(hex=before)
            return (await db.orders.orders_by_id(tx, [known]))[known], True
        order_id = await db.groups.order_of(tx, group_id, member_id)
        order = None if order_id is None else await db.orders.lock(tx, order_id)
        group = None if order is None else await db.groups.lock_of_order(tx, order.id)
        if order is None or group is None:
            raise NotFound(path=("input", "buyingGroupId"))
        groups.check_may_leave(group, order.id)
        order, facts = await refunds.refund_order(ctx, tx, order, "left the group")
        fact = {**fact_of(order), **facts, "group": group.id.hex}
        await db.outbox.tell(tx, "OrderRefunded", "order", order.id, fact, ctx.now())
        await db.idempotency.answer(tx, request, order.id.hex)
    return order, False


async def groups_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Group]:
    """Those of the groups that somebody has paid in, of products that the caller may know of."""
    found = await db.groups.groups_by_id(ctx.reading, list(dict.fromkeys(ids)))
    seen = await db.group_buys.group_buys_seen(
        ctx.reading, ctx.viewer, list({one.group_buy_id for one in found.values()})
    )
    return {key: one for key, one in found.items() if one.group_buy_id in seen and groups.is_known(one)}


async def group_buys_of(ctx: Context, found: Sequence[Group]) -> list[GroupBuy]:
    """The activity of each group."""
    by_id = await db.group_buys.group_buys_by_id(ctx.reading, {one.group_buy_id for one in found})
    return [by_id[one.group_buy_id] for one in found]


async def joinable_of(ctx: Context, activities: Sequence[GroupBuy]) -> list[list[Group]]:
    """Groups of each activity that fill and have a place, the first to expire first; at most ten."""
    found = await db.groups.joinable_of(ctx.reading, [one.id for one in activities], ctx.now(), SHOWN)
    return [found.get(one.id, []) for one in activities]


async def groups_of_orders(ctx: Context, orders: Sequence[Order]) -> list[Group | None]:
    """The group in which each order holds a seat."""
    ids = [one.id for one in orders if any(line.activity_kind == "GROUP" for line in one.lines)]
    found = await db.groups.groups_of_orders(ctx.reading, ids) if ids else {}
    return [found.get(one.id) for one in orders]


async def cards_of(ctx: Context, seats: Sequence[Seat]) -> list[MemberCard]:
    """What everybody may see of who sits there."""
    found = await db.members.cards_of(ctx.reading, list({one.member_id for one in seats}))
    return [found[one.member_id] for one in seats]
