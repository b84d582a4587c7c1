"""Seckills (秒杀): flash sales of one variant, whose units are set aside from the shop's (R39, product rules 2.7.3).

At a price of 0 one gives goods away (完全免费送, R45): its stock and its limit of each member say how many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from domain.activities import (
    MOST_NAME,
    MOST_STOCK,
    ActivityKind,
    ActivityState,
    NotStarted,
    PlayTerms,
    check_goes_with,
    check_limit,
    check_time,
)
from domain.money import Money
from domain.orders import OverLimit
from domain.promotions.sheet import ExclusivePrice
from domain.promotions.slots import Slot, check_slots, is_open, next_change
from domain.promotions.stages import PLAYS, Stage
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState, between, text_within

LEAST_PAY_S, MOST_PAY_S, PAY_S = 60, 3600, 300
MOST_PRICE = 100_000_000
WEEK = 7


@record
class SeckillTerms:
    """What is promised. `slots` are hours of the week in the brand's time zone; none is all the time.

    `pay_s`: so many seconds an order may wait to be paid; the units that it holds are short.
    `goes_with`: the plays that lower the price further (product rules 2.4); none, without a word.
    """

    name: str
    variant_id: UUID
    price: Money
    stock: int
    starts_at: datetime
    ends_at: datetime
    slots: tuple[Slot, ...] = ()
    limit_per_order: int | None = None
    limit_per_member: int | None = 1
    pay_s: int = PAY_S
    goes_with: frozenset[Stage] = frozenset()
    campaign_id: UUID | None = None


@record
class Seckill:
    """A flash sale as it stands: its stock is `remaining + reserved + sold + returned`."""

    id: UUID
    product_id: UUID
    terms: SeckillTerms
    state: ActivityState
    remaining: int
    reserved: int
    sold: int
    returned: int


@dataclass(eq=False)
class SlotTaken(Refusal):
    """Another flash sale sells the variant at a time of this one."""

    code = ErrorCode.CONFLICT
    seckill_id: UUID


def check_terms(terms: SeckillTerms, now: datetime) -> SeckillTerms:
    """The terms with a clean name, held to their bounds.

    Raises:
        BadInput: a number, text or time is out of bounds.
    """
    check_time(terms.starts_at, terms.ends_at, now)
    check_slots(terms.slots, "input", "slots")
    between(terms.price.minor, 0, MOST_PRICE, "input", "price", "minor")
    between(terms.stock, 1, MOST_STOCK, "input", "stock")
    between(terms.pay_s, LEAST_PAY_S, MOST_PAY_S, "input", "paySeconds")
    check_goes_with(terms.goes_with, "input", "goesWith")
    check_limit(terms.limit_per_order, "input", "limitPerOrder")
    check_limit(terms.limit_per_member, "input", "limitPerMember")
    if terms.limit_per_member is None and not terms.price.minor:
        raise BadInput(
            "a limit per member of what is free", "免费送须设置每人限领件数", path=("input", "limitPerMember")
        )
    return replace(terms, name=text_within(terms.name, MOST_NAME, "input", "name"))


def publish(id_: UUID, product_id: UUID, terms: SeckillTerms) -> Seckill:
    """A new flash sale, all of whose units remain."""
    return Seckill(id_, product_id, terms, ActivityState.PUBLISHED, terms.stock, 0, 0, 0)


def is_running(one: Seckill, at: datetime, zone: tzinfo, early: timedelta = timedelta()) -> bool:
    """Whether the flash sale sells at an instant, to a buyer who may come so much earlier than others."""
    terms = one.terms
    return (
        one.state is ActivityState.PUBLISHED
        and terms.starts_at - early <= at < terms.ends_at
        and (is_open(terms.slots, at, zone) or is_open(terms.slots, at + early, zone))
    )


def takes_back(one: Seckill, at: datetime) -> bool:
    """Whether units that were given up are for the flash sale again, and not for the shop."""
    return one.state is ActivityState.PUBLISHED and at < one.terms.ends_at


def terms_of(one: Seckill, quantity: int, at: datetime, zone: tzinfo, early: timedelta = timedelta()) -> PlayTerms:
    """What the flash sale makes of an order of so many units. `early`: how long before others this buyer may (R22).

    Raises:
        NotStarted: it does not sell now.
        OverLimit: more than one order may hold.
    """
    terms = one.terms
    if not is_running(one, at, zone, early):
        raise NotStarted(terms.starts_at, terms.ends_at, path=("input", "play"))
    if terms.limit_per_order is not None and quantity > terms.limit_per_order:
        raise OverLimit(terms.limit_per_order, path=("input", "lines", "0", "quantity"))
    hours_end = next_change(terms.slots, at, zone)
    ends_at = terms.ends_at if hours_end is None else min(hours_end, terms.ends_at)
    price = ExclusivePrice(
        ActivityKind.SECKILL.value,
        one.id,
        terms.price.minor,
        PLAYS - terms.goes_with,
        name=terms.name,
        ends_at=ends_at,
        set_aside=True,
    )
    return PlayTerms(price, timedelta(seconds=terms.pay_s), available=one.remaining)


def end(one: Seckill) -> Seckill:
    """Let nobody buy any more; what remains goes back to the shop.

    Raises:
        WrongState: it is over.
    """
    if one.state is not ActivityState.PUBLISHED:
        raise WrongState(one.state.value, path=("input", "seckillId"))
    return replace(one, state=ActivityState.ENDED, remaining=0, returned=one.returned + one.remaining)


def check_no_clash(new: SeckillTerms, others: list[Seckill], zone: tzinfo) -> None:
    """Hold a new flash sale to times at which no other one sells its variant.

    Raises:
        SlotTaken: one does.
    """
    for other in others:
        if _clash(new, other.terms, zone):
            raise SlotTaken(other.id, path=("input", "slots") if new.slots else ("input", "startsAt"))


def _clash(one: SeckillTerms, other: SeckillTerms, zone: tzinfo) -> bool:
    start, end = max(one.starts_at, other.starts_at), min(one.ends_at, other.ends_at)
    if start >= end:
        return False
    if not one.slots and not other.slots:
        return True
    return any(_occurs(hours, start, end, zone) for hours in _common(one.slots, other.slots))


def _common(some: tuple[Slot, ...], others: tuple[Slot, ...]) -> list[Slot]:
    """The hours that lie in both; no slots are all hours."""
    if not some or not others:
        return list(some or others)
    pairs = [(a, b) for a in some for b in others if a.weekday == b.weekday]
    both = [Slot(a.weekday, max(a.starts_minute, b.starts_minute), min(a.ends_minute, b.ends_minute)) for a, b in pairs]
    return [hours for hours in both if hours.starts_minute < hours.ends_minute]


def _occurs(hours: Slot, start: datetime, end: datetime, zone: tzinfo) -> bool:
    """Whether some of the hours lie between two instants."""
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for ahead in range(WEEK + 1):
        day = midnight + timedelta(days=ahead)
        if day.isoweekday() == hours.weekday:
            opens = (day + timedelta(minutes=hours.starts_minute)).replace(tzinfo=zone)
            closes = (day + timedelta(minutes=hours.ends_minute)).replace(tzinfo=zone)
            if opens < end and closes > start:
                return True
    return False
