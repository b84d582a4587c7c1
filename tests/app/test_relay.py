"""The relay: what commits told in the outbox reaches the live rooms, in order and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import app.relay
import db.outbox
import db.room_log
from app.relay import Latest, Relay
from db.connection import Database, Writing
from domain.live_audience import LikesChanged
from domain.outages import Outage
from domain.room_events import EventKind, RoomEvent
from tests.waiting import until

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room, a_product, another_product = uuid4(), uuid4(), uuid4()


class Told:
    """The rooms, as they were told, and a stock that a test changes. A product is told once in `every_s` at most."""

    def __init__(self, every_s: float = 0.2) -> None:
        self.every_s = every_s
        self.events: list[RoomEvent] = []
        self.left = {a_product: 10, another_product: 10}
        self.liked = 0

    async def publish(self, _room: UUID, events: Sequence[RoomEvent]) -> None:
        self.events += events

    @property
    def latest(self) -> dict[str, Latest]:
        return {
            "live_products": Latest(EventKind.INVENTORY, self.every_s, self.inventory),
            "live_likes": Latest(EventKind.LIKES, 0.4, self.likes),
        }

    async def likes(self, _tx: Writing, names: Sequence[str]) -> Sequence[tuple[UUID, dict[str, Any]]]:
        return [(UUID(hex=name), {"like_count": self.liked}) for name in names]

    async def inventory(self, _tx: Writing, names: Sequence[str]) -> Sequence[tuple[UUID, dict[str, Any]]]:
        return [
            (
                a_room,
                {
                    "live_product_id": name,
                    "variant_id": name,
                    "live_stock": self.left[UUID(hex=name)],
                    "sold": 0,
                    "version": 1,
                },
            )
            for name in names
        ]

    @property
    def likes_told(self) -> list[int]:
        return [event.like_count for event in self.events if isinstance(event, LikesChanged)]

    def levels(self, product: UUID) -> list[int]:
        """The stock that was told of a product, one after the other."""
        return [event.live_stock for event in self.events if getattr(event, "live_product_id", None) == product]


@asynccontextmanager
async def relaying(database: Database, every_s: float = 0.2) -> AsyncIterator[Told]:
    told = Told(every_s)
    relay = Relay(database, told.publish, told.latest, lambda: NOON)
    running = asyncio.create_task(relay.run())
    try:
        yield told
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def fact(database: Database, *, counts: Sequence[int] = (), products: Sequence[UUID] = (), **more: Any) -> None:
    """A commit that tells of viewer counts and of products."""
    said = [{"room": a_room.hex, "kind": "VIEWERS", "payload": {"viewer_count": count}} for count in counts]
    payload = {"room_events": said, "live_products": [product.hex for product in products], **more}
    async with database.writing() as tx:
        await db.outbox.tell(tx, "SomethingChanged", "live_room", a_room, payload, NOON)


async def waiting(database: Database) -> int:
    async with database.writing() as tx:
        return len(await db.outbox.take(tx, 1000) or ())


async def test_room_events_of_facts_are_appended_in_order_and_told(database: Database) -> None:
    async with relaying(database) as told:
        for n in range(20):
            await fact(database, counts=[2 * n, 2 * n + 1])
        await until(lambda: len(told.events) == 40)

    assert [event.viewer_count for event in told.events] == list(range(40))  # type: ignore[union-attr]
    assert [event.seq for event in told.events] == list(range(1, 41))
    assert await db.room_log.since(database.reading(), a_room, 0, 100) == told.events
    assert await waiting(database) == 0


async def test_a_product_is_told_five_times_a_second_at_most_and_the_last_level_always(database: Database) -> None:
    async with relaying(database) as told:
        began = asyncio.get_running_loop().time()
        for left in range(100, 0, -1):
            told.left[a_product] = left
            await fact(database, products=[a_product])
            await asyncio.sleep(0.005)
        await until(lambda: told.levels(a_product)[-1:] == [1])
        most = 2 + (asyncio.get_running_loop().time() - began) * 5
        await asyncio.sleep(0.3)

    assert 2 <= len(told.levels(a_product)) <= most
    assert told.levels(a_product) == sorted(told.levels(a_product), reverse=True)
    assert await waiting(database) == 0


async def test_room_events_do_not_wait_for_a_product_that_comes_with_them(database: Database) -> None:
    async with relaying(database, every_s=1) as told:
        await fact(database, products=[a_product])
        await until(lambda: told.levels(a_product) == [10])
        told.left[a_product] = 9

        await fact(database, counts=[1], products=[a_product])
        await until(lambda: any(event.kind is EventKind.VIEWERS for event in told.events), 0.8)
        assert told.levels(a_product) == [10]
        await until(lambda: told.levels(a_product) == [10, 9])

    assert await waiting(database) == 0


async def test_each_kind_of_news_has_its_own_pace_and_none_is_lost(database: Database) -> None:
    async with relaying(database) as told:
        for liked in range(1, 6):
            told.liked, told.left[a_product] = liked, 10 - liked
            await fact(database, products=[a_product], live_likes=[a_room.hex])
        await until(lambda: told.levels(a_product)[-1:] == [5])
        await until(lambda: told.likes_told[-1:] == [5])

    assert len(told.likes_told) <= 2
    assert await waiting(database) == 0


async def test_products_do_not_wait_for_each_other(database: Database) -> None:
    async with relaying(database, every_s=60) as told:
        await fact(database, products=[a_product])
        await until(lambda: told.levels(a_product) == [10])
        await fact(database, products=[another_product])

        await until(lambda: told.levels(another_product) == [10])


async def test_facts_that_say_nothing_or_nonsense_do_not_hold_the_others_up(database: Database) -> None:
    async with relaying(database) as told:
        await fact(database)
        await fact(database, room_events=[{"room": "nowhere"}])
        await fact(database, room_events=[{"room": a_room.hex, "kind": "PIN", "payload": {}}])
        await fact(database, live_products=["nothing"])
        await fact(database, counts=[1])
        await until(lambda: len(told.events) == 2)

    assert await waiting(database) == 0


async def test_facts_that_say_nothing_to_rooms_do_not_wait_for_a_relay(database: Database) -> None:
    await fact(database)
    await fact(database, order="1")
    assert await waiting(database) == 0

    await fact(database, order="2", topics=["SALES@hq."])
    assert await waiting(database) == 1


async def test_facts_of_other_processes_are_found_by_looking(database: Database, dsn: str) -> None:
    other = await Database.connect(dsn)
    async with relaying(database) as told:
        await asyncio.sleep(0.1)
        await fact(other, counts=[7])
        await until(lambda: told.events)
    await other.close()


@pytest.mark.parametrize("ticks", range(5))
async def test_a_relay_that_is_stopped_just_as_news_come_stops(database: Database, ticks: int) -> None:
    told = Told()
    relay = Relay(database, told.publish, told.latest, lambda: NOON)
    running = asyncio.create_task(relay.run())
    await fact(database, counts=[1])
    await until(lambda: bool(told.events))
    await asyncio.sleep(0.1)

    await fact(database, counts=[2])
    for _ in range(ticks):
        await asyncio.sleep(0)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await running


async def test_news_that_come_while_another_relay_only_looks_are_not_left_until_the_next_look(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.relay, "IDLE_S", 60.0)
    async with relaying(database) as told:
        await asyncio.sleep(0.1)
        async with database.writing() as tx:
            assert await db.outbox.take(tx, 1) == []
            await fact(database, counts=[1])
            await asyncio.sleep(0.05)

        await until(lambda: told.events)


async def test_two_relays_tell_everything_once(database: Database) -> None:
    async with relaying(database) as one, relaying(database) as other:
        for n in range(50):
            await fact(database, counts=[n])
        await until(lambda: len(one.events) + len(other.events) >= 50)
        await asyncio.sleep(0.1)

    kept = await db.room_log.since(database.reading(), a_room, 0, 100)
    assert [event.viewer_count for event in kept] == list(range(50))  # type: ignore[union-attr]


async def test_an_outage_is_waited_out(database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.relay, "RETRY_S", (0.05,))
    async with relaying(database) as told:
        for n in range(30):
            if n % 10 == 5:
                await _cut(dsn)
            await _told_for_sure(database, n)
        await until(lambda: len({event.viewer_count for event in told.events}) == 30)  # type: ignore[union-attr]

    kept = await db.room_log.since(database.reading(), a_room, 0, 100)
    assert [event.viewer_count for event in kept] == list(range(30))  # type: ignore[union-attr]


async def _cut(dsn: str) -> None:
    """Break every connection to the database."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def _told_for_sure(database: Database, count: int) -> None:
    for _ in range(20):
        try:
            await fact(database, counts=[count])
        except (Outage, asyncpg.InternalClientError):
            await asyncio.sleep(0.02)
        else:
            return


async def test_topics_are_told_after_the_commit_of_what_changed(database: Database) -> None:
    heard: list[Sequence[str]] = []

    async def tell(topics: Sequence[str]) -> None:
        heard.append(topics)

    told = Told()
    relay = Relay(database, told.publish, told.latest, lambda: NOON, tell)
    for topics in (["SALES@hq."], ["tasks@1", "SALES@hq."]):
        async with database.writing() as tx:
            await db.outbox.tell(tx, "GuidesMoved", "guide_figures", uuid4(), {"topics": topics}, NOON)
    await relay.relay_once()

    assert heard == [["SALES@hq.", "tasks@1"]]
