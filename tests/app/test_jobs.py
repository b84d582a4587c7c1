"""Jobs: what is old is forgotten, in steps, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.payments
from app import jobs
from app.assembly import open_pond
from app.settings import Settings
from db.connection import Database
from tests.pond import Pond

AGED = {
    "idempotency_key (owner, key, fingerprint, created_at)": "'m', $1, 'f', now() - $2::interval",
    "payment_notification (provider, notification, at)": "'SANDBOX', $1, now() - $2::interval",
    "outbox (kind, aggregate, aggregate_id, payload, at, relayed_at)": "$1, 'order', gen_random_uuid(), '{}', now() - $2::interval, now() - $2::interval",
}


async def test_jobs_forget_what_is_older_than_its_settings_say(pond: Pond, dsn: str) -> None:
    a_room, an_old_room = uuid4(), uuid4()
    for table, row in AGED.items():
        await pond.select(f"INSERT INTO {table} VALUES ({row})", "old", timedelta(days=3))
        await pond.select(f"INSERT INTO {table} VALUES ({row})", "new", timedelta(days=1))
    await pond.select(
        "INSERT INTO outbox (kind, aggregate, aggregate_id, payload, at)"
        "VALUES ('waits', 'order', gen_random_uuid(), '{}', now() - interval '9 days')"
    )
    watched = "INSERT INTO room_presence (room_id, process_id, at) VALUES ($1, gen_random_uuid(), now() - $2::interval)"
    for room, days in ((a_room, 1), (an_old_room, 3)):
        await pond.select(watched, room, timedelta(days=days))
        await pond.select("INSERT INTO room_viewer VALUES ($1, 1, now() - $2::interval)", room, timedelta(days=days))
    kept = dict.fromkeys(("idempotency_days", "outbox_days", "presence_days", "notification_days"), 2)
    settings = Settings(_env_file=None, database_url=dsn, relay=False, **kept)

    async with open_pond(settings) as opened:
        done = {job.name: await job.run(opened.context()) for job in jobs.jobs_of(settings)}
        again = [await job.run(opened.context()) for job in jobs.jobs_of(settings)]

    forgotten = {name: many for name, many in done.items() if many and not name.startswith("projection: ")}
    assert forgotten == {
        "old idempotency keys are forgotten": 1,
        "old facts that were relayed are forgotten": 1,
        "old counts of viewers are forgotten": 2,
        "old notifications of payments are forgotten": 1,
    }
    assert not any(again)
    assert await column(pond, "SELECT key FROM idempotency_key") == ["new"]
    assert await column(pond, "SELECT notification FROM payment_notification") == ["new"]
    assert await column(pond, "SELECT kind FROM outbox ORDER BY id") == ["new", "waits"]
    assert await column(pond, "SELECT room_id FROM room_presence") == [a_room]
    assert await column(pond, "SELECT room_id FROM room_viewer") == [a_room]


@pytest.mark.parametrize("joins", [(), ("hashjoin", "mergejoin", "hashagg", "sort", "material")])
async def test_what_is_old_is_forgotten_in_steps(pond: Pond, dsn: str, joins: tuple[str, ...]) -> None:
    """However PostgreSQL goes about it, which it chooses by what it knows of the table."""
    database = await Database.connect(dsn, most_connections=1)
    for one in joins:
        await database._pool.execute(f"SET enable_{one} = off")
    await pond.select(
        "INSERT INTO payment_notification SELECT 'SANDBOX', n::text, now() FROM generate_series(1, 7000) n"
    )
    later = datetime.now(UTC) + timedelta(minutes=1)
    steps = []

    for _ in range(3):
        async with database.writing() as tx:
            steps.append(await db.payments.forget_notifications(tx, later))
    await database.close()

    assert steps == [5_000, 2_000, 0]


async def column(pond: Pond, sql: str) -> list[Any]:
    return [row[0] for row in await pond.select(sql)]
