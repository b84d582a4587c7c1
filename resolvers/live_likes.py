"""What can be asked of likes of live rooms (点赞): give some, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.live
import db.live_likes
from domain import live
from domain.live import LiveRoom
from domain.live_audience import MOST_LIKES_AT_ONCE
from domain.refusals import NotFound, between
from resolvers import rates
from resolvers.context import Context


async def like(ctx: Context, room_id: UUID, count: int) -> int:
    """Like a room so many times, or the room that it shows. It is counted at once, and written and told within seconds.

    Raises:
        BadInput: the count is out of bounds.
        TooOften: more than ten requests of the member in five seconds.
        NotFound: there is no such room.
        RoomClosed: the room is not live.
    """
    between(count, 1, MOST_LIKES_AT_ONCE, "input", "count")
    await rates.take(ctx, rates.LIKES, "like", room_id.hex, ctx.member_id.hex)
    tally, at = ctx.services.likes, ctx.now()
    source_id = tally.open_source(room_id, at)
    if source_id is None:
        room = await db.live.find(ctx.reading, room_id)
        if room is None or not live.is_seen_by(room, ctx.principal):
            raise NotFound(path=("input", "liveRoomId"))
        live.check_open(room)
        source_id = room.source_id
        tally.seen_open(room_id, source_id, at)
    tally.add(source_id, count)
    return count


async def counts_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[int]:
    """How often each room was liked, as it was written last."""
    found = await db.live_likes.counts_of(ctx.reading, [room.source_id for room in rooms])
    return [found.get(room.source_id, 0) for room in rooms]
