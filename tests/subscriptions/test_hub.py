"""The hub: each event once, in order, without a gap, to everyone who listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest

import domain.resuming
import subscriptions.hub
from domain.room_events import EventKind, ResyncRequired, RoomEvent
from subscriptions.groups import SlowConsumer
from subscriptions.hub import Hub, Told
from subscriptions.reader import Reader
from subscriptions.rooms import Room
from tests.subscriptions.rooms import SlowLog, a_room, a_state, settled, told


class Listener:
    """Someone who listens and remembers the numbers heard."""

    def __init__(self, hub: Hub, after: int | None = None, **options: Any) -> None:
        self.heard: list[int] = []
        self.ended: BaseException | None = None
        self._events: AsyncGenerator[RoomEvent, None] = hub.listen(a_room, after=after, **options)
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for event in self._events:
                self.heard.append(event.seq)
        except Exception as error:  # noqa: BLE001  the test looks at it
            self.ended = error
        finally:
            await self._events.aclose()

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


async def test_events_from_now_on_reach_everyone_in_order() -> None:
    log = SlowLog()
    log.append(3)
    hub = Hub(log)
    listeners = [Listener(hub) for _ in range(20)]
    await settled()

    for _ in range(50):
        hub.receive(told(log.append(2)))
    await settled()

    assert all(listener.heard == list(range(4, 104)) for listener in listeners)
    for listener in listeners:
        await listener.leave()


async def test_a_resumed_listener_gets_what_it_missed_once_and_then_what_comes() -> None:
    log = SlowLog()
    log.append(250)
    hub = Hub(log)
    listener = Listener(hub, after=7)
    await settled(500)

    hub.receive(told(log.append()))
    await settled()

    assert listener.heard == list(range(8, 252))
    await listener.leave()


async def test_recent_events_are_replayed_from_memory() -> None:
    log = SlowLog()
    hub = Hub(log)
    first = Listener(hub)
    await settled()
    hub.receive(told(log.append(50)))
    await settled()
    reads = log.reads

    second = Listener(hub, after=10)
    await settled()

    assert second.heard == list(range(11, 51))
    assert log.reads == reads
    await first.leave()
    await second.leave()


async def test_a_gap_is_filled_from_the_log_before_anything_further() -> None:
    log = SlowLog(turns=5)
    hub = Hub(log)
    listener = Listener(hub)
    await settled()

    log.append(3)
    hub.receive(told(log.append(2)))
    hub.receive(told(log.append(2)))
    await settled()

    assert listener.heard == [1, 2, 3, 4, 5, 6, 7]
    await listener.leave()


async def test_numbers_without_events_are_read_from_the_log() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub)
    await settled()

    hub.receive(told(log.append(150), whole=False))
    await settled(100)

    assert listener.heard == list(range(1, 151))
    await listener.leave()


async def test_what_is_told_twice_or_late_is_delivered_once() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub)
    await settled()
    first, second = log.append(2), log.append(2)

    for events in (second, first, second, first):
        hub.receive(told(events))
        await settled()

    assert listener.heard == [1, 2, 3, 4]
    await listener.leave()


async def test_what_the_bus_lost_is_found_by_the_sweep() -> None:
    log = SlowLog()
    hub = Hub(log)
    watching = asyncio.create_task(hub.watch())
    listener = Listener(hub)
    await settled()
    log.append(3)

    hub.doubt()
    await settled()

    assert listener.heard == [1, 2, 3]
    await listener.leave()
    watching.cancel()


async def test_a_client_that_is_ahead_of_this_process_waits_for_nothing_twice() -> None:
    log = SlowLog()
    hub = Hub(log)
    one = Listener(hub)
    await settled()
    unheard = log.append(5)

    other = Listener(hub, after=4)
    await settled()
    hub.receive(told(unheard))
    await settled()

    assert one.heard == [1, 2, 3, 4, 5]
    assert other.heard == [5]
    await one.leave()
    await other.leave()


@pytest.mark.parametrize("after", [pytest.param(3, id="trimmed away"), pytest.param(99, id="of the future")])
async def test_a_number_that_cannot_be_resumed_from_asks_for_a_resync(after: int) -> None:
    log = SlowLog()
    log.append(20)
    log.trim(before=10)

    listener = Listener(Hub(log), after=after)
    await settled()

    assert isinstance(listener.ended, ResyncRequired)
    assert listener.heard == []


async def test_too_much_to_replay_asks_for_a_resync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain.resuming, "MOST_REPLAYED", 10)
    log = SlowLog()
    log.append(20)

    listener = Listener(Hub(log), after=9)
    await settled()

    assert isinstance(listener.ended, ResyncRequired)


async def test_listeners_are_told_when_the_log_lost_what_the_hub_had_not_read() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub)
    await settled()
    log.append(9)
    log.trim(before=9)

    hub.receive(told(log.append()))
    await settled()

    assert isinstance(listener.ended, ResyncRequired)


async def test_a_number_that_nobody_wrote_disturbs_nobody() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub)
    await settled()

    hub.receive(Told(a_room, 100, 100))
    await settled()
    hub.receive(told(log.append()))
    await settled()

    assert listener.heard == [1]
    await listener.leave()


async def swept(hub: Hub) -> None:
    watching = asyncio.create_task(hub.watch())
    hub.doubt()
    await settled(100)
    watching.cancel()


async def test_a_log_that_went_back_is_noticed_by_the_sweep() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub)
    await settled()
    hub.receive(told(log.append(9)))
    await settled()

    log.rewind(5)
    log.append(6)
    await swept(hub)

    assert isinstance(listener.ended, ResyncRequired)
    assert listener.heard == list(range(1, 10))


async def test_a_log_that_went_back_is_noticed_when_a_number_is_told_again() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub)
    await settled()
    hub.receive(told(log.append(9)))
    await settled()

    log.rewind(5)
    again = a_state(6)
    log.events.append(again)
    hub.receive(told([again]))
    await settled()

    assert isinstance(listener.ended, ResyncRequired)
    assert listener.heard == list(range(1, 10))


async def test_a_server_that_was_started_anew_with_the_same_log_disturbs_nobody() -> None:
    log = SlowLog()
    log.append(3)
    hub = Hub(log)
    listener = Listener(hub)
    await settled()

    log.rewind(3)
    await swept(hub)
    hub.receive(told(log.append(2)))
    await settled()

    assert listener.ended is None
    assert listener.heard == [4, 5]
    await listener.leave()


@pytest.mark.parametrize(
    ("epoch", "heard"),
    [
        pytest.param("life 1", None, id="of the life before"),
        pytest.param("life 2", [3, 4], id="of the life that this process has not heard of"),
        pytest.param(None, [3, 4], id="without a life"),
    ],
)
async def test_a_cursor_is_good_in_its_own_life_only(epoch: str | None, heard: list[int] | None) -> None:
    log = SlowLog()
    log.append(4)
    hub = Hub(log)
    first = Listener(hub)
    await settled()
    log.rewind(4)
    if heard is None:
        await swept(hub)

    listener = Listener(hub, after=2, epoch=epoch)
    await settled(100)

    assert isinstance(listener.ended, ResyncRequired) == (heard is None)
    assert listener.heard == (heard or [])
    await first.leave()
    await listener.leave()


async def test_many_who_come_back_to_a_process_that_was_restarted_read_the_log_once() -> None:
    log = SlowLog()
    log.append(500)

    listeners = [Listener(hub, after=450 + n % 50) for hub in [Hub(log)] for n in range(200)]
    await settled(300)

    assert all(listener.heard == list(range(451 + n % 50, 501)) for n, listener in enumerate(listeners))
    assert log.reads == 1
    for listener in listeners:
        await listener.leave()


async def test_the_hub_waits_for_a_log_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions.hub, "RETRY_S", (0.01,))
    log = SlowLog()
    log.away = True
    hub = Hub(log)
    listener = Listener(hub, after=0)
    log.append(3)
    await asyncio.sleep(0.03)

    log.away = False
    await asyncio.sleep(0.05)

    assert listener.heard == [1, 2, 3]
    await listener.leave()


async def test_kinds_that_were_not_asked_for_are_left_out() -> None:
    log = SlowLog()
    hub = Hub(log)
    listener = Listener(hub, kinds=frozenset({EventKind.STATE}))
    await settled()

    bullets = log.append(2)
    state = a_state(3)
    log.events.append(state)
    hub.receive(told([*bullets, state]))
    await settled()

    assert listener.heard == [3]
    await listener.leave()


async def test_a_listener_that_does_not_take_what_must_arrive_is_ended_and_can_resume() -> None:
    log = SlowLog()
    hub = Hub(log)
    events = hub.listen(a_room)
    first = asyncio.create_task(anext(events))
    await settled()
    for seq in range(1, 400):
        log.events.append(a_state(seq))
        hub.receive(told(log.events[-1:]))

    heard = [(await first).seq]
    with pytest.raises(SlowConsumer):
        await _drained(events, heard)
    resumed = Listener(hub, after=heard[-1])
    await settled(100)

    assert heard == list(range(1, len(heard) + 1))
    assert resumed.heard == list(range(len(heard) + 1, 400))
    await resumed.leave()


async def _drained(events: AsyncGenerator[RoomEvent, None], heard: list[int]) -> None:
    async for event in events:
        heard.append(event.seq)  # noqa: PERF401  it ends with an exception


async def test_rooms_without_listeners_are_forgotten() -> None:
    log = SlowLog()
    hub = Hub(log)
    listeners = [Listener(hub), Listener(hub, after=0)]
    await settled()
    assert a_room in hub._rooms

    for listener in listeners:
        await listener.leave()

    assert hub._rooms == {}


async def test_viewers_are_distinct_connections() -> None:
    hub = Hub(SlowLog())
    listeners = [Listener(hub, viewer="one"), Listener(hub, viewer="one"), Listener(hub, viewer="two"), Listener(hub)]
    await settled()
    assert hub.viewers(a_room) == 2

    await listeners[0].leave()
    assert hub.viewers(a_room) == 2
    await listeners[2].leave()

    assert hub.viewers(a_room) == 1
    assert hub.audience() == {a_room: {"one"}}
    for listener in listeners:
        await listener.leave()


async def test_a_crowd_leaves_as_fast_as_it_came() -> None:
    """One that leaves must not cost a look at all who stay: this took half a minute."""
    room = Room(a_room)
    group = room.group("alike", None, lambda event: event)
    members = [Reader(viewer) for viewer in range(20_000)]
    for member in members:
        room.add(group, member)
    began = time.perf_counter()

    for member in members:
        room.remove(group, member)

    assert not room.viewers
    assert time.perf_counter() - began < 2
