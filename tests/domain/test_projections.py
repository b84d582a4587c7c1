"""How far a projection goes: without a gap, and no further than what may still appear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.projections import PATIENCE, Cursor, Horizon, Running, advance

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + PATIENCE


def test_it_goes_on_to_the_last_of_an_unbroken_row() -> None:
    assert advance(Cursor(3), [4, 5, 6], Running(90, 91, NOW)) == (3, Cursor(6))


def test_it_stops_before_a_number_that_is_missing() -> None:
    assert advance(Cursor(3), [4, 6], Running(90, 95, NOW)) == (1, Cursor(4, Horizon(6, 95, NOW)))


def test_it_goes_on_when_the_missing_number_appears() -> None:
    waiting = Cursor(4, Horizon(6, 95, NOW))
    assert advance(waiting, [5, 6, 7], Running(94, 97, NOW)) == (3, Cursor(7))


def test_it_waits_while_a_transaction_runs_that_may_have_drawn_the_number() -> None:
    waiting = Cursor(4, Horizon(6, 95, NOW))
    assert advance(waiting, [6, 7], Running(94, 99, LATER)) == (0, waiting)


def test_it_waits_a_moment_for_a_transaction_that_is_not_known_yet() -> None:
    waiting = Cursor(4, Horizon(6, 95, NOW))
    assert advance(waiting, [6, 7], Running(95, 99, LATER - timedelta(milliseconds=1))) == (0, waiting)


def test_it_passes_over_a_number_that_was_rolled_back() -> None:
    assert advance(Cursor(4, Horizon(6, 95, NOW)), [6, 7], Running(95, 99, LATER)) == (2, Cursor(7))


def test_a_gap_beyond_what_it_waited_for_is_waited_for_anew() -> None:
    advanced = advance(Cursor(4, Horizon(6, 95, NOW)), [6, 9], Running(95, 99, LATER))
    assert advanced == (1, Cursor(6, Horizon(9, 99, LATER)))


def test_a_copy_in_another_server_counts_transactions_anew() -> None:
    advanced = advance(Cursor(4, Horizon(6, 9_500, NOW)), [6], Running(20, 21, LATER))
    assert advanced == (0, Cursor(4, Horizon(6, 21, LATER)))
