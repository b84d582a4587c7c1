"""Levels: up at once, down at the anniversary only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.levels import Growth, MemberLevel, check_ladder, grown, level_at, rolled, standing_of
from domain.refusals import BadInput
from domain.rights import NO_RIGHTS, Rights, best_of
from tests.pond import NOON


def level(rank: int, threshold: int, bp: int = 9_500) -> MemberLevel:
    return MemberLevel(UUID(int=rank), rank, f"V{rank}", threshold, bp, NO_RIGHTS)


LADDER = [level(1, 100), level(2, 500), level(3, 2_000)]
NEXT_YEAR = datetime(2027, 11, 22, 4, 0, tzinfo=UTC)


def rank_of(growth: Growth, at: datetime = NOON) -> int:
    found = level_at(LADDER, growth.counting(at))
    return 0 if found is None else found.rank


def test_a_level_is_reached_at_once_and_held_for_a_year() -> None:
    after = grown(Growth(), 600, LADDER, NOON, UTC)

    assert rank_of(after) == 2
    assert after.held_until == NEXT_YEAR


def test_a_refund_takes_growth_and_leaves_the_level_until_its_anniversary() -> None:
    reached = grown(Growth(), 600, LADDER, NOON, UTC)
    after = grown(reached, -550, LADDER, NOON + timedelta(days=3), UTC)

    assert (after.growth, rank_of(after, NEXT_YEAR - timedelta(seconds=1))) == (50, 2)
    assert rank_of(after, NEXT_YEAR) == 0


def test_growth_within_a_level_does_not_move_its_anniversary() -> None:
    reached = grown(Growth(), 600, LADDER, NOON, UTC)
    after = grown(reached, 100, LADDER, NOON + timedelta(days=100), UTC)

    assert after.held_until == NEXT_YEAR


def test_a_level_that_a_new_ladder_gave_is_lost_at_an_anniversary_only() -> None:
    before, lower = grown(Growth(), 400, LADDER, NOON, UTC), [level(1, 100), level(2, 300)]
    later = NOON + timedelta(days=3)

    held = grown(before, -200, lower, later, UTC)
    never_held = grown(Growth(400), -200, lower, later, UTC)

    assert (held.growth, held.held, held.held_until) == (200, 300, NEXT_YEAR)
    assert (never_held.held, never_held.held_until) == (300, NEXT_YEAR + timedelta(days=3))


def test_at_its_anniversary_a_level_is_held_for_what_growth_there_is() -> None:
    reached = grown(grown(Growth(), 600, LADDER, NOON, UTC), -400, LADDER, NOON, UTC)
    after = rolled(reached, NEXT_YEAR + timedelta(days=1), UTC)

    assert (after.held, rank_of(after, NEXT_YEAR)) == (200, 1)
    assert after.held_until == datetime(2028, 11, 22, 4, 0, tzinfo=UTC)


def test_growth_never_falls_below_nothing() -> None:
    assert grown(Growth(10), -50, LADDER, NOON, UTC).growth == 0


def test_a_standing_says_what_is_missing() -> None:
    standing = standing_of(UUID(int=1), Growth(600, 500, NEXT_YEAR), LADDER, NOON)

    assert (standing.level, standing.next_level, standing.missing) == (LADDER[1], LADDER[2], 1_400)
    assert standing_of(UUID(int=1), Growth(2_000), LADDER, NOON).missing is None


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param([level(1, 100), level(2, 100)], id="two of one threshold"),
        pytest.param([level(1, 100, bp=0)], id="for nothing"),
        pytest.param([level(1, 100, bp=10_001)], id="dearer than the list price"),
    ],
)
def test_a_ladder_rises_and_never_costs_more(levels: list[MemberLevel]) -> None:
    with pytest.raises(BadInput):
        check_ladder(levels)


def test_of_two_that_give_rights_the_better_counts() -> None:
    both = best_of([Rights(points_bp=20_000), Rights(points_bp=15_000, free_shipping=True)])

    assert (both.points_bp, both.free_shipping) == (20_000, True)
    assert both.names == {"POINTS_MULTIPLIER", "FREE_SHIPPING"}
