"""What can be asked of payments: begin one, and book what a provider tells.

An order may be paid by several. Whoever changes a payment holds its order, so that what the payments of an order
come to is decided by one at a time; the database holds it to the total besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import db.idempotency
import db.ledger
import db.members
import db.orders
import db.outbox
import db.payments
import db.profit_sharing
import db.settling
from db.connection import Writing
from domain import commissions as commission_rules
from domain import orders
from domain import payments as rules
from domain.gateways import Asking, Prepared, Provider, ProviderRefused, Told
from domain.idempotency import Request, request_of
from domain.identity import Scope
from domain.members import IdentityProvider
from domain.money import Money
from domain.orders import Order
from domain.payloads import plain, reader_of
from domain.payments import MethodNotOffered, PayBy, Payment, PaymentState
from domain.records import record
from domain.refusals import NotFound
from resolvers import attributions, commissions, group_orders, memberships, order_life, refunds, surplus, tenders
from resolvers.context import Context

_PAYMENT = reader_of(Payment)


@record
class Paying:
    """How a member wants to pay an order. `amount` None: all that is left, in place of payments that are open."""

    order_id: UUID
    idempotency_key: str
    by: PayBy = PayBy.SANDBOX
    amount: Money | None = None
    gift_card_id: UUID | None = None
    return_url: str | None = None

    def request(self, member_id: UUID) -> Request:
        """Everything that the effect depends on. What is not asked for is left out: a new part spoils no old key."""
        money = None if self.amount is None else (self.amount.minor, self.amount.currency)
        by = None if self.by is PayBy.SANDBOX else self.by.value
        later = {"by": by, "amount": money, "gift_card": self.gift_card_id}
        values = {"order": self.order_id} | {name: value for name, value in later.items() if value is not None}
        return request_of(f"member:{member_id.hex}", "orderPay", self.idempotency_key, values)


@record
class Begun:
    """The answer to a wish to pay: the payment, none for an order that costs nothing, and the order after it."""

    payment: Payment | None
    order: Order
    replayed: bool = False


async def pay(ctx: Context, wanted: Paying) -> Begun:
    """Begin to have one's own order paid; money that we keep ourselves is taken at once.

    A free order is paid at once, without a payment. The provider is asked between two transactions, never within
    one. It takes the same payment twice for the same, so that whatever fails, the same request can be made again.

    Raises:
        NotFound: the caller has no such order, or gift card.
        NotPayable: it was paid or cancelled before, or its time to pay is over.
        GroupOver: the group in which it holds a seat is over.
        MoreThanDue: more than is left to pay beside the payments that are open.
        MethodNotOffered: this deployment has no account with the provider.
        InsufficientBalance: less is on the gift card or the balance.
        ProviderUnavailable: the provider did not answer; nothing is lost by asking again.
        ProviderRefused: it cannot be paid like this.
    """
    request = wanted.request(ctx.member_id)
    if wanted.by.provider not in rules.OWN and wanted.by.provider not in ctx.services.payments:
        raise MethodNotOffered(path=("input", "method"))
    async with ctx.database.writing() as tx:
        order = await _lock_own(ctx, tx, wanted.order_id)
        answered = await db.idempotency.find(tx, request)
        if answered is not None:
            return Begun(_payment_of(answered), order, replayed=True)
        begun = await _begin(ctx, tx, order, wanted)
        if begun.payment is None or begun.payment.is_own:
            await _answer(ctx, tx, request, begun.payment)
            return begun
    ready = await _prepare(ctx, begun.payment, begun.order, wanted)
    return await _remember(ctx, request, begun, rules.prepared(begun.payment, ready))


def _payment_of(answer: Mapping[str, Any]) -> Payment | None:
    given = answer["payment"]
    return None if given is None else _PAYMENT(given)


async def _answer(ctx: Context, tx: Writing, request: Request, payment: Payment | None) -> bool:
    """Keep the answer; True when another one with the same key was kept before."""
    if await db.idempotency.claim(tx, request, ctx.now()) is not None:
        return True
    await db.idempotency.answer(tx, request, {"payment": None if payment is None else plain(payment)})
    return False


async def _lock_own(ctx: Context, tx: Writing, order_id: UUID) -> Order:
    order = await db.orders.lock(tx, order_id)
    if order is None or order.member_id != ctx.member_id:
        raise NotFound(path=("input", "orderId"))
    return order


async def _begin(ctx: Context, tx: Writing, order: Order, wanted: Paying) -> Begun:
    rules.check_payable(order, ctx.now())
    opened = await _opened(tx, order)
    if (same := rules.same_of(order, wanted.by, wanted.amount, opened)) is not None:
        return Begun(same, order)
    await group_orders.check_payable(ctx, tx, order)
    if order.total.minor == 0:
        return Begun(None, await _complete(ctx, tx, order, order))
    closing = rules.in_the_way(order, wanted.amount, opened)
    if closing:
        await db.payments.save_all(tx, [rules.close(one) for one in closing], check_at=ctx.now())
    free = rules.given_up(order, closing)
    return await _open(ctx, tx, order, free, _new_payment(ctx, free, wanted))


async def _opened(tx: Writing, order: Order) -> list[Payment]:
    if order.asked == order.paid:
        return []
    return [one for one in await db.payments.lock_all(tx, order.id) if one.state in rules.OPEN]


def _new_payment(ctx: Context, order: Order, wanted: Paying) -> Payment:
    left = Money(order.total.minor - order.asked.minor, order.total.currency)
    return Payment(
        ctx.new_id(),
        order.id,
        wanted.by.provider,
        PaymentState.UNKNOWN,
        wanted.amount or left,
        None,
        None,
        ctx.now(),
        None,
        wanted.by,
        gift_card_id=wanted.gift_card_id if wanted.by is PayBy.GIFT_CARD else None,
    )


async def _open(ctx: Context, tx: Writing, before: Order, order: Order, new: Payment) -> Begun:
    if not new.is_own:
        asked = rules.ask(order, new.amount)
        await db.payments.add(tx, new, check_at=ctx.now() + rules.ASK_AFTER)
        if _shares_profit(ctx, new):
            await db.profit_sharing.announce(tx, new.id, new.amount)
        await db.orders.save(tx, asked)
        return Begun(new, asked)
    taken, counted = rules.take(new, order, ctx.now())
    await db.payments.add(tx, taken)
    after = await _settled(ctx, tx, before, counted, taken)
    await tenders.take(ctx, tx, taken, after)
    return Begun(taken, after)


async def _prepare(ctx: Context, payment: Payment, order: Order, wanted: Paying) -> Prepared:
    """Announce the payment to its provider; one that the provider does not take stands in nobody's way."""
    asking = Asking(
        _subject(order),
        wanted.by.method,
        payer=await _payer(ctx, wanted.by),
        client=ctx.client,
        pay_before=order.pay_before,
        return_url=wanted.return_url,
        shares_profit=_shares_profit(ctx, payment),
    )
    try:
        return await ctx.services.payments[payment.provider].prepare(payment, asking)
    except ProviderRefused:
        await _give_up(ctx, payment)
        raise


def _shares_profit(ctx: Context, payment: Payment) -> bool:
    """Whether others may get parts of it: WeChat Pay wants to know before anybody pays (product rules 2.11)."""
    wanted = ctx.services.rules.shares_profit and ctx.services.sharing is not None
    return wanted and payment.provider is Provider.WECHAT_PAY


def _subject(order: Order) -> str:
    """What the payer reads."""
    return order.lines[0].name[:40] if order.lines else order.note[:40] or order.number


async def _payer(ctx: Context, by: PayBy) -> str | None:
    if by is not PayBy.WECHAT_JSAPI:
        return None
    app_id = ctx.services.wechat.app_id
    return await db.members.openid_of(ctx.reading, ctx.member_id, IdentityProvider.WX_MP, app_id)


async def _give_up(ctx: Context, payment: Payment) -> None:
    async with ctx.database.writing() as tx:
        order = await db.payments.lock_order_of(tx, payment.id)
        now = await db.payments.find(tx, payment.id)
        assert order is not None, f"payment {payment.id} has no order"
        if now is not None and now.state in rules.OPEN:
            await db.payments.save(tx, rules.close(now), check_at=ctx.now())
            await db.orders.save(tx, rules.given_up(order, [now]))


async def _remember(ctx: Context, request: Request, begun: Begun, ready: Payment) -> Begun:
    async with ctx.database.writing() as tx:
        replayed = await _answer(ctx, tx, request, ready)
        if not replayed:
            await db.payments.note_prepared(tx, ready)
    return Begun(ready, begun.order, replayed)


async def book(ctx: Context, told: Told) -> Payment:
    """Book a payment that a provider tells of, once, however often it tells.

    Money that was taken stays taken: what the order does not need (any more) goes back by itself.

    Raises:
        NotFound: we never asked for such a payment.
        WrongAmount: another amount than we asked for.
    """
    async with ctx.database.writing() as tx:
        # The order is locked before its payment, as everywhere: two callbacks wait for each other here.
        locked = await db.payments.lock_with_order(tx, told.payment_id)
        if locked is None or locked[1].provider is not told.provider:
            raise NotFound
        order, payment = locked
        if payment.state in rules.TAKEN:
            return payment
        settled, counted = rules.settle(payment, told, order)
        refund = None
        if settled.state is PaymentState.REFUND_DUE:
            settled, refund = await surplus.give_back(ctx, tx, settled)
        more = {} if refund is None else {"refund": refund.id.hex}
        await _settled(ctx, tx, order, counted, settled, told.message, more)
    return settled


async def _settled(
    ctx: Context,
    tx: Writing,
    before: Order,
    order: Order,
    payment: Payment,
    message: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Order:
    """Do what follows from a settled payment: complete the order, wait for its other payments, or give it back.

    `message` is the one by which its provider told, kept with the payment; one of ours is kept before.
    """
    if payment.state is not PaymentState.REFUND_DUE and rules.is_paid_in_full(order):
        return await _complete(ctx, tx, before, order, payment, message)
    if message is not None:
        await db.payments.save_told(tx, payment, message, ctx.now())
    if payment.state is PaymentState.REFUND_DUE:
        await _tell(ctx, tx, "RefundDue", order, rules.fact_of(payment) | dict(more or {}))
    else:
        await db.orders.save(tx, order)
        await _tell(ctx, tx, "PaymentReceived", order, orders.fact_of(order) | rules.fact_of(payment))
    await db.ledger.post(tx, _key_of(payment), rules.postings_of(payment, order), ctx.now())
    return order


def _key_of(payment: Payment) -> str:
    return f"payment:{payment.id.hex}"


async def _tell(ctx: Context, tx: Writing, kind: str, order: Order, fact: dict[str, Any]) -> None:
    await db.outbox.tell(tx, kind, "order", order.id, fact, ctx.now())


async def _complete(
    ctx: Context,
    tx: Writing,
    before: Order,
    order: Order,
    payment: Payment | None = None,
    message: str | None = None,
) -> Order:
    """The order is paid in full: what it was promised is its own. An order of nothing has no payment."""
    paid = await attributions.confirm(ctx, tx, orders.mark_paid(order, ctx.now()))
    facts = await order_life.changed(ctx, tx, paid, order_life.PAID)
    earned = await commissions.earned(ctx, tx, paid, facts)
    told = {**(rules.fact_of(payment) if payment else {}), **orders.fact_of(paid), **facts}
    told |= commission_rules.fact_of(earned)
    key = f"order:{order.id.hex}" if payment is None else _key_of(payment)
    moved = [*(rules.postings_of(payment, order) if payment else ()), *commission_rules.postings_of_earned(earned)]
    heard = None if payment is None or message is None else db.payments.changes_told(payment, message, ctx.now())
    await db.settling.settle(tx, before, paid, told, key, moved, earned, told=heard)
    return await _give_back(ctx, tx, paid) if memberships.SUPERFLUOUS in facts else paid


async def _give_back(ctx: Context, tx: Writing, order: Order) -> Order:
    """Give all of an order back that was paid for nothing: a payment is never rolled back."""
    back, facts = await refunds.refund_order(ctx, tx, order, surplus.REASON)
    await _tell(ctx, tx, "OrderRefunded", back, orders.fact_of(back) | dict(facts))
    return back


async def payments_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Payment]:
    """Those of the payments that are of the caller's own orders, or that staff may see."""
    found = await db.payments.payments_by_id(ctx.reading, list(dict.fromkeys(ids)))
    if not found or ctx.holds(Scope.OPERATOR):
        return found
    owned = await db.orders.orders_by_id(ctx.reading, list({one.order_id for one in found.values()}))
    own = ctx.principal.member_id
    return {key: one for key, one in found.items() if owned[one.order_id].member_id == own}


async def payments_of(ctx: Context, found: Sequence[Order]) -> list[list[Payment]]:
    """The payments of each order, the oldest first."""
    payments = await db.payments.payments_of(ctx.reading, [one.id for one in found])
    return [payments.get(one.id, []) for one in found]
