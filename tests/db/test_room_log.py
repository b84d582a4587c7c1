"""The log of live rooms."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.room_log
from db.connection import Database
from domain.room_events import EventKind, ViewerCountChanged
from tests.pond import statements

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room = uuid4()


def viewers(count: int, at: datetime = NOON) -> tuple[EventKind, dict[str, Any], datetime]:
    return EventKind.VIEWERS, {"viewer_count": count}, at


async def opened(database: Database) -> None:
    async with database.writing() as tx:
        await db.room_log.open_log(tx, a_room)


async def test_events_get_the_next_numbers_of_their_room(database: Database) -> None:
    await opened(database)

    async with database.writing() as tx:
        first = await db.room_log.append(tx, a_room, [viewers(1), viewers(2)])
        second = await db.room_log.append(tx, a_room, [viewers(3)])

    assert first == [ViewerCountChanged(a_room, 1, NOON, 1), ViewerCountChanged(a_room, 2, NOON, 2)]
    assert second == [ViewerCountChanged(a_room, 3, NOON, 3)]
    assert await db.room_log.since(database.reading(), a_room, 0, 10) == first + second
    assert await db.room_log.since(database.reading(), a_room, 1, 1) == first[1:]
    assert await db.room_log.head(database.reading(), a_room) == 3


async def test_a_batch_is_one_statement(database: Database) -> None:
    await opened(database)

    with statements() as log:
        async with database.writing() as tx:
            await db.room_log.append(tx, a_room, [viewers(n) for n in range(100)])

    assert len(log) == 1


async def test_opening_a_log_twice_keeps_its_numbers(database: Database) -> None:
    await opened(database)
    async with database.writing() as tx:
        await db.room_log.append(tx, a_room, [viewers(1)])

    await opened(database)

    assert await db.room_log.head(database.reading(), a_room) == 1


async def test_a_room_without_a_log_takes_no_event(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.writing() as tx:
            await db.room_log.append(tx, uuid4(), [viewers(1)])


async def test_numbers_have_no_gap_and_no_double_when_many_write_and_some_fail(database: Database) -> None:
    await opened(database)

    async def write(*, fails: bool) -> None:
        async with database.writing() as tx:
            await db.room_log.append(tx, a_room, [viewers(1), viewers(2)])
            if fails:
                raise ZeroDivisionError

    await asyncio.gather(*(write(fails=n % 3 == 0) for n in range(30)), return_exceptions=True)

    kept = await db.room_log.since(database.reading(), a_room, 0, 100)
    assert [event.seq for event in kept] == list(range(1, 41))


async def test_trimming_forgets_what_is_old_and_keeps_the_numbers(database: Database) -> None:
    await opened(database)
    async with database.writing() as tx:
        await db.room_log.append(tx, a_room, [viewers(1), viewers(2, NOON + timedelta(days=1))])

    async with database.writing() as tx:
        trimmed = await db.room_log.trim(tx, NOON + timedelta(hours=1))

    assert trimmed == 1
    assert await db.room_log.head(database.reading(), a_room) == 2
