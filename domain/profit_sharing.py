"""Profit sharing (分账): parts of a paid payment for others, and what comes back of them when it is refunded (2.11).

A payment can be shared that was announced so before it was paid. Others get at most 30 % of it, not before a minute
after it was paid, persons not before the order is done with: from them nothing can be taken back. Of a refund each part
bears its share: it comes back first, and what does not come back the brand bears, as a receivable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.gateways import (
    ProviderRefused,
    Receiver,
    Share,
    ShareOutcome,
    ShareReturn,
    ShareReturnTold,
    ShareTold,
)
from domain.ledger import PROFIT_SHARED, Posting, clearing, receivable
from domain.money import Money, total_of
from domain.orders import Order, OrderState
from domain.payments import FIRST_PAUSE, Payment, PaymentState, pause_after
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState, between, text_within

MOST_BP, WHOLE_BP = 3_000, 10_000
AFTER = timedelta(minutes=1)
MOST_RECEIVERS, MOST_REQUESTS = 50, 50
MOST_TRIES = 5
"""So often a receiver is asked for a part that it has not the money for; then the brand bears it."""


class SharingState(Enum):
    """Where a share stands, or the return of a part."""

    REQUESTED = "REQUESTED"
    UNKNOWN = "UNKNOWN"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


FINAL = frozenset({SharingState.SUCCEEDED, SharingState.FAILED})


@record
class Sharing:
    """What of a payment others get. `rest_at`: since then what is left is the brand's, and nothing can be shared."""

    payment_id: UUID
    amount: Money
    shared: Money
    requests: int = 0
    rest_at: datetime | None = None

    @property
    def left(self) -> Money:
        """What others may still get: 30 % in all."""
        most = self.amount.minor * MOST_BP // WHOLE_BP
        return Money(most - self.shared.minor, self.amount.currency)


@record
class SharePart:
    """What one receiver gets. `returned`: how much of it was decided to come back."""

    account: str
    amount: Money
    description: str
    is_person: bool = False
    name: str | None = None
    outcome: ShareOutcome = ShareOutcome.PROCESSING
    returned: Money = Money(0)


@record
class PaymentShare:
    """A request to the provider: parts for others, and with `unfreezes` what is left for the brand."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    transaction: str
    parts: tuple[SharePart, ...]
    unfreezes: bool
    created_at: datetime
    state: SharingState = SharingState.REQUESTED
    reference: str | None = None
    failure: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def amount(self) -> int:
        """What others get by it, in fen."""
        return sum(part.amount.minor for part in self.parts)

    def asked(self) -> Share:
        """As the provider is asked."""
        receivers = (Receiver(p.account, p.amount, p.description, p.is_person, p.name) for p in self.parts)
        return Share(self.id, self.transaction, tuple(receivers))


@record
class PartReturn:
    """A part, or some of it, that is to come back before the refund is asked for."""

    id: UUID
    share_id: UUID
    account: str
    refund_id: UUID
    amount: Money
    created_at: datetime
    state: SharingState = SharingState.REQUESTED
    reference: str | None = None
    failure: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    finished_at: datetime | None = None

    def asked(self) -> ShareReturn:
        return ShareReturn(self.id, self.share_id, self.account, self.amount, "订单退款")


@dataclass(eq=False)
class NotAnnounced(Refusal):
    """The provider was not told before the payment that others get parts of it."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class ShareTooLarge(Refusal):
    """Others would get more than 30 % of the payment, or more than is left of it. `left` is what they may get."""

    code = ErrorCode.BAD_USER_INPUT
    left: Money


def check_parts(parts: Sequence[SharePart], *, unfreezes: bool) -> tuple[SharePart, ...]:
    """Parts without surrounding space, within their bounds.

    Raises:
        BadInput: they are not, or somebody would get two.
    """
    between(len(parts), 0 if unfreezes else 1, MOST_RECEIVERS, "input", "receivers")
    if len({part.account for part in parts}) < len(parts):
        raise BadInput("each receiver once", "同一接收方只能出现一次", path=("input", "receivers"))
    return tuple(_checked(part, "input", "receivers", str(i)) for i, part in enumerate(parts))


def _checked(part: SharePart, *path: str) -> SharePart:
    between(part.amount.minor, 1, 100_000_000_000, *path, "amount", "minor")
    return replace(
        part,
        account=text_within(part.account, 64, *path, "account"),
        description=text_within(part.description, 80, *path, "description"),
        name=None if part.name is None else text_within(part.name, 100, *path, "name"),
    )


def share(
    share_id: UUID, order: Order, payment: Payment, sharing: Sharing | None, parts: tuple[SharePart, ...], at: datetime
) -> PaymentShare:
    """Parts of a payment for others. What is checked here the database checks again.

    Raises:
        WrongState: it was not paid, the rest was taken, or a person would get a part of an order that may come back.
        NotAnnounced: it cannot be shared.
        ShareTooLarge: others may get less.
    """
    if payment.state is not PaymentState.PAID or payment.paid_at is None:
        raise WrongState(payment.state.value, path=("input", "paymentId"))
    if sharing is None or payment.provider_reference is None:
        raise NotAnnounced(path=("input", "paymentId"))
    # The last request is for the rest, which would be nobody's without it.
    if sharing.rest_at is not None or sharing.requests >= MOST_REQUESTS - bool(parts):
        raise WrongState("UNFROZEN", path=("input", "paymentId"))
    if order.state is not OrderState.COMPLETED and any(part.is_person for part in parts):
        raise WrongState(order.state.value, path=("input", "receivers"))
    left = min(sharing.left.minor, payment.left.minor)
    if sum(part.amount.minor for part in parts) > left:
        raise ShareTooLarge(Money(left, payment.amount.currency), path=("input", "receivers"))
    due = max(at, payment.paid_at + AFTER)
    return PaymentShare(
        share_id,
        payment.id,
        order.id,
        payment.provider_reference,
        parts,
        unfreezes=False,
        created_at=at,
        next_try_at=due,
    )


def told_of(asked: PaymentShare, told: ShareTold, at: datetime) -> PaymentShare:
    """The share after the provider told how it stands."""
    if asked.state in FINAL:
        return asked
    outcomes = {part.account: part.outcome for part in told.parts}
    parts = tuple(replace(part, outcome=outcomes.get(part.account, part.outcome)) for part in asked.parts)
    return replace(
        asked,
        parts=parts,
        reference=told.reference,
        state=SharingState.SUCCEEDED if told.finished else SharingState.PROCESSING,
        finished_at=at if told.finished else None,
        next_try_at=None if told.finished else at + pause_after(asked.attempts),
    )


def refused(asked: PaymentShare, no: ProviderRefused, at: datetime) -> PaymentShare:
    """The share that its provider did not accept: asked for again later, or nobody gets anything."""
    why = " ".join(part for part in (no.provider_code, no.reason) if part)
    if asked.state in FINAL:
        return asked
    if no.later:
        again = at + pause_after(asked.attempts)
        return replace(asked, state=SharingState.REQUESTED, failure=why, next_try_at=again)
    return withdrawn(asked, why, at)


def withdrawn(asked: PaymentShare, why: str, at: datetime) -> PaymentShare:
    """The share by which nobody gets anything."""
    parts = tuple(replace(part, outcome=ShareOutcome.CLOSED) for part in asked.parts)
    return replace(asked, parts=parts, state=SharingState.FAILED, failure=why, finished_at=at, next_try_at=None)


def closed(before: PaymentShare, after: PaymentShare) -> int:
    """How many fen of a share nobody gets after all."""
    was = {part.account for part in before.parts if part.outcome is ShareOutcome.CLOSED}
    return sum(p.amount.minor for p in after.parts if p.outcome is ShareOutcome.CLOSED and p.account not in was)


def reopened(before: PaymentShare, after: PaymentShare) -> bool:
    """Whether parts that were to be the last are nobody's after all: the rest waits to be asked for again."""
    failed = SharingState.FAILED
    return after.unfreezes and bool(after.parts) and after.state is failed and before.state is not failed


def owed_back(part: SharePart, refunded: Money, left: Money) -> Money:
    """What of a part is to come back with a refund of a payment of which so much was left: in proportion, rounded down.

    >>> owed_back(SharePart("a store", Money(300), "", returned=Money(100)), Money(250), Money(500))
    Money(minor=100, currency='CNY')
    """
    if part.outcome is ShareOutcome.CLOSED:
        return Money(0, part.amount.currency)
    remains = part.amount.minor - part.returned.minor
    return Money(remains * refunded.minor // left.minor, part.amount.currency)


def part_return(
    return_id: UUID, of: PaymentShare, part: SharePart, refund_id: UUID, amount: Money, at: datetime
) -> PartReturn:
    """Ask a receiver for a part, once it is known that they got it."""
    return PartReturn(return_id, of.id, part.account, refund_id, amount, at, next_try_at=at)


def cannot_come_back(part: SharePart) -> str | None:
    """Why nothing can be had back of a part: nobody got it, or a person did."""
    if part.outcome is ShareOutcome.CLOSED:
        return "NEVER_GIVEN"
    return "PERSON" if part.is_person else None


def return_told(asked: PartReturn, told: ShareReturnTold, at: datetime) -> PartReturn:
    """The return after the provider told how it stands."""
    if asked.state in FINAL:
        return asked
    match told.outcome:
        case ShareOutcome.CLOSED:
            return failed(asked, told.reason or "CLOSED", at)
        case ShareOutcome.SUCCEEDED:
            return replace(
                asked, state=SharingState.SUCCEEDED, reference=told.reference, finished_at=at, next_try_at=None
            )
        case ShareOutcome.PROCESSING:
            again = at + pause_after(asked.attempts)
            return replace(asked, state=SharingState.PROCESSING, reference=told.reference, next_try_at=again)


def return_refused(asked: PartReturn, no: ProviderRefused, at: datetime) -> PartReturn:
    """The return that its provider did not accept: the buyer does not wait for ever for a receiver without money."""
    why = " ".join(part for part in (no.provider_code, no.reason) if part)
    if asked.state in FINAL:
        return asked
    if no.later and asked.attempts < MOST_TRIES:
        again = at + FIRST_PAUSE
        return replace(asked, state=SharingState.REQUESTED, failure=why, next_try_at=again)
    return failed(asked, why, at)


def failed(asked: PartReturn, why: str, at: datetime) -> PartReturn:
    """The part does not come back: the brand bears it, and has a claim on the receiver."""
    return replace(asked, state=SharingState.FAILED, failure=why, finished_at=at, next_try_at=None)


def postings_of(done: PaymentShare, payment: Payment) -> list[Posting]:
    """What others were given leaves what the provider owes us."""
    given = [part for part in done.parts if part.outcome is ShareOutcome.SUCCEEDED]
    if not given:
        return []
    return [Posting(PROFIT_SHARED, clearing(payment.provider.value), total_of([part.amount for part in given]))]


def return_postings(done: PartReturn, payment: Payment) -> list[Posting]:
    """What came back is owed to us by the provider again; what did not, by the receiver."""
    if done.state is SharingState.SUCCEEDED:
        return [Posting(clearing(payment.provider.value), PROFIT_SHARED, done.amount)]
    return [Posting(receivable(done.account), PROFIT_SHARED, done.amount)]


def fact_of(one: PaymentShare) -> dict[str, Any]:
    """What the outbox tells of a share."""
    return {
        "share": one.id.hex,
        "payment": one.payment_id.hex,
        "order": one.order_id.hex,
        "share_state": one.state.value,
        "shared_minor": sum(p.amount.minor for p in one.parts if p.outcome is not ShareOutcome.CLOSED),
        "unfreezes": one.unfreezes,
        "failure": one.failure,
    }


def return_fact_of(one: PartReturn) -> dict[str, Any]:
    """What the outbox tells of a part that was to come back."""
    return {
        "share": one.share_id.hex,
        "return": one.id.hex,
        "refund": one.refund_id.hex,
        "return_state": one.state.value,
        "returned_minor": one.amount.minor,
        "failure": one.failure,
    }
