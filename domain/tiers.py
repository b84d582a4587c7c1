"""Tiers: the ladder on which guides rise and fall by what they did (R06, product rules 2.1.5).

A guide rises as soon as the conditions of a higher tier hold, and falls only when a period ends and those to keep the
tier do not. What counts has been released: what may still be given back raises nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from domain.guides import GuideTier
from domain.money import LARGEST_MINOR, WHOLE
from domain.records import record
from domain.refusals import BadInput, between, text_within

LONGEST_NAME = 20
MOST_TIERS = 20


class TierMetric(Enum):
    """What is measured of a guide; money in fen."""

    NET_SALES = "NET_SALES"
    ORDERS = "ORDERS"
    SINGLE_ORDER = "SINGLE_ORDER"
    SETTLED_COMMISSION = "SETTLED_COMMISSION"
    INVITED_MEMBERS = "INVITED_MEMBERS"
    OWN_SPEND = "OWN_SPEND"
    OWN_ORDERS = "OWN_ORDERS"


class TierWindow(Enum):
    """Over what time. An order counts in the window in which it was paid, and so do its refunds."""

    LIFETIME = "LIFETIME"
    ROLLING_90_DAYS = "ROLLING_90_DAYS"
    MONTH = "MONTH"


class TierMatch(Enum):
    ALL = "ALL"
    ANY = "ANY"


class TierChangeReason(Enum):
    """Why a guide is on another tier."""

    ROSE = "ROSE"
    FELL = "FELL"
    SET = "SET"


@record
class Condition:
    """So much of a metric at least."""

    metric: TierMetric
    least: int


@record
class Conditions:
    """What it takes to reach a tier, or to keep it."""

    match: TierMatch
    window: TierWindow
    conditions: Sequence[Condition]


Figures = Mapping[TierMetric, int]


@record
class Rung:
    """A tier with what it takes. Nobody rises to one without conditions but by hand, nor falls from one."""

    tier: GuideTier
    upgrade: Conditions | None = None
    keep: Conditions | None = None
    version: int = 1


@record
class Climber:
    """A guide as far as its tier is concerned. One that is locked stays where it was put."""

    guide_id: UUID
    member_id: UUID
    tier_id: UUID
    is_locked: bool
    reviewed_on: date | None
    version: int


@record
class TierChange:
    """One line of the log of a guide's tiers."""

    guide_id: UUID
    from_tier_id: UUID
    to_tier_id: UUID
    reason: TierChangeReason
    actor_id: UUID | None
    note: str
    at: datetime


def holds(conditions: Conditions, figures: Mapping[TierWindow, Figures]) -> bool:
    """Whether a guide with these figures meets conditions."""
    own = figures[conditions.window]
    met = (own[one.metric] >= one.least for one in conditions.conditions)
    return all(met) if conditions.match is TierMatch.ALL else any(met)


def risen(ladder: Sequence[Rung], tier_id: UUID, figures: Mapping[TierWindow, Figures]) -> GuideTier | None:
    """The highest tier above that the guide has reached; None: no other than it is on."""
    above = [rung for rung in ladder if rung.tier.rank > _rank(ladder, tier_id)]
    reached = [rung.tier for rung in above if rung.upgrade is not None and holds(rung.upgrade, figures)]
    return max(reached, key=lambda tier: tier.rank, default=None)


def fallen(ladder: Sequence[Rung], tier_id: UUID, figures: Mapping[TierWindow, Figures]) -> GuideTier | None:
    """Where a guide falls to that does not keep its tier: the next below that it keeps; None: it stays."""
    own = _rank(ladder, tier_id)
    downwards = sorted((rung for rung in ladder if rung.tier.rank <= own), key=lambda rung: -rung.tier.rank)
    for rung in downwards[:-1]:
        if rung.keep is None or holds(rung.keep, figures):
            return None if rung.tier.id == tier_id else rung.tier
    lowest = downwards[-1].tier
    return None if lowest.id == tier_id else lowest


def _rank(ladder: Sequence[Rung], tier_id: UUID) -> int:
    return next(rung.tier.rank for rung in ladder if rung.tier.id == tier_id)


def windows_at(at: datetime, zone: tzinfo) -> dict[TierWindow, tuple[datetime, datetime]]:
    """From when until when each window lasts, as of a time."""
    month = datetime.combine(at.astimezone(zone).date().replace(day=1), time(), zone)
    return {
        TierWindow.LIFETIME: (datetime(1970, 1, 1, tzinfo=zone), at),
        TierWindow.ROLLING_90_DAYS: (at - timedelta(days=90), at),
        TierWindow.MONTH: (month, at),
    }


def period_ended(reviewed_on: date | None, today: date) -> bool:
    """Whether a month has ended since a guide was looked at."""
    return reviewed_on is not None and (reviewed_on.year, reviewed_on.month) < (today.year, today.month)


def period_end(today: date, zone: tzinfo) -> datetime:
    """The end of the last whole month, a moment before the month that it is now."""
    return datetime.combine(today.replace(day=1), time(), zone) - timedelta(microseconds=1)


def check_rung(rung: Rung) -> Rung:
    """A tier held to its bounds.

    Raises:
        BadInput: the name, rank, rate or a condition is out of bounds.
    """
    tier = rung.tier
    between(tier.rank, 1, MOST_TIERS, "input", "rank")
    if tier.rate_bp is not None:
        between(tier.rate_bp, 0, WHOLE, "input", "rateBp")
    for name, conditions in (("upgrade", rung.upgrade), ("keep", rung.keep)):
        if conditions is not None:
            _check(conditions, "input", name)
    return replace(rung, tier=replace(tier, name=text_within(tier.name, LONGEST_NAME, "input", "name")))


def _check(conditions: Conditions, *path: str) -> None:
    metrics = [one.metric for one in conditions.conditions]
    if not metrics or len(set(metrics)) < len(metrics):
        raise BadInput(
            "at least one condition, one for a metric", "至少一个条件,同一指标只能一次", path=(*path, "conditions")
        )
    for i, one in enumerate(conditions.conditions):
        between(one.least, 1, LARGEST_MINOR, *path, "conditions", str(i), "least")


def fact_of(changes: Sequence[TierChange]) -> dict[str, Any]:
    """What the outbox tells of guides whose tier is another now."""
    return {
        "tier_changes": [
            {
                "guide": one.guide_id.hex,
                "from": one.from_tier_id.hex,
                "to": one.to_tier_id.hex,
                "reason": one.reason.value,
            }
            for one in changes
        ]
    }
