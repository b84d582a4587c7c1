"""The database: a pool of connections, reads, and transactions."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import asyncpg
import orjson

from db.outages import DRIVER_ERRORS, raise_outage
from db.statements import Statement

Row: TypeAlias = Any
"""A row of the driver: values by position and by column name."""

CONNECTIONS_PER_REQUEST = 3
SESSION_SETTINGS = {
    # A statement is compiled to be general; planning it anew for each array of ids costs more than it gains.
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "5000",
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "10000",
    "TimeZone": "UTC",
}

statement_log: ContextVar[list[str] | None] = ContextVar("statement_log", default=None)
"""While a test sets a list here, the text of every statement is appended to it. BEGIN and COMMIT are not."""


_ARRAYS = "SELECT " + ", ".join(f"NULL::{one}[]" for one in ("integer", "bigint", "boolean", "text", "uuid"))


class _Connection(asyncpg.Connection):
    """A connection that is not reset on release: nothing of ours changes a session."""

    def get_reset_query(self) -> str:
        return ""


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        # As PostgreSQL itself sends it, which is the only form that it has within records: a version, then the text.
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda sent: orjson.loads(sent[1:]),
        format="binary",
    )
    # The driver looks a type of arrays up when a statement names it, which records that come in do not.
    await connection.fetchrow(_ARRAYS)


class Reading:
    """Statements outside of a transaction, each on a connection of the pool, few of them at once.

    All of them raise an Outage when the database cannot do it now.
    """

    __slots__ = ("_pool", "_turns")

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._turns = asyncio.Semaphore(CONNECTIONS_PER_REQUEST)

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """All rows of a query."""
        _log(statement)
        try:
            async with self._turns, self._pool.acquire() as connection:
                return await connection.fetch(statement.text, *statement.values(values))
        except DRIVER_ERRORS as error:
            raise_outage(error)
            raise

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        """The first row of a query."""
        _log(statement)
        try:
            async with self._turns, self._pool.acquire() as connection:
                return await connection.fetchrow(statement.text, *statement.values(values))
        except DRIVER_ERRORS as error:
            raise_outage(error)
            raise

    async def value(self, statement: Statement, **values: Any) -> Any:
        """The first value of the first row; None when there is no row."""
        row = await self.row(statement, **values)
        return None if row is None else row[0]


class _Held(Reading):
    """Statements on one connection that is kept. Who keeps it makes outages of the driver's errors."""

    __slots__ = ("_connection",)

    def __init__(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        self._connection = connection

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        _log(statement)
        return await self._connection.fetch(statement.text, *statement.values(values))

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        _log(statement)
        return await self._connection.fetchrow(statement.text, *statement.values(values))


class Writing(_Held):
    """One transaction on one connection. It has no commit: whoever opened it decides by leaving its block."""

    __slots__ = ("facts_told", "facts_waiting")

    def __init__(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        super().__init__(connection)
        self.facts_told = 0
        self.facts_waiting = 0
        """How many of the facts that were told the relay takes further."""

    async def execute(self, statement: Statement, **values: Any) -> int:
        """Run a statement and return the number of rows that it changed."""
        _log(statement)
        status = await self._connection.execute(statement.text, *statement.values(values))
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def execute_many(self, statement: Statement, items: Iterable[dict[str, Any]]) -> None:
        """Run one statement for many sets of values, in one exchange with the server."""
        _log(statement)
        await self._connection.executemany(statement.text, [statement.values(item) for item in items])


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._told: list[Callable[[], None]] = []
        self._waiting: list[Callable[[], None]] = []

    @classmethod
    async def connect(cls, dsn: str, *, most_connections: int = 12) -> Database:
        """Open a pool. Connections are made when first needed, but for one, which proves that the DSN is right."""
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=most_connections,
            connection_class=_Connection,
            init=_prepare_connection,
            server_settings=SESSION_SETTINGS,
            command_timeout=10,
            timeout=5,
        )
        return cls(pool)

    async def close(self) -> None:
        """Close all connections, waiting a little for those in use."""
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def ping(self) -> None:
        """Raise unless the database answers."""
        await self._pool.fetchval("SELECT 1")

    def reading(self) -> Reading:
        """A reader for one request."""
        return Reading(self._pool)

    @asynccontextmanager
    async def reading_on_one(self) -> AsyncIterator[Reading]:
        """A reader whose statements follow each other on one connection: a fifth of what each costs is to fetch one."""
        try:
            async with self._pool.acquire() as connection:
                yield _Held(connection)
        except DRIVER_ERRORS as error:
            raise_outage(error)
            raise

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writing]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Within the block the driver's errors are as they are, for `db` to make values of them.

        Raises:
            Outage: the database cannot do it now. It did nothing, unless the connection broke at the very end.
        """
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                tx = Writing(connection)
                yield tx
        except DRIVER_ERRORS as error:
            raise_outage(error)
            raise
        for listener in [*(self._told if tx.facts_told else ()), *(self._waiting if tx.facts_waiting else ())]:
            listener()

    def when_facts_are_told(self, listener: Callable[[], None]) -> None:
        """Call the listener after each commit that wrote to the outbox."""
        self._told.append(listener)

    def when_facts_wait(self, listener: Callable[[], None]) -> None:
        """Call the listener after each commit that wrote to the outbox what the relay takes further."""
        self._waiting.append(listener)


def _log(statement: Statement) -> None:
    log = statement_log.get()
    if log is not None:
        log.append(statement.text)


def by_key(rows: Sequence[Row], key: str, make: Callable[[Row], Any]) -> dict[Any, list[Any]]:
    """Group rows by one column, each made into a value, in the order of the rows."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(make(row))
    return dict(groups)
