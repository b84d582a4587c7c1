"""Hook figures: what came of hooks and channels, day by day (R32)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from enum import Enum
from uuid import UUID

from domain.channels import ChannelKind
from domain.hooks import HookGoal, HookTool
from domain.money import WHOLE, Money
from domain.records import record
from domain.share_figures import Days


@record
class HookFigures:
    """What came of hooks. Money is in fen; refunds count on the day on which they were decided."""

    scans: int = 0
    unique_scans: int = 0
    registrations: int = 0
    follows: int = 0
    orders: int = 0
    revenue_minor: int = 0
    refunds: int = 0
    refunded_minor: int = 0

    def __add__(self, other: HookFigures) -> HookFigures:
        return HookFigures(*(getattr(self, name) + getattr(other, name) for name in FIGURES))


FIGURES = tuple(one.name for one in fields(HookFigures))
NO_FIGURES = HookFigures()


@record
class HookDay:
    """What one fact means for a hook on one of the brand's days."""

    hook_id: UUID
    day: date
    figures: HookFigures


def added_up(days: Iterable[HookDay]) -> list[HookDay]:
    """One for each hook and day, in the order in which everybody locks their rows."""
    sums: dict[tuple[UUID, date], HookFigures] = {}
    for one in days:
        key = one.hook_id, one.day
        sums[key] = sums.get(key, NO_FIGURES) + one.figures
    return [HookDay(*key, sums[key]) for key in sorted(sums)]


class ChannelReportBy(Enum):
    """By what figures of hooks are put together."""

    CHANNEL = "CHANNEL"
    HOOK = "HOOK"
    CAMPAIGN = "CAMPAIGN"
    CREATIVE = "CREATIVE"
    DAY = "DAY"


@record
class ReportOf:
    """Which hooks are put together; what is None does not matter."""

    days: Days
    channel_id: UUID | None = None
    hook_id: UUID | None = None
    kind: ChannelKind | None = None
    tool: HookTool | None = None
    goal: HookGoal | None = None


@record
class ReportRow:
    """What came of some hooks in a time, and what they cost. What it is not by is None."""

    figures: HookFigures
    conversions: int
    cost: Money
    channel_id: UUID | None = None
    hook_id: UUID | None = None
    campaign: str | None = None
    creative: str | None = None
    day: date | None = None

    @property
    def revenue(self) -> Money:
        return Money(self.figures.revenue_minor)

    @property
    def refunded(self) -> Money:
        return Money(self.figures.refunded_minor)

    @property
    def net(self) -> Money:
        return Money(self.figures.revenue_minor - self.figures.refunded_minor)

    @property
    def acquisition_cost(self) -> Money | None:
        """CAC: what a new member cost, rounded down; None where nothing was spent, or nobody came."""
        return self._per(self.figures.registrations)

    @property
    def conversion_cost(self) -> Money | None:
        """What one of what the hook is for cost, rounded down."""
        return self._per(self.conversions)

    @property
    def roi_bp(self) -> int | None:
        """What came back beyond the cost, in basis points of the cost, rounded down; None where nothing was spent.

        >>> ReportRow(HookFigures(revenue_minor=300_00, refunded_minor=50_00), 0, Money(100_00)).roi_bp
        15000
        """
        cost = self.cost.minor
        return (self.net.minor - cost) * WHOLE // cost if cost else None

    def _per(self, many: int) -> Money | None:
        return Money(self.cost.minor // many) if self.cost.minor and many else None
