"""Outages: what keeps the database from doing its work now is told apart from mistakes."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from db.connection import Database
from db.statements import Statement, prepared
from domain.outages import Busy, Outage, TooSlow, Unavailable


def failing(sqlstate: str) -> Statement:
    return prepared(text(f"DO $$ BEGIN RAISE EXCEPTION 'so it goes' USING ERRCODE = '{sqlstate}'; END $$"))


@pytest.mark.parametrize(
    ("sqlstate", "outage"),
    [
        pytest.param("40P01", Busy, id="a deadlock"),
        pytest.param("40001", Busy, id="transactions that cannot both be"),
        pytest.param("55P03", Busy, id="a lock that is held for long"),
        pytest.param("53300", Busy, id="too many connections"),
        pytest.param("57014", TooSlow, id="a statement that takes too long"),
        pytest.param("57P01", Unavailable, id="a server that stops"),
        pytest.param("57P03", Unavailable, id="a server that starts"),
        pytest.param("08006", Unavailable, id="a connection that broke"),
    ],
)
async def test_an_outage_is_told_in_reads_and_in_transactions(
    database: Database, sqlstate: str, outage: type[Outage]
) -> None:
    with pytest.raises(outage):
        await database.reading().rows(failing(sqlstate))
    with pytest.raises(outage):
        async with database.writing() as tx:
            await tx.execute(failing(sqlstate))


async def test_a_mistake_stays_a_mistake(database: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.reading().rows(prepared(text("SELECT FROM nothing")))
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.writing() as tx:
            await tx.execute(failing("23514"))
    sleep = prepared(text("SELECT pg_sleep(0.05)"))
    with pytest.raises(asyncpg.InterfaceError, match="another operation is in progress"):
        async with database.writing() as tx:
            await asyncio.gather(tx.rows(sleep), tx.rows(sleep))


async def test_within_a_transaction_the_drivers_errors_can_be_made_values_of(database: Database) -> None:
    async with database.writing() as tx:
        with pytest.raises(asyncpg.LockNotAvailableError):
            await tx.execute(failing("55P03"))


async def test_a_connection_that_is_cut_is_an_outage_and_the_next_one_works(database: Database) -> None:
    cut = prepared(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        await database.reading().rows(cut)
    with pytest.raises(Unavailable):
        async with database.writing() as tx:
            await tx.rows(cut)

    assert await database.reading().value(prepared(text("SELECT 1"))) == 1


async def test_two_who_wait_for_each_other_are_told_that_it_is_busy(database: Database) -> None:
    both_hold = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with database.writing() as tx:
            await tx.rows(prepared(text(f"SELECT pg_advisory_xact_lock({first})")))
            await both_hold.wait()
            await tx.rows(prepared(text(f"SELECT pg_advisory_xact_lock({second})")))

    results = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Busy", "NoneType"]


async def test_a_database_that_was_closed_is_an_outage(database: Database) -> None:
    await database.close()

    with pytest.raises(Unavailable):
        await database.reading().rows(failing("55P03"))
    with pytest.raises(Unavailable):
        async with database.writing():
            pass


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    pool = asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/nothing", min_size=0)
    async with pool:
        with pytest.raises(Unavailable):
            await Database(pool).reading().rows(failing("55P03"))
