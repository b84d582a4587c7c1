"""Databases for tests: each test has one to itself, which is as its template is.

Copying the template takes a quarter of a second, putting one back as it was a few hundredths: one that a test leaves with the
tables as they were is given to another test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg

TEMPLATE = "template_pond"

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SEQUENCES = """
    SELECT format('SELECT setval(%L, %s, %L)', sequencename, coalesce(last_value, 1), last_value IS NOT NULL)
    FROM pg_sequences WHERE schemaname = 'public'
"""
_FILL = """
    SELECT format('INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::{table}, %L)', json_agg(rows)::text)
    FROM {table} AS rows HAVING count(*) > 0
"""
"""Makes the statement that puts into a table what the template has in it; none where it has nothing."""
_SHAPE = """
    SELECT count(*), sum(xmin::text::bigint) FROM (
        SELECT xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT xmin FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT t.xmin FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT a.xmin FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace
    ) AS catalogue
"""
"""Changes with whatever changes a table, an index, a constraint, a trigger or a function."""
_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Databases:
    """Copies of one template."""

    def __init__(self, server: str, template: str = TEMPLATE) -> None:
        self._server = server
        self._template = template
        self._shape: tuple[int, int] = (0, 0)
        self._free: list[str] = []
        self._restore = ""

    async def prepare(self) -> None:
        """Learn how to put a copy back as the template is."""
        async with _connected(named(self._server, self._template)) as connection:
            tables = [row[0] for row in await connection.fetch(_TABLES)]
            filled = [await connection.fetchval(_FILL.format(table=table)) for table in tables]
            sequences = [row[0] for row in await connection.fetch(_SEQUENCES)]
            self._shape = await _shape_of(connection)
        self._restore = ";".join(
            [
                "SET session_replication_role = replica",
                *(f"DELETE FROM {table}" for table in tables),
                *(statement for statement in filled if statement),
                *sequences,
            ]
        )

    @asynccontextmanager
    async def one(self) -> AsyncIterator[str]:
        """The DSN of a copy."""
        name = self._free.pop() if self._free else await self._copied()
        yield named(self._server, name)
        if await self._is_restored(name):
            self._free.append(name)
        else:
            await administer(self._server, f"DROP DATABASE {name} WITH (FORCE)")

    async def _copied(self) -> str:
        name = f"test_{uuid4().hex}"
        await administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        return name

    async def _is_restored(self, name: str) -> bool:
        """Put a database back as it was, unless the test changed more than its rows."""
        async with _connected(named(self._server, name)) as connection:
            await connection.execute(_OTHERS)
            if await _shape_of(connection) != self._shape:
                return False
            await connection.execute(self._restore)
        return True


def named(dsn: str, name: str) -> str:
    """The DSN of another database of the same server."""
    before, after = dsn.split("/postgres?", 1)
    return f"{before}/{name}?{after}"


async def administer(server: str, command: str) -> None:
    """Run a command on the server that belongs to no database of a test."""
    async with _connected(server) as connection:
        await connection.execute(command)


async def _shape_of(connection: asyncpg.Connection) -> tuple[int, int]:
    row = await connection.fetchrow(_SHAPE)
    assert row is not None
    return row[0], row[1]


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
