"""The load client and the server of `./dev bench fanout`, before a handful of viewers."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from app.assembly import open_pond
from app.settings import Settings
from benchmarks import fanout
from benchmarks.load import seed
from benchmarks.load.viewers import Crowd

needs_a_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="the load client is C")


@needs_a_compiler
async def test_viewers_are_held_to_have_each_event_in_order(dsn: str, tmp_path: Path) -> None:
    async with open_pond(Settings(database_url=dsn, relay=False)) as pond:
        rooms = await seed.live_rooms(pond, 2)
    listed = tmp_path / "rooms.txt"
    listed.write_text("\n".join(rooms))
    scene = fanout.Scene(rooms, str(listed), dsn)

    sides = await asyncio.to_thread(fanout.crowded, scene, [fanout.OURS], Crowd(20, fanout.FIRST), 1, 0.2)

    (seen,) = sides[fanout.OURS].rounds
    assert seen.lost == 0
    assert 245 <= seen.event_bytes <= 260
    assert 0 < seen.p50_ms <= seen.p99_ms
    assert seen.cpu_us > 0
