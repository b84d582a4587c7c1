"""Many who write into one live room share its statements."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

import db.room_log
import resolvers.room_writer
from db.connection import Database
from domain.refusals import TooOften
from domain.room_events import EventKind, RoomEvent
from resolvers.room_writer import RoomWriter
from tests.pond import statements

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room = uuid4()


class Heard:
    """Remembers what was published."""

    def __init__(self) -> None:
        self.events: list[RoomEvent] = []

    async def publish(self, _room: UUID, events: Sequence[RoomEvent]) -> None:
        self.events += events


async def writer_of(database: Database, heard: Heard) -> RoomWriter:
    async with database.writing() as tx:
        await db.room_log.open_log(tx, a_room)
    return RoomWriter(database, heard.publish, lambda: NOON)


async def post(writer: RoomWriter, count: int, room: UUID = a_room) -> RoomEvent:
    return await writer.post(room, EventKind.VIEWERS, {"viewer_count": count})


async def test_what_waits_goes_together_in_the_order_of_posting(database: Database) -> None:
    heard = Heard()
    writer = await writer_of(database, heard)

    with statements() as log:
        stored = await asyncio.gather(*(post(writer, n) for n in range(300)))
    await writer.close()

    assert [event.seq for event in stored] == list(range(1, 301))
    assert heard.events == list(stored) == await db.room_log.since(database.reading(), a_room, 0, 500)
    assert len(log) < 4, "the first goes at once, the rest with the second"


async def test_a_batch_that_fails_fails_its_members_only(database: Database) -> None:
    writer = await writer_of(database, Heard())
    no_room = uuid4()

    results = await asyncio.gather(
        *(post(writer, n, no_room) for n in range(3)), post(writer, 1), return_exceptions=True
    )
    again = await post(writer, 2)

    assert [type(result) for result in results[:3]] == [LookupError] * 3
    assert again.seq == 2


async def test_a_sender_who_leaves_before_the_turn_comes_writes_nothing(database: Database) -> None:
    writer = await writer_of(database, Heard())
    first, second = asyncio.create_task(post(writer, 1)), asyncio.create_task(post(writer, 2))
    await asyncio.sleep(0)
    second.cancel()

    await first
    await writer.close()

    assert (await db.room_log.extent(database.reading(), a_room)).head == 1


async def test_too_many_are_refused_and_those_who_wait_are_served(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.room_writer, "MOST_WAITING", 10)
    writer = await writer_of(database, Heard())

    results = await asyncio.gather(*(post(writer, n) for n in range(15)), return_exceptions=True)

    assert [type(result) for result in results[10:]] == [TooOften] * 5
    assert (await db.room_log.extent(database.reading(), a_room)).head == 10


async def test_closing_writes_what_waits_and_refuses_the_rest(database: Database) -> None:
    writer = await writer_of(database, Heard())
    waiting = [asyncio.create_task(post(writer, n)) for n in range(5)]
    await asyncio.sleep(0)

    await writer.close()

    assert [task.result().seq for task in waiting] == [1, 2, 3, 4, 5]
    with pytest.raises(TooOften):
        await post(writer, 6)
