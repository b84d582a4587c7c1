"""Statements of guides: what was their own, every posting that changed it, and what is (product rules 2.1).

A guide's own is what it can take out, less what it owes. A line is a posting, so a statement adds up to the ledger's
accounts, and nothing that is ever posted to them can be missing from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from uuid import UUID

from domain.guides import Guide
from domain.ledger import is_recoverable
from domain.money import Money
from domain.records import record
from domain.refusals import BadInput

LONGEST_SPAN = 366
MOST_LINES = 20_000


class StatementKind(Enum):
    RELEASED = "RELEASED"
    DEBT_REPAID = "DEBT_REPAID"
    CLAWED_BACK = "CLAWED_BACK"
    BOUNTY = "BOUNTY"
    BONUS = "BONUS"
    WITHDRAWAL = "WITHDRAWAL"
    FEE = "FEE"
    RETURNED = "RETURNED"
    FEE_RETURNED = "FEE_RETURNED"
    OTHER = "OTHER"


_BY_WORD: Mapping[str, StatementKind] = {
    "release": StatementKind.RELEASED,
    "claw-back": StatementKind.CLAWED_BACK,
    "bounties": StatementKind.BOUNTY,
    "bounty": StatementKind.BOUNTY,
    "bonus": StatementKind.BONUS,
}
"""What a posting is for, by how its business key begins: `bounties:…` and `bounty-release:…` are both of bounties."""
_OF_WITHDRAWAL: Mapping[tuple[str, int], StatementKind] = {
    ("requested", 0): StatementKind.WITHDRAWAL,
    ("requested", 1): StatementKind.FEE,
    ("returned", 0): StatementKind.RETURNED,
    ("returned", 1): StatementKind.FEE_RETURNED,
}
"""What a posting of a withdrawal is for, by what happened and its position: first what is transferred, then the fee."""


@record
class Moved:
    """A posting as one of a guide's own accounts sees it: less than zero when it takes away."""

    id: int
    business_key: str
    position: int
    at: datetime
    minor: int
    account: str
    other: str


@record
class StatementLine:
    """One change of what is a guide's own. `source_id`: the withdrawal, refund or release that it comes from."""

    id: int
    at: datetime
    kind: StatementKind
    amount: Money
    balance: Money
    """What was the guide's own after it."""
    source_id: UUID | None


@record
class ReleasedCommission:
    """A commission that became a guide's own. `lost`: what of it had gone back before."""

    at: datetime
    order_number: str
    level: int
    base: Money
    amount: Money
    lost: Money

    @property
    def released(self) -> Money:
        return Money(self.amount.minor - self.lost.minor)


@record
class GuidePayout:
    """What a guide who is not employed was paid in a month, for the tax on it."""

    guide_id: UUID
    guide: Guide
    real_name: str | None
    times: int
    amount: Money
    fee: Money

    @property
    def paid(self) -> Money:
        """What reached the guide."""
        return Money(self.amount.minor - self.fee.minor)


@record
class StatementTotal:
    kind: StatementKind
    lines: int
    amount: Money


@record
class GuideStatement:
    """A guide's own over some days of the brand's calendar."""

    guide_id: UUID
    first_day: date
    last_day: date
    opening: Money
    lines: Sequence[StatementLine]

    @property
    def closing(self) -> Money:
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def totals(self) -> list[StatementTotal]:
        """Kind by kind, of those that there are."""
        found: dict[StatementKind, list[int]] = {}
        for line in self.lines:
            found.setdefault(line.kind, []).append(line.amount.minor)
        return [
            StatementTotal(kind, len(found[kind]), Money(sum(found[kind]))) for kind in StatementKind if kind in found
        ]


def span_of(first_day: date, last_day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From when on, and before when, days of the brand's calendar are.

    Raises:
        BadInput: it ends before it begins, or is too long.
    """
    if not 0 <= (last_day - first_day).days < LONGEST_SPAN or last_day.year > 9000:
        raise BadInput(f"from 1 to {LONGEST_SPAN} days", f"应为 1 到 {LONGEST_SPAN} 天", path=("lastDay",))
    day = timedelta(days=1)
    return datetime.combine(first_day, time(), zone), datetime.combine(last_day + day, time(), zone)


def month_of(written: str, *path: str) -> tuple[date, date]:
    """The first and the last day of a month.

    Raises:
        BadInput: it is not written as a month.

    >>> month_of("2026-02")
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    """
    try:
        first = date.fromisoformat(f"{written}-01")
    except ValueError:
        first = None
    if first is None or len(written) != 7 or not 1970 <= first.year <= 9000:
        raise BadInput('a month such as "2026-11"', "应为月份,如 2026-11", path=path)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def kind_of(moved: Moved) -> StatementKind:
    """What a posting is for. One that pays a debt says so, wherever the money comes from."""
    word, *rest = moved.business_key.split(":")
    if moved.minor > 0 and is_recoverable(moved.account):
        return StatementKind.DEBT_REPAID
    if word == "withdrawal":
        return _OF_WITHDRAWAL.get((rest[-1], moved.position), StatementKind.OTHER)
    return next((kind for begins, kind in _BY_WORD.items() if word.startswith(begins)), StatementKind.OTHER)


def statement_of(guide_id: UUID, days: tuple[date, date], opening: int, moves: Sequence[Moved]) -> GuideStatement:
    """The statement of some days, from what was the guide's own before and what was posted in them."""
    lines, balance = [], opening
    for one in moves:
        balance += one.minor
        lines.append(StatementLine(one.id, one.at, kind_of(one), Money(one.minor), Money(balance), _source_of(one)))
    return GuideStatement(guide_id, *days, Money(opening), lines)


def _source_of(moved: Moved) -> UUID | None:
    """The object that a business key names behind its first word."""
    parts = moved.business_key.split(":")
    try:
        return UUID(hex=parts[1]) if len(parts) > 1 else None
    except ValueError:
        return None
