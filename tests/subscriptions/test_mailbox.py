"""What happens to events of each priority while a reader does not read."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from domain.room_events import PRIORITIES, Priority, RoomEvent
from subscriptions.mailbox import Mailbox
from tests.subscriptions.rooms import a_bullet, a_count, a_state, an_inventory

one_product, another_product = uuid4(), uuid4()


def taken(box: Mailbox[int]) -> list[int]:
    found = []
    while (item := box.take()) is not None:
        found.append(item)
    return found


def test_events_come_out_in_their_order() -> None:
    box: Mailbox[int] = Mailbox()
    for event in (a_bullet(1), a_state(2), an_inventory(3, one_product)):
        assert box.put("a stream", event, event.seq)

    assert taken(box) == [1, 2, 3]


def test_a_newer_level_takes_the_place_of_an_older_one_of_the_same_product() -> None:
    box: Mailbox[int] = Mailbox()
    for event in (an_inventory(1, one_product), an_inventory(2, another_product), an_inventory(3, one_product)):
        box.put("a stream", event, event.seq)

    assert taken(box) == [2, 3]


def test_streams_do_not_replace_each_others_levels() -> None:
    box: Mailbox[int] = Mailbox()
    box.put("a stream", an_inventory(1, one_product), 1)
    box.put("another", an_inventory(2, one_product), 2)

    assert taken(box) == [1, 2]


def test_a_full_box_drops_the_oldest_bullets_and_counts_them() -> None:
    box: Mailbox[int] = Mailbox(most=3)
    for event in (a_bullet(1), a_state(2), a_bullet(3), a_state(4), a_bullet(5)):
        assert box.put("a stream", event, event.seq)

    assert box.dropped == 2
    assert taken(box) == [2, 4, 5]


def test_a_box_full_of_what_must_arrive_refuses_more_of_it_and_drops_bullets() -> None:
    box: Mailbox[int] = Mailbox(most=2)
    box.put("a stream", a_state(1), 1)
    box.put("a stream", a_state(2), 2)

    assert box.put("a stream", a_bullet(3), 3)
    assert not box.put("a stream", a_state(4), 4)
    assert taken(box) == [1, 2]


def test_bytes_are_bounded_too() -> None:
    box: Mailbox[int] = Mailbox(most_bytes=100)
    for seq in range(1, 20):
        assert box.put("a stream", a_bullet(seq), seq, size=30)

    assert taken(box) == [17, 18, 19]


def test_what_belongs_to_a_stream_that_ended_is_thrown_away() -> None:
    box: Mailbox[int] = Mailbox(most=4)
    for seq in (1, 3):
        box.put("a stream", a_bullet(seq), seq)
        box.put("another", a_bullet(seq + 1), seq + 1)
    box.discard("a stream")
    for seq in (5, 6, 7):
        box.put("another", a_bullet(seq), seq)

    assert taken(box) == [4, 5, 6, 7]


makers = st.sampled_from([a_bullet, a_state, a_count, lambda seq: an_inventory(seq, one_product)])


@given(st.lists(st.one_of(makers, st.none()), max_size=60), st.integers(1, 6))
def test_order_holds_and_only_what_may_be_lost_is_lost(steps: list[object], most: int) -> None:
    box: Mailbox[RoomEvent] = Mailbox(most=most)
    accepted: list[RoomEvent] = []
    out: list[RoomEvent] = []
    for seq, step in enumerate(steps, 1):
        if step is None:
            found = box.take()
            out += [] if found is None else [found]
            continue
        event = step(seq)  # type: ignore[operator]
        if box.put("a stream", event, event):
            accepted.append(event)
        assert len(box) <= most
    while (found := box.take()) is not None:
        out.append(found)

    assert [event.seq for event in out] == sorted(event.seq for event in out)
    must = [event for event in accepted if PRIORITIES[event.kind] is Priority.MUST_ARRIVE]
    assert [event for event in out if PRIORITIES[event.kind] is Priority.MUST_ARRIVE] == must
    latest = [event for event in accepted if event.kind.value == "INVENTORY"][-1:]
    assert [event for event in out if event.kind.value == "INVENTORY"][-1:] == latest
    lost = len(accepted) - len(out)
    assert lost >= box.dropped or not lost
