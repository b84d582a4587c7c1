"""Bonuses: what guides and managers get for the net sales of a month, in steps (product rules 2.1.5).

A step bonus is for a guide's own sales. A team bonus is for the sales of a unit, for those who manage it and are
employed: it follows the employment tree, and never the number of people whom somebody brought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from domain.money import LARGEST_MINOR, WHOLE, Money
from domain.records import record
from domain.refusals import BadInput, WrongState, between, same_version, text_within

LONGEST_NAME = 40
MOST_STEPS = 20


class BonusKind(Enum):
    STEP = "STEP"
    TEAM = "TEAM"


class BonusMode(Enum):
    """What a step's share is of: all that was sold, or what exceeds the step."""

    WHOLE = "WHOLE"
    MARGINAL = "MARGINAL"


@record
class BonusStep:
    """From so much net sales on, in fen, so many basis points."""

    least: int
    bp: int


@record
class BonusPlan:
    """A plan for the guides of a unit and those below it, month by month."""

    id: UUID
    name: str
    kind: BonusKind
    mode: BonusMode
    unit_id: UUID
    steps: Sequence[BonusStep]
    starts_at: datetime
    ends_at: datetime | None
    version: int = 1

    def holds_in(self, since: datetime, until: datetime) -> bool:
        """Whether it holds for a whole month: a month that it began or ended in is not paid."""
        return self.starts_at <= since and (self.ends_at is None or self.ends_at >= until)


@record
class Bonus:
    """What somebody got by a plan for a month; an amount of nothing says that no step was reached."""

    id: UUID
    plan_id: UUID
    month: date
    unit_id: UUID
    guide_id: UUID
    base: Money
    amount: Money
    paid_at: datetime


@record
class Sales:
    """Net sales of a guide, or of a unit that the guide manages, of which nothing may come back any more."""

    guide_id: UUID
    unit_id: UUID
    base: int


def bonus_on(base: int, mode: BonusMode, steps: Sequence[BonusStep]) -> int:
    """What a plan pays on net sales, in fen, rounded down.

    >>> steps = [BonusStep(50_000_00, 100), BonusStep(100_000_00, 200)]
    >>> bonus_on(120_000_00, BonusMode.WHOLE, steps), bonus_on(120_000_00, BonusMode.MARGINAL, steps)
    (240000, 90000)
    """
    reached = [step for step in steps if step.least <= base]
    if not reached:
        return 0
    if mode is BonusMode.WHOLE:
        return base * reached[-1].bp // WHOLE
    ends = [*(step.least for step in reached[1:]), base]
    return sum((end - step.least) * step.bp for step, end in zip(reached, ends, strict=True)) // WHOLE


def next_step(base: int, steps: Sequence[BonusStep]) -> BonusStep | None:
    """The step that is reached next."""
    return next((step for step in steps if step.least > base), None)


def month_of(at: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The month of the brand's calendar in which a time lies: its begin, and that of the next."""
    first = at.astimezone(zone).date().replace(day=1)
    following = (
        first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)
    )
    return datetime.combine(first, time(), zone), datetime.combine(following, time(), zone)


def check_plan(plan: BonusPlan) -> BonusPlan:
    """A plan held to its bounds.

    Raises:
        BadInput: the name, a step or the time is out of bounds.
    """
    between(len(plan.steps), 1, MOST_STEPS, "input", "steps")
    for i, step in enumerate(plan.steps):
        between(step.least, 1, LARGEST_MINOR, "input", "steps", str(i), "least")
        between(step.bp, 1, WHOLE, "input", "steps", str(i), "bp")
    leasts = [step.least for step in plan.steps]
    if leasts != sorted(set(leasts)):
        raise BadInput("steps that rise", "阶梯应从低到高", path=("input", "steps"))
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        raise BadInput("after the start", "应晚于开始时间", path=("input", "endsAt"))
    return replace(plan, name=text_within(plan.name, LONGEST_NAME, "input", "name"))


def end_plan(plan: BonusPlan, at: datetime, expected_version: int) -> BonusPlan:
    """Let a plan hold no more: the month in which it ends is not paid.

    Raises:
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    same_version(plan.version, expected_version)
    if plan.ends_at is not None and plan.ends_at <= at:
        raise WrongState("ENDED", path=("input", "planId"))
    return replace(plan, ends_at=max(at, plan.starts_at), version=plan.version + 1)


def sums_of(bonuses: Sequence[Bonus]) -> Mapping[UUID, int]:
    """What bonuses come to, in fen, by guide."""
    sums: dict[UUID, int] = {}
    for one in bonuses:
        if one.amount.minor:
            sums[one.guide_id] = sums.get(one.guide_id, 0) + one.amount.minor
    return dict(sorted(sums.items()))


def fact_of(plan: BonusPlan) -> dict[str, Any]:
    """What the outbox tells of a plan."""
    return {"kind": plan.kind.value, "mode": plan.mode.value, "unit": plan.unit_id.hex, "version": plan.version}
