"""What buyers can ask of after-sales: apply, give up, ship back; and what anybody may see of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.after_sales
import db.idempotency
import db.orders
import db.outbox
import db.refunds
from db.connection import Writing
from domain import after_sales as rules
from domain.after_sales import AfterSale, AfterSaleAction, AfterSaleKind, Applying
from domain.filters import Condition, check_depth
from domain.idempotency import request_of
from domain.identity import Scope
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, WrongState, text_within
from resolvers import extras
from resolvers.context import Context


async def apply(ctx: Context, wanted: Applying, key: str) -> tuple[AfterSale, bool]:
    """Ask for units of one's own order to be put right; True when this very request was answered before.

    Raises:
        NotFound: the caller has no such order, or it has no such line.
        WrongState, WindowClosed: it is not the time for it.
        UnitsTaken: so many units are not free.
        BadInput: a value is out of bounds.
        LessThanPaid: less is asked for than was paid for units that have not left.
        KeyReused: the idempotency key belongs to another request.
    """
    request = request_of(f"member:{ctx.member_id.hex}", "afterSaleApply", key, wanted.values())
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, request, ctx.now())
        if answered is not None:
            known = UUID(hex=answered)
            return (await db.after_sales.after_sales_by_id(tx, [known]))[known], True
        order = await db.orders.lock(tx, wanted.order_id)
        if order is None or order.member_id != ctx.member_id:
            raise NotFound(path=("input", "orderId"))
        new = await _apply(ctx, tx, order, wanted)
        await db.idempotency.answer(tx, request, new.id.hex)
    return new, False


async def _apply(ctx: Context, tx: Writing, order: Order, wanted: Applying) -> AfterSale:
    gone, claimed = await db.after_sales.taken(tx, order.id)
    taken = rules.taken_of(order, gone, claimed)
    unsent, terms = await extras.unsent(tx, order), ctx.services.rules.after_sales
    new = rules.apply(order, wanted, taken, unsent, terms, ctx.new_id(), ctx.now())
    # Goods in exchange were paid for with those that came back: given up, they would leave the buyer with nothing.
    if new.unsent and order.total.minor == 0 and await db.after_sales.is_replacement(tx, order.id):
        raise WrongState(order.state.value, path=("input", "kind"))
    if new.kind is not AfterSaleKind.EXCHANGE and extras.has_extras(order):
        claims = rules.claims_of((await db.after_sales.after_sales_of(tx, [order.id])).get(order.id, []))
        new = rules.charge(new, order, await extras.extras_of(ctx, tx, order, gone, new.units, claims, unsent))
    await db.after_sales.add(tx, new)
    await db.outbox.tell(tx, "AfterSaleApplied", "order", order.id, rules.fact_of(new), ctx.now())
    return new


async def charged(ctx: Context, tx: Writing, found: AfterSale, order: Order) -> AfterSale:
    """The after-sale of a locked order, about to be paid, with what becomes of gifts and add-ons as things are now.

    When it was asked for, that was a forecast: others may have been paid or given up since.
    """
    if not extras.has_extras(order):
        return found
    await db.after_sales.free_extras(tx, found.id)
    others = [one for one in (await db.after_sales.after_sales_of(tx, [order.id]))[order.id] if one.id != found.id]
    claims = replace(rules.claims_of(others), deducted=0)
    gone, waiting = await db.refunds.gone(tx, order.id), await extras.unsent(tx, order)
    after = rules.charge(found, order, await extras.extras_of(ctx, tx, order, gone, found.units, claims, waiting))
    await db.after_sales.claim_extras(tx, after)
    return after


async def lock(tx: Writing, after_sale_id: UUID) -> tuple[AfterSale, Order]:
    """An after-sale and its order, which whoever changes it holds.

    Raises:
        NotFound: there is no such after-sale.
    """
    known = (await db.after_sales.after_sales_by_id(tx, [after_sale_id])).get(after_sale_id)
    if known is None:
        raise NotFound(path=("input", "afterSaleId"))
    order = await db.orders.lock(tx, known.order_id)
    assert order is not None, f"after-sale {known.id} has no order"
    return (await db.after_sales.after_sales_by_id(tx, [after_sale_id]))[after_sale_id], order


async def cancel(ctx: Context, after_sale_id: UUID) -> AfterSale:
    """Give up what one asked for.

    Raises:
        NotFound: the caller has no such after-sale.
        WrongState: it is on its way already.
    """
    async with ctx.database.writing() as tx:
        before = await _lock_own(ctx, tx, after_sale_id)
        after = rules.move(before, AfterSaleAction.CANCEL, ctx.now())
        return await keep(ctx, tx, before, after, AfterSaleAction.CANCEL)


async def ship_back(ctx: Context, after_sale_id: UUID, carrier: str, tracking_number: str) -> AfterSale:
    """Say by whom and under which number the goods come back.

    Raises:
        NotFound: the caller has no such after-sale.
        WrongState: nothing is to be sent, or it was.
        BadInput: the carrier or the number is empty or too long.
    """
    carrier = text_within(carrier, 40, "input", "carrier")
    number = text_within(tracking_number, 40, "input", "trackingNumber")
    async with ctx.database.writing() as tx:
        before = await _lock_own(ctx, tx, after_sale_id)
        moved = rules.move(before, AfterSaleAction.SHIP_BACK, ctx.now())
        after = replace(moved, carrier=carrier, tracking_number=number)
        return await keep(ctx, tx, before, after, AfterSaleAction.SHIP_BACK)


async def _lock_own(ctx: Context, tx: Writing, after_sale_id: UUID) -> AfterSale:
    found, _ = await lock(tx, after_sale_id)
    if found.member_id != ctx.member_id:
        raise NotFound(path=("input", "afterSaleId"))
    return found


async def keep(
    ctx: Context,
    tx: Writing,
    before: AfterSale,
    after: AfterSale,
    action: AfterSaleAction,
    facts: dict[str, object] | None = None,
) -> AfterSale:
    """Keep a step, and tell of it."""
    at = ctx.now()
    await db.after_sales.save(tx, before, after, action, ctx.principal.member_id, at)
    await db.outbox.tell(tx, "AfterSaleChanged", "order", after.order_id, (facts or {}) | rules.fact_of(after), at)
    return after


async def after_sales_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, AfterSale]:
    """Those of the after-sales that are the caller's own, or that staff may see."""
    found = await db.after_sales.after_sales_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own, staff = ctx.principal.member_id, ctx.holds(Scope.OPERATOR)
    return {key: one for key, one in found.items() if staff or one.member_id == own}


async def after_sales_of(ctx: Context, found: Sequence[Order]) -> list[list[AfterSale]]:
    """The after-sales of each order, the oldest first."""
    by_order = await db.after_sales.after_sales_of(ctx.reading, [one.id for one in found])
    return [by_order.get(one.id, []) for one in found]


async def my_after_sales(ctx: Context, request: PageRequest) -> Page[AfterSale]:
    """A page of what the caller asked for, the newest first."""
    return await db.after_sales.own_after_sales(ctx.reading, ctx.member_id, request)


async def after_sales(ctx: Context, request: PageRequest, where: Condition) -> Page[AfterSale]:
    """A page of all after-sales that match, the newest first."""
    check_depth(where)
    return await db.after_sales.after_sales(ctx.reading, request, where)
