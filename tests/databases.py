"""Databases for tests: each test has one to itself, which is as its template is.

Copying the template takes a quarter of a second, putting one back as it was a few thousandths: one that a test leaves with the
tables as they were is given to another test, and with it the connections that are open, which know the tables by then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg

from db.connection import Database

TEMPLATE = "template_pond"

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SEQUENCES = """
    SELECT format('PERFORM setval(%L, %s, %L)', sequencename, coalesce(last_value, 1), last_value IS NOT NULL)
    FROM pg_sequences WHERE schemaname = 'public'
"""
_FILL = """
    SELECT format('INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::{table}, %L)', json_agg(rows)::text)
    FROM {table} AS rows HAVING count(*) > 0
"""
"""Makes the statement that puts into a table what the template has in it; none where it has nothing."""
_MARK = "SELECT '{table}' AS name, count(*) AS rows, sum(xmin::text::bigint) AS written FROM {table}"
"""Changes with every change of a table's rows: as many rows as before are written by later transactions then."""
_EMPTIES = "CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {}; END $$"
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
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL($1::integer[])
"""
_AS_NEW = "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL; DISCARD TEMP"
"""Makes a session what it was when it began, but for the plans that it has made."""


class Databases:
    """Copies of one template."""

    def __init__(self, server: str, template: str = TEMPLATE) -> None:
        self._server = server
        self._template = template
        self._origin: _Origin
        self._free: list[_Copy] = []
        self._lent: dict[str, _Copy] = {}

    async def prepare(self) -> None:
        """Learn how to put a copy back as the template is."""
        async with _connected(named(self._server, self._template)) as connection:
            self._origin = await _Origin.of(connection)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[str]:
        """The DSN of a copy."""
        copy = self._free.pop() if self._free else await self._copied()
        self._lent[copy.dsn] = copy
        yield copy.dsn
        del self._lent[copy.dsn]
        if await copy.is_restored(self._origin):
            self._free.append(copy)
        else:
            await copy.leave()
            await administer(self._server, f"DROP DATABASE {copy.name} WITH (FORCE)")

    @asynccontextmanager
    async def opened(self, dsn: str) -> AsyncIterator[Database]:
        """What a test has of the product on a copy that was lent to it."""
        async with self._lent[dsn].opened() as database:
            yield database

    async def leave(self, dsn: str) -> None:
        """Have no connection of our own to a copy that was lent."""
        await self._lent[dsn].leave()

    async def close(self) -> None:
        """Close the connections that are kept."""
        for copy in self._free:
            await copy.leave()

    async def _copied(self) -> _Copy:
        name = f"test_{uuid4().hex}"
        await administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        return _Copy(name, named(self._server, name))


class _Origin:
    """How a copy is put back."""

    def __init__(self, shape: Any, sequences: list[str], filled: dict[str, str], tables: list[str]) -> None:
        self.shape = shape
        self.filled = filled
        """The statement that fills a table, by the table's name."""
        self.marks = " UNION ALL ".join(_MARK.format(table=table) for table in filled)
        self.empties = _EMPTIES.format(
            "; ".join([*(f"DELETE FROM {table}" for table in tables if table not in filled), *sequences])
        )

    @classmethod
    async def of(cls, template: asyncpg.Connection) -> _Origin:
        tables = [row[0] for row in await template.fetch(_TABLES)]
        fills = {table: await template.fetchval(_FILL.format(table=table)) for table in tables}
        return cls(
            await template.fetchrow(_SHAPE),
            [row[0] for row in await template.fetch(_SEQUENCES)],
            {table: statement for table, statement in fills.items() if statement},
            tables,
        )


class _Copy:
    """A copy of a template, and the connections to it that stay open from test to test."""

    def __init__(self, name: str, dsn: str) -> None:
        self.name = name
        self.dsn = dsn
        self._keeper: asyncpg.Connection | None = None
        self._marks: dict[str, Any] = {}
        self._pool: asyncpg.Pool | None = None
        self._pids: list[int] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """A pool of connections, as if they were new."""
        database = Database(self._pool) if self._pool else await Database.connect(self.dsn)
        pool, self._pool = database._pool, None
        database._pool = lent = _Lent(pool)  # type: ignore[assignment]
        yield database
        lent.is_over = True
        if await self._is_as_new(pool):
            self._pool = pool
        else:
            await Database(pool).close()

    async def leave(self) -> None:
        """Close the connections."""
        if self._keeper:
            await self._keeper.close()
        if self._pool:
            await self._pool.close()
        self._keeper = self._pool = None

    async def is_restored(self, origin: _Origin) -> bool:
        """Put the database back as it was, unless the test changed more than its rows."""
        keeper = await self._kept(origin)
        await keeper.fetch(_OTHERS, self._pids if self._pool else [])
        if await keeper.fetchrow(_SHAPE) != origin.shape:
            return False
        await keeper.execute("SELECT pg_temp.empty()")
        if origin.filled:
            await self._refill(keeper, origin)
        return True

    async def _refill(self, keeper: asyncpg.Connection, origin: _Origin) -> None:
        """Load those tables anew whose rows are not those that were loaded."""
        marks = {row["name"]: row for row in await keeper.fetch(origin.marks)}
        changed = [table for table, mark in marks.items() if mark != self._marks.get(table)]
        if changed:
            for table in changed:
                await keeper.execute(f"DELETE FROM {table}; {origin.filled[table]}")
            self._marks = {row["name"]: row for row in await keeper.fetch(origin.marks)}

    async def _kept(self, origin: _Origin) -> asyncpg.Connection:
        """The connection that puts the database back."""
        if self._keeper is None or self._keeper.is_closed():
            self._keeper = await asyncpg.connect(self.dsn, server_settings={"session_replication_role": "replica"})
            await self._keeper.execute(origin.empties)
        return self._keeper

    async def _is_as_new(self, pool: asyncpg.Pool) -> bool:
        """Make the connections of a pool what they were when they were made, if all have come back."""
        if pool.is_closing() or pool.get_idle_size() < pool.get_size():
            return False
        connections = [await pool.acquire() for _ in range(pool.get_size())]
        self._pids = [connection.get_server_pid() for connection in connections]
        try:
            for connection in connections:
                await connection.execute(_AS_NEW)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return False
        finally:
            for connection in connections:
                await pool.release(connection)
        return True


class _Lent:
    """A pool for the time of one test: to what the test has left running it is closed."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.is_over = False

    def __getattr__(self, name: str) -> Any:
        if self.is_over:
            raise asyncpg.InterfaceError("pool is closed")
        return getattr(self._pool, name)


def named(dsn: str, name: str) -> str:
    """The DSN of another database of the same server."""
    before, after = dsn.split("/postgres?", 1)
    return f"{before}/{name}?{after}"


async def administer(server: str, command: str) -> None:
    """Run a command on the server that belongs to no database of a test."""
    async with _connected(server) as connection:
        await connection.execute(command)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
