"""Seckills: when one sells, what an order of it may hold, and which two cannot be at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from domain import seckills
from domain.activities import ActivityState, NotStarted
from domain.money import Money
from domain.orders import OverLimit
from domain.promotions.slots import Slot
from domain.refusals import BadInput, WrongState
from domain.seckills import Seckill, SeckillTerms, SlotTaken

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
"""A Sunday."""
TERMS = SeckillTerms("午间秒杀", UUID(int=9), Money(9_90), 100, NOON, NOON + timedelta(days=2))
SUNDAY, MONDAY = 7, 1


def a_seckill(**terms: Any) -> Seckill:
    return seckills.publish(UUID(int=5), UUID(int=6), replace(TERMS, **terms))


@pytest.mark.parametrize(
    ("at", "sells"),
    [
        (NOON - timedelta(microseconds=1), False),
        (NOON, True),
        (NOON + timedelta(days=2) - timedelta(microseconds=1), True),
        (NOON + timedelta(days=2), False),
    ],
)
def test_it_sells_from_its_start_to_its_end(at: datetime, sells: bool) -> None:
    assert seckills.is_running(a_seckill(), at, SHANGHAI) is sells
    assert seckills.is_running(a_seckill(), at.astimezone(UTC), SHANGHAI) is sells


def test_with_hours_it_sells_in_these_only() -> None:
    evening = a_seckill(slots=(Slot(SUNDAY, 20 * 60, 22 * 60),))

    assert not seckills.is_running(evening, NOON, SHANGHAI)
    assert seckills.is_running(evening, NOON.replace(hour=20), SHANGHAI)
    assert not seckills.is_running(evening, NOON.replace(hour=22), SHANGHAI)


def test_an_order_has_five_minutes_to_be_paid() -> None:
    terms = seckills.terms_of(a_seckill(), 1, NOON, SHANGHAI)

    assert (terms.exclusive.price, terms.exclusive.kind) == (9_90, "SECKILL")
    assert terms.pay_within == timedelta(minutes=5)
    assert terms.hold is None


def test_its_price_holds_until_the_hours_are_over() -> None:
    hours = (Slot(SUNDAY, 12 * 60, 14 * 60), Slot(MONDAY, 0, 24 * 60))

    on_sunday = seckills.terms_of(a_seckill(slots=hours), 1, NOON, SHANGHAI)
    short = a_seckill(slots=hours, ends_at=NOON + timedelta(days=1))
    on_monday = seckills.terms_of(short, 1, NOON + timedelta(hours=20), SHANGHAI)

    assert on_sunday.exclusive.ends_at == NOON + timedelta(hours=2)
    assert on_monday.exclusive.ends_at == NOON + timedelta(days=1)


def test_before_its_start_it_says_when_that_is() -> None:
    with pytest.raises(NotStarted) as refusal:
        seckills.terms_of(a_seckill(), 1, NOON - timedelta(seconds=1), SHANGHAI)

    assert refusal.value.starts_at == NOON


def test_one_order_holds_no_more_than_its_limit() -> None:
    limited = a_seckill(limit_per_order=2)

    assert seckills.terms_of(limited, 2, NOON, SHANGHAI).exclusive.price == 9_90
    with pytest.raises(OverLimit):
        seckills.terms_of(limited, 3, NOON, SHANGHAI)


def test_its_units_remain_until_it_is_ended_and_then_go_back() -> None:
    one = replace(a_seckill(), remaining=70, reserved=10, sold=20)

    ended = seckills.end(one)

    assert (ended.state, ended.remaining, ended.returned) == (ActivityState.ENDED, 0, 70)
    with pytest.raises(WrongState):
        seckills.end(ended)
    assert not seckills.takes_back(ended, NOON)
    assert seckills.takes_back(one, NOON)
    assert not seckills.takes_back(one, TERMS.ends_at)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stock": 0},
        {"stock": 1_000_001},
        {"price": Money(-1)},
        {"price": Money(0), "limit_per_member": None},
        {"ends_at": NOON},
        {"ends_at": NOON + timedelta(days=367)},
        {"limit_per_order": 0},
        {"limit_per_member": 1_000},
        {"pay_s": 59},
        {"name": "长" * 41},
        {"slots": (Slot(8, 0, 60),)},
    ],
)
def test_terms_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        seckills.check_terms(replace(TERMS, **wrong), NOON)


def test_what_is_free_is_limited_for_each_member() -> None:
    free = seckills.check_terms(replace(TERMS, price=Money(0), limit_per_member=2), NOON)

    assert seckills.terms_of(seckills.publish(UUID(int=5), UUID(int=6), free), 2, NOON, SHANGHAI).exclusive.price == 0


LUNCH, TEA, MONDAYS_LUNCH = Slot(SUNDAY, 720, 780), Slot(SUNDAY, 780, 840), Slot(MONDAY, 720, 780)


@pytest.mark.parametrize(
    ("terms", "clashes"),
    [
        pytest.param({}, True, id="the same time"),
        pytest.param(
            {"starts_at": TERMS.ends_at, "ends_at": TERMS.ends_at + timedelta(days=1)}, False, id="afterwards"
        ),
        pytest.param({"slots": (LUNCH,)}, True, id="hours of a whole time"),
        pytest.param(
            {"ends_at": NOON + timedelta(hours=1), "slots": (MONDAYS_LUNCH,)}, False, id="hours never reached"
        ),
    ],
)
def test_two_of_one_variant_clash_when_both_would_sell(terms: dict[str, Any], clashes: bool) -> None:
    new = replace(TERMS, **terms)

    if clashes:
        with pytest.raises(SlotTaken) as refusal:
            seckills.check_no_clash(new, [a_seckill()], SHANGHAI)
        assert refusal.value.seckill_id == a_seckill().id
    else:
        seckills.check_no_clash(new, [a_seckill()], SHANGHAI)


@pytest.mark.parametrize(
    ("hours", "clashes"),
    [
        pytest.param(LUNCH, True, id="the same hours"),
        pytest.param(Slot(SUNDAY, 779, 800), True, id="a minute in common"),
        pytest.param(TEA, False, id="right behind"),
        pytest.param(MONDAYS_LUNCH, False, id="another day"),
    ],
)
def test_two_with_hours_clash_when_the_hours_do(hours: Slot, clashes: bool) -> None:
    lunch, new = a_seckill(slots=(LUNCH,)), replace(TERMS, slots=(hours,))

    if clashes:
        with pytest.raises(SlotTaken):
            seckills.check_no_clash(new, [lunch], SHANGHAI)
    else:
        seckills.check_no_clash(new, [lunch], SHANGHAI)
