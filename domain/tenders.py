"""Tenders of our own: gift cards and stored balances pay like a provider does, with money that members gave before.

What is to pay is held first. It is captured when the order is paid, or released when it is not; what was captured can
be refunded, never more than that. The money moves between the member's guarded account and the tender's clearing
account; between that and sales it moves as for every provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from domain.money import Money
from domain.records import record
from domain.refusals import ErrorCode, Refusal


class TenderKind(Enum):
    """What pays. The value is the provider's name."""

    GIFT_CARD = "GIFT_CARD"
    BALANCE = "BALANCE"


class HoldState(Enum):
    HELD = "HELD"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"


@record
class Hold:
    """What one payment took. `bonus_minor` of it came from a balance's bonus, the rest from cash or a card."""

    payment_id: UUID
    kind: TenderKind
    member_id: UUID
    card_id: UUID | None
    amount: Money
    bonus_minor: int = 0
    refunded_minor: int = 0


@dataclass(eq=False)
class InsufficientBalance(Refusal):
    """The card or the balance holds less than needed. Amounts in fen."""

    code = ErrorCode.INSUFFICIENT_BALANCE
    balance: int
    needed: int


@dataclass(eq=False)
class NotForValue(Refusal):
    """What is bought is value itself, a membership or a balance: it takes other money."""

    code = ErrorCode.INVALID_STATE


def cash_first(cash: int, bonus: int, needed: int) -> tuple[int, int]:
    """How much of a balance's cash and bonus pays: the bonus only when the cash is gone.

    So a member who wants their money back never finds it spent while a gift of the brand lies there.

    Raises:
        InsufficientBalance: together they are less.
    """
    if cash + bonus < needed:
        raise InsufficientBalance(cash + bonus, needed)
    of_cash = min(cash, needed)
    return of_cash, needed - of_cash


def brought_back(hold: Hold, minor: int) -> tuple[int, int]:
    """How much goes back to cash and to bonus: what was taken last comes back first.

    >>> hold = Hold(UUID(int=1), TenderKind.BALANCE, UUID(int=2), None, Money(100), bonus_minor=30)
    >>> brought_back(hold, 50)
    (20, 30)
    """
    left_of_bonus = max(0, hold.bonus_minor - hold.refunded_minor)
    of_bonus = min(left_of_bonus, minor)
    return minor - of_bonus, of_bonus
