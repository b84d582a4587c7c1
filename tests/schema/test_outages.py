"""What clients are told when the database cannot do it now: that they may ask again, and nothing of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from resolvers.context import Locale
from tests.pond import Pond

CATEGORIES = "{ categories { id } }"


@pytest.fixture
async def locked(dsn: str) -> AsyncIterator[None]:
    """Somebody keeps everybody off the catalogue."""
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await connection.execute("LOCK TABLE category IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(("limit", "code"), [("lock_timeout", "OVERLOADED"), ("statement_timeout", "TIMEOUT")])
async def test_who_waited_in_vain_may_try_again(pond: Pond, limit: str, code: str) -> None:
    await pond.select(f"SET {limit} = '50ms'")

    result = await pond.execute(CATEGORIES)

    assert [error.extensions for error in result.errors] == [{"code": code, "retryable": True}]


@pytest.mark.parametrize(("locale", "words"), [(Locale.ZH, "服务繁忙"), (Locale.EN, "Too much is going on")])
async def test_a_database_that_is_away_is_told_in_the_callers_language(pond: Pond, locale: Locale, words: str) -> None:
    await pond.database.close()

    result = await pond.execute(CATEGORIES, locale=locale)

    (error,) = result.errors
    assert error.message.startswith(words)
    assert error.extensions == {"code": "OVERLOADED", "retryable": True}
