"""What can be asked of mirrors: rooms of stores and guides that show another room (R60)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import db.live
import db.outbox
from db.connection import Writing
from domain import live
from domain.identity import Role
from domain.live import Host, LiveRoom
from domain.refusals import NotAllowed, NotFound, WrongState, text_within
from resolvers.context import Context


async def mirror(ctx: Context, room_id: UUID, guide_id: UUID | None, title: str | None) -> LiveRoom:
    """Show a room in a room of a guide, the caller unless said otherwise; again, it is the same mirror.

    Who enters through it watches the source, and buys from the guide's store.

    Raises:
        NotFound: there is no such room that the caller may know of, or no such guide.
        NotAllowed: the caller is no guide, or does not manage the store of the guide that is named.
        NotMirrorable: the room is not open to mirrors.
        WrongState: it is over.
        BadInput: the title is too long.
    """
    wanted = guide_id or ctx.principal.guide_id
    if wanted is None:
        raise NotAllowed
    async with ctx.database.writing() as tx:
        source = await db.live.lock_source(tx, room_id)
        if source is None or not live.is_seen_by(source, ctx.principal):
            raise NotFound(path=("input", "liveRoomId"))
        live.check_may_mirror(source, ctx.principal)
        if source.state in live.CLOSED_STATES:
            raise WrongState(source.state.value, path=("input", "liveRoomId"))
        host, path, member_id = await _host(ctx, tx, wanted)
        shown = source.title if title is None else text_within(title, 60, "input", "title")
        return await _mirror(ctx, tx, _as_seen_by(ctx, source, host, path, member_id, shown))


async def _mirror(ctx: Context, tx: Writing, new: LiveRoom) -> LiveRoom:
    if await db.live.add(tx, new):
        fact = {"room": new.id.hex, "source": new.source_id.hex, "guide": new.host.guide_id.hex}
        await db.outbox.tell(tx, "LiveRoomMirrored", "live_room", new.id, fact, ctx.now())
    kept = await db.live.mirror_by(tx, new.source_id, new.host.guide_id)
    assert kept is not None, f"room {new.source_id} has no mirror of guide {new.host.guide_id}"
    return kept


async def _host(ctx: Context, tx: Writing, guide_id: UUID) -> tuple[Host, str, UUID]:
    found = await db.live.find_host(tx, guide_id)
    if found is None:
        raise NotFound(path=("input", "guideId"))
    _, path, _ = found
    if guide_id != ctx.principal.guide_id and not ctx.principal.has_duty(Role.STORE_MANAGER, path):
        raise NotAllowed(path=("input", "guideId"))
    return found


def _as_seen_by(ctx: Context, source: LiveRoom, host: Host, store_path: str, member_id: UUID, title: str) -> LiveRoom:
    return replace(
        source,
        id=ctx.new_id(),
        title=title,
        host=host,
        store_path=store_path,
        host_member_id=member_id,
        created_at=ctx.now(),
        version=1,
        mirror_of=source.id,
        may_be_mirrored=False,
    )
