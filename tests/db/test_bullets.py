"""The latest comments of a room are read with every snapshot: it must not matter how much was said before."""

from __future__ import annotations

import db.bullets
from tests.makers_live import a_room
from tests.pond import Pond

SAID = """INSERT INTO room_event (room_id, seq, kind, payload, at)
    SELECT $1, n, CASE WHEN n % 5 = 0 THEN 'LIKES' ELSE 'BULLET_COMMENT' END,
        '{"comment": {"removed": false}, "shown": true}', now() FROM generate_series(1, 10000) AS n"""


async def test_the_latest_comments_are_found_at_the_end_of_the_log(pond: Pond) -> None:
    room, _ = await a_room(pond)
    await pond.select(SAID, room.id)
    await pond.select("ANALYZE room_event")
    statement = db.bullets._LATEST

    values = statement.values({"room_ids": [room.id], "most": 100})
    plan = [row[0] for row in await pond.select(f"EXPLAIN (ANALYZE, TIMING OFF) {statement.text}", *values)]

    (scan,) = (line for line in plan if "on room_event" in line)
    assert "Index Scan Backward" in scan
    assert "rows=125" in scan.partition("actual")[2], "100 comments, and the likes between them"
