"""The crowd of `yutang demo --live`: it does what people do, through the public API, and ends when it is told to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.demo.crowd import be_lively
from app.demo.run import GUIDE, STAFF, _holders
from app.demo.sow import sow
from app.demo.tokens import ready_tokens
from db.connection import Database
from schema.ids import Kind, id_of
from tests.site import running

DONE = """SELECT
    (SELECT count(*) FROM room_event WHERE kind = 'BULLET_COMMENT'),
    (SELECT count(*) FROM "order" WHERE state = 'PAID' AND live_room_id IS NOT NULL),
    (SELECT count(*) FROM reward),
    (SELECT count(*) FROM room_event WHERE kind = 'PIN'),
    (SELECT coalesce(sum(likes), 0) FROM live_like),
    (SELECT coalesce(sum(invites), 0) FROM live_inviter),
    (SELECT count(*) FROM draw_entry),
    (SELECT count(*) FROM red_packet_share WHERE member_id IS NOT NULL),
    (SELECT coalesce(sum(cardinality(numbers)), 0) FROM room_presence)"""


async def test_the_crowd_watches_talks_buys_tips_and_tries_its_luck_while_the_host_explains(
    dsn: str, database: Database, tmp_path: Path
) -> None:
    sown = await sow(database)
    tokens = await ready_tokens(database, tmp_path, _holders(sown))

    async def done() -> list[int]:
        async with database._pool.acquire() as connection:
            return list(await connection.fetchrow(DONE))

    before = await done()
    async with running(dsn) as site:
        room = id_of(Kind.LIVE_ROOM, sown.room_id)
        crowd = asyncio.create_task(be_lively(site.url, room, tokens[GUIDE], tokens[STAFF], pace=30))
        async with asyncio.timeout(60):
            while not all(now > then for now, then in zip(await done(), before, strict=True)):
                assert not crowd.done(), crowd.result()
                await asyncio.sleep(0.2)
        crowd.cancel()
        await asyncio.gather(crowd, return_exceptions=True)

    assert crowd.cancelled()
