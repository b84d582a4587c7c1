"""Splits: how departments share what the members of a channel buy (R31; product rules 2.3).

What an order is worth to a department follows from what is left of it: after each refund the shares of what is left
are reckoned anew, and the difference is entered. So each department is at nothing when all has gone back, in whatever
order it went, and at every time all of them together are at what is left, to the fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.ledger import Posting
from domain.money import WHOLE, Money, apportion
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between

SPLIT = "brand:split"
"""What departments were credited with comes from here: bookkeeping within the brand."""
SALE = "sale"
MOST_SHARES = 20
LONGEST_PERIOD = 3_650


def department(department_id: UUID) -> str:
    """What a department was credited with. It may fall below zero: shares are bookkeeping, nobody is paid by them."""
    return f"department:{department_id.hex}"


@record
class SplitShare:
    """Which part a department gets, in basis points."""

    department_id: UUID
    bp: int


@record
class SplitRule:
    """How departments share the orders of a channel's members, from a time on until the next rule.

    It holds for orders that are paid within `period_days` after the member came; 0: there is no split any more.
    """

    id: UUID
    channel_id: UUID
    effective_from: datetime
    period_days: int
    shares: tuple[SplitShare, ...]
    created_at: datetime


@dataclass(eq=False)
class SharesNotWhole(Refusal):
    """The shares of a rule do not come to 10,000 basis points."""

    code = ErrorCode.BAD_USER_INPUT
    total_bp: int


@record
class SplitEntry:
    """What a department gained by an order's payment, or lost by a refund of it: below zero. It never changes."""

    id: UUID
    order_id: UUID
    rule_id: UUID
    department_id: UUID
    source: str
    """`sale`, or the refund."""
    amount: Money
    day: date
    """Of the brand, on which it was paid, or on which the refund was decided."""
    at: datetime


class SplitBy(Enum):
    """By what splits are added up."""

    DEPARTMENT = "DEPARTMENT"
    CHANNEL = "CHANNEL"
    DAY = "DAY"


@record
class SplitSum:
    """What splits come to. `sales` were credited by payments, `returned` went back: below zero."""

    department_id: UUID
    sales: Money
    returned: Money
    orders: int
    channel_id: UUID | None = None
    day: date | None = None

    @property
    def net(self) -> Money:
        return self.sales + self.returned


def check_rule(rule: SplitRule) -> SplitRule:
    """A rule that can hold.

    Raises:
        SharesNotWhole: its shares do not come to 10,000 basis points.
        BadInput: it has too many shares, none, one that is nothing, a department twice, or its period is too long.
    """
    between(rule.period_days, 0, LONGEST_PERIOD, "input", "periodDays")
    between(len(rule.shares), 1, MOST_SHARES, "input", "shares")
    for i, one in enumerate(rule.shares):
        between(one.bp, 1, WHOLE, "input", "shares", str(i), "bp")
    if len({one.department_id for one in rule.shares}) < len(rule.shares):
        raise BadInput("each department once", "每个部门只能出现一次", path=("input", "shares"))
    total_bp = sum(one.bp for one in rule.shares)
    if total_bp != WHOLE:
        raise SharesNotWhole(total_bp, path=("input", "shares"))
    return rule


def shares_of(net_minor: int, shares: Sequence[SplitShare]) -> dict[UUID, int]:
    """What each department gets of a net amount, by largest remainder, ties to the earlier share.

    >>> from uuid import UUID
    >>> rule = [SplitShare(UUID(int=n), bp) for n, bp in enumerate((3_000, 5_000, 2_000))]
    >>> list(shares_of(314_91, rule).values())
    [9447, 15746, 6298]
    """
    parts = apportion(net_minor, [one.bp for one in shares])
    return {one.department_id: part for one, part in zip(shares, parts, strict=True)}


def returned(before: Mapping[UUID, int], goods_minor: int, shares: Sequence[SplitShare]) -> dict[UUID, int]:
    """What changes for each department when so much of the goods goes back, after what it had `before`.

    A fen may move between departments: it belongs to whom the largest remainder gives it. No change is left out.
    """
    left = max(0, sum(before.values()) - goods_minor)
    after = shares_of(left, shares)
    changes = {key: minor - before.get(key, 0) for key, minor in after.items()}
    return {key: minor for key, minor in changes.items() if minor}


def posting_of(entry: SplitEntry) -> Posting:
    """An entry in the books: what one loses, the other gains."""
    amount, books = Money(abs(entry.amount.minor), entry.amount.currency), department(entry.department_id)
    return Posting(SPLIT, books, amount) if entry.amount.minor > 0 else Posting(books, SPLIT, amount)


def fact_of(rule: SplitRule) -> dict[str, Any]:
    """What the outbox tells of a rule."""
    return {
        "rule": rule.id.hex,
        "channel": rule.channel_id.hex,
        "effective_from": rule.effective_from.isoformat(),
        "period_days": rule.period_days,
        "shares": [{"department": one.department_id.hex, "bp": one.bp} for one in rule.shares],
    }
