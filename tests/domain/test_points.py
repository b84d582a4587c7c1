"""Points: spent oldest first, back to where they came from, and owed when more is taken back than there is."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.points import (
    Batch,
    NotEnoughPoints,
    PointsRules,
    Portion,
    Use,
    after_debt,
    given_back,
    reversal,
    spend,
    taken,
)
from domain.promotions.points import earned
from tests.pond import NOON

amounts = st.lists(st.integers(1, 500), min_size=1, max_size=6)


def batch(number: int, points: int, expires_at: datetime = NOON) -> Batch:
    return Batch(UUID(int=number), points, expires_at)


def batches(points: list[int]) -> list[Batch]:
    return [batch(n, many, NOON + timedelta(days=n)) for n, many in enumerate(points, 1)]


def uses_of(points: list[int]) -> list[Use]:
    return [Use(UUID(int=9), one) for one in batches(points)]


def test_what_expires_first_is_spent_first() -> None:
    assert spend(batches([30, 50, 20]), 60) == [Portion(UUID(int=1), 30), Portion(UUID(int=2), 30)]


def test_nobody_spends_more_than_there_is() -> None:
    with pytest.raises(NotEnoughPoints) as refusal:
        spend(batches([30, 50]), 81)

    assert (refusal.value.balance, refusal.value.needed) == (80, 81)


def test_whole_yuan_earn_and_a_membership_multiplies() -> None:
    assert earned(PointsRules().terms(), 314_91) == 314
    assert earned(PointsRules().terms(earned_bp=15_000), 314_91) == 471


def test_points_come_back_to_their_batches_those_that_last_longest_first() -> None:
    back = given_back(uses_of([30, 50]), 60, NOON)

    assert back.portions == (Portion(UUID(int=2), 50), Portion(UUID(int=1), 10))
    assert back.fresh == 0


def test_what_would_come_back_expired_comes_back_fresh() -> None:
    back = given_back(uses_of([30, 50]), 80, NOON + timedelta(days=1))

    assert (back.portions, back.fresh) == ((Portion(UUID(int=2), 50),), 30)


def test_what_is_owed_is_paid_by_whatever_comes_in() -> None:
    portions = [Portion(UUID(int=1), 30), Portion(UUID(int=2), 50)]

    assert after_debt(20, portions, 5) == (20, [Portion(UUID(int=1), 15), Portion(UUID(int=2), 50)], 0)
    assert after_debt(100, portions, 5) == (85, [], 0)
    assert after_debt(0, portions, 5) == (0, portions, 5)


@given(amounts, st.integers(0, 4_000))
def test_what_is_taken_is_what_was_wanted_or_all_there_is(held: list[int], wanted: int) -> None:
    portions = taken(batches(held), wanted)

    assert sum(one.points for one in portions) == min(wanted, sum(held))
    assert all(one.points > 0 for one in portions)


@given(amounts, st.lists(st.integers(0, 300), max_size=6))
def test_no_more_comes_back_than_went_whatever_the_refunds(spent: list[int], refunds: list[int]) -> None:
    uses, came_back = uses_of(spent), 0
    for wanted in refunds:
        back = given_back(uses, wanted, NOON)
        came_back += sum(one.points for one in back.portions) + back.fresh
        done = {one.batch.id: one.returned for one in back.uses}
        uses = [Use(u.entry_id, u.batch, u.returned + done.get(u.batch.id, 0)) for u in uses]

    assert came_back == min(sum(refunds), sum(spent))


@given(st.integers(0, 10_000), st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_any_sequence_of_refunds_takes_back_exactly_what_was_earned(points: int, refunds: list[int]) -> None:
    base, before, reversed_points = sum(refunds), 0, 0
    for refund in refunds:
        reversed_points += reversal(points, base, before, refund)
        before += refund

    assert reversed_points == points


@given(amounts, st.integers(0, 3_000), st.integers(0, 500))
def test_debt_and_what_is_left_sum_to_what_came_in(parts: list[int], owed: int, fresh: int) -> None:
    portions = [Portion(UUID(int=n), many) for n, many in enumerate(parts)]

    paid, left, fresh_left = after_debt(owed, portions, fresh)

    assert paid + sum(one.points for one in left) + fresh_left == sum(parts) + fresh
    assert paid == min(owed, sum(parts) + fresh)
