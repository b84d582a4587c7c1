"""The log of live rooms."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import db.room_log
from db import embedded, migrate
from db.connection import Database
from domain.resuming import NO_LOG, Extent
from domain.room_events import EventKind, ViewerCountChanged
from tests.databases import Databases, named
from tests.pond import statements

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room = uuid4()


def viewers(count: int, at: datetime = NOON) -> tuple[EventKind, dict[str, Any], datetime]:
    return EventKind.VIEWERS, {"viewer_count": count}, at


@pytest.fixture
def a_directory() -> Iterator[Path]:
    """A directory that PostgreSQL may use."""
    directory = Path(tempfile.mkdtemp(prefix="yutang-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


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
    assert (await db.room_log.extent(database.reading(), a_room)).head == 3


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

    assert (await db.room_log.extent(database.reading(), a_room)).head == 1


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


async def test_each_room_names_the_life_of_its_log(database: Database) -> None:
    await opened(database)
    another_room = uuid4()
    async with database.writing() as tx:
        await db.room_log.open_log(tx, another_room)

    extents = await db.room_log.extents(database.reading(), [a_room, another_room, uuid4()])
    again = await db.room_log.extent(database.reading(), a_room)

    assert extents[a_room] == again == Extent(0, 0, again.epoch)
    assert len({extents[a_room].epoch, extents[another_room].epoch, NO_LOG.epoch}) == 3


@pytest.mark.parametrize(
    "restored",
    [
        pytest.param(
            "CREATE TEMP TABLE saved AS TABLE room_counter; TRUNCATE room_counter;"
            " INSERT INTO room_counter TABLE saved",
            id="its rows loaded anew",
        ),
        pytest.param(
            "CREATE TABLE saved (LIKE room_counter INCLUDING ALL); INSERT INTO saved TABLE room_counter;"
            " DROP TABLE room_counter; ALTER TABLE saved RENAME TO room_counter",
            id="its table made anew",
        ),
    ],
)
async def test_a_log_that_was_restored_is_another_life(dsn: str, restored: str) -> None:
    before = await _life(dsn)
    assert await _life(dsn) == before

    connection = await asyncpg.connect(dsn)
    await connection.execute(restored)
    await connection.close()

    assert await _life(dsn) != before


async def test_a_copy_of_the_database_is_another_life(databases: Databases, dsn: str, postgres: str) -> None:
    before = await _life(dsn)
    await databases.leave(dsn)  # PostgreSQL copies what nobody is connected to
    copy, original = f"copy_{uuid4().hex}", dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {copy} TEMPLATE {original} STRATEGY file_copy")

    after = await _life(named(postgres, copy))
    await connection.execute(f"DROP DATABASE {copy}")
    await connection.close()

    assert after != before


async def test_a_server_that_was_started_anew_is_another_life(a_directory: Path) -> None:
    """A disk that was put back, a point in time recovered, a replica that took over: each is another server."""
    lives = []
    for _ in range(2):
        dsn = embedded.start(a_directory, durable=False)
        await migrate.upgrade(dsn)
        lives.append(await _life(dsn))
        embedded.stop(a_directory)

    assert lives[0] != lives[1]


async def _life(dsn: str) -> str:
    database = await Database.connect(dsn)
    await opened(database)
    extent = await db.room_log.extent(database.reading(), a_room)
    await database.close()
    return extent.epoch
