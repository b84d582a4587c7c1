"""Bonuses: what steps pay, and for which months."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bonuses import (
    BonusKind,
    BonusMode,
    BonusPlan,
    BonusStep,
    bonus_on,
    check_plan,
    end_plan,
    month_of,
    next_step,
)
from domain.refusals import BadInput, WrongState

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
STEPS = [BonusStep(50_000_00, 100), BonusStep(100_000_00, 200)]
PLAN = BonusPlan(UUID(int=1), "月度阶梯", BonusKind.STEP, BonusMode.WHOLE, UUID(int=2), STEPS, NOON, None)


@pytest.mark.parametrize(
    ("base", "whole", "marginal"),
    [
        (49_999_99, 0, 0),
        (50_000_00, 500_00, 0),
        (99_999_99, 999_99, 499_99),
        (100_000_00, 2_000_00, 500_00),
        (120_000_00, 2_400_00, 900_00),
    ],
)
def test_steps_pay_on_the_whole_or_on_what_exceeds_them(base: int, whole: int, marginal: int) -> None:
    assert bonus_on(base, BonusMode.WHOLE, STEPS) == whole
    assert bonus_on(base, BonusMode.MARGINAL, STEPS) == marginal


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.sampled_from(BonusMode))
def test_who_sells_more_gets_no_less_and_never_more_than_was_sold(base: int, more: int, mode: BonusMode) -> None:
    assert 0 <= bonus_on(base, mode, STEPS) <= bonus_on(base + more, mode, STEPS) <= base + more


def test_the_next_step_is_the_one_above() -> None:
    assert next_step(0, STEPS) == STEPS[0]
    assert next_step(50_000_00, STEPS) == STEPS[1]
    assert next_step(100_000_00, STEPS) is None


def test_a_month_is_one_of_the_brands_calendar() -> None:
    assert month_of(NOON, SHANGHAI) == (
        datetime(2026, 10, 31, 16, tzinfo=UTC),
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    )
    assert month_of(datetime(2026, 12, 31, 16, tzinfo=UTC), SHANGHAI)[1] == datetime(2027, 1, 31, 16, tzinfo=UTC)


def test_only_whole_months_are_paid() -> None:
    november, december = month_of(NOON, SHANGHAI)
    assert not PLAN.holds_in(november, december)
    assert PLAN.holds_in(*month_of(december, SHANGHAI))
    assert not replace(PLAN, ends_at=december + timedelta(days=3)).holds_in(*month_of(december, SHANGHAI))


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (replace(PLAN, steps=[]), "steps"),
        (replace(PLAN, steps=STEPS[::-1]), "steps"),
        (replace(PLAN, steps=[BonusStep(0, 1)]), "steps"),
        (replace(PLAN, steps=[BonusStep(1, 10_001)]), "steps"),
        (replace(PLAN, name=""), "name"),
        (replace(PLAN, ends_at=NOON), "endsAt"),
    ],
)
def test_a_plan_is_held_to_its_bounds(plan: BonusPlan, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_plan(plan)
    assert refusal.value.path[1] == field


def test_a_plan_ends_once() -> None:
    ended = end_plan(PLAN, NOON + timedelta(days=1), 1)
    with pytest.raises(WrongState):
        end_plan(ended, NOON + timedelta(days=2), 2)
