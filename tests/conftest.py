"""What tests stand on: a real PostgreSQL, one fresh database per test, and the product on top of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

from db import embedded, migrate
from db.connection import Database
from tests.pond import Pond

if TYPE_CHECKING:
    from tests.site import Site

TEMPLATE = "template_pond"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a PostgreSQL for this run, without a database name that matters."""
    directory = Path(tempfile.mkdtemp(prefix="yutang-test-"))
    directory.chmod(0o755)
    yield embedded.start(directory, durable=False)
    embedded.stop(directory)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def template(postgres: str) -> str:
    """The name of a database with every table, from which the tests' databases are copied."""
    await _administer(postgres, f"CREATE DATABASE {TEMPLATE}")
    await migrate.upgrade(named(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def dsn(postgres: str, template: str) -> AsyncIterator[str]:
    """A fresh database of this test alone."""
    name = f"test_{uuid4().hex}"
    await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield named(postgres, name)
    await _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    opened = await Database.connect(dsn)
    yield opened
    await opened.close()


@pytest.fixture
def pond(database: Database) -> Pond:
    return Pond(database)


def named(dsn: str, name: str) -> str:
    """The DSN of another database of the same server."""
    before, after = dsn.split("/postgres?", 1)
    return f"{before}/{name}?{after}"


async def _administer(dsn: str, command: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(command)
    finally:
        await connection.close()


@pytest.fixture
async def site(dsn: str) -> AsyncIterator[Site]:
    """A running server on a fresh database."""
    from tests.site import running

    async with running(dsn) as started:
        yield started
