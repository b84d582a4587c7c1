"""P40: sockets that connect, subscribe and are cut without a close leave nothing behind, and keep nothing from others.

Two thousand of them take a quarter of a minute: `YUTANG_SOAK=2000` asks for them.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from domain.room_events import EventKind
from schema.ids import Kind, id_of
from tests.acceptance.viewers import EVENTS, Socket
from tests.makers_live import a_room
from tests.pond import Pond
from tests.site import Site, running
from tests.waiting import until

MANY = int(os.environ.get("YUTANG_SOAK", "300"))
AT_ONCE = 50
WITHIN_S = 60


@pytest.fixture
async def site(dsn: str) -> AsyncIterator[Site]:
    limits = {"connections_per_address": MANY + 10, "socket_admissions_per_s": 10_000, "sockets": MANY + 10}
    async with running(dsn, limits=limits) as started:
        yield started


def traces(site: Site) -> dict[str, int]:
    """What a connection may leave behind."""
    gc.collect()
    return {
        "rooms": len(site.pond.hub._rooms),
        "groups": sum(len(room.groups) for room in site.pond.hub._rooms.values()),
        "viewers": sum(len(who) for who in site.pond.hub.audience().values()),
        "tasks": len(asyncio.all_tasks()),
        "connections": len(site.uvicorn.server_state.connections),
    }


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


async def test_sockets_that_are_cut_leave_nothing_behind_and_the_survivor_hears_what_is_said_meanwhile(
    site: Site,
) -> None:
    rooms = [(await a_room(Pond(site.pond.database)))[0] for _ in range(3)]
    survivor = await Socket.open(site.ws_url, EVENTS, room=id_of(Kind.LIVE_ROOM, rooms[0].id))
    assert (await survivor.hear())["type"] == "connection_ack"
    await _storm(site, rooms, AT_ONCE)
    await until(lambda: site.pond.hub.viewers(rooms[0].id) == 1, WITHIN_S)
    await asyncio.sleep(0.3)
    before, memory = traces(site), resident_kb()

    storm = asyncio.create_task(_storm(site, rooms, MANY))
    await asyncio.sleep(0.2)
    said = await site.pond.services.writer.post(rooms[0].id, EventKind.VIEWERS, {"viewer_count": 777})
    await storm
    await until(lambda: traces(site)["connections"] <= before["connections"], WITHIN_S)
    await until(lambda: traces(site) == before, WITHIN_S)

    assert resident_kb() - memory < 20_000 + MANY * 4
    assert await _hears(survivor, said.seq)
    survivor.cut()


async def _storm(site: Site, rooms: list[Any], many: int) -> None:
    """Let so many come, subscribe, and be cut in the midst of what they do."""
    for first in range(0, many, AT_ONCE):
        places = range(first, min(first + AT_ONCE, many))
        await asyncio.gather(*(_come_and_go(site, id_of(Kind.LIVE_ROOM, rooms[n % 3].id), n) for n in places))


async def _come_and_go(site: Site, room: str, n: int) -> None:
    socket = await Socket.open(site.ws_url, EVENTS, room=room, after=0 if n % 2 else None)
    if n % 4:
        await socket.hear()
    await asyncio.sleep(n % 5 / 100)
    socket.cut()


async def _hears(socket: Socket, seq: int) -> bool:
    async with asyncio.timeout(10):
        while True:
            message = await socket.hear()
            if message["type"] == "next" and message["payload"]["data"]["liveRoomEvents"]["seq"] == seq:
                return True
