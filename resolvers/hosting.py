"""Who may run a live room, and change what happens in it."""

from __future__ import annotations

from uuid import UUID

import db.live
from db.connection import Writing
from domain import live
from domain.live import LiveRoom
from domain.refusals import NotFound, WrongState
from resolvers.context import Context


async def lock_room(ctx: Context, tx: Writing, room_id: UUID) -> LiveRoom:
    """A room of its own that the caller runs, kept so until the transaction ends.

    Raises:
        NotFound: there is no such room that the caller may know of.
        NotAllowed: the caller does not run it.
        IsMirror: it shows another room, and is run there.
    """
    room = await db.live.lock(tx, room_id)
    if room is None or not live.is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    live.check_may_run(room, ctx.principal)
    live.check_own(room)
    return room


async def lock_running(ctx: Context, tx: Writing, room_id: UUID) -> LiveRoom:
    """A room that the caller runs and that is not over, kept so until the transaction ends.

    Raises:
        NotFound, NotAllowed, IsMirror: as `lock_room`.
        WrongState: the room is over.
    """
    room = await lock_room(ctx, tx, room_id)
    if room.state in live.CLOSED_STATES:
        raise WrongState(room.state.value)
    return room
