"""Points (积分): earned by buying, spent at checkout, oldest first, and gone when their batch expires (R20, 2.6).

What a member holds lies in batches. A claw-back may take more than there is: what is missing is owed, and whatever
comes in next pays it first, so that a member never holds and owes points at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.money import WHOLE
from domain.promotions.points import PointsTerms
from domain.records import record
from domain.refusals import ErrorCode, Refusal

MOST_AT_ONCE = 100_000_000
EXPIRES_SOON = timedelta(days=30)


class PointsKind(Enum):
    """Why points came or went."""

    EARNED = "EARNED"
    SPENT = "SPENT"
    RETURNED = "RETURNED"
    REVERSED = "REVERSED"
    EXPIRED = "EXPIRED"
    GRANTED = "GRANTED"
    DEDUCTED = "DEDUCTED"


@record
class PointsRules:
    """The brand's terms. `per_yuan` points are worth a yuan, `most_bp` of the goods can be paid with them."""

    per_yuan: int = 100
    most_bp: int = 3_000
    earned_per_yuan: int = 1
    leaves: int = 0
    """Fen that points never pay: 1 where the brand forbids orders for nothing."""
    last: timedelta = timedelta(days=365)
    returned_last: timedelta = timedelta(days=30)
    """How long those are good that come back after their own batch has expired."""

    def terms(self, wanted: int = 0, earned_bp: int = WHOLE) -> PointsTerms:
        """The terms of one checkout: how many points the shopper wants to spend, and by how much they earn more."""
        return PointsTerms(self.per_yuan, self.most_bp, wanted, self.leaves, self.earned_per_yuan, earned_bp)

    def __post_init__(self) -> None:
        assert self.per_yuan > 0, "a point must be worth something"
        assert 0 <= self.most_bp <= WHOLE, f"{self.most_bp} is not within 0..{WHOLE}"
        assert self.earned_per_yuan >= 0, "buying costs no points"


@record
class Account:
    """What a member holds in batches, expired ones too until they are written off, and what they owe."""

    available: int = 0
    owed: int = 0


@record
class Batch:
    """Points of one batch that are left."""

    id: UUID
    points: int
    expires_at: datetime


@record
class Portion:
    """So many points of one batch."""

    batch_id: UUID
    points: int


@record
class Use:
    """What was spent of one batch, and how much of that came back already."""

    entry_id: UUID
    batch: Batch
    returned: int = 0

    @property
    def outstanding(self) -> int:
        return self.batch.points - self.returned


@record
class Entry:
    """One line of a member's ledger of points; lines sum to the balance."""

    id: UUID
    member_id: UUID
    kind: PointsKind
    points: int
    order_id: UUID | None
    reason: str | None
    at: datetime


@record
class Cause:
    """Why points come or go. `key` is unique: what happened once is booked once."""

    kind: PointsKind
    key: str
    reason: str | None = None
    order_id: UUID | None = None


@record
class Balance:
    """What a member may spend; negative while they owe. `expiring` of it is gone by `EXPIRES_SOON`."""

    member_id: UUID
    balance: int
    expiring: int
    next_expiry: datetime | None


@dataclass(eq=False)
class NotEnoughPoints(Refusal):
    """The member may spend fewer points than needed."""

    code = ErrorCode.INSUFFICIENT_POINTS
    balance: int
    needed: int


def spend(batches: Sequence[Batch], needed: int) -> list[Portion]:
    """Take points out of batches that have not expired, given in the order of their expiry.

    Raises:
        NotEnoughPoints: they hold fewer.
    """
    held = sum(batch.points for batch in batches)
    if held < needed:
        raise NotEnoughPoints(held, needed)
    return taken(batches, needed)


def taken(batches: Sequence[Batch], points: int) -> list[Portion]:
    """So many points out of batches in their order, or all that there are.

    >>> [one.points for one in taken([Batch(UUID(int=n), 30, datetime(2026, 1, n)) for n in (1, 2)], 40)]
    [30, 10]
    """
    portions: list[Portion] = []
    for batch in batches:
        part = min(batch.points, points)
        if part:
            portions.append(Portion(batch.id, part))
            points -= part
    return portions


def reversal(points: int, base_minor: int, refunded_before: int, refunded_now: int) -> int:
    """How many earned points a refund takes back; after refunds of the whole base, all of them.

    >>> [reversal(10, 300, before, 100) for before in (0, 100, 200)]
    [3, 3, 4]
    """
    assert base_minor > 0, "nothing was earned on"
    assert refunded_before + refunded_now <= base_minor, "more comes back than was paid"
    before = points * refunded_before // base_minor
    return points * (refunded_before + refunded_now) // base_minor - before


@record
class Return:
    """Spent points that come back: to their batches, or as `fresh` points where those have expired."""

    portions: tuple[Portion, ...]
    fresh: int
    uses: tuple[Use, ...]
    """What came back of each use: its `returned` is the part of this return alone."""


def given_back(uses: Sequence[Use], points: int, at: datetime) -> Return:
    """Bring points of an order back to the batches that they came from, those that last longest first.

    No more comes back than is outstanding.
    """
    portions: list[Portion] = []
    parts: list[Use] = []
    fresh = 0
    for use in sorted(uses, key=lambda one: (one.batch.expires_at, one.batch.id), reverse=True):
        part = min(use.outstanding, points)
        if part == 0:
            continue
        points -= part
        parts.append(Use(use.entry_id, use.batch, part))
        if use.batch.expires_at > at:
            portions.append(Portion(use.batch.id, part))
        else:
            fresh += part
    return Return(tuple(portions), fresh, tuple(parts))


def after_debt(owed: int, portions: Sequence[Portion], fresh: int) -> tuple[int, list[Portion], int]:
    """Pay what is owed out of points that come in: what was paid, and what is left of portions and fresh points."""
    paid = min(owed, fresh)
    fresh -= paid
    left: list[Portion] = []
    for portion in portions:
        part = min(owed - paid, portion.points)
        paid += part
        if portion.points > part:
            left.append(Portion(portion.batch_id, portion.points - part))
    return paid, left, fresh
