"""Store days: what stores did, day by day of the brand's calendar, told by where each stood then (R02).

What is counted for a store is what is attributed to it; who hands the goods over is counted apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from domain.money import CNY, Money
from domain.records import record
from domain.refusals import BadInput

LONGEST_SPAN = 366
"""Days of one report."""
MOST_ROWS = 500
"""Of one report; by store and region those with the most net sales."""


class PerformanceBy(Enum):
    """What each row of a report is about."""

    DAY = "DAY"
    STORE = "STORE"
    REGION = "REGION"


@record
class StoreDay:
    """What is to be added to a store's day. Money in fen; `place_id` is where the store stood."""

    day: date
    place_id: int
    gmv_minor: int = 0
    refunds_minor: int = 0
    live_gmv_minor: int = 0
    share_gmv_minor: int = 0
    commission_minor: int = 0
    orders: int = 0
    new_members: int = 0
    shipped_orders: int = 0
    picked_up_orders: int = 0


@record
class BuyerDay:
    """So many orders of a store that a member paid on a day."""

    day: date
    place_id: int
    unit_id: UUID
    member_id: UUID
    orders: int


@record
class OrderSeen:
    """Where an order belongs: to a store or none, through a live room, through something shared."""

    store_id: UUID | None
    pick_up_store_id: UUID | None
    through_room: bool
    through_share: bool


@record
class Figures:
    """What some stores did over some days. Buyers are those of each store; one of two stores is two."""

    gmv_minor: int
    refunds_minor: int
    live_gmv_minor: int
    share_gmv_minor: int
    commission_minor: int
    orders: int
    new_members: int
    shipped_orders: int
    picked_up_orders: int
    buyers: int
    repurchase_buyers: int

    @property
    def gmv(self) -> Money:
        return Money(self.gmv_minor, CNY)

    @property
    def refunds(self) -> Money:
        return Money(self.refunds_minor, CNY)

    @property
    def net(self) -> Money:
        return Money(self.gmv_minor - self.refunds_minor, CNY)

    @property
    def live_gmv(self) -> Money:
        return Money(self.live_gmv_minor, CNY)

    @property
    def share_gmv(self) -> Money:
        return Money(self.share_gmv_minor, CNY)

    @property
    def commission(self) -> Money:
        return Money(self.commission_minor, CNY)

    @property
    def average(self) -> Money | None:
        """What an order came to on average, rounded down; None without orders."""
        return Money(self.gmv_minor // self.orders, CNY) if self.orders else None

    @property
    def repurchase_bp(self) -> int | None:
        """The share of buyers who had bought before, in basis points; None without buyers."""
        return self.repurchase_buyers * 10_000 // self.buyers if self.buyers else None


@record
class PerformanceRow:
    """What one day, one store or one region did."""

    day: date | None
    unit_id: UUID | None
    figures: Figures


@record
class Performance:
    """A report: each row, and all of it together."""

    first_day: date
    last_day: date
    total: Figures
    rows: list[PerformanceRow]


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day of the brand's calendar on which something happened."""
    return at.astimezone(zone).date()


def check_span(first_day: date, last_day: date) -> None:
    """Hold a report to a span of days.

    Raises:
        BadInput: it ends before it begins, or is too long.
    """
    if not 0 <= (last_day - first_day).days < LONGEST_SPAN:
        raise BadInput(f"from 1 to {LONGEST_SPAN} days", f"应为 1 到 {LONGEST_SPAN} 天", path=("lastDay",))


@record
class Happening:
    """Something that counts for a unit, and how: what is to be added to which figures of its day."""

    unit_id: UUID
    at: datetime
    adds: Mapping[str, int]
    member_id: UUID | None = None
    """Who paid an order, where one was paid."""


def paid(store_id: UUID, at: datetime, fact: Mapping[str, Any], seen: OrderSeen) -> Happening:
    """An order that was paid."""
    total = fact["total_minor"]
    adds = {
        "orders": 1,
        "gmv_minor": total,
        "live_gmv_minor": total if seen.through_room else 0,
        "share_gmv_minor": total if seen.through_share else 0,
        "commission_minor": _sum_of(fact, "commissions"),
    }
    return Happening(store_id, at, adds, UUID(hex=fact["member"]))


def returned(store_id: UUID, at: datetime, fact: Mapping[str, Any]) -> Happening:
    """Something of an order that went back: it counts on its own day."""
    lost = _sum_of(fact, "claw_backs")
    return Happening(store_id, at, {"refunds_minor": fact["refunded_minor"], "commission_minor": -lost})


def _sum_of(fact: Mapping[str, Any], name: str) -> int:
    return sum(one["amount_minor"] for one in fact.get(name, ()))


def days_of(found: Sequence[Happening], places: Mapping[tuple[UUID, datetime], int], zone: tzinfo) -> list[StoreDay]:
    """What happenings add to days, one for each day and place, in their order."""
    sums: dict[tuple[date, int], Counter[str]] = defaultdict(Counter)
    for one in found:
        sums[day_of(one.at, zone), places[one.unit_id, one.at]].update(one.adds)
    return [StoreDay(day, place_id, **sums[day, place_id]) for day, place_id in sorted(sums)]


def buyers_of(found: Sequence[Happening], places: Mapping[tuple[UUID, datetime], int], zone: tzinfo) -> list[BuyerDay]:
    """How many orders each buyer paid, one for each day and place, the earliest day first."""
    sums: Counter[tuple[date, int, UUID, UUID]] = Counter()
    for one in found:
        if one.member_id is not None:
            sums[day_of(one.at, zone), places[one.unit_id, one.at], one.unit_id, one.member_id] += 1
    return [BuyerDay(*key, orders) for key, orders in sorted(sums.items())]
