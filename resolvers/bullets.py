"""What can be asked of bullet comments: send one, take one back, read the latest."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.bullets
import db.live
import db.outbox
from domain import live
from domain.live import BulletRejected, LiveRoom, RoomClosed
from domain.moderation import Outcome
from domain.payloads import plain
from domain.refusals import NotFound
from domain.room_events import (
    BulletComment,
    BulletCommentPosted,
    BulletMode,
    EventKind,
)
from resolvers import rates
from resolvers.context import Context

MOST_RECENT = 100


async def send(
    ctx: Context, room_id: UUID, text: str, color: str | None, mode: BulletMode
) -> tuple[BulletCommentPosted, bool]:
    """Say something in a room; when this returns, it is stored. True when words were masked.

    Raises:
        BadInput: the text is empty or too long, or the colour is none.
        TooOften: more than three in six seconds.
        NotFound: there is no such room.
        RoomClosed: the room is not live.
        BulletRejected: it holds words that are not allowed.
    """
    said = live.check_bullet(text, color)
    await rates.take(ctx, rates.BULLETS, "bullet", room_id.hex, ctx.member_id.hex)
    speaker = await db.bullets.speaker(ctx.reading, room_id, ctx.member_id)
    if speaker is None or speaker.state not in live.SEEN_BY_ALL:
        raise NotFound(path=("input", "liveRoomId"))
    if speaker.state not in live.OPEN_STATES:
        raise RoomClosed(speaker.state.value)
    verdict = ctx.services.words.judge(said)
    if verdict.outcome not in (Outcome.APPROVED, Outcome.MASKED):
        raise BulletRejected(path=("input", "text"))
    comment = BulletComment(
        ctx.new_id(), verdict.text, ctx.member_id, speaker.name, speaker.avatar_url, color, mode, ctx.now()
    )
    event = await ctx.services.writer.post(room_id, EventKind.BULLET_COMMENT, {"comment": plain(comment)})
    assert isinstance(event, BulletCommentPosted)
    return event, verdict.outcome is Outcome.MASKED


async def remove(ctx: Context, room_id: UUID, seq: int) -> UUID:
    """Take back the comment with this number: from the log, and from every screen.

    The host, a manager of the store, and moderators of the store or the brand may.

    Raises:
        NotFound: there is no such room, or no comment with this number in it.
        NotAllowed: the caller may not.
    """
    async with ctx.database.writing() as tx:
        room = await db.live.find(tx, room_id)
        if room is None or not live.is_seen_by(room, ctx.principal):
            raise NotFound(path=("input", "liveRoomId"))
        live.check_may_moderate(room, ctx.principal)
        comment_id = await db.bullets.erase(tx, room_id, seq)
        if comment_id is None:
            raise NotFound(path=("input", "seq"))
        event = {
            "room": room_id.hex,
            "kind": EventKind.BULLET_COMMENT_REMOVED.value,
            "payload": {"comment_id": comment_id.hex},
        }
        fact = {"room": room_id.hex, "comment": comment_id.hex, "room_events": [event]}
        await db.outbox.tell(tx, "BulletCommentRemoved", "live_room", room_id, fact, ctx.now())
    return comment_id


async def latest_of(ctx: Context, rooms: Sequence[LiveRoom], most: int) -> list[list[BulletComment]]:
    """The latest comments of each room that were not taken back, the oldest first."""
    found = await db.bullets.latest_of(ctx.reading, [room.id for room in rooms], most)
    return [found.get(room.id, []) for room in rooms]
