"""Migrations: the tables in the code are those that the migrations make, up, down and up again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec
from alembic import command

from db import migrate
from domain.gifts import Combo, RewardGiven
from domain.room_events import EventKind, event_from
from resolvers.gifts import Given


async def test_the_migrations_make_the_tables_of_the_code(dsn: str) -> None:
    await migrate.check(dsn)


async def test_every_migration_goes_down_and_up_again(dsn: str) -> None:
    config = migrate.configured(dsn)

    await asyncio.to_thread(command.downgrade, config, "base")
    left = await _tables(dsn)
    await asyncio.to_thread(command.upgrade, config, "head")

    assert left == {"alembic_version"}
    await migrate.check(dsn)


async def test_gifts_that_wait_to_be_told_during_an_upgrade_are_told_after_it(dsn: str) -> None:
    """A gift of before had no combo, which every gift has since."""
    config, a_room, reward_id = migrate.configured(dsn), uuid4(), uuid4().hex
    await asyncio.to_thread(command.downgrade, config, "0001")
    reward = {
        "id": reward_id,
        "count": 3,
        "coins": 30,
        "sender_id": uuid4().hex,
        "sender_name": "小美",
        "gift": {"id": uuid4().hex, "code": "rose", "name": "玫瑰", "icon_url": "/rose.svg", "coins": 10},
        "at": "2026-11-22T04:00:00Z",
    }
    event = {"room": a_room.hex, "kind": "REWARD", "payload": {"reward": reward}}
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO outbox (kind, aggregate, aggregate_id, payload, at)"
        " VALUES ('RewardGiven', 'live_room', $1, $2, now())",
        a_room,
        json.dumps({"room_events": [event]}),
    )
    await connection.execute(
        "INSERT INTO idempotency_key (owner, key, fingerprint, answer, created_at) VALUES ('m', 'k', 'f', $1, now())",
        json.dumps({"reward": reward, "coin_balance": 70}),
    )

    await asyncio.to_thread(command.upgrade, config, "head")

    (told,) = json.loads(await connection.fetchval("SELECT payload FROM outbox"))["room_events"]
    answer = json.loads(await connection.fetchval("SELECT answer FROM idempotency_key"))
    await connection.close()
    read = event_from(EventKind.REWARD, a_room, 1, datetime.now(UTC), told["payload"])
    assert isinstance(read, RewardGiven)
    assert read.reward.combo == Combo(UUID(hex=reward_id), 3)
    assert msgspec.convert(answer, Given, strict=False).reward == read.reward


async def _tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}
