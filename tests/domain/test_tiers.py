"""Tiers: who rises, who falls, and over what time it is measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from domain.guides import GuideTier
from domain.refusals import BadInput
from domain.tiers import (
    Condition,
    Conditions,
    Rung,
    TierMatch,
    TierMetric,
    TierWindow,
    check_rung,
    fallen,
    holds,
    period_end,
    period_ended,
    risen,
    windows_at,
)

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SALES, ORDERS = TierMetric.NET_SALES, TierMetric.ORDERS


def takes(least: int, metric: TierMetric = SALES, window: TierWindow = TierWindow.LIFETIME) -> Conditions:
    return Conditions(TierMatch.ALL, window, [Condition(metric, least)])


def a_rung(rank: int, upgrade: Conditions | None = None, keep: Conditions | None = None) -> Rung:
    return Rung(GuideTier(UUID(int=rank), rank, f"T{rank}", rank * 100), upgrade, keep)


LADDER = [
    a_rung(1),
    a_rung(2, takes(100), takes(50)),
    a_rung(3, takes(1_000), takes(500)),
    a_rung(4),
]
FIRST, SECOND, THIRD, FOURTH = (rung.tier for rung in LADDER)


def did(**figures: int) -> dict[TierWindow, dict[TierMetric, int]]:
    own = dict.fromkeys(TierMetric, 0) | {TierMetric(name): value for name, value in figures.items()}
    return dict.fromkeys(TierWindow, own)


@pytest.mark.parametrize(
    ("own", "sales", "to"),
    [(FIRST, 99, None), (FIRST, 100, SECOND), (FIRST, 5_000, THIRD), (SECOND, 999, None), (SECOND, 1_000, THIRD), (THIRD, 0, None), (FOURTH, 9_999, None)],
)  # fmt: skip
def test_a_guide_rises_to_the_highest_tier_that_it_has_reached(
    own: GuideTier, sales: int, to: GuideTier | None
) -> None:
    assert risen(LADDER, own.id, did(NET_SALES=sales)) == to


@pytest.mark.parametrize(
    ("own", "sales", "to"),
    [(FIRST, 0, None), (SECOND, 50, None), (SECOND, 49, FIRST), (THIRD, 500, None), (THIRD, 499, SECOND), (THIRD, 0, FIRST), (FOURTH, 0, None)],
)  # fmt: skip
def test_a_guide_falls_to_the_next_tier_that_it_keeps(own: GuideTier, sales: int, to: GuideTier | None) -> None:
    assert fallen(LADDER, own.id, did(NET_SALES=sales)) == to


def test_all_or_any_of_the_conditions_must_hold() -> None:
    both = Conditions(TierMatch.ALL, TierWindow.MONTH, [Condition(SALES, 10), Condition(ORDERS, 2)])

    assert holds(both, did(NET_SALES=10, ORDERS=2))
    assert not holds(both, did(NET_SALES=10, ORDERS=1))
    assert holds(replace(both, match=TierMatch.ANY), did(NET_SALES=10, ORDERS=1))
    assert not holds(replace(both, match=TierMatch.ANY), did(NET_SALES=9, ORDERS=1))


def test_windows_are_of_the_brands_calendar() -> None:
    windows = windows_at(NOON, SHANGHAI)

    assert windows[TierWindow.MONTH][0] == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert windows[TierWindow.ROLLING_90_DAYS][0] == NOON - timedelta(days=90)


def test_a_month_ends_once_for_each_guide() -> None:
    assert not period_ended(None, date(2026, 12, 1))
    assert not period_ended(date(2026, 11, 1), date(2026, 11, 30))
    assert period_ended(date(2026, 11, 30), date(2026, 12, 1))
    assert period_ended(date(2026, 12, 31), date(2027, 1, 1))
    end = period_end(date(2026, 12, 1), SHANGHAI)
    assert windows_at(end, SHANGHAI)[TierWindow.MONTH] == (datetime(2026, 10, 31, 16, tzinfo=UTC), end)


@pytest.mark.parametrize(
    ("rung", "field"),
    [
        pytest.param(a_rung(0), "rank", id="no rank"),
        pytest.param(replace(a_rung(1), tier=replace(FIRST, rate_bp=10_001)), "rateBp", id="more than all"),
        pytest.param(replace(a_rung(1), tier=replace(FIRST, name="")), "name", id="no name"),
        pytest.param(a_rung(2, Conditions(TierMatch.ALL, TierWindow.MONTH, [])), "upgrade", id="conditions of nothing"),
        pytest.param(a_rung(2, None, takes(0)), "keep", id="a condition of nothing"),
    ],
)
def test_a_tier_is_held_to_its_bounds(rung: Rung, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_rung(rung)
    assert refusal.value.path[1] == field
