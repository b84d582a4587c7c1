"""Migrations: the tables in the code are those that the migrations make, up, down and up again."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec
from alembic import command

import db.stock
from db import migrate
from db.connection import Database
from domain.gifts import Combo, RewardGiven
from domain.room_events import EventKind, event_from
from domain.stock import StockLevel
from domain.stock_locations import DEFAULT_LOCATION
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


_A_SHOP = """
    INSERT INTO product (id, slug, name, brief, detail_html, visibility, state, price_minimum_minor, price_maximum_minor,
        currency, created_at, updated_at) VALUES ($1, 'tea', 'Tea', '', '', 'PUBLIC', 'ON_SALE', 1, 1, 'CNY', now(), now());
    INSERT INTO variant (id, product_id, sku, name, price_minor, currency, position)
        VALUES ($1, $1, 'tea', '', 1, 'CNY', 0);
    INSERT INTO stock_level (variant_id, received, sellable, reserved, carved, sold) VALUES ($1, 30, 12, 2, 5, 11);
    INSERT INTO member (id, nickname, status, created_at) VALUES ($1, 'Mei', 'ACTIVE', now());
"""
"""Of 30 units 12 can be sold, 2 wait to be paid, 5 are set aside, 8 were bought and 3 given away."""
_AN_ORDER = """
    INSERT INTO "order" (id, number, member_id, state, total_minor, currency, note, placed_at, pay_before, paid_at,
        cancelled_at) VALUES ($2, $2::uuid::text, $1, $3, 1, 'CNY', '', now(), now(), $4, $5);
    INSERT INTO order_line (id, order_id, position, variant_id, product_id, name, variant_name, sku, unit_price_minor,
        quantity) VALUES ($2, $2, 0, $1, $1, '', '', '', 1, $6);
"""


_A_SECOND_PLACE = """
    WITH place AS (INSERT INTO stock_location (id, kind, name, priority, ships, picks_up, active)
        VALUES (gen_random_uuid(), 'WAREHOUSE', 'South', 1, true, false, true) RETURNING id)
    INSERT INTO stock_level (variant_id, location_id, received, sellable) SELECT $1, id, 7, 7 FROM place
"""


async def test_stock_of_before_is_in_the_default_warehouse_and_all_of_it_is_there_after_a_downgrade(dsn: str) -> None:
    """The ledger begins with what orders and plays hold."""
    config, tea = migrate.configured(dsn), uuid4()
    await asyncio.to_thread(command.downgrade, config, "0002")
    connection, at = await asyncpg.connect(dsn), datetime.now(UTC)
    await _run(connection, _A_SHOP, tea)
    waits, bought, given_up = uuid4(), uuid4(), uuid4()
    await _run(connection, _AN_ORDER, tea, waits, "PLACED", None, None, 2)
    await _run(connection, _AN_ORDER, tea, bought, "PAID", at, None, 8)
    await _run(connection, _AN_ORDER, tea, given_up, "CANCELLED", None, at, 4)

    await asyncio.to_thread(command.upgrade, config, "head")

    told = await connection.fetch("SELECT kind, quantity, cause_id FROM stock_movement ORDER BY id")
    database = await Database.connect(dsn)
    wrong, held = await db.stock.differences(database.reading()), await db.stock.held_by(database.reading(), waits)
    level = (await db.stock.levels_of(database.reading(), [tea], DEFAULT_LOCATION))[tea]
    await database.close()
    await connection.execute(_A_SECOND_PLACE, tea)
    await asyncio.to_thread(command.downgrade, config, "0002")
    whole = await connection.fetch("SELECT received, sellable, reserved, carved, sold FROM stock_level")
    await connection.close()
    assert [tuple(row) for row in told[:3]] == [("OPENING", 30, None), ("CARVE", 8, None), ("GIVE_AWAY", 3, None)]
    assert {tuple(row) for row in told[3:]} == {("RESERVE", 2, waits), ("RESERVE", 8, bought), ("SELL", 8, bought)}
    assert wrong == []
    assert [one.reserved for one in held] == [2]
    assert level == StockLevel(tea, 30, 12, 2, 5, 11)
    assert [tuple(row) for row in whole] == [(37, 19, 2, 5, 11)]


async def _run(connection: asyncpg.Connection, script: str, *values: object) -> None:
    """Run statements one after the other, each with those of the values that it names."""
    for statement in filter(str.strip, script.split(";")):
        numbers = sorted({int(number) for number in re.findall(r"\$(\d)", statement)})
        for place, number in enumerate(numbers, 1):
            statement = statement.replace(f"${number}", f"$%{place}")  # noqa: PLW2901  it is being renumbered
        await connection.execute(statement.replace("$%", "$"), *(values[number - 1] for number in numbers))


async def _tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}
