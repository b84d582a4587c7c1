"""What tests stand on: a real PostgreSQL, one fresh database per test, and the product on top of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from db import embedded, migrate
from db.connection import Database
from tests.databases import TEMPLATE, Databases, administer, named
from tests.pond import Pond
from tests.processes import ByFile, longest_first

if TYPE_CHECKING:
    from tests.site import Site


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: longest_first(item.nodeid))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Say how to see a failure again; `-q` leaves out the header, in which the seed is."""
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.write_line(f"seed: --randomly-seed={config.getoption('randomly_seed', None)}")


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
    await administer(postgres, f"CREATE DATABASE {TEMPLATE}")
    await migrate.upgrade(named(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
async def databases(postgres: str, template: str) -> AsyncIterator[Databases]:
    prepared = Databases(postgres)
    await prepared.prepare()
    yield prepared
    await prepared.close()


@pytest.fixture
async def dsn(databases: Databases) -> AsyncIterator[str]:
    """An empty database of this test alone."""
    async with databases.one() as name:
        yield name


@pytest.fixture
async def database(databases: Databases, dsn: str) -> AsyncIterator[Database]:
    async with databases.opened(dsn) as opened:
        yield opened


@pytest.fixture
def pond(database: Database) -> Pond:
    return Pond(database)


@pytest.fixture
async def site(dsn: str) -> AsyncIterator[Site]:
    """A running server on a fresh database."""
    from tests.site import running

    async with running(dsn) as started:
        yield started
