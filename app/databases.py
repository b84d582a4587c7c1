"""The database of a deployment: start it where it is our own, migrate it, and check that it is fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import requires, version

import asyncpg
import typer
from packaging.requirements import Requirement

from app.settings import Settings
from db import embedded, migrate

OLDEST_POSTGRES = 15
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def dsn_of(settings: Settings) -> str:
    """Where the database is; our own is started when none is named."""
    if settings.database_url is not None:
        return settings.database_url
    assert settings.data_dir is not None, "the command line names a folder"
    return embedded.start(settings.data_dir)


def upgrade(settings: Settings) -> str:
    """Run the migrations that the database has not seen; says where it stands now."""
    asyncio.run(migrate.upgrade(dsn_of(settings)))
    return f"the database is at {migrate.newest()}"


def check(settings: Settings) -> bool:
    """Check one thing after the other and say how it is; whether all is well."""
    results = [_dependencies(), *asyncio.run(_database(dsn_of(settings)))]
    for name, complaint in results:
        mark, colour = ("✗", typer.colors.RED) if complaint else ("✓", typer.colors.GREEN)
        typer.echo(f"{typer.style(mark, fg=colour)} {name}{': ' if complaint else ''}{complaint}")
    return not any(complaint for _, complaint in results)


def _dependencies() -> tuple[str, str]:
    low = []
    for line in requires("yutang") or []:
        wanted = Requirement(line)
        if not wanted.specifier.contains(version(wanted.name), prereleases=True):
            low.append(f"{wanted.name} {version(wanted.name)} is not {wanted.specifier}")
    return "the libraries are those that we build on", "; ".join(low)


async def _database(dsn: str) -> list[tuple[str, str]]:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        return [("the database answers", str(error) or type(error).__name__)]
    try:
        checks: dict[str, Callable[[asyncpg.Connection], Awaitable[str]]] = {
            "PostgreSQL is new enough": _age,
            "every migration has run": partial(_shape, dsn),
            "what is committed is on disk": _durability,
        }
        return [("the database answers", ""), *[(name, await ask(connection)) for name, ask in checks.items()]]
    finally:
        await connection.close()


async def _age(connection: asyncpg.Connection) -> str:
    major = connection.get_server_version().major
    return "" if major >= OLDEST_POSTGRES else f"it is {major}, and {OLDEST_POSTGRES} is needed"


async def _shape(dsn: str, _: asyncpg.Connection) -> str:
    at = await migrate.revision_of(dsn)
    return "" if at == migrate.newest() else f"the database is at {at}, not {migrate.newest()}: run yutang migrate"


async def _durability(connection: asyncpg.Connection) -> str:
    rows = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", list(_DURABLE))
    loose = [f"{name} is {setting}" for name, setting in rows if name != "synchronous_commit" and setting != "on"]
    loose += [f"{name} is off" for name, setting in rows if name == "synchronous_commit" and setting == "off"]
    return "; ".join(loose)
