"""The hub: hands the events of live rooms to all who listen in this process.

Joining is listen, replay, go live, in that order: nothing is waited for between the last replayed event and
the first live one, so there is neither a gap nor a double between them. What the bus tells is a hint: where a number
is missing, the log is read before anything further is delivered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.records import record
from domain.resuming import NO_LOG, Cursor, Extent, are_same, follows, must_resync
from domain.room_events import EventKind, ResyncRequired, RoomEvent
from subscriptions.groups import AnyGroup, AnyMember, Member
from subscriptions.reader import Reader
from subscriptions.rooms import Room

PAGE = 100
READS_AT_ONCE = 4
SWEEP_S = 5.0
RETRY_S = (0.1, 0.5, 2.0, 5.0)

_logger = logging.getLogger("yutang.hub")

T = TypeVar("T")


class Log(Protocol):
    """Where all events are."""

    async def since(self, room_id: UUID, after: int, most: int) -> Sequence[RoomEvent]:
        """The first events after a number, in their order; without those that are not kept any more."""

    async def extents(self, room_ids: Sequence[UUID]) -> Mapping[UUID, Extent]:
        """What is kept of each room that has a log."""


@record
class Told:
    """What the bus says: a room has events from one number to another. Small ones come along."""

    room_id: UUID
    first: int
    last: int
    events: tuple[RoomEvent, ...] = ()


@dataclass(eq=False, slots=True)
class Seat:
    """A member's place in a room."""

    _hub: Hub
    _room: Room
    _group: AnyGroup
    _member: AnyMember

    def leave(self) -> None:
        """Leave the room, if that did not happen before."""
        self._room.remove(self._group, self._member)
        self._hub.forget_if_empty(self._room)


class Hub:
    """The rooms that someone in this process listens to. A room that nobody listens to is forgotten."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._rooms: dict[UUID, Room] = {}
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._doubts = asyncio.Event()

    def viewers(self, room_id: UUID) -> int:
        """How many watch a room in this process, each of them once."""
        room = self._rooms.get(room_id)
        return 0 if room is None else len(room.viewers)

    def audience(self) -> dict[UUID, frozenset[int]]:
        """Who watches each room in this process, by their numbers (`domain.live_audience`)."""
        return {room.id: frozenset(room.viewers) for room in self._rooms.values() if room.viewers}

    def kicked(self, room_id: UUID, member_id: UUID, since: datetime) -> bool:
        """Whether a member was kicked since then, as far as the room remembers."""
        room = self._rooms.get(room_id)
        return room is not None and room.kicked(member_id, since)

    def receive(self, told: Told) -> None:
        """Deliver what the bus tells, or read the log where something is missing before it."""
        room = self._rooms.get(told.room_id)
        if room is None:
            return
        room.known = max(room.known, told.last)
        room.is_doubted |= room.contradicts(told.events)
        if not room.is_doubted and room.reading is None and told.first <= room.seq + 1:
            with suppress(ResyncRequired):
                room.go_on(told.events)
        self._read_on(room)

    def doubt(self) -> None:
        """The bus may have lost something: ask the log soon."""
        self._doubts.set()

    async def join(
        self,
        room_id: UUID,
        after: int | None,
        member: Member[T],
        *,
        epoch: str | None = None,
        key: Hashable,
        kinds: frozenset[EventKind] | None,
        make: Callable[[RoomEvent], T],
    ) -> Seat:
        """Replay what happened after a number to a member, then let it in to the group with this key.

        `make` turns an event into what the group's members take. All who give the same key get what one of them
        makes. `after` None begins with the next event. `epoch` is the life of the log that gave the number, for a
        member that knows it.

        Raises:
            ResyncRequired: what happened after the number cannot be given as a whole (`domain.resuming`).
            NotAllowed: the member was kicked meanwhile.
        """
        room = await self._open(room_id)
        try:
            room.arriving[member] = False
            if after is not None:
                await self._admit(room, Cursor(max(after, 0), epoch))
            group: AnyGroup = room.group(key, kinds, make, member.dealing)
            if after is not None:
                await self._replay(room, group, member, max(after, 0))
            group = room.add(group, member)
        finally:
            room.joining -= 1
            room.arriving.pop(member, None)
            self.forget_if_empty(room)
        return Seat(self, room, group, member)

    async def listen(
        self,
        room_id: UUID,
        kinds: frozenset[EventKind] | None = None,
        after: int | None = None,
        viewer: int | None = None,
        epoch: str | None = None,
        member_id: UUID | None = None,
    ) -> AsyncGenerator[RoomEvent, None]:
        """The events of a room, from after a number or from now on, until the caller closes the generator.

        Raises:
            ResyncRequired: as `join`; also later, when the log lost what the hub had not read.
            SlowConsumer: the caller did not keep up.
            NotAllowed: the caller, who is this member, was kicked.
        """
        reader = Reader(viewer, member_id)
        joining = asyncio.create_task(
            self.join(room_id, after, reader, epoch=epoch, key=("listen", kinds), kinds=kinds, make=_itself)
        )
        joining.add_done_callback(reader.joined)
        try:
            while True:
                yield await reader.next()
        finally:
            joining.cancel()
            with suppress(asyncio.CancelledError, Exception):
                (await joining).leave()

    async def watch(self) -> None:
        """Ask the log for what the bus lost, every few seconds and when in doubt. Runs until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_S):
                    await self._doubts.wait()
            self._doubts.clear()
            try:
                await self._sweep()
            except Exception as error:  # noqa: BLE001  the log is away; the next sweep asks again
                _logger.warning("the log does not answer: %r", error)

    def forget_if_empty(self, room: Room) -> None:
        """Forget a room that nobody listens to."""
        if room.is_empty and self._rooms.get(room.id) is room:
            del self._rooms[room.id]
            if room.reading is not None:
                room.reading.cancel()

    async def _sweep(self) -> None:
        asked = [(room, room.seq) for room in self._rooms.values() if room.opened.is_set()]
        extents = await self._log.extents([room.id for room, _ in asked]) if asked else {}
        for room, seq in asked:
            room.learn(extents.get(room.id, NO_LOG), seq)
            self._read_on(room)

    async def _open(self, room_id: UUID) -> Room:
        """The room, with a mark that someone is joining. It hears the bus before its newest number is read."""
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = Room(room_id)
            room.reading = asyncio.create_task(self._read(room))
        room.joining += 1
        try:
            await room.opened.wait()
        except BaseException:
            room.joining -= 1
            self.forget_if_empty(room)
            raise
        return room

    def _read_on(self, room: Room) -> None:
        if room.reading is None and not room.is_settled:
            room.reading = asyncio.create_task(self._read(room))

    async def _read(self, room: Room) -> None:
        """Read the log until the room is where it is known to be, trying again when the log does not answer."""
        failures = 0
        try:
            while not room.is_settled:
                try:
                    async with self._reads:
                        await self._step(room)
                    failures = 0
                except Exception as error:  # noqa: BLE001  whatever keeps the log from answering may pass
                    _logger.warning("the log of room %s does not answer: %r", room.id, error)
                    await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                    failures += 1
        finally:
            room.reading = None

    async def _step(self, room: Room) -> None:
        if not room.opened.is_set():
            extent = await self._extent(room)
            recent = await self._log.since(room.id, max(extent.floor, extent.head - PAGE), PAGE)
            room.open(extent, recent)
        elif room.is_doubted:
            await self._verify(room)
        elif not await self._read_page(room):
            await self._look_for_an_end(room)

    async def _read_page(self, room: Room) -> bool:
        """Deliver the next events of the log; False when it has not the very next one."""
        try:
            events = await self._log.since(room.id, room.seq, PAGE)
            room.go_on(events)
        except ResyncRequired:
            return False
        return bool(events)

    async def _look_for_an_end(self, room: Room) -> None:
        """Find out whether there was no event, or some are lost. What is read last has the most."""
        known, extent = room.known, await self._extent(room)
        if await self._read_page(room):
            return
        if room.seq != extent.head:
            room.start_over(extent)
        elif room.known == known:
            room.known = extent.head

    async def _verify(self, room: Room) -> None:
        """Find out whether the log is the one that it was, although it says otherwise."""
        seq, tail = room.seq, room.tail()
        extent = await self._extent(room)
        found = await self._log.since(room.id, tail[0].seq - 1, len(tail)) if tail else ()
        is_known = bool(tail) or room.extent.epoch in (extent.epoch, NO_LOG.epoch)
        if is_known and extent.head >= seq and are_same(found, tail):
            room.trust(extent)
        else:
            room.start_over(extent)

    async def _extent(self, room: Room) -> Extent:
        return (await self._log.extents([room.id])).get(room.id, NO_LOG)

    async def _admit(self, room: Room, cursor: Cursor) -> None:
        """Find out whether a member can go on from where it is."""
        if must_resync(cursor, room.extent):
            await self._learn_anew(room)
        if must_resync(cursor, room.extent):
            raise ResyncRequired

    async def _replay(self, room: Room, group: AnyGroup, member: AnyMember, after: int) -> None:
        """Give a member what it missed. When this returns, the member is where the room is."""
        lives = room.lives
        while after < room.seq:
            await member.ready()
            most = min(PAGE, room.seq - after)  # the log may be ahead of the room: what is beyond comes live
            events = room.recent(after, most) or await self._page(room, after, max(most, 0))
            if room.lives != lives:
                raise ResyncRequired
            for event in events:
                group.replay(member, event)
            after += len(events)

    async def _learn_anew(self, room: Room) -> None:
        """Bring a room to where the log is: a client may have seen what this process has not heard of."""
        seq = room.seq
        async with self._reads:
            room.learn(await self._extent(room), seq)
        self._read_on(room)
        while not room.is_settled and room.reading is not None:
            await asyncio.wait([room.reading])

    async def _page(self, room: Room, after: int, most: int) -> Sequence[RoomEvent]:
        """Events from the log that follow a number without a gap."""
        async with self._reads:
            events = await self._log.since(room.id, after, most)
        if not events or not follows(events, after):
            raise ResyncRequired
        return events


def _itself(event: RoomEvent) -> RoomEvent:
    return event
