"""Share figures: sums of days that lose nothing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import BadInput
from domain.share_figures import NO_FIGURES, Generation, ShareDay, ShareFigures, Trace, added_up, days_between

figures = st.builds(ShareFigures, *(st.integers(0, 1_000) for _ in range(9)))
days = st.builds(
    ShareDay, st.sampled_from([UUID(int=1), UUID(int=2)]), st.dates(date(2026, 11, 1), date(2026, 11, 3)), figures
)


@given(st.lists(days, max_size=12))
def test_days_that_are_added_up_are_one_each_and_sum_to_the_same(given_days: list[ShareDay]) -> None:
    added = added_up(given_days)
    keys = [(one.share_id, one.day) for one in added]

    assert keys == sorted(set(keys))
    assert sum((one.figures for one in added), NO_FIGURES) == sum((one.figures for one in given_days), NO_FIGURES)


def test_what_went_back_is_taken_off_the_revenue() -> None:
    assert ShareFigures(revenue_minor=100_00, refunded_minor=30_00).net_minor == 70_00


def test_a_trace_adds_its_generations_up() -> None:
    trace = Trace([Generation(0, 1, 1, ShareFigures(views=2)), Generation(1, 3, 2, ShareFigures(views=5))], exact=True)

    assert (trace.depth, trace.shares, trace.figures.views) == (2, 4, 7)


@pytest.mark.parametrize(("first", "last"), [((2026, 11, 2), (2026, 11, 1)), ((2025, 11, 1), (2026, 11, 2))])
def test_a_span_of_days_has_bounds(first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    with pytest.raises(BadInput):
        days_between(date(*first), date(*last))


def test_a_span_of_a_year_is_one() -> None:
    assert days_between(date(2025, 11, 2), date(2026, 11, 2)).last == date(2026, 11, 2)
