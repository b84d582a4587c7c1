"""How many watch a room, each of them once, in all processes together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import db.room_presence
from db.connection import Database
from domain.live_audience import Audience

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room, one_process, another_process = uuid4(), uuid4(), uuid4()


async def told(database: Database, process: UUID, viewers: Collection[int], at: datetime = NOON) -> list[UUID]:
    async with database.writing() as tx:
        await db.room_presence.take_turn(tx)
        await db.room_presence.tell(tx, process, {a_room: viewers}, {a_room: viewers}, at)
        return await db.room_presence.count_viewers(tx, [a_room], at - timedelta(seconds=70))


async def audience(database: Database) -> Audience:
    return (await db.room_presence.audiences_of(database.reading(), [a_room]))[a_room]


async def test_who_watches_in_two_processes_counts_once(database: Database) -> None:
    assert await told(database, one_process, {1, 2, 3}) == [a_room]
    assert await told(database, another_process, {3, 4}) == [a_room]
    assert await audience(database) == Audience(viewers=4, peak=4, total=4)

    assert await told(database, one_process, {1, 2}) == [], "3 still watches in the other process"
    assert await told(database, another_process, {4}) == [a_room]
    assert await audience(database) == Audience(viewers=3, peak=4, total=4)


async def test_who_comes_back_is_no_new_viewer(database: Database) -> None:
    await told(database, one_process, {1, 2})
    await told(database, one_process, set())
    await told(database, another_process, {2, 3})

    assert await audience(database) == Audience(viewers=2, peak=2, total=3)


async def test_a_process_that_fell_silent_does_not_count(database: Database) -> None:
    await told(database, one_process, {1, 2, 3})
    later = NOON + timedelta(minutes=2)

    async with database.writing() as tx:
        assert await db.room_presence.silent(tx, later - timedelta(seconds=70)) == [a_room]
    await told(database, another_process, {9}, later)

    assert (await audience(database)).viewers == 1


async def test_processes_that_tell_at_once_take_turns(database: Database) -> None:
    await asyncio.gather(*(told(database, uuid4(), {n, n + 1}) for n in range(8)))

    assert await audience(database) == Audience(viewers=9, peak=9, total=9)
