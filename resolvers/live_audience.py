"""What can be asked of a room's audience, by those who run the room."""

from __future__ import annotations

from collections.abc import Sequence

import db.room_presence
from domain.live import LiveRoom, may_run
from domain.live_audience import Audience
from resolvers.context import Context

_NOBODY = Audience(0, 0, 0)


async def peaks_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[int | None]:
    """How many watched each room at most at a time, where the caller runs it."""
    return [None if one is None else one.peak for one in await _audiences(ctx, rooms)]


async def totals_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[int | None]:
    """How many ever watched each room, where the caller runs it."""
    return [None if one is None else one.total for one in await _audiences(ctx, rooms)]


async def _audiences(ctx: Context, rooms: Sequence[LiveRoom]) -> list[Audience | None]:
    """Who watches a mirror watches the room that it shows."""
    seen = {room.id: room.source_id for room in rooms if may_run(room, ctx.principal)}
    found = await db.room_presence.audiences_of(ctx.reading, list(seen.values())) if seen else {}
    return [found.get(seen[room.id], _NOBODY) if room.id in seen else None for room in rooms]
