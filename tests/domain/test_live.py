"""Live rooms: the life of a room, and what may be said in one."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from domain.identity import Duty, Principal, Role
from domain.live import (
    CLOSED_STATES,
    TRANSITIONS,
    Host,
    LiveRoom,
    check_may_run,
    is_seen_by,
    move,
)
from domain.refusals import NotAllowed, WrongState
from domain.room_events import LiveRoomState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
GUIDE, STORE, ROOM = UUID(int=1), UUID(int=2), UUID(int=3)
a_room = LiveRoom(
    id=ROOM,
    title="秋冬上新",
    state=LiveRoomState.DRAFT,
    cover_url=None,
    host=Host(GUIDE, "小林", None, STORE, "静安店"),
    store_path="hq.east.jingan.",
    host_member_id=UUID(int=4),
    scheduled_at=None,
    started_at=None,
    ended_at=None,
    created_at=NOON,
    version=1,
    seq=0,
    viewer_count=0,
)
the_host = Principal(member_id=UUID(int=4), guide_id=GUIDE)
a_manager = Principal(member_id=UUID(int=5), duties=(Duty(Role.STORE_MANAGER, UUID(int=6), "hq.east."),))
a_stranger = Principal(member_id=UUID(int=7), guide_id=UUID(int=8))
another_manager = Principal(member_id=UUID(int=9), duties=(Duty(Role.STORE_MANAGER, UUID(int=10), "hq.west."),))


@pytest.mark.parametrize(("before", "after"), list(product(LiveRoomState, LiveRoomState)))
def test_a_room_moves_only_along_its_table(before: LiveRoomState, after: LiveRoomState) -> None:
    room = replace(a_room, state=before)

    if after in TRANSITIONS[before]:
        assert move(room, after, NOON).state is after
    else:
        with pytest.raises(WrongState):
            move(room, after, NOON)


@pytest.mark.parametrize("state", [state for state in LiveRoomState if state in CLOSED_STATES])
def test_nothing_follows_a_closed_room(state: LiveRoomState) -> None:
    assert not TRANSITIONS[state]


def test_a_room_keeps_the_time_it_first_went_live() -> None:
    live = move(a_room, LiveRoomState.LIVE, NOON)
    later = NOON.replace(hour=5)

    again = move(move(live, LiveRoomState.PAUSED, later), LiveRoomState.LIVE, later)

    assert again.started_at == NOON


def test_a_room_is_run_by_its_host_and_by_managers_above_its_store() -> None:
    check_may_run(a_room, the_host)
    check_may_run(a_room, a_manager)
    for other in (a_stranger, another_manager):
        with pytest.raises(NotAllowed):
            check_may_run(a_room, other)


def test_a_draft_is_known_only_to_those_who_run_it() -> None:
    assert is_seen_by(a_room, the_host)
    assert not is_seen_by(a_room, a_stranger)
    assert is_seen_by(replace(a_room, state=LiveRoomState.ENDED), a_stranger)
