"""Idempotency keys: who comes second waits, and is told so when the first takes too long."""

from __future__ import annotations

import pytest

import db.idempotency
from db.connection import Database
from domain.idempotency import request_of
from domain.refusals import KeyInProgress, KeyReused
from tests.pond import NOON

a_request = request_of("member:1", "orderPlace", "a-key", {"quantity": 1})


async def test_the_first_to_claim_a_key_has_it_and_the_second_gets_its_answer(database: Database) -> None:
    async with database.writing() as tx:
        first = await db.idempotency.claim(tx, a_request, NOON)
        await db.idempotency.answer(tx, a_request, {"order": 1})

    async with database.writing() as tx:
        second = await db.idempotency.claim(tx, a_request, NOON)

    assert (first, second) == (None, {"order": 1})


async def test_another_request_cannot_claim_the_key(database: Database) -> None:
    async with database.writing() as tx:
        await db.idempotency.claim(tx, a_request, NOON)

    with pytest.raises(KeyReused):
        async with database.writing() as tx:
            await db.idempotency.claim(tx, request_of("member:1", "orderPlace", "a-key", {"quantity": 2}), NOON)


async def test_a_request_that_waits_too_long_for_the_first_is_told_to_come_back(database: Database) -> None:
    async with database.writing() as first:
        await db.idempotency.claim(first, a_request, NOON)

        with pytest.raises(KeyInProgress):
            async with database.writing() as second:
                await second._connection.execute("SET LOCAL lock_timeout = '50ms'")
                await db.idempotency.claim(second, a_request, NOON)


async def test_a_key_whose_effect_was_rolled_back_is_free_again(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.writing() as tx:
            await db.idempotency.claim(tx, a_request, NOON)
            raise LookupError

    async with database.writing() as tx:
        assert await db.idempotency.claim(tx, a_request, NOON) is None
