"""A site for the tests of one module that leave no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.site import Site, running


@pytest.fixture(scope="module")
async def door(databases: Databases) -> AsyncIterator[Site]:
    """A running server that tests share."""
    origins = frozenset({"https://shop.example"})
    async with databases.one() as dsn, running(dsn, allowed_origins=origins) as started:
        yield started
