"""A site for the tests of one module that leave no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from tests.site import Site, running


@pytest.fixture(scope="module")
async def door(postgres: str, template: str) -> AsyncIterator[Site]:
    """A running server that tests share."""
    before, after = postgres.split("/postgres?", 1)
    name = f"door_{uuid4().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    origins = frozenset({"https://shop.example"})
    async with running(f"{before}/{name}?{after}", allowed_origins=origins) as started:
        yield started
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()
