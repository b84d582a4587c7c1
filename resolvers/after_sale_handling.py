"""What the brand does about after-sales: agree, reject, take goods back or refuse them; and what time does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeAlias
from uuid import UUID

import db.after_sales
import db.orders
import db.writes
from db.connection import Writing
from domain import after_sales as rules
from domain.after_sales import AfterSale, AfterSaleAction, AfterSaleKind, AfterSaleState
from domain.money import NOTHING, Money
from domain.orders import Order, OrderState, number_of
from domain.outages import Contended
from domain.payments import RefundState
from domain.records import record
from domain.refunds import Wanted
from domain.refusals import Refusal, Refusals, text_within
from domain.stock import OutOfStock
from domain.units import counted, together, worth_of
from resolvers import entitlements, live_orders, refunds, seckill_orders, stock_taking
from resolvers.after_sales import charged, keep, lock
from resolvers.context import Context
from resolvers.stock_taking import StockTaking

DUE_AT_ONCE = 20

_logger = logging.getLogger("yutang.after_sales")

Step: TypeAlias = Callable[[Context, Writing, AfterSale, Order], Coroutine[Any, Any, AfterSale]]


async def agree(ctx: Context, after_sale_id: UUID, answer: str, amount: Money | None) -> AfterSale:
    """Let the buyer have it: the money at once, or once the goods came back. A lower amount may be agreed to.

    Raises:
        NotFound: there is no such after-sale.
        WrongState: it was answered.
        BadInput: the amount is more than was asked for.
        LessThanPaid: it is less than was paid for units that have not left.
        NotRefundable: so much is not left of the order's payments.
    """
    said = text_within(answer, 200, "input", "answer", least=0)
    async with ctx.database.writing() as tx:
        found, order = await lock(tx, after_sale_id)
        return await _agree(ctx, tx, await _lowered(tx, replace(found, answer=said), order, amount), order)


async def _lowered(tx: Writing, found: AfterSale, order: Order, amount: Money | None) -> AfterSale:
    lowered = found if amount is None else rules.lower(found, order, amount)
    if (found.along or found.kept) and not (lowered.along or lowered.kept):
        await db.after_sales.free_extras(tx, found.id)
    return lowered


async def _agree(ctx: Context, tx: Writing, found: AfterSale, order: Order) -> AfterSale:
    moved = rules.move(found, AfterSaleAction.AGREE, ctx.now())
    if moved.state is AfterSaleState.REFUNDING:
        return await _pay_back(ctx, tx, found, moved, order, AfterSaleAction.AGREE)
    return await keep(ctx, tx, found, moved, AfterSaleAction.AGREE)


async def reject(ctx: Context, after_sale_id: UUID, answer: str) -> AfterSale:
    """Say no to what was asked for. The units are free again."""
    return await _turn_down(ctx, after_sale_id, answer, AfterSaleAction.REJECT)


async def refuse(ctx: Context, after_sale_id: UUID, answer: str) -> AfterSale:
    """Say no to the goods that came back. The units are free again."""
    return await _turn_down(ctx, after_sale_id, answer, AfterSaleAction.REFUSE)


async def _turn_down(ctx: Context, after_sale_id: UUID, answer: str, action: AfterSaleAction) -> AfterSale:
    """Raises NotFound, WrongState, and BadInput without an answer."""
    said = text_within(answer, 200, "input", "answer")
    async with ctx.database.writing() as tx:
        found, _ = await lock(tx, after_sale_id)
        moved = rules.move(found, action, ctx.now())
        return await keep(ctx, tx, found, replace(moved, answer=said), action)


@record
class Received:
    """What came back: whether it can be sold again, and what goes back for it, if less than was asked for.

    `refund_instead`: an exchange ends with the money, such as when nothing is left to be sent.
    """

    restock: bool = True
    amount: Money | None = None
    refund_instead: bool = False


async def receive(ctx: Context, after_sale_id: UUID, received: Received) -> AfterSale:
    """The goods came back: pay back, or send others.

    Raises:
        NotFound: there is no such after-sale.
        WrongState: nothing was sent back.
        BadInput: the amount is more than was asked for.
        OutOfStock: nothing is left to be sent in exchange.
        NotRefundable: so much is not left of the order's payments.
    """
    async with ctx.database.writing() as tx:
        found, order = await lock(tx, after_sale_id)
        if received.refund_instead and found.kind is AfterSaleKind.EXCHANGE:
            found = rules.for_money(found, order)
        found = await _lowered(tx, found, order, received.amount)
        return await _receive(ctx, tx, replace(found, restock=received.restock), order)


async def _receive(ctx: Context, tx: Writing, found: AfterSale, order: Order) -> AfterSale:
    moved = rules.move(found, AfterSaleAction.RECEIVE, ctx.now())
    if moved.state is AfterSaleState.REFUNDING:
        return await _pay_back(ctx, tx, found, moved, order, AfterSaleAction.RECEIVE)
    await _take_back(ctx, tx, found, order)
    replacement = await _replace(ctx, tx, found, order)
    after = replace(moved, replacement_order_id=replacement.id)
    return await keep(ctx, tx, found, after, AfterSaleAction.RECEIVE, {"replacement": replacement.id.hex})


async def _take_back(ctx: Context, tx: Writing, exchange: AfterSale, order: Order) -> None:
    """What came back is the shop's, or lost. It counts as bought all the same: the buyer has others for it."""
    units = counted(exchange.units)
    again, lost = (units, {}) if exchange.restock is not False else ({}, units)
    await live_orders.locked(ctx, tx, order)
    await seckill_orders.take_back(tx, order, again)
    await live_orders.take_back(ctx, tx, order, again, lost)
    await entitlements.take_back(tx, order, exchange.units)


async def _pay_back(
    ctx: Context, tx: Writing, before: AfterSale, moved: AfterSale, order: Order, action: AfterSaleAction
) -> AfterSale:
    """Give the money back; what we keep ourselves is there at once, and the after-sale done with."""
    moved = await charged(ctx, tx, moved, order)
    given = await refunds.give_back(ctx, tx, order, _wanted(moved, order), moved.reason[:80])
    settled = moved
    if all(one.state is RefundState.SUCCEEDED for one in given.refunds):
        settled = rules.move(moved, AfterSaleAction.SETTLE, ctx.now())
    return await keep(ctx, tx, before, settled, action, dict(given.facts))


def _wanted(sale: AfterSale, order: Order) -> Wanted:
    """What of the order goes back: the units, unless the buyer keeps them and gets only a part of what they cost."""
    worth = worth_of(order, together(sale.units, sale.along))
    left = order.total.minor - order.refunded.minor
    pays = min(sale.amount.minor - sale.deducted.minor, left)
    whole = sale.unsent and sale.amount.minor == worth
    return Wanted(
        units={} if rules.keeps_goods(sale, order) else sale.units,
        along=sale.along,
        deducted=sale.deducted.minor,
        amount=None if whole else Money(pays, order.total.currency),
        of_sent=not sale.unsent,
        restock=True if sale.unsent else sale.restock,
        after_sale_id=sale.id,
    )


@record
class _Draft:
    """The replacement, as far as stock is concerned."""

    ctx: Context
    order: Order


async def _replace(ctx: Context, tx: Writing, sale: AfterSale, order: Order) -> Order:
    """Place an order that costs nothing for the same goods, to be sent to the same address.

    Raises:
        OutOfStock: they are not there, or the store where they are to be fetched hands nothing out.
    """
    new = _replacement(ctx, sale, order)
    taking, draft = StockTaking(), _Draft(ctx, new)
    await taking.lock(tx, [draft])
    if short := taking.refusals(draft):
        raise _not_there(new, short)
    taking.take(draft)
    if not await db.writes.write(tx, taking.writes()):
        raise Contended
    await db.orders.add(tx, [new])
    await stock_taking.sell(ctx, tx, new)
    return new


def _not_there(new: Order, short: Sequence[Refusal]) -> Refusals:
    """What is missing, said of the after-sale: whoever receives its goods names no lines, and no store."""
    left = {no.variant_id: no.available for no in short if isinstance(no, OutOfStock)}
    missing = left or {line.variant_id: 0 for line in new.lines}
    return Refusals([OutOfStock(key, many, path=("input", "afterSaleId")) for key, many in missing.items()])


def _replacement(ctx: Context, sale: AfterSale, order: Order) -> Order:
    order_id, at = ctx.new_id(), ctx.now()
    lines = [
        replace(
            line,
            id=ctx.new_id(),
            live_product_id=None,
            unit_price=NOTHING,
            quantity=len(sale.units[line.id]),
            payable=NOTHING,
            unit_paid=(0,) * len(sale.units[line.id]),
            unit_points=(),
            steps=(),
            activity_kind=None,
            activity_id=None,
            promotion_id=None,
        )
        for line in order.lines
        if sale.units.get(line.id)
    ]
    return Order(
        id=order_id,
        number=number_of(order_id, at),
        member_id=order.member_id,
        state=OrderState.PAID,
        total=NOTHING,
        lines=lines,
        address=order.address,
        note=f"换货 {order.number}",
        live_room_id=None,
        store_id=order.store_id,
        guide_id=None,
        placed_at=at,
        pay_before=at,
        paid_at=at,
        cancelled_at=None,
        cancel_reason=None,
        version=1,
        goods=NOTHING,
        shipping=NOTHING,
        delivery=order.delivery,
        pick_up_store_id=order.pick_up_store_id,
    )


async def go_on(ctx: Context) -> int:
    """Take the steps that are due without anybody; returns how many."""
    done = 0
    for after_sale_id, _ in await db.after_sales.due(ctx.reading, ctx.now(), DUE_AT_ONCE):
        try:
            done += await _go_on(ctx, after_sale_id)
        except (Refusal, Refusals) as no:
            _logger.warning("after-sale %s does not go on by itself: %r", after_sale_id, no)
            await _wait_for_staff(ctx, after_sale_id)
        except Exception:
            _logger.exception("after-sale %s could not go on", after_sale_id)
    return done


async def _go_on(ctx: Context, after_sale_id: UUID) -> bool:
    async with ctx.database.writing() as tx:
        found, order = await lock(tx, after_sale_id)
        # Another process may have been faster.
        if found.due_at is None or found.due_at > ctx.now():
            return False
        step = rules.next_by_itself(found)
        if step is None:
            return False
        await _STEPS[step](ctx, tx, found, order)
    return True


async def _give_up(ctx: Context, tx: Writing, found: AfterSale, _: Order) -> AfterSale:
    return await keep(ctx, tx, found, rules.move(found, AfterSaleAction.CANCEL, ctx.now()), AfterSaleAction.CANCEL)


async def _receive_unseen(ctx: Context, tx: Writing, found: AfterSale, order: Order) -> AfterSale:
    return await _receive(ctx, tx, replace(found, restock=True), order)


_STEPS: dict[AfterSaleAction, Step] = {
    AfterSaleAction.AGREE: _agree,
    AfterSaleAction.CANCEL: _give_up,
    AfterSaleAction.RECEIVE: _receive_unseen,
}


async def _wait_for_staff(ctx: Context, after_sale_id: UUID) -> None:
    """What cannot go on by itself waits until somebody sees to it."""
    async with ctx.database.writing() as tx:
        found, _ = await lock(tx, after_sale_id)
        await db.after_sales.stop_clock(tx, found.id)
