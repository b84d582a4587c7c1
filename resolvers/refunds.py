"""What can be asked of refunds: give back what of an order is wished, and book what a provider tells.

Whoever gives something back holds the order. The decision is one transaction; a job carries it out at the providers
(resolvers/refund_sending.py), money that we keep ourselves is back at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any
from uuid import UUID

import db.after_sales
import db.idempotency
import db.ledger
import db.orders
import db.outbox
import db.payments
import db.refunds
import db.shipments
from db.connection import Writing
from domain import after_sales, orders, payments
from domain import refunds as rules
from domain.after_sales import AfterSaleAction, AfterSaleState
from domain.gateways import Provider, RefundTold
from domain.idempotency import request_of
from domain.money import NOTHING, Money
from domain.orders import Order, OrderState
from domain.payments import Payment, Refund, RefundState
from domain.records import record
from domain.refunds import OrderRefund, Wanted
from domain.refusals import BadInput, NotFound, WrongState, text_within
from domain.shipments import left_to_ship, units_sent
from domain.units import check_sent, check_unsent, units_left
from resolvers import extras, order_life, profit_sharing, tenders
from resolvers.context import Context
from resolvers.surplus import left_already


@record
class GivenBack:
    """The order after something of it went back, what it was, and from which payments. `facts` go into the outbox."""

    order: Order
    refund: OrderRefund
    refunds: Sequence[Refund]
    facts: Mapping[str, Any]


async def refund_order(ctx: Context, tx: Writing, order: Order, reason: str) -> tuple[Order, Mapping[str, Any]]:
    """Give back all that is left of a locked order, once: money, points, coupons, and stock that was not shipped.

    The order is REFUNDING until all of it has arrived. It tells the outbox nothing: the caller does, with the facts
    that are returned, and gives no more than one order back in a transaction, since ledger accounts are locked last.

    Raises:
        WrongState: it was not paid.
        NotRefundable: its payments are too old, or were refunded too often.
    """
    if order.state in (OrderState.REFUNDING, OrderState.REFUNDED):
        return order, {}
    given = await give_back(ctx, tx, order, Wanted(everything=True), reason)
    return given.order, given.facts


async def give_back(ctx: Context, tx: Writing, order: Order, wanted: Wanted, reason: str) -> GivenBack:
    """Give back what is wished of a locked order.

    Raises:
        as domain.refunds.decide and spread.
    """
    blank = OrderRefund(ctx.new_id(), order.id, NOTHING, NOTHING, {}, 0, reason, ctx.now(), ctx.principal.member_id)
    sent, (gone, claimed) = await _sent(tx, order), await db.after_sales.taken(tx, order.id)
    wanted = await extras.with_extras(ctx, tx, order, wanted, gone, claimed)
    shipping_gone = await db.refunds.shipping_gone(tx, order)
    decided = rules.decide(order, wanted, gone, blank, some_left=bool(sent), shipping_gone=shipping_gone)
    parts = await _spread(ctx, tx, order, decided)
    refunds = [refund for _, refund in parts]
    after = await _refunded(tx, order, decided, refunds)
    facts = await order_life.refunded(ctx, tx, after, decided)
    await db.refunds.decide(tx, decided)
    if parts:
        await db.payments.save_all(tx, [rules.reserve(payment, refund.amount) for payment, refund in parts])
        await db.refunds.add(tx, refunds)
        for payment, one in parts:
            if payment.provider is Provider.WECHAT_PAY:
                facts |= await profit_sharing.recall(ctx, tx, payment, one)
    if sent:
        after = await _left(ctx, tx, after, sent)
    await _save(ctx, tx, order, after)
    await _move(ctx, tx, decided, refunds)
    return GivenBack(after, decided, refunds, rules.fact_of(decided, refunds) | facts)


async def _sent(tx: Writing, order: Order) -> dict[UUID, int]:
    """How many units of each line of an order that did not leave as a whole have left in packages."""
    if order.state not in rules.GONE | {OrderState.PAID} or not order.lines:
        return {}
    return units_sent((await db.shipments.shipments_of(tx, [order.id])).get(order.id, []))


async def _left(ctx: Context, tx: Writing, order: Order, sent: Mapping[UUID, int]) -> Order:
    """The order, SHIPPED when what has gone back was the last that had not left."""
    _, gone = await db.after_sales.kept_back(tx, order.id)
    if order.state is not OrderState.PAID or left_to_ship(order, sent, gone):
        return order
    return replace(order, state=OrderState.SHIPPED, shipped_at=ctx.now())


async def _spread(ctx: Context, tx: Writing, order: Order, decided: OrderRefund) -> list[tuple[Payment, Refund]]:
    if decided.amount.minor == 0:
        return []
    parts = rules.spread(decided.amount, await db.payments.lock_all(tx, order.id), ctx.now())
    spaced = [one.id for one, _ in parts if one.provider is Provider.WECHAT_PAY and one.refunds]
    last = await db.refunds.last_due(tx, spaced) if spaced else {}
    return [
        (
            payment,
            replace(
                rules.refund_of(ctx.new_id(), payment, amount, decided.reason, ctx.now(), last.get(payment.id)),
                order_refund_id=decided.id,
            ),
        )
        for payment, amount in parts
    ]


async def _refunded(tx: Writing, order: Order, decided: OrderRefund, refunds: Sequence[Refund]) -> Order:
    arrived = decided.whole and all(one.state is RefundState.SUCCEEDED for one in refunds)
    if arrived and order.refunded.minor:
        arrived = not await db.refunds.some_have_not_arrived(tx, order.id)
    return rules.refund_order(order, decided, arrived=arrived)


async def _save(ctx: Context, tx: Writing, before: Order, after: Order) -> None:
    if after.state is before.state:
        await db.orders.save(tx, after)
    else:
        await db.orders.save_state(tx, before, after, ctx.principal.member_id, ctx.now())


async def _move(ctx: Context, tx: Writing, decided: OrderRefund, refunds: Sequence[Refund]) -> None:
    postings = [*rules.decided(decided), *(posting for one in refunds for posting in left_already(one))]
    if postings:
        await db.ledger.post(tx, f"refund:{decided.id.hex}", postings, ctx.now())
    for refund in refunds:
        if refund.state is RefundState.SUCCEEDED:
            await tenders.give_back(ctx, tx, refund)


@record
class Refunding:
    """What staff gives back of an order: so many units of lines, shipping, or an amount."""

    order_id: UUID
    reason: str
    idempotency_key: str
    quantities: Mapping[UUID, int] = field(default_factory=dict)
    shipping: bool | None = None
    amount: Money | None = None
    of_sent: bool = False
    restock: bool | None = None

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        units = sorted((line_id.hex, many) for line_id, many in self.quantities.items())
        money = None if self.amount is None else (self.amount.minor, self.amount.currency)
        return {"order": self.order_id, "units": units, "shipping": self.shipping, "amount": money} | {
            "reason": self.reason,
            "of_sent": self.of_sent,
            "restock": self.restock,
        }


@record
class Refunded:
    """The answer to a wish: the order, the refunds of its payments, and whether it was answered before."""

    order: Order
    refunds: Sequence[Refund]
    replayed: bool = False


async def refund(ctx: Context, wanted: Refunding) -> Refunded:
    """Give back something of an order, as staff.

    Raises:
        NotFound: there is no such order, or line of it.
        WrongState: the order was not paid, or an after-sale is open about it.
        UnitsSent, UnitsUnsent: units are to go back that have left, or have not, other than it is said.
        UnitsTaken: units are to go back that did, or for which others were sent.
        BadInput, NotRefundable: nothing, or more than is left, is to go back.
        LessThanPaid: units that have not left are to go back for less than was paid.
        KeyReused: the idempotency key belongs to another request.
    """
    reason = text_within(wanted.reason, 80, "input", "reason")
    request = request_of(f"staff:{ctx.member_id.hex}", "orderRefund", wanted.idempotency_key, wanted.values())
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, request, ctx.now())
        if answered is not None:
            return await _answered(tx, wanted.order_id, answered)
        order = await db.orders.lock(tx, wanted.order_id)
        if order is None:
            raise NotFound(path=("input", "orderId"))
        await _check_units(tx, order, wanted)
        what = Wanted(wanted.quantities, wanted.shipping, wanted.amount, of_sent=wanted.of_sent, restock=wanted.restock)
        given = await give_back(ctx, tx, order, what, reason)
        await _tell(ctx, tx, "OrderRefunded", given.order, given.facts)
        await db.idempotency.answer(tx, request, [one.id.hex for one in given.refunds])
    return Refunded(given.order, given.refunds)


async def _check_units(tx: Writing, order: Order, wanted: Refunding) -> None:
    """What open after-sales are about goes back by them; what has left only if it is said so."""
    if not wanted.quantities and not rules.is_all_left(order, wanted.amount):
        return
    if await db.after_sales.some_are_open(tx, order.id):
        raise WrongState("AFTER_SALE", path=("input", "lines"))
    if wanted.of_sent:
        # None is open: what after-sales were about went back, or other goods were sent for it.
        gone, claimed = await db.after_sales.taken(tx, order.id)
        taken = after_sales.taken_of(order, gone, claimed)
        after_sales.check_free(order, wanted.quantities, taken)
        free = {line.id: len(units_left(line, taken)) for line in order.lines}
        check_sent(order, wanted.quantities, free, await extras.unsent(tx, order))
        return
    unsent = await extras.unsent(tx, order)
    check_unsent(order, wanted.quantities, unsent)
    if not wanted.quantities and unsent and await _sent(tx, order):
        raise BadInput("the lines that have not left first", "请先按商品退未发货的部分", path=("input", "lines"))


async def _answered(tx: Writing, order_id: UUID, ids: Sequence[str]) -> Refunded:
    # By the connection that is there already: many who wait for another one here would wait for each other.
    order = (await db.orders.orders_by_id(tx, [order_id]))[order_id]
    refunds = await db.refunds.refunds_by_id(tx, [UUID(hex=one) for one in ids])
    return Refunded(order, [refunds[key] for key in sorted(refunds)], replayed=True)


async def _tell(ctx: Context, tx: Writing, kind: str, order: Order, facts: Mapping[str, Any]) -> None:
    await db.outbox.tell(tx, kind, "order", order.id, {**orders.fact_of(order), **facts}, ctx.now())


async def retry(ctx: Context, refund_id: UUID) -> Refund:
    """Ask anew for a refund that failed, by a new number: the provider has closed the old one.

    Raises:
        NotFound: there is no such refund.
        WrongState: it has not failed, or was asked for anew before.
    """
    async with ctx.database.writing() as tx:
        order, failed = await _lock(tx, refund_id)
        old, new = rules.again(failed, ctx.new_id(), ctx.now())
        await db.refunds.save(tx, old)
        await db.refunds.add(tx, [new])
        await _tell(ctx, tx, "RefundRetried", order, payments.refund_fact_of(new))
    return new


async def book(ctx: Context, told: RefundTold) -> Refund:
    """Book how a refund stands, once, however often and in whatever order a provider tells.

    Raises:
        NotFound: we never asked for such a refund.
        WrongAmount: another amount than we asked for.
    """
    async with ctx.database.writing() as tx:
        order, refund = await _lock(tx, told.refund_id)
        if refund.provider is not told.provider:
            raise NotFound
        return await keep(ctx, tx, order, refund, payments.told_of(refund, told))


async def _lock(tx: Writing, refund_id: UUID) -> tuple[Order, Refund]:
    order = await db.refunds.lock_order_of(tx, refund_id)
    if order is None:
        raise NotFound(path=("input", "refundId"))
    return order, (await db.refunds.refunds_by_id(tx, [refund_id]))[refund_id]


async def keep(ctx: Context, tx: Writing, order: Order, before: Refund, after: Refund) -> Refund:
    """Keep what became of a refund of a locked order: money that has arrived, or never will."""
    if after == before:
        return before
    await db.refunds.save(tx, after)
    if after.state is before.state:
        return after
    if after.state is RefundState.SUCCEEDED:
        await _arrive(ctx, tx, order, after)
    elif after.state in (RefundState.FAILED, RefundState.ABNORMAL):
        await _tell(ctx, tx, "RefundFailed", order, payments.refund_fact_of(after))
    return after


async def _arrive(ctx: Context, tx: Writing, order: Order, refund: Refund) -> None:
    after = order
    if order.state is OrderState.REFUNDING and not await db.refunds.some_have_not_arrived(tx, order.id):
        after = rules.arrive(order)
        await db.orders.save_state(tx, order, after, None, ctx.now())
    facts = payments.refund_fact_of(refund)
    if refund.order_refund_id is not None:
        facts |= await _settle_after_sale(ctx, tx, refund.order_refund_id)
    await _tell(ctx, tx, "RefundArrived", after, facts)
    await db.ledger.post(tx, f"refund:{refund.id.hex}:arrived", [rules.arrived(refund)], ctx.now())


async def _settle_after_sale(ctx: Context, tx: Writing, order_refund_id: UUID) -> dict[str, Any]:
    """An after-sale is done with once its money has arrived."""
    sale = await db.after_sales.settled_by(tx, order_refund_id)
    if sale is None or sale.state is not AfterSaleState.REFUNDING:
        return {}
    settled = after_sales.move(sale, AfterSaleAction.SETTLE, ctx.now())
    await db.after_sales.save(tx, sale, settled, AfterSaleAction.SETTLE, None, ctx.now())
    return after_sales.fact_of(settled)


async def refunds_of(ctx: Context, found: Sequence[Order]) -> list[list[Refund]]:
    """The refunds of each order, the oldest first."""
    refunds = await db.refunds.refunds_of(ctx.reading, [one.id for one in found])
    return [refunds.get(one.id, []) for one in found]
