"""Payments: an order is paid by one or several of them, and none is ever rolled back (product rules 2.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.gateways import (
    JsapiParameters,
    PaymentMethod,
    Prepared,
    Provider,
    ProviderRefused,
    RefundOutcome,
    RefundTold,
    Told,
)
from domain.ledger import DEPOSITS, REFUNDS_DUE, SALES, Posting, clearing
from domain.money import NOTHING, Money, total_of
from domain.orders import NotPayable, Order, OrderState
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
ASK_AFTER, ASK_EVERY = timedelta(seconds=10), timedelta(seconds=30)
"""When the provider of an open payment is first asked whether it was paid, and how often: notifications get lost."""


class PayBy(Enum):
    """What a member pays with, and how they meet whoever takes it."""

    SANDBOX = "SANDBOX"
    WECHAT_JSAPI = "WECHAT_JSAPI"
    WECHAT_H5 = "WECHAT_H5"
    WECHAT_NATIVE = "WECHAT_NATIVE"
    ALIPAY_PAGE = "ALIPAY_PAGE"
    ALIPAY_WAP = "ALIPAY_WAP"
    ALIPAY_QR = "ALIPAY_QR"
    BALANCE = "BALANCE"
    GIFT_CARD = "GIFT_CARD"

    @property
    def provider(self) -> Provider:
        return _WAYS[self][0]

    @property
    def method(self) -> PaymentMethod:
        return _WAYS[self][1]


_WAYS = {
    PayBy.SANDBOX: (Provider.SANDBOX, PaymentMethod.H5),
    PayBy.WECHAT_JSAPI: (Provider.WECHAT_PAY, PaymentMethod.JSAPI),
    PayBy.WECHAT_H5: (Provider.WECHAT_PAY, PaymentMethod.H5),
    PayBy.WECHAT_NATIVE: (Provider.WECHAT_PAY, PaymentMethod.NATIVE),
    PayBy.ALIPAY_PAGE: (Provider.ALIPAY, PaymentMethod.PAGE),
    PayBy.ALIPAY_WAP: (Provider.ALIPAY, PaymentMethod.H5),
    PayBy.ALIPAY_QR: (Provider.ALIPAY, PaymentMethod.NATIVE),
    PayBy.BALANCE: (Provider.BALANCE, PaymentMethod.H5),
    PayBy.GIFT_CARD: (Provider.GIFT_CARD, PaymentMethod.H5),
}
OWN = frozenset({Provider.BALANCE, Provider.GIFT_CARD})
"""Money that we keep ourselves: it is taken and given back in one transaction of ours."""


class PaymentState(Enum):
    UNKNOWN = "UNKNOWN"
    """The provider was asked, or is about to be, and has not answered."""
    PENDING = "PENDING"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    PAID = "PAID"
    REFUND_DUE = "REFUND_DUE"


OPEN = frozenset({PaymentState.UNKNOWN, PaymentState.PENDING})
"""May be paid, and counts towards what the order is asked for."""
TAKEN = frozenset({PaymentState.PAID, PaymentState.REFUND_DUE})
"""The money is there. No payment ever leaves these."""


@record
class Payment:
    """One payment of an order, or the attempt. REFUND_DUE: it was paid when nothing was due; the money goes back.

    `refunded` and `refunds`: how much of it was decided to go back, and in how many refunds.
    """

    id: UUID
    order_id: UUID
    provider: Provider
    state: PaymentState
    amount: Money
    provider_reference: str | None
    confirm_url: str | None
    created_at: datetime
    paid_at: datetime | None
    by: PayBy = PayBy.SANDBOX
    code_url: str | None = None
    jsapi: JsapiParameters | None = None
    gift_card_id: UUID | None = None
    refunded: Money = NOTHING
    refunds: int = 0

    @property
    def is_own(self) -> bool:
        return self.provider in OWN

    @property
    def left(self) -> Money:
        """What can still go back."""
        return Money(self.amount.minor - self.refunded.minor, self.amount.currency)


class RefundState(Enum):
    REQUESTED = "REQUESTED"
    UNKNOWN = "UNKNOWN"
    """The provider was asked, or is about to be, and has not answered."""
    PROCESSING = "PROCESSING"
    ABNORMAL = "ABNORMAL"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


FINAL = frozenset({RefundState.SUCCEEDED, RefundState.FAILED})
_STATES = {
    RefundOutcome.PROCESSING: RefundState.PROCESSING,
    RefundOutcome.SUCCEEDED: RefundState.SUCCEEDED,
    RefundOutcome.CLOSED: RefundState.FAILED,
    RefundOutcome.ABNORMAL: RefundState.ABNORMAL,
}


@record
class Refund:
    """Money of one payment that goes back, by its id as the provider's `out_refund_no`.

    `total` is what the payment was, which providers want to hear again. `order_refund_id` is the decision about the
    order that it carries out; None: the payment was not due at all.
    """

    id: UUID
    payment_id: UUID
    order_id: UUID
    amount: Money
    total: Money
    reason: str
    created_at: datetime
    state: RefundState = RefundState.REQUESTED
    order_refund_id: UUID | None = None
    provider: Provider = Provider.SANDBOX
    reference: str | None = None
    failure: str = ""
    """The provider's word for why it failed."""
    attempts: int = 0
    next_try_at: datetime | None = None
    finished_at: datetime | None = None
    replaced_by: UUID | None = None
    """The refund that was asked for after this one had failed."""


@dataclass(eq=False)
class WrongAmount(Exception):
    """A notification tells another amount or currency than was asked for. Told to the provider alone."""

    due: Money
    received: Money


@dataclass(eq=False)
class MoreThanDue(Refusal):
    """The payments of an order never come to more than its total. `left` is what none of them asks for yet."""

    code = ErrorCode.BAD_USER_INPUT
    left: Money


@dataclass(eq=False)
class MethodNotOffered(Refusal):
    """This deployment has no account with the provider."""

    code = ErrorCode.BAD_USER_INPUT


def check_payable(order: Order, now: datetime) -> None:
    """Hold whoever wants to pay to an order that waits for it.

    Raises:
        NotPayable: it was paid or cancelled before, or its time to pay is over.
    """
    if order.state is not OrderState.PLACED or order.pay_before <= now:
        raise NotPayable(order.state.value, path=("input", "orderId"))


def in_the_way(order: Order, wanted: Money | None, opened: Sequence[Payment]) -> Sequence[Payment]:
    """Which open payments make room for a new one: all of them, when it is for all that is left to pay.

    Raises:
        MoreThanDue: beside the open ones, so much is not left.
    """
    if wanted is None:
        return opened
    left = order.total.minor - order.asked.minor
    if wanted.minor > left or wanted.currency != order.total.currency:
        raise MoreThanDue(Money(left, order.total.currency), path=("input", "amount"))
    if wanted.minor <= 0:
        raise BadInput("more than nothing", "金额应大于零", path=("input", "amount"))
    return ()


def same_of(order: Order, by: PayBy, wanted: Money | None, opened: Sequence[Payment]) -> Payment | None:
    """The open payment that is what is wanted anew: what was asked for stays as it is until somebody pays it."""
    amount = wanted or Money(order.total.minor - order.paid.minor, order.total.currency)
    return next((one for one in opened if one.by is by and one.amount == amount), None)


def close(payment: Payment) -> Payment:
    """Nobody is to pay it any more; the provider is told by a job."""
    return replace(payment, state=PaymentState.CLOSING)


def ask(order: Order, amount: Money) -> Order:
    """Count an amount towards what the order is asked for; a negative one when a payment is given up."""
    asked = order.asked + amount
    assert order.paid.minor <= asked.minor <= order.total.minor, f"{asked} asked for order {order.number}"
    return replace(order, asked=asked)


def given_up(order: Order, payments: Sequence[Payment]) -> Order:
    """The order without what these open payments asked of it."""
    return ask(order, Money(-total_of([one.amount for one in payments]).minor))


def prepared(payment: Payment, ready: Prepared) -> Payment:
    """The payment that its provider knows of, with what the payer's client needs."""
    return replace(
        payment,
        state=PaymentState.PENDING,
        confirm_url=ready.confirm_url,
        code_url=ready.code_url,
        jsapi=ready.jsapi,
    )


def is_due(payment: Payment, order: Order) -> bool:
    """Whether the order needs the money: it waits to be paid, and no other payment asks for this part."""
    if order.state is not OrderState.PLACED:
        return False
    return payment.state in OPEN or order.asked.minor + payment.amount.minor <= order.total.minor


def settle(payment: Payment, told: Told, order: Order) -> tuple[Payment, Order]:
    """The payment and its order after the provider told that it was paid; money that was taken is never un-taken.

    Raises:
        WrongAmount: the amounts differ.
    """
    if told.amount != payment.amount:
        raise WrongAmount(payment.amount, told.amount)
    due = is_due(payment, order)
    state = PaymentState.PAID if due else PaymentState.REFUND_DUE
    settled = replace(payment, state=state, provider_reference=told.transaction, paid_at=told.paid_at)
    return settled, _count(order, payment) if due else order


def _count(order: Order, payment: Payment) -> Order:
    asked = order if payment.state in OPEN else ask(order, payment.amount)
    return replace(asked, paid=asked.paid + payment.amount)


def take(payment: Payment, order: Order, at: datetime) -> tuple[Payment, Order]:
    """Settle a new payment with money that we keep ourselves."""
    paid = replace(payment, state=PaymentState.PAID, paid_at=at)
    return paid, _count(order, replace(payment, state=PaymentState.CLOSED))


def is_paid_in_full(order: Order) -> bool:
    return order.paid == order.total


def postings_of(payment: Payment, order: Order) -> list[Posting]:
    """Where the money of a settled payment goes: parts wait until the order is paid in full, as it is after this."""
    source = clearing(payment.provider.value)
    if payment.state is PaymentState.REFUND_DUE:
        return [Posting(source, REFUNDS_DUE, payment.amount)]
    if not is_paid_in_full(order):
        return [Posting(source, DEPOSITS, payment.amount)]
    before = order.paid.minor - payment.amount.minor
    return [
        Posting(source, SALES, payment.amount),
        *([Posting(DEPOSITS, SALES, Money(before, payment.amount.currency))] if before else []),
    ]


def told_of(refund: Refund, told: RefundTold) -> Refund:
    """The refund after the provider told how it stands. What is final stays; nothing goes backwards.

    Raises:
        WrongAmount: it is of another amount.
    """
    if told.amount != refund.amount:
        raise WrongAmount(refund.amount, told.amount)
    state = _STATES[told.outcome]
    if refund.state in FINAL or (refund.state is RefundState.ABNORMAL and state is RefundState.PROCESSING):
        return refund
    final = state in FINAL
    return replace(
        refund,
        state=state,
        reference=told.reference,
        finished_at=told.at if final else None,
        next_try_at=None if final else told.at + pause_after(refund.attempts),
    )


def unanswered(refund: Refund, at: datetime) -> Refund:
    """The refund of which nobody knows whether its provider has it: it is asked later, by the same id."""
    if refund.state is not RefundState.UNKNOWN:
        return refund
    return replace(refund, next_try_at=at + pause_after(refund.attempts))


def refused(refund: Refund, no: ProviderRefused, at: datetime) -> Refund:
    """The refund that its provider did not accept: to be asked for again later, or failed for good."""
    if refund.state in FINAL:
        return refund
    why = " ".join(part for part in (no.provider_code, no.reason) if part)
    if no.later:
        again = at + pause_after(refund.attempts)
        return replace(refund, state=RefundState.REQUESTED, failure=why, next_try_at=again)
    return replace(refund, state=RefundState.FAILED, failure=why, next_try_at=None, finished_at=at)


def pause_after(attempts: int) -> timedelta:
    """How long to wait before a refund is tried again: a minute, then twice as long each time, up to an hour.

    >>> [pause_after(attempts).seconds for attempts in (1, 2, 3, 20)]
    [60, 120, 240, 3600]
    """
    return min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 10)), LONGEST_PAUSE)


def fact_of(payment: Payment) -> dict[str, Any]:
    """What the outbox tells of a payment."""
    return {
        "payment": payment.id.hex,
        "order": payment.order_id.hex,
        "provider": payment.provider.value,
        "state": payment.state.value,
        "amount_minor": payment.amount.minor,
    }


def refund_fact_of(refund: Refund) -> dict[str, Any]:
    """What the outbox tells of a refund."""
    return {
        "refund": refund.id.hex,
        "payment": refund.payment_id.hex,
        "provider": refund.provider.value,
        "refund_state": refund.state.value,
        "amount_minor": refund.amount.minor,
        "failure": refund.failure,
    }
