"""Boards: what guides did, and who of them did most in a store, a region or the nation (R12).

What a guide did is a deed: an order that was paid, a member who was won, a task that was done. Each has a value, which
falls when money goes back or a post is taken down, and counts in the period in which it happened: a refund lowers the
board of the day on which its order was paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from domain.identity import Principal
from domain.records import record
from domain.stores import OrgUnit, UnitKind

MOST_ON_BOARD = 100
WON_WITHIN = timedelta(days=7)
"""A member counts as won by the first guide to whom they were bound, so long after they registered at most."""


class Metric(Enum):
    """What is counted of guides. SALES and COMMISSION are in fen, all others are numbers of things."""

    SALES = "SALES"
    ORDERS = "ORDERS"
    COMMISSION = "COMMISSION"
    NEW_MEMBERS = "NEW_MEMBERS"
    ASSISTS = "ASSISTS"
    TASKS_DONE = "TASKS_DONE"
    POSTS = "POSTS"
    TAGS = "TAGS"
    COUPONS = "COUPONS"
    GROUP_SHARES = "GROUP_SHARES"


MONEY = frozenset({Metric.SALES, Metric.COMMISSION})


class BoardScope(Enum):
    """Among whom a board ranks."""

    STORE = "STORE"
    REGION = "REGION"
    NATION = "NATION"


SCOPE_OF = {
    UnitKind.STORE: BoardScope.STORE,
    UnitKind.REGION: BoardScope.REGION,
    UnitKind.CHANNEL: BoardScope.REGION,
    UnitKind.DEALER: BoardScope.REGION,
    UnitKind.HQ: BoardScope.NATION,
}


class Ranked(Enum):
    """Whom a board ranks."""

    GUIDES = "GUIDES"
    STORES = "STORES"


class BoardPeriod(Enum):
    """For what time a board counts, by the brand's calendar; a week begins on Monday."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


@record
class Deed:
    """Something that a guide did. `source_id` is the order, member, post or the like that it is about.

    A value of 0 is what is left of a deed that does not count any more.
    """

    metric: Metric
    source_id: UUID
    guide_id: UUID
    store_id: UUID
    at: datetime
    value: int

    @property
    def key(self) -> tuple[Metric, UUID, UUID]:
        return self.metric, self.source_id, self.guide_id


class Score(NamedTuple):
    """Where a guide's values of one metric and period are kept."""

    metric: Metric
    period: BoardPeriod
    starts_on: date
    store_id: UUID
    guide_id: UUID


class Gain(NamedTuple):
    """By how much a score rises or falls, and when that happened."""

    value: int
    at: datetime


@record
class BoardKey:
    """Which board: what is counted, of whom, at which unit and below it, in the period that begins on a day."""

    metric: Metric
    ranked: Ranked
    unit_id: UUID
    period: BoardPeriod
    starts_on: date


@record
class BoardEntry:
    """One line. The name is a guide's display name or a store's; `store_name` is where a guide sells."""

    rank: int
    id: UUID
    name: str
    avatar_url: str | None
    store_name: str
    value: int
    reached_at: datetime


@record
class Leaderboard:
    """A board as it stood at a time. `entries` are those at its top, in order.

    `mine` is the caller's own line, anywhere, where it `knows_mine`: a board that many follow is nobody's own.
    """

    key: BoardKey
    scope: BoardScope
    unit_name: str
    starts_at: datetime
    ends_at: datetime
    at: datetime
    entries: Sequence[BoardEntry]
    mine: BoardEntry | None = None
    knows_mine: bool = False
    mark: object = None
    """Changes with any line, also of those below the top."""

    @property
    def stores_at(self) -> datetime:
        """As of when stores are of the unit: one that moves takes nothing along of a period that is over (R01)."""
        return stores_at(self.ends_at, self.at)


def begins_on(period: BoardPeriod, day: date) -> date:
    """The first day of the period that a day is in.

    >>> [begins_on(one, date(2026, 11, 22)).isoformat()[5:] for one in BoardPeriod]
    ['11-22', '11-16', '11-01', '10-01', '01-01']
    """
    match period:
        case BoardPeriod.DAY:
            return day
        case BoardPeriod.WEEK:
            return day - timedelta(days=day.weekday())
        case BoardPeriod.MONTH:
            return day.replace(day=1)
        case BoardPeriod.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case BoardPeriod.YEAR:
            return day.replace(month=1, day=1)


def ends_on(period: BoardPeriod, starts_on: date) -> date:
    """The first day after the period that begins on a day.

    >>> [ends_on(one, begins_on(one, date(2026, 11, 22))).isoformat() for one in BoardPeriod]
    ['2026-11-23', '2026-11-23', '2026-12-01', '2027-01-01', '2027-01-01']
    """
    longest = {"DAY": 1, "WEEK": 7, "MONTH": 31, "QUARTER": 92, "YEAR": 366}[period.value]
    return begins_on(period, starts_on + timedelta(days=longest))


def span_of(period: BoardPeriod, starts_on: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """When a period begins and ends, by the brand's clock."""
    end = ends_on(period, starts_on)
    return datetime.combine(starts_on, time(), zone), datetime.combine(end, time(), zone)


def stores_at(ends_at: datetime, now: datetime) -> datetime:
    """As of when stores are of the unit of a board: the end of its period, or now while it lasts."""
    return min(ends_at - timedelta(microseconds=1), now)


def gone(before: Iterable[Deed], after: Iterable[Deed]) -> list[Deed]:
    """What is left of those deeds that are no more: worth nothing."""
    kept = {deed.key for deed in after}
    return [
        Deed(one.metric, one.source_id, one.guide_id, one.store_id, one.at, 0)
        for one in before
        if one.key not in kept and one.value
    ]


def changed(before: Iterable[Deed], after: Iterable[Deed]) -> list[Deed]:
    """Those deeds that are not as they were, the new ones and those that are no more among them.

    `before` is all that was known of the sources of `after`, so that dealing with the same twice changes nothing.
    """
    known = {deed.key: deed for deed in before}
    after = list(after)
    new = [deed for deed in after if known.get(deed.key) != deed and (deed.value or deed.key in known)]
    return new + gone(known.values(), after)


def gains(before: Iterable[Deed], deeds: Iterable[Deed], zone: tzinfo, now: datetime) -> dict[Score, Gain]:
    """What changed deeds do to the scores of each period. What falls, falls now, in the period of the deed."""
    known = {deed.key: deed for deed in before}
    moved: dict[Score, Gain] = {}
    for deed in deeds:
        old = known.get(deed.key)
        if old is not None:
            _add(moved, old, -old.value, zone, now)
        fell = old is not None and old.value >= deed.value
        _add(moved, deed, deed.value, zone, now if fell else deed.at)
    return {score: gain for score, gain in sorted(moved.items(), key=lambda one: _order(one[0])) if gain.value}


def _add(moved: dict[Score, Gain], deed: Deed, value: int, zone: tzinfo, at: datetime) -> None:
    day = deed.at.astimezone(zone).date()
    for period in BoardPeriod:
        score = Score(deed.metric, period, begins_on(period, day), deed.store_id, deed.guide_id)
        so_far = moved.get(score)
        moved[score] = Gain(value, at) if so_far is None else Gain(so_far.value + value, max(so_far.at, at))


def _order(score: Score) -> tuple[str, str, date, UUID, UUID]:
    return score.metric.value, score.period.value, score.starts_on, score.store_id, score.guide_id


def sees(principal: Principal, unit: OrgUnit, own_path: str | None) -> bool:
    """Whether the caller may see the boards of a unit: of what is theirs, of all above it, and staff of all below.

    `own_path` is that of the store that the caller sells for, if the caller does.
    """
    own = [*([own_path] if own_path else []), *(duty.path for duty in principal.duties)]
    return any(path.startswith(unit.path) for path in own) or any(
        unit.path.startswith(duty.path) for duty in principal.duties
    )


def unit_of(scope: BoardScope, above: Sequence[OrgUnit]) -> OrgUnit | None:
    """The nearest unit of a scope among one and all above it, the lowest first.

    A store right below headquarters is in no region.
    """
    return next((unit for unit in above if SCOPE_OF[unit.kind] is scope), None)


def paths_above(path: str) -> list[str]:
    """The paths of a unit and all above it, the lowest first.

    >>> paths_above("hq.east.s1.")
    ['hq.east.s1.', 'hq.east.', 'hq.']
    """
    words = path.rstrip(".").split(".")
    return [".".join(words[:n]) + "." for n in range(len(words), 0, -1)]


def topics_of(scores: Iterable[Score], paths: Mapping[UUID, str]) -> list[str]:
    """What is told to those who follow boards: each metric that moved, at each store where it did and all above.

    `paths` are those of the stores.
    """
    moved = {(score.metric, paths[score.store_id]) for score in scores if score.store_id in paths}
    return sorted({topic_of(metric, above) for metric, path in moved for above in paths_above(path)})


def topic_of(metric: Metric, path: str) -> str:
    """What is told when boards of a metric may have changed at the unit with this path.

    >>> topic_of(Metric.SALES, "hq.east.")
    'SALES@hq.east.'
    """
    return f"{metric.value}@{path}"
