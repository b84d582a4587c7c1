"""What can be asked of orders: price, place, give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.orders
import db.outbox
from db.connection import Writing
from domain import orders
from domain.idempotency import Request, checked_key
from domain.orders import CancelReason, Order
from domain.pages import Page, PageRequest
from domain.placing import Wish, check_wish, fingerprint_of
from domain.refusals import NotFound, text_within
from resolvers import coupons, order_life, order_lists
from resolvers.context import Context
from resolvers.placing import Placed, Posted
from resolvers.price_facts import Asking
from resolvers.turns import each_alone


async def place(ctx: Context, wish: Wish, idempotency_key: str) -> Placed:
    """Place an order; what it takes is promised to it until its time to pay is over.

    Raises:
        BadInput: the wish is out of bounds, or its parts do not fit together.
        Refusals: why nothing was ordered; nothing was taken. Among them NotFound: something does not exist for the
            caller; RoomClosed: the live room is not live; OutOfStock, OverLimit: fewer are left, or allowed;
            KeyReused: the idempotency key belongs to another request.
        TooOften: too many orders wait to be placed.
    """
    note = text_within(check_wish(wish).note, 200, "input", "note", least=0)
    if note != wish.note:
        wish = replace(wish, note=note)
    request = Request(f"member:{ctx.member_id.hex}", checked_key(idempotency_key), fingerprint_of(wish))
    await coupons.redeem_codes(ctx, wish.coupon_codes, idempotency_key)
    return await ctx.services.desk.place(Posted(Asking(ctx, wish), request))


async def cancel(ctx: Context, order_id: UUID) -> Order:
    """Give one's own placed order up; its stock can be bought by others at once.

    Raises:
        NotFound: the caller has no such order.
        NotCancellable: it was paid or cancelled before.
    """
    async with ctx.database.writing() as tx:
        order = await db.orders.lock(tx, order_id)
        if order is None or order.member_id != ctx.member_id:
            raise NotFound(path=("input", "orderId"))
        return await _give_up(ctx, tx, order, CancelReason.BY_MEMBER)


async def cancel_overdue(ctx: Context) -> int:
    """Give up orders whose time to pay is over; returns how many, which is at most 50."""
    return await each_alone(ctx, db.orders.lock_overdue, _too_late)


async def _too_late(ctx: Context, tx: Writing, order: Order) -> None:
    await _give_up(ctx, tx, order, CancelReason.NOT_PAID_IN_TIME)


async def _give_up(ctx: Context, tx: Writing, order: Order, reason: CancelReason) -> Order:
    at = ctx.now()
    cancelled = orders.cancel(order, reason, at)
    facts = await order_life.changed(ctx, tx, order, order_life.RELEASED)
    await db.orders.save_state(tx, order, cancelled, ctx.principal.member_id, at)
    await db.outbox.tell(tx, "OrderCancelled", "order", order.id, orders.fact_of(cancelled) | facts, at)
    return cancelled


async def orders_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Those of the orders that are the caller's own, or that staff may see."""
    found = await db.orders.orders_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own = {key: order for key, order in found.items() if order.member_id == ctx.principal.member_id}
    others = [order for key, order in found.items() if key not in own]
    return own | (await order_lists.run_by_caller(ctx, ctx.reading, others) if others else {})


async def order(ctx: Context, order_id: UUID) -> Order | None:
    return (await orders_by_id(ctx, [order_id])).get(order_id)


async def my_orders(ctx: Context, request: PageRequest) -> Page[Order]:
    """A page of the caller's orders, the newest first."""
    return await db.orders.orders_of(ctx.reading, ctx.member_id, request)
