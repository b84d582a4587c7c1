"""Migrations: the tables in the code are those that the migrations make, up, down and up again."""

from __future__ import annotations

import asyncio

import asyncpg
from alembic import command

from db import migrate


async def test_the_migrations_make_the_tables_of_the_code(dsn: str) -> None:
    await migrate.check(dsn)


async def test_every_migration_goes_down_and_up_again(dsn: str) -> None:
    config = migrate.configured(dsn)

    await asyncio.to_thread(command.downgrade, config, "base")
    left = await _tables(dsn)
    await asyncio.to_thread(command.upgrade, config, "head")

    assert left == {"alembic_version"}
    await migrate.check(dsn)


async def _tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}
