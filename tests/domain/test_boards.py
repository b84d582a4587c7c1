"""Boards: periods, gains and losses, and who may see what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from domain.boards import (
    BoardPeriod,
    Deed,
    Gain,
    Metric,
    Score,
    begins_on,
    changed,
    ends_on,
    gains,
    span_of,
    topics_of,
)

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
GUIDE, OTHER, STORE = UUID(int=1), UUID(int=2), UUID(int=3)


def a_sale(value: int, *, source: int = 9, at: datetime = NOON, guide: UUID = GUIDE) -> Deed:
    return Deed(Metric.SALES, UUID(int=source), guide, STORE, at, value)


def totals(found: dict[Score, Gain]) -> dict[BoardPeriod, int]:
    return {score.period: gain.value for score, gain in found.items()}


@given(some.dates(date(2020, 1, 1), date(2040, 12, 31)), some.sampled_from(BoardPeriod))
def test_each_day_is_in_one_period_of_each_kind(day: date, period: BoardPeriod) -> None:
    starts_on = begins_on(period, day)

    assert starts_on <= day < ends_on(period, starts_on)
    assert begins_on(period, starts_on) == starts_on
    assert begins_on(period, ends_on(period, starts_on)) == ends_on(period, starts_on)


def test_a_day_is_that_of_the_brands_clock() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai

    (today, *_) = gains([], [a_sale(1, at=late)], SHANGHAI, late)

    assert today.starts_on == date(2026, 11, 23)
    assert span_of(BoardPeriod.DAY, today.starts_on, SHANGHAI)[0] == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


def test_a_deed_counts_in_each_period_and_twice_the_same_counts_once() -> None:
    deed = a_sale(100)

    assert totals(gains([], [deed], SHANGHAI, NOON)) == dict.fromkeys(BoardPeriod, 100)
    assert changed([deed], [deed]) == []


def test_what_falls_falls_in_the_period_of_the_deed_and_now() -> None:
    later = NOON + timedelta(days=40)

    lost = gains([a_sale(100)], changed([a_sale(100)], [a_sale(60)]), SHANGHAI, later)

    assert totals(lost) == dict.fromkeys(BoardPeriod, -40)
    assert {score.starts_on for score in lost if score.period is BoardPeriod.DAY} == {date(2026, 11, 22)}
    assert {gain.at for gain in lost.values()} == {later}


def test_a_deed_that_is_somebody_elses_now_leaves_the_first() -> None:
    before, after = [a_sale(100)], [a_sale(100, guide=OTHER)]

    moved = gains(before, changed(before, after), SHANGHAI, NOON)

    of_day = {score.guide_id: gain.value for score, gain in moved.items() if score.period is BoardPeriod.DAY}
    assert of_day == {GUIDE: -100, OTHER: 100}


def test_what_is_not_there_and_was_not_there_is_no_news() -> None:
    assert changed([], [a_sale(0)]) == []
    assert changed([a_sale(0)], []) == []


@given(some.lists(some.tuples(some.integers(0, 3), some.integers(0, 500)), max_size=30))
def test_scores_are_what_all_deeds_are_worth_in_the_end(told: list[tuple[int, int]]) -> None:
    known: dict[UUID, Deed] = {}
    score = 0
    for source, value in told:
        before = [one for one in [known.get(UUID(int=source))] if one]
        news = changed(before, [a_sale(value, source=source)])
        known |= {one.source_id: one for one in news}
        score += totals(gains(before, news, SHANGHAI, NOON)).get(BoardPeriod.YEAR, 0)

    assert score == sum(one.value for one in known.values())


def test_those_who_follow_any_unit_above_are_told() -> None:
    score = Score(Metric.SALES, BoardPeriod.DAY, date(2026, 11, 22), STORE, GUIDE)

    assert topics_of([score], {STORE: "hq.east.s1."}) == ["SALES@hq.", "SALES@hq.east.", "SALES@hq.east.s1."]
