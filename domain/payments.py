"""Payments: asked for at a provider, told paid by it, and never rolled back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.gateways import Provider, Told
from domain.ledger import REFUNDS_DUE, SALES, Posting, clearing
from domain.money import Money


class PaymentState(Enum):
    PENDING = "PENDING"
    PAID = "PAID"
    REFUND_DUE = "REFUND_DUE"


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to have an order paid. REFUND_DUE: it was paid when the order was closed already."""

    id: UUID
    order_id: UUID
    provider: Provider
    state: PaymentState
    amount: Money
    provider_reference: str | None
    confirm_url: str | None
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money of a payment that goes back. `total`: what the payment was, which providers want to hear again."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    amount: Money
    total: Money
    reason: str
    created_at: datetime


@dataclass(eq=False)
class WrongAmount(Exception):
    """A notification tells another amount or currency than was asked for. Told to the provider alone."""

    due: Money
    received: Money


def settle(payment: Payment, told: Told, *, order_is_open: bool) -> Payment:
    """The payment after the provider told that it was paid; money that was taken is never un-taken.

    Raises:
        WrongAmount: the amounts differ.
    """
    if told.amount != payment.amount:
        raise WrongAmount(payment.amount, told.amount)
    state = PaymentState.PAID if order_is_open else PaymentState.REFUND_DUE
    return replace(payment, state=state, provider_reference=told.transaction, paid_at=told.paid_at)


def posting_of(payment: Payment) -> Posting:
    """Where the money of a settled payment goes."""
    destination = SALES if payment.state is PaymentState.PAID else REFUNDS_DUE
    return Posting(clearing(payment.provider.value), destination, payment.amount)
