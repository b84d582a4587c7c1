"""Likes: thousands of taps are a few statements, and none is lost on the way or counted twice."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.likes import LikeWriter
from db.connection import Database
from resolvers.like_tally import LikeTally
from schema.ids import Kind, id_of
from tests.makers_live import a_room
from tests.makers_members import a_member
from tests.pond import NOON, Pond, statements

LIKE = """mutation ($room: ID!, $count: Int!) { liveRoomLike(input: {liveRoomId: $room, count: $count}) {
  likes userErrors { code } } }"""
LIKES = "query ($id: ID!) { liveRoom(id: $id) { likeCount } }"


def a_writer(database: Database, tally: LikeTally) -> LikeWriter:
    return LikeWriter(database, tally, uuid4(), lambda: NOON)


async def likes_of(pond: Pond, room: Any) -> int:
    return int((await pond.ask(LIKES, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]["likeCount"])


async def test_taps_are_counted_in_memory_and_written_together(pond: Pond) -> None:
    room, _ = await a_room(pond)
    members = [await a_member(pond) for _ in range(5)]

    with statements() as run:
        for member in members:
            await pond.ask(LIKE, member, room=id_of(Kind.LIVE_ROOM, room.id), count=50)
    assert len(run) == 1, "the room is looked at once"
    writer = a_writer(pond.database, pond.services.likes)
    with statements() as run:
        await writer.flush()
    assert len(run) == 4

    assert await likes_of(pond, room) == 250
    assert await pond.select("SELECT payload->'live_likes' FROM outbox WHERE kind = 'LiveRoomsLiked'")


async def test_the_sum_of_many_processes_is_exact(pond: Pond) -> None:
    rooms = [(await a_room(pond))[0] for _ in range(3)]
    tallies = [LikeTally() for _ in range(4)]
    writers = [a_writer(pond.database, tally) for tally in tallies]

    for _ in range(5):
        for tally in tallies:
            for room in rooms:
                tally.add(room.id, 7)
        await asyncio.gather(*(writer.flush() for writer in writers))

    assert [await likes_of(pond, room) for room in rooms] == [140, 140, 140]


async def test_who_reads_a_sum_and_writes_a_greater_one_loses_likes(pond: Pond) -> None:
    """The negative control: adding has to be one statement."""
    room, _ = await a_room(pond)
    await pond.select("INSERT INTO live_like VALUES ($1, 0)", room.id)
    both = asyncio.Barrier(2)

    async def careless() -> None:
        ((likes,),) = await pond.select("SELECT likes FROM live_like WHERE live_room_id = $1", room.id)
        await both.wait()
        await pond.select("UPDATE live_like SET likes = $2 WHERE live_room_id = $1", room.id, likes + 7)

    await asyncio.gather(careless(), careless())

    assert await likes_of(pond, room) == 7


async def test_a_batch_that_could_not_be_written_is_written_later(pond: Pond) -> None:
    room, _ = await a_room(pond)
    tally = LikeTally()
    writer = a_writer(pond.database, tally)
    tally.add(room.id, 3)
    await pond.select("ALTER TABLE live_like RENAME TO away")
    with pytest.raises(Exception, match="live_like"):
        await writer.flush()
    await pond.select("ALTER TABLE away RENAME TO live_like")
    tally.add(room.id, 4)

    await writer.close()

    assert await likes_of(pond, room) == 7


async def test_a_batch_of_which_nobody_knows_whether_it_was_written_counts_once(pond: Pond) -> None:
    room, _ = await a_room(pond)
    tally = LikeTally()
    writer = a_writer(pond.database, tally)
    tally.add(room.id, 3)
    await writer.flush()

    writer._batch = {room.id: 3}  # as after a connection that was lost at the very end of the transaction
    tally.add(room.id, 4)
    await writer.flush()

    assert await likes_of(pond, room) == 7


@pytest.mark.parametrize(
    ("count", "code"), [pytest.param(0, "BAD_USER_INPUT", id="none"), pytest.param(51, "BAD_USER_INPUT", id="too many")]
)
async def test_so_many_likes_are_refused(pond: Pond, count: int, code: str) -> None:
    room, _ = await a_room(pond)

    errors = await pond.refused(LIKE, await a_member(pond), room=id_of(Kind.LIVE_ROOM, room.id), count=count)

    assert [error["code"] for error in errors] == [code]


async def test_a_member_likes_ten_times_in_five_seconds_at_most(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)

    errors = [await pond.refused(LIKE, member, room=id_of(Kind.LIVE_ROOM, room.id), count=1) for _ in range(11)]

    assert [len(each) for each in errors] == [0] * 10 + [1]
    assert errors[-1][0]["code"] == "RATE_LIMITED"


async def test_a_room_that_is_over_takes_no_likes(pond: Pond) -> None:
    room, host = await a_room(pond)
    end = "mutation ($id: ID!) { liveRoomMove(input: {liveRoomId: $id, toState: ENDED}) { userErrors { code } } }"
    assert await pond.refused(end, host, id=id_of(Kind.LIVE_ROOM, room.id)) == []

    errors = await pond.refused(LIKE, await a_member(pond), room=id_of(Kind.LIVE_ROOM, room.id), count=1)

    assert [error["code"] for error in errors] == ["INVALID_STATE"]
