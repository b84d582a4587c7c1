"""L2: a gift is exactly once in the ledger, and on the wire with its number, although answers to COMMIT are lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest

import app.relay
import db.room_log
from app.news import LATEST
from app.relay import Relay
from db.connection import Database
from domain.outages import Outage
from domain.room_events import EventKind
from resolvers.room_writer import RoomWriter
from schema.ids import Kind, id_of
from subscriptions.hub import Hub
from tests.makers_live import a_gift, a_room, coins
from tests.makers_members import a_member
from tests.pond import Pond, _deliver
from tests.proxies import Proxy, socket_of
from tests.waiting import until

GIVE = """mutation ($input: GiftSendInput!) { giftSend(input: $input) {
  reward { id } coinBalance replayed userErrors { code } } }"""
PAUSED = {"from_state": "LIVE", "to_state": "PAUSED"}


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    """The way to the database, on which answers are lost."""
    proxy = Proxy(socket_of(dsn))
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.fixture
async def shaky(proxy: Proxy, dsn: str) -> AsyncIterator[Database]:
    opened = await Database.connect(proxy.dsn(dsn))
    yield opened
    await opened.close()


async def kinds_in(pond: Pond, room: Any) -> list[EventKind]:
    return [event.kind for event in await db.room_log.since(pond.database.reading(), room.id, 0, 100)]


async def test_a_gift_is_debited_once_and_told_with_its_number(
    pond: Pond, proxy: Proxy, shaky: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.relay, "RETRY_S", (0.02,))
    room, _ = await a_room(pond)
    gift, member = await a_gift(pond, coins=66), await a_member(pond)
    await coins(pond, member, 300)
    ids = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "giftId": id_of(Kind.GIFT, gift.id)}
    hub, heard = Hub(db.room_log.RoomLog(pond.database)), []
    watching = [asyncio.create_task(hub.watch()), asyncio.create_task(_hear(hub, room.id, heard))]
    relaying = asyncio.create_task(Relay(shaky, partial(_deliver, hub), LATEST, lambda: pond.time).run())

    client, proxy.answers_to_lose = Pond(shaky), 3
    balance = None
    while balance is None:
        result = await client.execute(GIVE, member, input={**ids, "count": 1, "idempotencyKey": "one"})
        balance = result.data and result.data["giftSend"] and result.data["giftSend"]["coinBalance"]
    await until(lambda: hub.doubt() or EventKind.REWARD in dict(heard).values())

    await _end(*watching, relaying)
    assert proxy.answers_to_lose == 0
    assert balance == 300 - 66
    assert (await kinds_in(pond, room)).count(EventKind.REWARD) == 1
    assert [seq for seq, _ in heard] == list(range(1, len(heard) + 1))


async def _hear(hub: Hub, room_id: Any, heard: list[Any]) -> None:
    async with aclosing(hub.listen(room_id, after=0)) as events:
        async for event in events:
            heard.append((event.seq, event.kind))  # noqa: PERF401  the test reads it meanwhile


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_what_the_relay_told_before_its_connection_broke_is_not_told_again(
    pond: Pond, proxy: Proxy, shaky: Database
) -> None:
    room, _ = await a_room(pond)
    relay = Relay(shaky, _to_nobody, LATEST, lambda: pond.time)
    proxy.answers_to_lose = 1

    with pytest.raises(Outage):
        await relay.relay_once()
    while await relay.relay_once():
        pass

    assert await kinds_in(pond, room) == [EventKind.STATE]


async def test_an_event_whose_answer_was_lost_is_stored_once_and_found(
    pond: Pond, proxy: Proxy, shaky: Database
) -> None:
    """Whoever posted it is told that it may not be there; nothing of ours posts it a second time."""
    room, _ = await a_room(pond)
    writer = RoomWriter(shaky, _to_nobody, lambda: pond.time)
    hub, heard = Hub(db.room_log.RoomLog(pond.database)), []
    watching = [asyncio.create_task(hub.watch()), asyncio.create_task(_hear(hub, room.id, heard))]
    await until(lambda: room.id in hub._rooms)
    proxy.answers_to_lose = 1

    with pytest.raises(Outage):
        await writer.post(room.id, EventKind.STATE, PAUSED)
    await writer.post(room.id, EventKind.STATE, PAUSED)
    await until(lambda: hub.doubt() or len(heard) == 2)

    await _end(*watching)
    assert await kinds_in(pond, room) == [EventKind.STATE] * 2
    assert [seq for seq, _ in heard] == [1, 2]


async def _to_nobody(*_: Any) -> None:
    """Tell nobody: the process ended before it could."""
