"""Migrations: the tables in the code are those that the migrations make, up, down and up again."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from alembic import command

import db.payments
import db.refunds
import db.stock
from db import migrate
from db.connection import Database
from domain.gifts import Combo, RewardGiven
from domain.idempotency import request_of
from domain.money import Money
from domain.orders import CartLine
from domain.payments import PayBy
from domain.placing import Wish
from domain.room_events import EventKind, event_from
from domain.stock import StockLevel
from domain.stock_locations import DEFAULT_LOCATION
from resolvers.gifts import Given
from resolvers.payments import Paying, _payment_of
from resolvers.placing import Placed
from tests.makers_payments import refund
from tests.pond import Pond
from tests.schema.test_after_sales import received
from tests.schema.test_extras import with_a_gift


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
    WITH place AS (INSERT INTO stock_location (id, kind, name, priority, ships, picks_up, active, place)
        VALUES (gen_random_uuid(), 'WAREHOUSE', 'South', 1, true, false, true, 1) RETURNING id)
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


async def test_money_that_was_due_to_go_back_goes_back_after_an_upgrade(dsn: str, database: Database) -> None:
    config, tea, late = migrate.configured(dsn), uuid4(), uuid4()
    await asyncio.to_thread(command.downgrade, config, "0002")
    connection, at = await asyncpg.connect(dsn), datetime.now(UTC)
    await _run(connection, _A_SHOP, tea)
    await _run(connection, _AN_ORDER, tea, late, "CANCELLED", None, at, 4)
    await connection.execute(
        "INSERT INTO payment (id, order_id, provider, state, amount_minor, currency, created_at, paid_at)"
        " VALUES ($1, $1, 'SANDBOX', 'REFUND_DUE', 1, 'CNY', now(), now())",
        late,
    )

    await asyncio.to_thread(command.upgrade, config, "head")

    async with database.writing() as tx:
        (due,) = await db.refunds.claim_due(tx, datetime.now(UTC), timedelta(minutes=1), 10)
        (payment,) = await db.payments.lock_all(tx, late)
    await connection.close()
    assert (due.payment_id, due.order_id, due.amount, due.order_refund_id) == (late, late, Money(1), None)
    assert (payment.left, payment.refunds) == (Money(0), 1)


_MONEY = {"minor": 199_00, "currency": "CNY"}
_AN_ANSWER: dict[str, Any] = {
    "order": {
        "id": "01a202aa-0161-770a-aaaa-de32ae8c815c", "number": "20261122-DE32AE8C815C", "state": "PLACED",
        "member_id": "01a202aa-00c9-75d7-8e4e-b7147dcb2845", "total": {"minor": 398_00, "currency": "CNY"},
        "lines": [
            {"id": "01a202aa-0163-7053-9aca-47ee538f0923", "variant_id": "01a202aa-011a-72f5-ac55-820038835838",
             "product_id": "01a202aa-00cb-72f2-890c-f995c76f9fc3", "live_product_id": None, "name": "四件套",
             "variant_name": "", "sku": "s-1", "picture_url": None, "unit_price": _MONEY, "quantity": 2}
        ],
        "address": None, "note": "hi", "live_room_id": None, "store_id": None, "guide_id": None,
        "placed_at": "2026-11-22T04:00:00Z", "pay_before": "2026-11-22T04:15:00Z", "paid_at": None,
        "cancelled_at": None, "cancel_reason": None, "version": 1,
    },
    "replayed": True, "code_ignored": False,
}  # fmt: skip
_A_PAYMENT: dict[str, Any] = {
    "id": "01a202aa-016a-7432-bcba-9337c424cd58", "order_id": "01a202aa-0161-770a-aaaa-de32ae8c815c",
    "provider": "SANDBOX", "state": "PENDING", "amount": {"minor": 398_00, "currency": "CNY"},
    "provider_reference": None, "confirm_url": "/sandbox/confirm", "created_at": "2026-11-22T04:00:00Z",
    "paid_at": None,
}  # fmt: skip
"""As they were kept by the version of 0002."""


async def test_answers_of_before_are_given_again_after_an_upgrade(dsn: str) -> None:
    config, connection = migrate.configured(dsn), await asyncpg.connect(dsn)
    member_id, order_id = UUID(_AN_ANSWER["order"]["member_id"]), UUID(_A_PAYMENT["order_id"])
    placing = Wish((CartLine(UUID(_AN_ANSWER["order"]["lines"][0]["variant_id"]), 2),), note="hi")
    placed = request_of(f"member:{member_id.hex}", "orderPlace", "place", placing.values())
    paid = Paying(order_id, "pay").request(member_id)
    await asyncio.to_thread(command.downgrade, config, "0002")
    for key, answer in {"place": _AN_ANSWER, "pay": _A_PAYMENT, "none": "a-hex-id"}.items():
        await connection.execute(
            "INSERT INTO idempotency_key VALUES ('m', $1, 'f', $2, now())", key, json.dumps(answer)
        )

    await asyncio.to_thread(command.upgrade, config, "head")

    rows = await connection.fetch("SELECT key, answer FROM idempotency_key")
    given = {row["key"]: json.loads(row["answer"]) for row in rows}
    await connection.close()
    order, payment = msgspec.convert(given["place"], Placed, strict=False).order, _payment_of(given["pay"])
    assert (order.total, order.goods, order.shipping) == (Money(398_00), Money(398_00), Money(0))
    assert [(line.payable, line.unit_paid) for line in order.lines] == [(Money(398_00), (199_00, 199_00))]
    assert payment is not None
    assert (payment.order_id, payment.amount, payment.by) == (order.id, Money(398_00), PayBy.SANDBOX)
    assert given["none"] == "a-hex-id"
    # What their requests were known by then.
    assert placed.fingerprint == "4fb27171ea34f910f0a55c80796d9316ce1c622fb0a8dc60bbd6f0c391b5cc33"
    assert paid.fingerprint == "a6f98da5c1c66dbe22527073bae912793ed3dae61c1a37588c530d7bed031234"


_A_GUIDE = """
    INSERT INTO member (id, nickname, status, created_at) VALUES ($1, 'Mei', 'ACTIVE', now());
    INSERT INTO org_unit (id, kind, name, path) VALUES ($1, 'HQ', 'HQ', 'hq.');
    INSERT INTO guide (id, member_id, store_id, kind, status, display_name, tier_id, share_code, applied_at)
        SELECT $1, $1, $1, 'EMPLOYEE', 'ACTIVE', 'Mei', id, 'code', now() FROM guide_tier ORDER BY rank LIMIT 1;
    INSERT INTO ledger_account (code, unit, guarded) VALUES ('brand:commission', 'CNY', false),
        ('guide:' || replace($1::uuid::text, '-', '') || chr(58) || 'pending', 'CNY', false)
"""
_A_COMMISSION = """
    INSERT INTO "order" (id, number, member_id, state, total_minor, goods_minor, shipping_minor, currency, note,
        placed_at, pay_before, paid_at)
        VALUES ($2, $2::uuid::text, $1, 'PAID', 1000, 1000, 0, 'CNY', '', now(), now(), now());
    INSERT INTO commission (id, order_id, guide_id, level, base_minor, rate_bp, rate_source, amount_minor, currency,
        state, created_at) VALUES ($2, $2, $1, 1, 1000, 500, 'GUIDE_TIER', 50, 'CNY', 'PENDING', now());
    INSERT INTO ledger_posting (business_key, position, source, destination, unit, amount_minor, at)
        VALUES ($2::uuid::text, 0, 'brand:commission', 'guide:' || replace($1::uuid::text, '-', '') || chr(58) || 'pending', 'CNY',
        50, now())
"""
_BALANCES = """
    SELECT account, sum(minor)::int FROM (
        SELECT split_part(destination, ':', 3) AS account, amount_minor AS minor FROM ledger_posting
        UNION ALL SELECT split_part(source, ':', 3), -amount_minor FROM ledger_posting
    ) AS moved GROUP BY account HAVING sum(minor) <> 0 AND account <> '' ORDER BY account
"""


async def test_commissions_of_before_wait_for_their_release_and_survive_a_downgrade(dsn: str) -> None:
    config, mei, at = migrate.configured(dsn), uuid4(), datetime.now(UTC)
    await asyncio.to_thread(command.downgrade, config, "0003")
    connection, orders = await asyncpg.connect(dsn), [uuid4() for _ in range(3)]
    await _run(connection, _A_GUIDE, mei)
    for order_id in orders:
        await _run(connection, _A_COMMISSION, mei, order_id)
    await connection.execute('UPDATE "order" SET received_at = $2 WHERE id = ANY($1)', orders[:2], at)

    await asyncio.to_thread(command.upgrade, config, "head")

    found = await connection.fetch("SELECT order_id, state, release_at FROM commission")
    balances = [tuple(row) for row in await connection.fetch(_BALANCES)]
    await _run(connection, _GONE_BACK, mei, orders[0])
    await connection.execute("UPDATE commission SET state = 'AVAILABLE', released_at = now() WHERE id = $1", orders[1])
    await asyncio.to_thread(command.downgrade, config, "0003")
    left = await connection.fetch("SELECT order_id, state FROM commission")
    await connection.close()
    await asyncio.to_thread(command.upgrade, config, "head")
    week = at + timedelta(days=7)
    assert {row["order_id"]: tuple(row)[1:] for row in found} == {
        orders[0]: ("FROZEN", week), orders[1]: ("FROZEN", week), orders[2]: ("PENDING", None)
    }  # fmt: skip
    assert balances == [("frozen", 100), ("pending", 50)]
    assert {tuple(row) for row in left} == {(orders[1], "PENDING"), (orders[2], "PENDING")}


async def test_gifts_that_were_settled_before_an_upgrade_stay_settled(dsn: str, pond: Pond) -> None:
    config, by_sale, by_staff = migrate.configured(dsn), await with_a_gift(pond), await with_a_gift(pond)
    for order in (by_sale, by_staff):
        await received(pond, order.order_id)
    await by_sale.came_back(await by_sale.applied((by_sale.line, 1)))
    await refund(pond, by_staff.order_id, lines=[(by_staff.line, 1)], ofSent=True, restock=True)
    for order in (by_sale, by_staff):
        await refund(pond, order.order_id, amount=5_00)
    connection = await asyncpg.connect(dsn)
    settled = "SELECT deducted_minor FROM order_refund ORDER BY id"
    before = [row[0] for row in await connection.fetch(settled)]

    await asyncio.to_thread(command.downgrade, config, "0005")
    await asyncio.to_thread(command.upgrade, config, "head")

    await connection.reload_schema_state()
    after = [row[0] for row in await connection.fetch(settled)]
    await connection.close()
    assert before == after == [25_00, 25_00, 0, 0]


_GONE_BACK = """
    INSERT INTO order_refund (id, order_id, amount_minor, shipping_minor, points, reason, is_whole, of_sent, created_at)
        VALUES ($2, $2, 1, 0, 0, '', true, false, now());
    INSERT INTO commission_claw_back (commission_id, refund_id, guide_id, amount_minor, after_release, at)
        VALUES ($2, $2, $1, 50, false, now());
    UPDATE commission SET state = 'CANCELLED', refunded_minor = 1000, clawed_back_minor = 50 WHERE id = $2
"""


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
