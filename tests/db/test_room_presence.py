"""How many watch a room, in all processes together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import db.room_presence
from db.connection import Database

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room, one_process, another_process = uuid4(), uuid4(), uuid4()


async def told(database: Database, process: UUID, viewers: int, at: datetime = NOON) -> dict[UUID, int]:
    async with database.writing() as tx:
        return await db.room_presence.tell(tx, process, {a_room: viewers}, at, at - timedelta(seconds=70))


async def test_the_sum_of_all_processes_is_told_when_it_changes(database: Database) -> None:
    assert await told(database, one_process, 3) == {a_room: 3}
    assert await told(database, another_process, 2) == {a_room: 5}
    assert await told(database, one_process, 3) == {}
    assert await told(database, one_process, 0) == {a_room: 2}
    assert await db.room_presence.viewers_of(database.reading(), [a_room]) == {a_room: 2}


async def test_a_process_that_fell_silent_does_not_count(database: Database) -> None:
    await told(database, one_process, 3)

    assert await told(database, another_process, 1, NOON + timedelta(minutes=2)) == {a_room: 1}
