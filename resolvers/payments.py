"""What can be asked of payments: begin one, and book what a provider tells."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import msgspec

import db.idempotency
import db.ledger
import db.live_products
import db.orders
import db.outbox
import db.payments
from db.connection import Writing
from domain import orders, payments
from domain.gateways import Asking, Provider, Told
from domain.idempotency import request_of
from domain.ledger import COMMISSION, Posting, pending_commission
from domain.orders import NotPayable, Order, OrderState
from domain.payments import Payment, PaymentState
from domain.refusals import NotFound
from resolvers import guides, live_invites, stock_taking
from resolvers.context import Context


async def pay(ctx: Context, order_id: UUID, key: str) -> tuple[Payment | None, Order, bool]:
    """Begin to have one's own order paid; True when this very request was answered before.

    A free order is paid at once, without a payment.

    The provider is asked between two transactions, never within one. It takes the same payment twice
    for the same, so that whatever fails, the same request can be made again.

    Raises:
        NotFound: the caller has no such order.
        NotPayable: it was paid or cancelled before, or its time to pay is over.
        ProviderUnavailable: the provider did not answer; nothing is lost by asking again.
    """
    request = request_of(f"member:{ctx.member_id.hex}", "orderPay", key, {"order": order_id})
    async with ctx.database.writing() as tx:
        given = await db.idempotency.find(tx, request)
        order = await _lock_own(ctx, tx, order_id)
        if given is not None:
            return msgspec.convert(given, Payment, strict=False), order, True
        if order.state is not OrderState.PLACED or order.pay_before <= ctx.now():
            raise NotPayable(order.state.value, path=("input", "orderId"))
        if order.total.minor == 0:
            return None, await _mark_paid(ctx, tx, order), False
        payment = await db.payments.open_payment(tx, _new_payment(ctx, order))
    asked = await ctx.services.payments[payment.provider].prepare(payment, Asking(order.number))
    prepared = replace(payment, confirm_url=asked.confirm_url)
    async with ctx.database.writing() as tx:
        given = await db.idempotency.claim(tx, request, ctx.now())
        if given is None:
            await db.payments.note_address(tx, prepared)
            await db.idempotency.answer(tx, request, msgspec.to_builtins(prepared))
    return prepared, order, given is not None


def _new_payment(ctx: Context, order: Order) -> Payment:
    return Payment(
        ctx.new_id(), order.id, Provider.SANDBOX, PaymentState.PENDING, order.total, None, None, ctx.now(), None
    )


async def _lock_own(ctx: Context, tx: Writing, order_id: UUID) -> Order:
    order = await db.orders.lock(tx, order_id)
    if order is None or order.member_id != ctx.member_id:
        raise NotFound(path=("input", "orderId"))
    return order


async def book(ctx: Context, told: Told) -> Payment:
    """Book a payment that a provider tells of, once, however often it tells.

    Money that was taken stays taken: when the order was closed meanwhile, the payment is due to be refunded.

    Raises:
        NotFound: we never asked for such a payment.
        WrongAmount: another amount than we asked for.
    """
    async with ctx.database.writing() as tx:
        asked = await db.payments.find(tx, told.payment_id)
        if asked is None or asked.provider is not told.provider:
            raise NotFound
        # The order is locked before the payment, as everywhere: two callbacks wait for each other here.
        order = await db.orders.lock(tx, asked.order_id)
        payment = await db.payments.lock(tx, asked.id)
        assert order is not None, f"payment {asked.id} has no order"
        assert payment is not None, f"payment {asked.id} is gone"
        await db.payments.note_notification(tx, told.provider, told.message, ctx.now())
        if payment.state is not PaymentState.PENDING:
            return payment
        return await _settle(ctx, tx, order, payment, told)


async def _settle(ctx: Context, tx: Writing, order: Order, payment: Payment, told: Told) -> Payment:
    at = ctx.now()
    settled = payments.settle(payment, told, order_is_open=order.state is OrderState.PLACED)
    await db.payments.save(tx, settled)
    postings = [payments.posting_of(settled)]
    if settled.state is PaymentState.PAID:
        postings += await _commission(ctx, tx, await _mark_paid(ctx, tx, order))
    else:
        fact = {"payment": payment.id.hex, "order": order.id.hex, "amount_minor": payment.amount.minor}
        await db.outbox.tell(tx, "RefundDue", "order", order.id, fact, at)
    await db.ledger.post(tx, f"payment:{payment.id.hex}", postings, at)
    return settled


async def _mark_paid(ctx: Context, tx: Writing, order: Order) -> Order:
    at = ctx.now()
    paid = orders.mark_paid(order, at)
    await _sell(ctx, tx, order)
    await live_invites.report_sale(ctx, tx, paid)
    await db.orders.save_state(tx, order, paid, None, at)
    await db.outbox.tell(tx, "OrderPaid", "order", order.id, orders.fact_of(paid), at)
    return paid


async def _sell(ctx: Context, tx: Writing, order: Order) -> None:
    live = [(line.live_product_id, line.quantity) for line in order.lines if line.live_product_id]
    if live:
        sold = await db.live_products.sell(tx, live)
        assert len(sold) == len(live), f"live stock of order {order.number} was not reserved"
    await stock_taking.sell(ctx, tx, order)


async def _commission(ctx: Context, tx: Writing, order: Order) -> list[Posting]:
    """Write the guide's commission at the tier's rate, and say what it moves in the ledger (R09)."""
    earned = await guides.pay_commission(
        ctx,
        tx,
        order_id=order.id,
        member_id=order.member_id,
        attributed_guide_id=order.guide_id,
        base=orders.commission_base(order),
        at=ctx.now(),
    )
    if earned is None or earned.amount.minor == 0:
        return []
    return [Posting(COMMISSION, pending_commission(earned.guide_id), earned.amount)]
