"""C45: nothing is told of what was rolled back, and what was committed once, although workers are killed before."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

import db.outbox
from app.news import LATEST
from app.relay import Relay
from db.connection import Database
from domain.money import Money
from schema.ids import Kind, id_of
from tests.deployments import Shop, deployed
from tests.makers_carts import line_of
from tests.makers_catalogue import a_variant
from tests.makers_live import a_gift, a_room, coins
from tests.makers_members import a_member
from tests.makers_promotions import PLACE
from tests.pond import Pond

GIVERS = 12
GIVE = "mutation ($input: GiftSendInput!) { giftSend(input: $input) { reward { id } userErrors { code } } }"
SINCE = """query ($room: ID!) { liveRoomEventsSince(roomId: $room, after: 0, first: 100) {
  events { seq kind ... on RewardGiven { reward { id } } } } }"""
WAITING = "SELECT count(*) FROM outbox WHERE relayed_at IS NULL"
PLACED = """SELECT (SELECT count(*) FROM outbox WHERE kind = 'OrderPlaced'), (SELECT count(*) FROM "order")"""


async def test_a_commit_is_told_once_although_its_worker_was_killed_before_it_told(dsn: str) -> None:
    database, teller = await Database.connect(dsn), await asyncpg.connect(dsn)
    pond = Pond(database)
    pond.time = datetime.now(UTC)
    room, _ = await a_room(pond)
    gift, tea = await a_gift(pond, coins=10), await a_variant(pond, price=Money(10_00), stock=1)
    ids = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "giftId": id_of(Kind.GIFT, gift.id), "count": 1}
    async with deployed(dsn) as deployment, httpx.AsyncClient(timeout=30) as client:
        client.base_url = httpx.URL(deployment.url)
        assert pond.gateways.standins is not None
        shop = Shop(deployment.url, client, pond, pond.gateways.standins)
        await _until_told(pond)
        # Whoever holds this lock relays: while we do, commits are not told by anybody.
        await teller.execute("SELECT pg_advisory_lock($1)", db.outbox._RELAY_LOCK)

        rich, poor = await _members(shop, 10), await _members(shop, 9)
        given = await asyncio.gather(*(_gives(shop, token, ids) for token in [*rich, *poor]))
        buys = {"lines": [line_of(tea)]}
        await asyncio.gather(*(shop.ask(PLACE, t, input=buys | {"idempotencyKey": uuid4().hex}) for t in rich))
        assert [one is not None for one in given] == [True] * GIVERS + [False] * GIVERS
        # What says nothing to a live room, such as the order, waits for nobody.
        assert (await pond.select(WAITING))[0][0] == GIVERS
        assert _rewards_in(await shop.ask(SINCE, room=ids["liveRoomId"])) == []

        for worker in await deployment.workers():
            os.kill(worker, signal.SIGKILL)
        await teller.execute("SELECT pg_advisory_unlock($1)", db.outbox._RELAY_LOCK)
        # Another process, whoever comes first: this one, or a worker that is started anew.
        relay = Relay(database, _to_nobody, LATEST, lambda: pond.time)
        while (await pond.select(WAITING))[0][0]:
            await relay.relay_once()

        told = _rewards_in(await pond.ask(SINCE, room=ids["liveRoomId"]))
        assert sorted(told) == sorted(str(one) for one in given if one)
        assert tuple((await pond.select(PLACED))[0]) == (1, 1)
    await teller.close()
    await database.close()


async def _members(shop: Shop, many: int) -> list[str]:
    """Tokens of members who have so many coins."""
    members = [await a_member(shop.pond) for _ in range(GIVERS)]
    for member in members:
        await coins(shop.pond, member, many)
    return [await shop.a_token(member) for member in members]


async def _gives(shop: Shop, token: str, ids: dict[str, Any]) -> str | None:
    """The id of a reward, None when it is refused."""
    answer = (await shop.ask(GIVE, token, input={**ids, "idempotencyKey": uuid4().hex}))["giftSend"]
    return answer["reward"] and str(answer["reward"]["id"])


def _rewards_in(answer: Any) -> list[str]:
    """The rewards that the room was told of, as often as it was."""
    events = answer["liveRoomEventsSince"]["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    return [event["reward"]["id"] for event in events if event["kind"] == "REWARD"]


async def _until_told(pond: Pond) -> None:
    async with asyncio.timeout(30):
        while (await pond.select(WAITING))[0][0]:  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.05)


async def _to_nobody(*_: Any) -> None:
    """Tell nobody: the room's log has it."""
