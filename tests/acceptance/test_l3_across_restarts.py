"""L3: who resumes from `after` sees neither a gap nor a double, across a worker that is killed and a rolling restart."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from domain.room_events import EventKind
from resolvers.room_writer import RoomWriter
from schema.ids import Kind, id_of
from tests.acceptance.viewers import Viewer
from tests.deployments import deployed
from tests.makers_live import a_room
from tests.pond import Pond
from tests.waiting import until


async def test_viewers_of_two_workers_see_every_event_once_although_one_is_killed_and_both_are_renewed(
    pond: Pond, dsn: str
) -> None:
    room, _ = await a_room(pond)
    stop = asyncio.Event()
    happening = asyncio.create_task(_happen(pond, room.id, stop))
    async with deployed(dsn) as deployment:
        viewers = await _on_both(pond, f"{deployment.url}/graphql", id_of(Kind.LIVE_ROOM, room.id))
        os.kill((await deployment.workers())[-1], signal.SIGKILL)
        await until(lambda: any(viewer.ends for viewer in viewers))
        assert not all(viewer.ends for viewer in viewers), "the viewers of the other stayed"

        deployment.renew()
        await until(lambda: all(1012 in viewer.ends for viewer in viewers), 60)
        stop.set()
        head = await happening
        await until(lambda: all(viewer.seqs[-1] >= head for viewer in viewers), 10)
        for viewer in viewers:
            await viewer.let_go()

    assert any(None in viewer.ends for viewer in viewers)
    for viewer in viewers:
        assert viewer.seqs == list(range(1, len(viewer.seqs) + 1))
        assert viewer.errors == []


async def _on_both(pond: Pond, url: str, room: str) -> list[Viewer]:
    """Viewers of a room, some on each worker."""
    viewers: list[Viewer] = []
    async with asyncio.timeout(60):
        while len(await pond.select("SELECT DISTINCT process_id FROM room_presence")) < 2:
            viewers += [Viewer(url, room, after=0) for _ in range(4)]
            await asyncio.sleep(1)
    await until(lambda: all(viewer.seqs for viewer in viewers))
    return viewers


async def _happen(pond: Pond, room_id: Any, stop: asyncio.Event) -> int:
    """Let events happen in a process that no worker hears of over the bus, until told to stop; the last number."""
    writer, seq = RoomWriter(pond.database, _to_nobody, lambda: pond.time), 0
    while not stop.is_set():
        seq = (await writer.post(room_id, EventKind.VIEWERS, {"viewer_count": 7})).seq
        await asyncio.sleep(0.02)
    return seq


async def _to_nobody(*_: Any) -> None:
    """Tell nobody."""
