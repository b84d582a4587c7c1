"""Settlements: what a store and the brand owe each other for what was sold, and the bills that say so (R03).

Formula (product rules 2.9): a bill is the sum of its flows. For orders of 10,000.00 of which 800.00 were refunded, a
fee of 200.00 of which 16.00 came back, commission of 600.00 of which 48.00 was clawed back, and a subsidy of 300.00 for
the brand's coupons of which 24.00 was reversed, that is

>>> 10_000_00 - 800_00 - 200_00 + 16_00 - 600_00 + 48_00 + 300_00 - 24_00
874000
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from domain.ledger import COMMISSION, MARKETING, SALES, Posting
from domain.money import WHOLE, Money
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState, between

LONGEST_DELAY = 90
"""Days, of T_PLUS_N."""
LONGEST_PERIOD = 366
"""Days, of a bill that is made on demand."""
PLATFORM_FEES = "brand:platform_fees"
COLLECTED_BY_STORES = "brand:collected_by_stores"
ADJUSTMENTS = "brand:settlement_adjustments"
BANK = "brand:bank"


def payable_to(store_id: UUID) -> str:
    """What the brand owes a store by bills that are out; below zero, what the store owes."""
    return f"store:{store_id.hex}:payable"


class SettlementMode(Enum):
    """Who takes the customers' money."""

    HQ_COLLECT = "HQ_COLLECT"
    STORE_COLLECT = "STORE_COLLECT"
    PROFIT_SHARING = "PROFIT_SHARING"


class SettlementCycle(Enum):
    """How long the period of a bill is."""

    T_PLUS_N = "T_PLUS_N"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class Bearer(Enum):
    """At whose expense something is."""

    HQ = "HQ"
    STORE = "STORE"


class CutOff(Enum):
    """By which day a flow belongs to a period."""

    FINALITY = "FINALITY"
    EVENT = "EVENT"


class FlowKind(Enum):
    """What a flow is for. What is good for the store is above zero, what it pays is below."""

    ORDER = "ORDER"
    REFUND = "REFUND"
    PLATFORM_FEE = "PLATFORM_FEE"
    PLATFORM_FEE_RETURN = "PLATFORM_FEE_RETURN"
    COMMISSION = "COMMISSION"
    COMMISSION_CLAWBACK = "COMMISSION_CLAWBACK"
    COUPON_SUBSIDY = "COUPON_SUBSIDY"
    COUPON_SUBSIDY_REVERSAL = "COUPON_SUBSIDY_REVERSAL"
    COLLECTED = "COLLECTED"
    COLLECTED_RETURN = "COLLECTED_RETURN"
    ADJUSTMENT = "ADJUSTMENT"


_OTHER_SIDE = {
    FlowKind.ORDER: SALES,
    FlowKind.REFUND: SALES,
    FlowKind.PLATFORM_FEE: PLATFORM_FEES,
    FlowKind.PLATFORM_FEE_RETURN: PLATFORM_FEES,
    FlowKind.COMMISSION: COMMISSION,
    FlowKind.COMMISSION_CLAWBACK: COMMISSION,
    FlowKind.COUPON_SUBSIDY: MARKETING,
    FlowKind.COUPON_SUBSIDY_REVERSAL: MARKETING,
    FlowKind.COLLECTED: COLLECTED_BY_STORES,
    FlowKind.COLLECTED_RETURN: COLLECTED_BY_STORES,
    FlowKind.ADJUSTMENT: ADJUSTMENTS,
}
"""The brand's account that each kind comes from, or goes to."""


class BillState(Enum):
    DRAFT = "DRAFT"
    OUT = "OUT"
    CHECKED = "CHECKED"
    PAID = "PAID"


TRANSITIONS: Mapping[BillState, frozenset[BillState]] = {
    BillState.DRAFT: frozenset({BillState.OUT}),
    BillState.OUT: frozenset({BillState.CHECKED, BillState.DRAFT}),
    BillState.CHECKED: frozenset({BillState.PAID, BillState.DRAFT}),
    BillState.PAID: frozenset(),
}
"""Where a bill may go. Back to DRAFT it goes by a dispute, which begins a new version of it."""


@record
class ProfileDraft:
    """How a store is to settle, as FINANCE describes it."""

    mode: SettlementMode
    cycle: SettlementCycle
    platform_fee_bp: int
    commission_bearer: Bearer
    coupon_bearer: Bearer
    cut_off: CutOff = CutOff.FINALITY
    days: int = 1
    """Of T_PLUS_N: how long after a day its bill is made."""


@record
class SettlementProfile:
    """How a store settles what is paid from `since` on. A change makes another version; what was sold keeps its own."""

    id: UUID
    store_id: UUID
    version: int
    mode: SettlementMode
    cycle: SettlementCycle
    days: int
    platform_fee_bp: int
    commission_bearer: Bearer
    coupon_bearer: Bearer
    cut_off: CutOff
    since: datetime
    by_member_id: UUID | None


@record
class StoreFlow:
    """One amount that a store is owed, or owes when below zero, for one cause; never changed, and in one bill at most.

    `at` is when it happened, `final_at` when the order could no longer be given back; None: it still can.
    """

    id: UUID
    store_id: UUID
    profile_id: UUID
    kind: FlowKind
    amount: Money
    at: datetime
    final_at: datetime | None
    order_id: UUID | None = None
    line_id: UUID | None = None
    source: str = ""
    """What it comes from, within its order, line and kind: `sale`, a refund, or a guide's commission of either."""
    bill_id: UUID | None = None
    note: str = ""


@record
class SettlementBill:
    """What a store and the brand owe each other for a period, from its first day to its last."""

    id: UUID
    number: str
    store_id: UUID
    profile_id: UUID
    first_day: date
    last_day: date
    state: BillState
    version: int
    amount: Money
    flows: int
    made_at: datetime
    issued_at: datetime | None = None
    checked_at: datetime | None = None
    paid_at: datetime | None = None
    reference: str = ""
    """By which the bank or the provider knows the transfer."""


@record
class BillChange:
    """What became of a bill, by whom and why; `from_state` None: it was made. `actor_id` None: by a job."""

    bill_id: UUID
    from_state: BillState | None
    to_state: BillState
    version: int
    actor_id: UUID | None
    reason: str
    at: datetime


@dataclass(eq=False)
class NothingToSettle(Refusal):
    """Nothing of the period is left that is in no bill."""

    code = ErrorCode.NONE_LEFT


def check_profile(draft: ProfileDraft) -> ProfileDraft:
    """A profile within bounds.

    Raises:
        BadInput: the fee is no share of the whole, or the delay is too short or too long.
    """
    between(draft.platform_fee_bp, 0, WHOLE, "input", "platformFeeBp")
    between(draft.days, 1, LONGEST_DELAY, "input", "days")
    return draft


def check_period(first_day: date, last_day: date, today: date) -> None:
    """Hold a period that a bill is made for on demand to days that are over, not too many.

    Raises:
        BadInput: it is none.
    """
    if last_day >= today:
        raise BadInput("days that are over", "账期必须已结束", path=("input", "lastDay"))
    between((last_day - first_day).days + 1, 1, LONGEST_PERIOD, "input", "firstDay")


def period_due(cycle: SettlementCycle, days: int, today: date) -> tuple[date, date]:
    """The last period that is over and whose bill is due: its first day and its last.

    Weeks begin on Monday. The bill of a day is due so many days after it.

    >>> [str(day) for day in period_due(SettlementCycle.MONTHLY, 1, date(2026, 3, 1))]
    ['2026-02-01', '2026-02-28']
    >>> [str(day) for day in period_due(SettlementCycle.WEEKLY, 1, date(2026, 11, 24))]
    ['2026-11-16', '2026-11-22']
    >>> [str(day) for day in period_due(SettlementCycle.T_PLUS_N, 7, date(2026, 11, 24))]
    ['2026-11-17', '2026-11-17']
    """
    if cycle is SettlementCycle.MONTHLY:
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    if cycle is SettlementCycle.WEEKLY:
        last = today - timedelta(days=today.weekday() + 1)
        return last - timedelta(days=6), last
    day = today - timedelta(days=days)
    return day, day


def end_of(day: date, zone: tzinfo) -> datetime:
    """The instant at which a day of the brand is over."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


def number_of(bill_id: UUID, last_day: date) -> str:
    """A number for people: the last day, and the random end of the id.

    >>> number_of(UUID("0199aaaa-bbbb-7ccc-8ddd-0123456789ab"), date(2026, 11, 30))
    'S20261130-0123456789AB'
    """
    return f"S{last_day:%Y%m%d}-{bill_id.hex[-12:].upper()}"


def move(bill: SettlementBill, state: BillState, at: datetime, reference: str = "") -> SettlementBill:
    """A bill in its next state. Back in DRAFT it is of a new version, and nobody has issued or checked that.

    Raises:
        WrongState: it cannot go there.
    """
    if state not in TRANSITIONS[bill.state]:
        raise WrongState(bill.state.value, path=("input", "billId"))
    if state is BillState.DRAFT:
        return replace(bill, state=state, version=bill.version + 1, issued_at=None, checked_at=None)
    if state is BillState.OUT:
        return replace(bill, state=state, issued_at=at)
    if state is BillState.CHECKED:
        return replace(bill, state=state, checked_at=at)
    return replace(bill, state=state, paid_at=at, reference=reference)


def adjusted(bill: SettlementBill, amount: Money) -> SettlementBill:
    """A bill with one flow more, which corrects it.

    Raises:
        WrongState: it is out: the store has to dispute it first.
        BadInput: the amount is nothing.
    """
    if bill.state is not BillState.DRAFT:
        raise WrongState(bill.state.value, path=("input", "billId"))
    if amount.minor == 0 or amount.currency != bill.amount.currency:
        raise BadInput("more than nothing, or less", "调整金额不能为零", path=("input", "amount"))
    return replace(bill, amount=bill.amount + amount, flows=bill.flows + 1)


def issued(bill: SettlementBill, totals: Mapping[FlowKind, int]) -> list[Posting]:
    """The postings by which a bill is owed, one for each kind of flow that does not come to nothing."""
    owed = payable_to(bill.store_id)
    return [posting for kind in FlowKind for posting in _moved(_OTHER_SIDE[kind], owed, totals.get(kind, 0), bill)]


def withdrawn(bill: SettlementBill, totals: Mapping[FlowKind, int]) -> list[Posting]:
    """The postings by which a bill that was out is owed no more."""
    return issued(bill, {kind: -minor for kind, minor in totals.items()})


def paid(bill: SettlementBill) -> list[Posting]:
    """What is owed leaves, or comes in from a store that owes."""
    return _moved(payable_to(bill.store_id), BANK, bill.amount.minor, bill)


def _moved(source: str, destination: str, minor: int, bill: SettlementBill) -> list[Posting]:
    if minor == 0:
        return []
    amount = Money(abs(minor), bill.amount.currency)
    return [Posting(source, destination, amount) if minor > 0 else Posting(destination, source, amount)]


def fact_of(bill: SettlementBill) -> dict[str, Any]:
    """What the outbox tells of a bill."""
    return {
        "bill": bill.id.hex,
        "number": bill.number,
        "store": bill.store_id.hex,
        "first_day": bill.first_day.isoformat(),
        "last_day": bill.last_day.isoformat(),
        "state": bill.state.value,
        "version": bill.version,
        "amount_minor": bill.amount.minor,
        "currency": bill.amount.currency,
    }
