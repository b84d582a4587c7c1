"""Presence: a room is told how many watch it, each viewer once, whatever the phones and processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import db.room_log
from app.presence import Presence
from db.connection import Database
from domain.identity import VISITOR
from domain.live_audience import viewer_number
from schema.ids import Kind, id_of
from subscriptions.hub import Hub
from tests.makers_live import a_room
from tests.pond import NOON, Pond, statements
from tests.site import Site
from tests.waiting import until

SNAPSHOT = "query ($id: ID!) { liveRoom(id: $id) { viewerCount viewersPeak viewersTotal } }"
anna, ben, carl = (viewer_number(uuid4(), "") for _ in range(3))


class Process:
    """One of the processes of a brand: who watches there, and what it tells."""

    def __init__(self, database: Database) -> None:
        self.hub, self.time = Hub(db.room_log.RoomLog(database)), NOON
        self.presence = Presence(database, self.hub, uuid4(), lambda: self.time)

    @asynccontextmanager
    async def watched_by(self, room_id: UUID, *viewers: int) -> AsyncIterator[None]:
        """Viewers watch, some on more than one connection, until the block ends."""
        already = self.hub.viewers(room_id)
        streams = [self.hub.listen(room_id, viewer=viewer) for viewer in viewers]
        watching = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await until(lambda: self.hub.viewers(room_id) == already + len(set(viewers)))
        yield
        for task in watching:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await until(lambda: self.hub.viewers(room_id) == already)


async def counts_told(pond: Pond) -> int:
    return len(await pond.select("SELECT FROM outbox WHERE payload ? 'live_viewers'"))


async def audience(pond: Pond, room: Any, who: Any) -> Any:
    return (await pond.ask(SNAPSHOT, who, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]


async def test_a_member_on_two_phones_and_two_processes_is_one_viewer(pond: Pond) -> None:
    room, host = await a_room(pond)
    one, another = Process(pond.database), Process(pond.database)

    async with one.watched_by(room.id, anna, anna, ben), another.watched_by(room.id, anna, carl):
        await one.presence.count()
        await another.presence.count()
        assert await audience(pond, room, host) == {"viewerCount": 3, "viewersPeak": 3, "viewersTotal": 3}
    async with another.watched_by(room.id, anna):
        await one.presence.count()
        await another.presence.count()

        assert await audience(pond, room, host) == {"viewerCount": 1, "viewersPeak": 3, "viewersTotal": 3}


async def test_the_peak_and_the_total_are_for_those_who_run_the_room(pond: Pond) -> None:
    room, _ = await a_room(pond)

    assert await pond.ask(SNAPSHOT, id=id_of(Kind.LIVE_ROOM, room.id)) == {
        "liveRoom": {"viewerCount": 0, "viewersPeak": None, "viewersTotal": None}
    }


async def test_the_room_is_told_when_the_number_changes_and_only_then(pond: Pond) -> None:
    room, _ = await a_room(pond)
    here = Process(pond.database)

    async with here.watched_by(room.id, anna, ben):
        await here.presence.count()
        with statements() as unchanged:
            await here.presence.count()
        assert unchanged == []
        assert await counts_told(pond) == 1
    await here.presence.leave()

    assert await counts_told(pond) == 2
    assert (await pond.select("SELECT viewers FROM room_audience")) == [(0,)]


async def test_five_thousand_viewers_of_many_rooms_cost_a_few_statements(pond: Pond) -> None:
    here, rooms = Process(pond.database), [uuid4() for _ in range(20)]
    watching = {room: frozenset(range(n * 250, n * 250 + 250)) for n, room in enumerate(rooms)}

    with statements() as run:
        await here.presence._tell(watching)

    assert len(run) == 5, run


async def test_viewers_of_a_process_that_ended_without_a_word_are_not_counted_for_ever(pond: Pond) -> None:
    room, host = await a_room(pond)
    ended, other = Process(pond.database), Process(pond.database)
    async with ended.watched_by(room.id, anna, ben):
        await ended.presence.count()

    other.time += timedelta(minutes=2)
    await other.presence.count()

    assert (await audience(pond, room, host))["viewerCount"] == 0


@pytest.mark.parametrize("repeats", [1, 3])
async def test_a_process_where_nothing_changes_says_now_and_then_that_it_is_there(pond: Pond, repeats: int) -> None:
    room, host = await a_room(pond)
    here, other = Process(pond.database), Process(pond.database)

    async with here.watched_by(room.id, anna):
        await here.presence.count()
        for _ in range(repeats):
            here.time += timedelta(seconds=31)
            await here.presence.count()
        other.time = here.time + timedelta(seconds=60)
        await other.presence.count()

        assert (await audience(pond, room, host))["viewerCount"] == 1


async def test_phones_of_one_member_and_tabs_of_one_device_are_one_viewer_each(site: Site) -> None:
    room, _ = await a_room(Pond(site.pond.database))
    token = await site.member_token("anna")
    said = [{"token": token}, {"token": token}, {"visitorKey": "a phone"}, {"visitorKey": "a phone"}, {}, {}]
    async with AsyncExitStack() as stack:
        for payload in said:
            talk = await stack.enter_async_context(site.raw_socket())
            await talk.say(type="connection_init", payload=payload)
            await talk.hear()
            watch = "subscription ($id: ID!) { liveRoomEvents(roomId: $id, kinds: []) { seq } }"
            await talk.subscribe(watch, id=id_of(Kind.LIVE_ROOM, room.id))

        await until(lambda: site.pond.hub.viewers(room.id) == 4)
        await site.pond.presence.count()

        assert (await audience(Pond(site.pond.database), room, VISITOR))["viewerCount"] == 4
