"""Rounds: a crowd gets every event in order, and nothing else has to wait for the whole crowd."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.refusals import NotAllowed
from domain.room_events import EventKind, RoomEvent
from subscriptions import rounds
from subscriptions.groups import Group
from subscriptions.hub import Hub
from subscriptions.rooms import Room
from tests.subscriptions.rooms import SlowLog, a_bullet, a_kick, a_member, a_room, a_state, settled, told
from tests.waiting import until


class Viewer:
    """A member of a group that remembers what it got."""

    viewer = None
    dealing = None

    def __init__(self, member_id: Any = None, since: int = 0) -> None:
        self.member_id = member_id
        self.since = since
        self.until: int | None = None
        self.got: list[int] = []
        self.why: Exception | None = None
        self.emptied = asyncio.Event()

    def take(self, event: RoomEvent, made: int) -> None:
        assert made == event.seq
        self.got.append(made)

    def end(self, why: Exception) -> None:
        self.why = why

    async def ready(self) -> None:
        await self.emptied.wait()


def _made(event: RoomEvent) -> int:
    return event.seq


def _enter(room: Room, viewer: Viewer, key: str = "all", kinds: frozenset[EventKind] | None = None) -> Group[int]:
    return room.add(room.group(key, kinds, _made), viewer)


@pytest.fixture
def small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "AT_ONCE", 3)
    monkeypatch.setattr(rounds, "MAKING_COSTS", 1)
    monkeypatch.setattr(rounds, "MOST_EVENTS", 2)
    monkeypatch.setattr(rounds, "MOST_WAITING", 7)
    monkeypatch.setattr(rounds, "MOST_REST_S", 0)


async def test_some_hundred_members_get_an_event_at_once_and_the_others_in_the_next_turns() -> None:
    room = Room(a_room)
    crowd = [Viewer() for _ in range(2_000)]
    for viewer in crowd:
        _enter(room, viewer)

    room.go_on([a_bullet(1)])
    at_once = sum(bool(viewer.got) for viewer in crowd)
    await asyncio.sleep(0)
    after_a_turn = sum(bool(viewer.got) for viewer in crowd)
    await settled(20)

    assert at_once == rounds.AT_ONCE
    assert at_once < after_a_turn <= 3 * rounds.AT_ONCE
    assert all(viewer.got == [1] for viewer in crowd)


async def test_what_comes_while_a_round_goes_on_reaches_each_member_in_one_piece() -> None:
    room, pieces = Room(a_room), []

    def dealing(events: Any) -> Any:
        return lambda members: pieces.extend([[made for _, made in events]] * len(members))

    group: Group[int] = room.group("all", None, _made, dealing)
    for _ in range(rounds.AT_ONCE + 1):
        room.add(group, Viewer())

    for seq in range(1, 6):
        room.go_on([a_bullet(seq)])
    await until(lambda: len(pieces) == 2 * (rounds.AT_ONCE + 1))

    assert pieces == [[1]] * (rounds.AT_ONCE + 1) + [[2, 3, 4, 5]] * (rounds.AT_ONCE + 1)


async def test_a_crowd_hears_what_comes_soon_after_an_event_together_and_a_few_hear_it_at_once() -> None:
    crowded, quiet = Room(a_room), Room(a_room)
    crowd, few = [Viewer() for _ in range(rounds.AT_ONCE + 1)], [Viewer() for _ in range(10)]
    for viewer in crowd:
        _enter(crowded, viewer)
    for viewer in few:
        _enter(quiet, viewer)

    for room in (crowded, quiet):
        room.go_on([a_bullet(1)])
    await settled()
    for room in (crowded, quiet):
        room.go_on([a_bullet(2)])
    await settled()

    assert {tuple(viewer.got) for viewer in crowd} == {(1,)}
    assert {tuple(viewer.got) for viewer in few} == {(1, 2)}
    await until(lambda: all(viewer.got == [1, 2] for viewer in crowd))


@pytest.mark.usefixtures("small_rounds")
async def test_who_brings_more_than_can_be_delivered_waits_for_it() -> None:
    room = Room(a_room)
    crowd = [Viewer() for _ in range(50)]
    for viewer in crowd:
        _enter(room, viewer)

    room.go_on([a_bullet(seq) for seq in range(1, 101)])
    behind = min(len(viewer.got) for viewer in crowd)
    await settled(5_000)

    assert behind >= 100 - rounds.MOST_WAITING - 2 * rounds.MOST_EVENTS
    assert all(viewer.got == list(range(1, 101)) for viewer in crowd)


async def test_a_group_that_cannot_show_an_event_ends_alone() -> None:
    room, fine, poor = Room(a_room), Viewer(), Viewer()
    _enter(room, fine)
    room.add(room.group("poor", None, lambda event: 1 // (event.seq - 1)), poor)

    room.go_on([a_bullet(1)])

    assert fine.got == [1]
    assert isinstance(poor.why, ZeroDivisionError)
    assert list(room.groups) == ["all"]


async def test_a_kick_ends_every_stream_of_a_member_whatever_it_listens_to() -> None:
    room = Room(a_room)
    kicked = [Viewer(a_member), Viewer(a_member)]
    others = [Viewer(), Viewer()]
    for n in (0, 1):
        for viewer in (kicked[n], others[n]):
            _enter(room, viewer, str(n), frozenset({EventKind.STATE}) if n else None)

    room.go_on([a_kick(1, a_member), a_state(2)])

    assert [type(viewer.why) for viewer in kicked] == [NotAllowed, NotAllowed]
    assert [viewer.got for viewer in kicked] == [[], []]
    assert [viewer.got for viewer in others] == [[1, 2], [2]]


async def test_who_is_kicked_on_the_way_in_is_not_let_in() -> None:
    log = SlowLog()
    hub, coming, other = Hub(log), Viewer(a_member), Viewer()
    other.emptied.set()
    await hub.join(a_room, None, other, key="all", kinds=None, make=_made)
    hub.receive(told(log.append(3)))
    joining = asyncio.create_task(hub.join(a_room, 0, coming, key="all", kinds=None, make=_made))
    await settled()

    log.events.append(a_kick(4, a_member))
    hub.receive(told(log.events[-1:]))
    coming.emptied.set()

    with pytest.raises(NotAllowed):
        await joining
    assert other.got == [1, 2, 3, 4]


steps = st.lists(
    st.one_of(st.integers(1, 9), st.sampled_from(["come", "come", "leave", "turn", "turn"])), min_size=5, max_size=80
)


@pytest.mark.usefixtures("small_rounds")
@settings(max_examples=60, deadline=None)
@given(steps)
def test_whoever_comes_and_goes_gets_all_between_once_and_in_order(steps: list[Any]) -> None:
    asyncio.run(_follow(steps))


async def _follow(steps: list[Any]) -> None:
    room = Room(a_room)
    present: list[tuple[Group[int], Viewer]] = []
    gone: list[Viewer] = []
    seqs: Iterator[int] = iter(range(1, 10_000))
    for n, step in enumerate(steps):
        if step == "come":
            viewer = Viewer(since=room.seq)
            present.append((_enter(room, viewer, str(n % 3)), viewer))
        elif step == "leave" and present:
            group, viewer = present.pop(n % len(present))
            room.remove(group, viewer)
            viewer.until = len(viewer.got)
            gone.append(viewer)
        elif step == "turn":
            await asyncio.sleep(0)
        elif isinstance(step, int):
            room.go_on([a_bullet(next(seqs)) for _ in range(step)])
    await settled(2_000)

    for _, viewer in present:
        assert viewer.got == list(range(viewer.since + 1, room.seq + 1))
    for viewer in gone:
        assert len(viewer.got) == viewer.until, "it got something after it had left"
        assert viewer.got == list(range(viewer.since + 1, viewer.since + 1 + len(viewer.got)))
