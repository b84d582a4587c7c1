"""Never a hole: whatever happens in whatever order, each listener gets what follows its cursor, once and in order.

Events are appended, and told of at once, late, twice, in another order, by number only, or not at all; listeners come from
anywhere and go; the log is away, is trimmed, comes back from a backup; the process ends and its listeners come back
to another one. Who is not given everything is told so, and only then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import subscriptions.hub
from domain.room_events import ResyncRequired, RoomEvent
from subscriptions.hub import Hub, Told
from subscriptions.rooms import Room
from tests.subscriptions.rooms import SlowLog, a_room, settled, told

DONE = 400


class Viewer:
    """A client with its cursor, which comes back where it left off."""

    def __init__(self, world: World, after: int | None, *, with_epoch: bool) -> None:
        self.log = world.log
        self.after = after
        self.epoch = f"life {world.log.life}" if with_epoch else None
        self.life = world.log.life
        self.is_blind = False
        self.was_ahead = after is not None and after > world.log.head
        self.heard: list[RoomEvent] = []
        self.ended: Exception | None = None
        self.task = self._watch(world.hub)

    @property
    def cursor(self) -> int | None:
        return self.heard[-1].seq if self.heard else self.after

    def _watch(self, hub: Hub) -> asyncio.Task[None]:
        return asyncio.create_task(self._try(hub))

    async def _try(self, hub: Hub) -> None:
        """Watch, again and again where the log was away when it was needed."""
        while self.ended is None:
            try:
                await self._listen(hub.listen(a_room, after=self.cursor, epoch=self.epoch))
            except ResyncRequired as error:
                self.ended = error
            except ConnectionError:
                await asyncio.sleep(0)

    async def _listen(self, events: AsyncGenerator[RoomEvent, None]) -> None:
        async with aclosing(events):
            async for event in events:
                self.heard.append(event)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])

    def come_back(self, hub: Hub) -> None:
        self.is_blind |= self.epoch is None and self.log.life != self.life
        if self.ended is None:
            self.task = self._watch(hub)

    def check(self) -> None:
        """Hold what was heard to the log."""
        numbers = [event.seq for event in self.heard]
        first = numbers[0] if self.after is None and numbers else (self.after or 0) + 1
        assert numbers == list(range(first, first + len(numbers))), "each once, in order, none missing"
        if self.ended is not None:
            lost = (self.cursor or 0) < self.log.floor
            assert lost or self.was_ahead or self.log.life > 1, "told to read anew for no reason"
        elif not self.is_blind:
            kept = {event.seq: event for event in self.log.events}
            assert all(kept.get(event.seq, event) == event for event in self.heard), "of one life"
            assert self.cursor is None or self.cursor == self.log.head, "nothing that came is missing"


class World:
    """A log, the process that reads it, and its viewers."""

    def __init__(self, turns: int, chance: random.Random) -> None:
        self.log = SlowLog(turns)
        self.chance = chance
        self.viewers: list[Viewer] = []
        self.late: list[Told] = []
        self._begin()

    def _begin(self) -> None:
        self.hub = Hub(self.log)
        self.watching = asyncio.create_task(self.hub.watch())

    async def append(self, many: int, how: str) -> None:
        events = self.log.append(many)
        messages = [told([event]) for event in events] if how == "reordered" else [told(events, whole=how != "hint")]
        if how == "late":
            self.late += messages
        elif how != "lost":
            for message in messages[::-1] * (2 if how == "twice" else 1):
                self.hub.receive(message)
                await settled(self.chance.randrange(3))

    async def join(self, back: int, with_epoch: bool) -> None:
        self.viewers.append(Viewer(self, max(self.log.head - back, 0), with_epoch=with_epoch))

    async def join_now(self) -> None:
        self.viewers.append(Viewer(self, None, with_epoch=False))

    async def leave(self) -> None:
        if self.viewers:
            viewer = self.viewers.pop(self.chance.randrange(len(self.viewers)))
            await viewer.leave()

    async def turn(self, many: int) -> None:
        await settled(many)
        if self.late and self.chance.random() < 0.5:
            self.hub.receive(self.late.pop(self.chance.randrange(len(self.late))))

    async def sweep(self) -> None:
        self.hub.doubt()

    async def lose_log(self) -> None:
        self.log.away = True

    async def find_log(self) -> None:
        self.log.away = False

    async def trim(self, left: int) -> None:
        self.log.trim(max(self.log.floor + 1, self.log.head - left + 1))

    async def rewind(self, many: int) -> None:
        """Come back from a backup. What was told of the life before does not come any more."""
        self.late.clear()
        self.log.rewind(max(self.log.head - many, self.log.floor))

    async def restart(self) -> None:
        """End the process; its viewers come back to the next one."""
        await self.end()
        self.late.clear()
        self._begin()
        for viewer in self.viewers:
            viewer.come_back(self.hub)

    async def end(self) -> None:
        for viewer in self.viewers:
            await viewer.leave()
        self.watching.cancel()
        await asyncio.wait([self.watching])

    async def come_to_rest(self) -> None:
        self.log.away = False
        for message in self.late:
            self.hub.receive(message)
        for _ in range(2):
            self.hub.doubt()
            await settled(DONE)


steps = st.one_of(
    st.tuples(
        st.just("append"),
        st.integers(1, 4),
        st.sampled_from(["whole", "hint", "lost", "late", "twice", "reordered"]),
    ),
    st.tuples(st.just("join"), st.integers(-2, 30), st.booleans()),
    st.tuples(st.just("join_now")),
    st.tuples(st.just("leave")),
    st.tuples(st.just("turn"), st.integers(1, 12)),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("lose_log")),
    st.tuples(st.just("find_log")),
    st.tuples(st.just("trim"), st.integers(0, 10)),
    st.tuples(st.just("restart")),
)
returns = st.tuples(st.just("rewind"), st.integers(0, 6))


@contextmanager
def patient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subscriptions.hub, "RETRY_S", (0,))
        yield


async def played(plan: list[Any], turns: int, seed: int) -> None:
    world = World(turns, random.Random(seed))
    for step, *details in plan:
        await getattr(world, step)(*details)
    await world.come_to_rest()
    viewers = [*world.viewers]
    await world.end()
    for viewer in viewers:
        viewer.check()
    assert world.hub._rooms == {}


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=30), st.integers(0, 4), st.integers(0, 2**32))
def test_nobody_misses_or_doubles_anything_unless_told_so(plan: list[Any], turns: int, seed: int) -> None:
    with patient():
        asyncio.run(played(plan, turns, seed))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(steps, returns), max_size=30), st.integers(0, 4), st.integers(0, 2**32))
def test_nor_does_anyone_when_the_log_comes_back_from_a_backup(plan: list[Any], turns: int, seed: int) -> None:
    with patient():
        asyncio.run(played(plan, turns, seed))


def trusting(hub: Hub, message: Told) -> None:
    """What a hub does that takes the bus for the truth."""
    room = hub._rooms.get(message.room_id)
    if room is not None and message.events:
        room.seq = message.first - 1
        room.go_on(message.events)


@pytest.mark.parametrize(
    "how", [pytest.param("lost", id="leaves a hole"), pytest.param("twice", id="tells events twice")]
)
def test_a_hub_that_trusted_the_bus_would_be_found_out(how: str) -> None:
    """The negative control."""
    plan = [("join", 0, False), ("turn", 50), ("append", 2, "whole"), ("turn", 50)]
    plan += [("append", 2, how), ("turn", 50), ("append", 2, "twice"), ("turn", 50)]
    with patient():
        asyncio.run(played(plan, 1, 0))
        with pytest.MonkeyPatch.context() as patch, pytest.raises(AssertionError):
            patch.setattr(Hub, "receive", trusting)
            asyncio.run(played(plan, 1, 0))


def test_a_hub_that_did_not_look_into_its_log_would_be_found_out() -> None:
    """The negative control for a log that comes back from a backup."""
    plan = [("append", 5, "whole"), ("join", 0, False), ("turn", 50), ("append", 4, "whole"), ("turn", 50)]
    plan += [("rewind", 4), ("append", 4, "lost"), ("append", 1, "whole")]
    with patient():
        asyncio.run(played(plan, 1, 0))
        with pytest.MonkeyPatch.context() as patch, pytest.raises(AssertionError):
            patch.setattr(Room, "learn", lambda *_: None)
            patch.setattr(Room, "contradicts", lambda *_: False)
            asyncio.run(played(plan, 1, 0))
