"""Share figures: what came of what was shared, day by day (R34, R56; product rules 2.13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput
from domain.shares import ShareChannel, TargetKind

MOST_DAYS = 366


@record
class ShareFigures:
    """What came of shares. Money is in fen; refunds count on the day on which they were decided."""

    views: int = 0
    unique_visits: int = 0
    registrations: int = 0
    carts: int = 0
    orders: int = 0
    paid_orders: int = 0
    revenue_minor: int = 0
    refunds: int = 0
    refunded_minor: int = 0

    def __add__(self, other: ShareFigures) -> ShareFigures:
        return ShareFigures(*(getattr(self, name) + getattr(other, name) for name in FIGURES))

    @property
    def net_minor(self) -> int:
        return self.revenue_minor - self.refunded_minor


FIGURES = tuple(one.name for one in fields(ShareFigures))
NO_FIGURES = ShareFigures()


@record
class ShareDay:
    """What one fact means for a share on one of the brand's days."""

    share_id: UUID
    day: date
    figures: ShareFigures


def added_up(days: Iterable[ShareDay]) -> list[ShareDay]:
    """One for each share and day, in the order in which everybody locks their rows."""
    sums: dict[tuple[UUID, date], ShareFigures] = {}
    for one in days:
        key = one.share_id, one.day
        sums[key] = sums.get(key, NO_FIGURES) + one.figures
    return [ShareDay(*key, sums[key]) for key in sorted(sums)]


class SharePerformanceBy(Enum):
    """By what figures of shares are put together."""

    DAY = "DAY"
    SHARE = "SHARE"
    SHARER = "SHARER"
    TARGET = "TARGET"
    CHANNEL = "CHANNEL"


@record
class Days:
    """The brand's days from the first to the last, both of them included."""

    first: date
    last: date


def days_between(first: date, last: date, *path: str) -> Days:
    """A span of days.

    Raises:
        BadInput: it ends before it begins, or is longer than 366 days.
    """
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise BadInput(f"1 to {MOST_DAYS} days", f"应为 1 到 {MOST_DAYS} 天", path=path)
    return Days(first, last)


@record
class PerformanceOf:
    """Whose shares are put together; what is None does not matter. `store_ids`: of these stores only."""

    days: Days
    sharer_id: UUID | None = None
    guide_id: UUID | None = None
    target_id: UUID | None = None
    channel: ShareChannel | None = None
    store_ids: tuple[UUID, ...] | None = None


@record
class SharePerformance:
    """What came of the shares of one day, sharer, target or channel, or of one share. What it is not by is None."""

    figures: ShareFigures
    day: date | None = None
    share_id: UUID | None = None
    sharer_id: UUID | None = None
    sharer_name: str | None = None
    guide_id: UUID | None = None
    target_kind: TargetKind | None = None
    target_id: UUID | None = None
    channel: ShareChannel | None = None


@record
class Generation:
    """All forwards of a share that are so many steps below it; 0 is the share itself."""

    depth: int
    shares: int
    sharers: int
    figures: ShareFigures


@record
class Trace:
    """A share and all that was forwarded of it, as far as it is looked at: `exact` says whether that is all."""

    generations: Sequence[Generation]
    exact: bool

    @property
    def figures(self) -> ShareFigures:
        return sum((one.figures for one in self.generations), NO_FIGURES)

    @property
    def shares(self) -> int:
        return sum(one.shares for one in self.generations)

    @property
    def depth(self) -> int:
        """How many generations there are, the share itself among them."""
        return len(self.generations)
