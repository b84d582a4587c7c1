"""Resuming: who may go on from where, and who has to read anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.resuming import MOST_REPLAYED, Cursor, Extent, are_same, follows, must_resync
from domain.room_events import RoomEvent
from tests.subscriptions.rooms import a_bullet, a_state

extents = st.builds(
    lambda floor, more, epoch: Extent(floor, floor + more, epoch),
    st.integers(0, 30_000),
    st.integers(0, 30_000),
    st.sampled_from(["one", "other"]),
)
cursors = st.builds(Cursor, st.integers(0, 70_000), st.sampled_from([None, "one", "other"]))
kept = Extent(10, 20, "this")


@given(extents, cursors)
def test_whoever_goes_on_gets_all_that_follows_and_of_the_same_life(extent: Extent, cursor: Cursor) -> None:
    missed = range(cursor.after + 1, extent.head + 1)

    if not must_resync(cursor, extent):
        assert all(extent.floor < seq for seq in missed)
        assert len(missed) == extent.head - cursor.after <= MOST_REPLAYED
        assert cursor.epoch in (None, extent.epoch)


@given(extents, st.integers(0, 9_999))
def test_whoever_has_not_missed_too_much_of_what_is_kept_goes_on(extent: Extent, missed: int) -> None:
    after = extent.head - min(missed, extent.head - extent.floor)

    assert not must_resync(Cursor(after), extent)
    assert not must_resync(Cursor(after, extent.epoch), extent)


@pytest.mark.parametrize(
    ("cursor", "must"),
    [
        pytest.param(Cursor(10), False, id="at the floor"),
        pytest.param(Cursor(9), True, id="below it"),
        pytest.param(Cursor(20), False, id="at the head"),
        pytest.param(Cursor(21), True, id="ahead of the log"),
        pytest.param(Cursor(15, "this"), False, id="of this life"),
        pytest.param(Cursor(15, "another"), True, id="of another life"),
        pytest.param(Cursor(15, ""), True, id="of no life"),
    ],
)
def test_a_cursor_is_good_from_the_floor_to_the_head_of_its_life(cursor: Cursor, *, must: bool) -> None:
    assert must_resync(cursor, kept) is must


def test_more_than_ten_thousand_events_are_not_replayed() -> None:
    long = Extent(0, 30_000, "this")

    assert not must_resync(Cursor(20_000), long)
    assert must_resync(Cursor(19_999), long)


@given(st.lists(st.integers(1, 6), max_size=6), st.integers(0, 4))
def test_events_follow_a_number_when_none_is_missing(numbers: list[int], after: int) -> None:
    events: list[RoomEvent] = [a_state(seq) for seq in numbers]

    assert follows(events, after) == (numbers == list(range(after + 1, after + 1 + len(numbers))))


def test_a_comment_that_was_taken_back_is_the_same_event() -> None:
    said = a_bullet(3)
    taken_back = replace(said, comment=replace(said.comment, text="", removed=True))

    assert are_same([said], [taken_back])
    assert not are_same([said], [a_state(3)])
    assert not are_same([said], [])
    assert not are_same([said], [a_bullet(4)])
