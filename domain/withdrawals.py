"""Withdrawals: a guide takes its money out once, and gets it back once if it does not arrive (product rules 2.1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.commissions import Wallet
from domain.gateways import Provider, ProviderRefused, Transfer, TransferOutcome, TransferTold
from domain.guides import Guide, GuideStatus
from domain.ledger import WITHDRAWAL_FEES, Posting, available_commission, clearing, commission_withdrawing
from domain.money import Money
from domain.payments import pause_after
from domain.payouts import PayoutAccount, PayoutAccountTooNew
from domain.records import record
from domain.refusals import ErrorCode, Refusal, WrongState, between, same_version, text_within
from domain.tenders import InsufficientBalance

LEAST_TRANSFER, NAMED_FROM = 10, 2_000_00
"""What WeChat transfers at least, and from when on it wants the real name of who gets it, in fen."""
CONFIRMED_WITHIN = timedelta(hours=24)
"""How long WeChat waits for the person to say yes."""
REMARK = "佣金提现"
LONGEST_NOTE = 200
OVERDUE = "OVERDUE_CLOSE"
"""WeChat's word for a person who did not say yes in time."""


class WithdrawalState(Enum):
    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    TRANSFERRING = "TRANSFERRING"
    WAIT_USER_CONFIRM = "WAIT_USER_CONFIRM"
    PAID = "PAID"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


_S = WithdrawalState
RETURNED = frozenset({_S.REJECTED, _S.FAILED, _S.EXPIRED, _S.CANCELLED})
"""The amount is the guide's again."""
FINAL = RETURNED | {_S.PAID}
SENT = frozenset({_S.TRANSFERRING, _S.WAIT_USER_CONFIRM})
"""Only WeChat knows how it ends."""
_ENDS = frozenset({_S.PAID, _S.FAILED, _S.EXPIRED, _S.CANCELLED})
STEPS: Mapping[WithdrawalState, frozenset[WithdrawalState]] = {
    _S.REQUESTED: frozenset({_S.APPROVED, _S.REJECTED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.TRANSFERRING, _S.REJECTED, _S.CANCELLED}),
    _S.TRANSFERRING: _ENDS | {_S.WAIT_USER_CONFIRM},
    _S.WAIT_USER_CONFIRM: _ENDS,
    **{state: frozenset() for state in FINAL},
}
"""Where it can go from where it stands."""
FACTS: Mapping[WithdrawalState, str] = {
    _S.REQUESTED: "WithdrawalRequested",
    _S.APPROVED: "WithdrawalApproved",
    _S.TRANSFERRING: "WithdrawalSent",
    _S.WAIT_USER_CONFIRM: "WithdrawalAwaitsConfirmation",
    _S.PAID: "WithdrawalPaid",
    _S.REJECTED: "WithdrawalRejected",
    _S.FAILED: "WithdrawalFailed",
    _S.EXPIRED: "WithdrawalExpired",
    _S.CANCELLED: "WithdrawalCancelled",
}
"""What the outbox calls it when it gets there."""


@record
class WithdrawalTerms:
    """How the brand lets its guides take money out. Amounts in fen."""

    least: int = 1_00
    most: int = 5_000_00
    most_a_day: int = 10_000_00
    times_a_day: int = 3
    fee_bp: int = 0
    fee_least: int = 0
    fee_most: int | None = None
    approved_up_to: int = 200_00
    """What is not more than that needs nobody's approval."""
    cool_down: timedelta = timedelta(hours=24)
    """How long nothing is paid after the payout account changed."""
    scene: str = "1005"
    """Which of WeChat's scenes of transfers the merchant was granted (佣金报酬)."""
    reports: tuple[tuple[str, str], ...] = (("岗位类型", "导购"), ("报酬说明", "销售佣金"))
    """What WeChat wants to be told in that scene."""


@record
class Quote:
    """What a withdrawal would be: the fee is taken off the amount, and the rest is transferred."""

    amount: Money
    fee: Money
    needs_approval: bool
    needs_name: bool

    @property
    def transferred(self) -> Money:
        return Money(self.amount.minor - self.fee.minor, self.amount.currency)


@record
class Withdrawal:
    """Money on its way out of a guide's wallet. `id` is our number of the transfer, however often it is asked for."""

    id: UUID
    guide_id: UUID
    member_id: UUID
    amount: Money
    fee: Money
    state: WithdrawalState
    openid: str
    real_name: str | None
    created_at: datetime
    version: int = 1
    decided_by: UUID | None = None
    """Who of finance approved or rejected it; None: nobody had to."""
    decided_at: datetime | None = None
    note: str = ""
    reference: str | None = None
    """WeChat's own key of the transfer."""
    confirmation: str | None = None
    """What `wx.requestMerchantTransfer` takes as `package`, while the person has not said yes."""
    confirm_by: datetime | None = None
    failure: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def transferred(self) -> Money:
        """What the person gets."""
        return Money(self.amount.minor - self.fee.minor, self.amount.currency)

    def asked(self, terms: WithdrawalTerms) -> Transfer:
        """As the provider is asked."""
        return Transfer(self.id, self.openid, self.transferred, REMARK, terms.scene, self.real_name, terms.reports)


@dataclass(eq=False)
class RealNameNeeded(Refusal):
    """WeChat wants the real name of whoever is paid so much."""

    code = ErrorCode.CONDITION_NOT_MET


@dataclass(eq=False)
class FourEyes(Refusal):
    """Nobody decides about money of their own."""

    code = ErrorCode.FOUR_EYES


@dataclass(eq=False)
class DayLimit(Refusal):
    """As much was taken out that day as may be, or as often. `left` is how much more may be, in fen; 0: nothing."""

    code = ErrorCode.LIMIT_PER_MEMBER
    left: int


@dataclass(eq=False)
class WrongTransfer(Exception):
    """A notification is not about what was asked for. Told to the provider alone."""

    why: str


def fee_of(amount: int, terms: WithdrawalTerms) -> int:
    """The fee for an amount, in fen: a share rounded down, no less and no more than the terms say.

    >>> [fee_of(fen, WithdrawalTerms(fee_bp=60, fee_least=10, fee_most=25_00)) for fen in (1_00, 99_99, 10_000_00)]
    [10, 59, 2500]
    """
    fee = max(Money(amount).portion(terms.fee_bp).minor, terms.fee_least)
    return fee if terms.fee_most is None else min(fee, terms.fee_most)


def quote(amount: Money, terms: WithdrawalTerms, *path: str) -> Quote:
    """What the withdrawal of an amount would be.

    Raises:
        BadInput: it is less or more than may be taken out at once, or too little is left after the fee.
    """
    most = min(terms.most, terms.most_a_day)
    between(amount.minor, terms.least, most, *path, "minor")
    fee = fee_of(amount.minor, terms)
    between(amount.minor, LEAST_TRANSFER + fee, most, *path, "minor")
    needs_name = amount.minor - fee >= NAMED_FROM
    return Quote(amount, Money(fee, amount.currency), amount.minor > terms.approved_up_to, needs_name)


def request(
    withdrawal_id: UUID,
    guide: Guide,
    wallet: Wallet,
    account: PayoutAccount,
    wanted: Quote,
    terms: WithdrawalTerms,
    at: datetime,
) -> Withdrawal:
    """Take money out of a locked wallet. Small amounts need no approval.

    Raises:
        WrongState: the guide is frozen, or was never taken on.
        PayoutAccountTooNew: the money would go elsewhere than a day ago.
        RealNameNeeded: it is so much that WeChat wants the name.
        InsufficientBalance: less is there, or the guide owes money.
    """
    if guide.status not in (GuideStatus.ACTIVE, GuideStatus.LEFT):
        raise WrongState(guide.status.value, path=("input", "guideId"))
    if at < account.since + terms.cool_down:
        raise PayoutAccountTooNew(account.since + terms.cool_down)
    if wanted.needs_name and account.real_name is None:
        raise RealNameNeeded(path=("input", "amount"))
    if wallet.debt < 0 or wallet.available < wanted.amount.minor:
        raise InsufficientBalance(wallet.available + wallet.debt, wanted.amount.minor, path=("input", "amount"))
    state = _S.REQUESTED if wanted.needs_approval else _S.APPROVED
    return Withdrawal(
        withdrawal_id,
        guide.id,
        guide.member_id,
        wanted.amount,
        wanted.fee,
        state,
        account.openid,
        account.real_name,
        at,
        next_try_at=at if state is _S.APPROVED else None,
    )


def _goes(one: Withdrawal, state: WithdrawalState, at: datetime, **more: Any) -> Withdrawal:
    assert state in STEPS[one.state], f"a withdrawal goes from {one.state} to {state}"
    if state in FINAL:
        more |= {"finished_at": at, "next_try_at": None, "confirmation": None}
    return replace(one, state=state, version=one.version + 1, **more)


def decide(one: Withdrawal, *, approved: bool, by: UUID, note: str, expected_version: int, at: datetime) -> Withdrawal:
    """Approve or reject what waits for it.

    Raises:
        FourEyes: it is the decider's own.
        WrongState: it was decided before, or called off.
        StaleVersion: it is another version than the one that was read.
        BadInput: it is rejected without a reason, or the note is too long.
    """
    said = text_within(note, LONGEST_NOTE, "input", "note", least=0 if approved else 1)
    if by == one.member_id:
        raise FourEyes(path=("input", "withdrawalId"))
    if one.state is not _S.REQUESTED:
        raise WrongState(one.state.value, path=("input", "withdrawalId"))
    same_version(one.version, expected_version)
    decided: dict[str, Any] = {"decided_by": by, "decided_at": at, "note": said}
    if approved:
        return _goes(one, _S.APPROVED, at, next_try_at=at, **decided)
    return _goes(one, _S.REJECTED, at, **decided)


def cancel(one: Withdrawal, at: datetime) -> Withdrawal:
    """Call off what was not sent yet.

    Raises:
        WrongState: it was sent, or is over.
    """
    if _S.CANCELLED not in STEPS[one.state] or one.state in SENT:
        raise WrongState(one.state.value, path=("input", "withdrawalId"))
    return _goes(one, _S.CANCELLED, at)


def send(one: Withdrawal, at: datetime) -> Withdrawal:
    """From here on only the provider knows how it ends."""
    return _goes(one, _S.TRANSFERRING, at)


def check_told(one: Withdrawal, told: TransferTold) -> None:
    """Hold what the provider tells to what it was asked for (product rules 2.1.6).

    Raises:
        WrongTransfer: it was not asked, or tells of another amount, transfer or person.
    """
    if one.attempts == 0:
        raise WrongTransfer("it was never sent")
    if told.amount != one.transferred:
        raise WrongTransfer("another amount")
    if one.reference not in (None, told.reference):
        raise WrongTransfer("another transfer")
    if told.openid not in (None, one.openid):
        raise WrongTransfer("another person")


def told_of(one: Withdrawal, told: TransferTold, at: datetime) -> Withdrawal:
    """The withdrawal after the provider told how it stands. What is over stays as it is."""
    if one.state in FINAL:
        return one
    known = replace(one, reference=told.reference)
    match told.outcome:
        case TransferOutcome.SUCCEEDED:
            return _goes(known, _S.PAID, at)
        case TransferOutcome.CANCELLED:
            return _goes(known, _S.CANCELLED, at)
        case TransferOutcome.FAILED:
            late = told.reason == OVERDUE or (one.confirm_by is not None and at >= one.confirm_by)
            return _goes(known, _S.EXPIRED if late else _S.FAILED, at, failure=told.reason or "")
        case TransferOutcome.PROCESSING:
            return replace(known, next_try_at=at + pause_after(one.attempts))
        case TransferOutcome.AWAITING_PERSON:
            return _waiting(known, told, at)


def _waiting(one: Withdrawal, told: TransferTold, at: datetime) -> Withdrawal:
    """The person has to say yes; when their time is over the provider is asked at once."""
    until = one.confirm_by or at + CONFIRMED_WITHIN
    again = at + pause_after(one.attempts)
    confirmation = told.confirmation or one.confirmation
    due = min(again, until) if at < until else again
    if one.state is _S.WAIT_USER_CONFIRM:
        return replace(one, confirmation=confirmation, next_try_at=due)
    return _goes(one, _S.WAIT_USER_CONFIRM, at, confirmation=confirmation, confirm_by=until, next_try_at=due)


def refused(one: Withdrawal, no: ProviderRefused, at: datetime) -> Withdrawal:
    """The withdrawal that the provider did not accept: it is asked again later, or the money comes back."""
    if one.state is not _S.TRANSFERRING:
        return one
    why = " ".join(part for part in (no.provider_code, no.reason) if part)
    if no.later:
        return replace(one, failure=why, next_try_at=at + pause_after(one.attempts))
    return _goes(one, _S.FAILED, at, failure=why)


def postings_of(before: Withdrawal | None, after: Withdrawal, wallet: Wallet) -> tuple[str, list[Posting]]:
    """What moves with a change, under which key: the amount goes out once, and arrives once or comes back once.

    What comes back repays first what the guide has come to owe meanwhile, as everything does (product rules 2.1.4).
    """
    available, on_its_way = available_commission(after.guide_id), commission_withdrawing(after.guide_id)
    key = f"withdrawal:{after.id.hex}"
    if before is None:
        return f"{key}:requested", _both(after, available, on_its_way, on_its_way)
    if before.state not in FINAL and after.state is _S.PAID:
        return f"{key}:paid", _both(after, on_its_way, clearing(Provider.WECHAT_PAY.value), WITHDRAWAL_FEES)
    if before.state not in FINAL and after.state in RETURNED:
        parts = [part for money in (after.transferred, after.fee) for part in wallet.give(money.minor, on_its_way)]
        # What is available again is told by its place (domain.guide_statements): what repays a debt comes behind it.
        return f"{key}:returned", sorted(parts, key=lambda part: part.destination != available)
    return key, []


def _both(one: Withdrawal, source: str, destination: str, fees: str) -> list[Posting]:
    """What is transferred, and then the fee."""
    parts = (Posting(source, to, part) for to, part in ((destination, one.transferred), (fees, one.fee)) if part.minor)
    return list(parts)


def fact_of(one: Withdrawal) -> dict[str, Any]:
    """What the outbox tells of a withdrawal."""
    return {
        "withdrawal": one.id.hex,
        "guide": one.guide_id.hex,
        "state": one.state.value,
        "amount_minor": one.amount.minor,
        "fee_minor": one.fee.minor,
        "by": None if one.decided_by is None else one.decided_by.hex,
    }
