"""What can be asked of the streams of live rooms, what a provider tells of them, and what their absence does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import db.live
import db.live_streams
from db.connection import Writing
from domain import live, live_video
from domain.live import LiveRoom
from domain.live_video import Playback, PushAddress, PushTold
from domain.refusals import NotFound
from domain.room_events import LiveRoomState
from resolvers.context import Context
from resolvers.live import go


async def push_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[PushAddress | None]:
    """Where the stream of each room is sent to, for those who run it, until the room is over."""
    provider, expires_at = ctx.services.video, ctx.now() + ctx.services.rules.video.push_lasts
    return [
        PushAddress(provider.push_url(room.stream_key, expires_at), expires_at)
        if provider and room.stream_key and _may_push(ctx, room)
        else None
        for room in rooms
    ]


def _may_push(ctx: Context, room: LiveRoom) -> bool:
    is_own = room.mirror_of is None and room.state not in live.CLOSED_STATES
    return is_own and live.may_run(room, ctx.principal)


async def playback_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[Playback | None]:
    """Where viewers find the stream of each room that is live or paused."""
    provider, expires_at = ctx.services.video, ctx.now() + ctx.services.rules.video.play_lasts
    return [
        provider.play_urls(room.stream_key, expires_at) if provider and room.stream_key and room.is_open else None
        for room in rooms
    ]


async def heard(ctx: Context, told: PushTold) -> None:
    """Take what a provider tells of a push; the same news again, or news of an old push, changes nothing.

    A room that was paused because its stream was absent goes on when the stream is back.

    Raises:
        NotFound: no room has this stream.
    """
    async with ctx.database.writing() as tx:
        room_id = await db.live_streams.room_of(tx, told.stream_key)
        if room_id is None:
            raise NotFound
        room = await db.live.lock(tx, room_id)
        stream = await db.live_streams.lock(tx, room_id)
        assert room is not None, f"stream {told.stream_key} has no room"
        assert stream is not None, f"the stream of room {room_id} is gone"
        heard = live_video.hear(stream, await db.live_streams.tell(tx, room_id, told), ctx.now())
        if heard != stream:
            await db.live_streams.save(tx, heard)
        if heard.flows and stream.paused_the_room and room.state is LiveRoomState.PAUSED:
            await go(ctx, tx, room, LiveRoomState.LIVE, live.STREAM_BACK)


async def pause_absent(ctx: Context) -> int:
    """Pause a live room whose stream is absent for too long; returns how many, which is at most one."""
    patience = ctx.services.rules.video.absent_for
    return await _end_waiting(ctx, LiveRoomState.LIVE, patience, LiveRoomState.PAUSED)


async def end_gone(ctx: Context) -> int:
    """End a paused room whose stream does not come back; returns how many, which is at most one."""
    patience = ctx.services.rules.video.gone_for
    return await _end_waiting(ctx, LiveRoomState.PAUSED, patience, LiveRoomState.ENDED)


async def _end_waiting(ctx: Context, state: LiveRoomState, patience: timedelta, to: LiveRoomState) -> int:
    async with ctx.database.writing() as tx:
        room = await db.live.lock_waiting(tx, state, ctx.now() - patience)
        if room is None or not await _is_missed(ctx, tx, room, patience):
            return 0
        await go(ctx, tx, room, to, live.NO_STREAM)
    return 1


async def _is_missed(ctx: Context, tx: Writing, room: LiveRoom, patience: timedelta) -> bool:
    """Whether it is so still: its stream may have come back while we waited for the room."""
    stream = await db.live_streams.lock(tx, room.id)
    return stream is not None and live_video.is_missed(stream, patience, ctx.now())
