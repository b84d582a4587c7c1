"""Retention: what is replayed of a room's log ends, by age and by count; its records stay until long after."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import db.room_log
import db.room_retention
from domain.live import LiveRoom
from domain.payloads import plain
from domain.resuming import Extent
from domain.room_events import BulletComment, BulletMode, EventKind
from tests.makers_live import a_room
from tests.pond import NOON, Pond

LONG_AGO = NOON - timedelta(days=30)


async def said(pond: Pond, room: LiveRoom, *kinds: EventKind, at: datetime = NOON) -> None:
    comment = BulletComment(pond.context().new_id(), "你好", room.id, "小鱼", None, None, BulletMode.SCROLL, at)
    payloads = {EventKind.BULLET_COMMENT: {"comment": plain(comment)}, EventKind.VIEWERS: {"viewer_count": 1}}
    async with pond.database.writing() as tx:
        await db.room_log.append(tx, room.id, [(kind, payloads[kind], at) for kind in kinds])


async def trimmed(pond: Pond, before: datetime, kept: int = 10_000) -> int:
    async with pond.database.writing() as tx:
        return await db.room_retention.trim(tx, before, kept)


async def kept_of(pond: Pond, room_id: UUID) -> Sequence[int]:
    return [event.seq for event in await db.room_log.since(pond.database.reading(), room_id, 0, 100_000)]


async def extent_of(pond: Pond, room_id: UUID) -> tuple[int, int]:
    extent: Extent = await db.room_log.extent(pond.database.reading(), room_id)
    return extent.floor, extent.head


async def test_what_is_old_is_replayed_no_more_and_only_comments_of_it_stay(pond: Pond) -> None:
    room, _ = await a_room(pond)
    await said(pond, room, EventKind.BULLET_COMMENT, EventKind.VIEWERS, EventKind.BULLET_COMMENT, at=LONG_AGO)
    await said(pond, room, EventKind.VIEWERS, EventKind.BULLET_COMMENT)

    assert await trimmed(pond, NOON - timedelta(days=7)) == 1
    assert await trimmed(pond, NOON - timedelta(days=7)) == 0

    assert await extent_of(pond, room.id) == (3, 5)
    assert await kept_of(pond, room.id) == [1, 3, 4, 5]


async def test_a_very_long_room_is_trimmed_by_count_in_steps(pond: Pond) -> None:
    room, _ = await a_room(pond)
    for _ in range(5):
        await said(pond, room, *[EventKind.VIEWERS] * 999, EventKind.BULLET_COMMENT)

    steps = [await trimmed(pond, LONG_AGO, kept=100) for _ in range(4)]

    assert steps == [1, 1, 1, 0]
    assert await extent_of(pond, room.id) == (4_900, 5_000)
    assert await kept_of(pond, room.id) == [1_000, 2_000, 3_000, 4_000, *range(4_901, 5_001)]


async def test_writers_do_not_wait_for_the_trim(pond: Pond) -> None:
    room, _ = await a_room(pond)
    await said(pond, room, *[EventKind.VIEWERS] * 50, at=LONG_AGO)
    async with pond.database.writing() as tx:
        risen = await tx.rows(db.room_retention._RISEN, before=NOON, kept=10_000)
        (row,) = risen
        of = {"room_ids": [row["room_id"]], "floors": [row["floor"]], "to_floors": [row["to_floor"]]}
        await tx.execute(db.room_retention._DELETE_PASSING, **of, passing=db.room_retention.PASSING)

        async with asyncio.timeout(10):
            await said(pond, room, EventKind.VIEWERS)


async def test_two_that_trim_at_once_do_it_once(pond: Pond) -> None:
    rooms = [(await a_room(pond))[0] for _ in range(3)]
    for room in rooms:
        await said(pond, room, EventKind.VIEWERS, EventKind.BULLET_COMMENT, at=LONG_AGO)

    done = await asyncio.gather(*(trimmed(pond, NOON - timedelta(days=7)) for _ in range(4)))

    assert sum(done) == 3
    assert [await extent_of(pond, room.id) for room in rooms] == [(2, 2)] * 3


async def test_records_are_forgotten_long_after_the_room_is_over(pond: Pond) -> None:
    room, _ = await a_room(pond)
    other, _ = await a_room(pond)
    for one in (room, other):
        await said(pond, one, *[EventKind.BULLET_COMMENT] * 2, at=LONG_AGO)
    await trimmed(pond, NOON)
    await pond.select("UPDATE live_room SET ended_at = $2 WHERE id = $1", room.id, NOON - timedelta(days=1_200))

    async with pond.database.writing() as tx:
        forgotten = await db.room_retention.forget(tx, NOON - timedelta(days=1_100))

    assert forgotten == 2
    assert await kept_of(pond, room.id) == []
    assert await kept_of(pond, other.id) == [1, 2]
    assert await extent_of(pond, room.id) == (2, 2)
