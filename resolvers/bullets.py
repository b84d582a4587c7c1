"""What can be asked of bullet comments: send one, take one back, decide on those that wait, read the latest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import db.bullet_reviews
import db.bullets
import db.live
import db.outbox
import db.room_log
import db.room_rules
from db.connection import Writing
from domain import bullets, live
from domain.bullets import BulletCommentWaiting, BulletRejected, LinkRejected, Remark
from domain.live import LiveRoom
from domain.moderation import Moderation, Outcome, Verdict
from domain.pages import Page, PageRequest
from domain.payloads import plain
from domain.refusals import NotAllowed, NotFound
from domain.room_events import BulletComment, BulletCommentPosted, BulletMode, EventKind
from domain.room_rules import ModerationAction
from resolvers import rates, room_rules
from resolvers.bullet_batches import Entry
from resolvers.context import Context

MOST_RECENT = 100


async def send(
    ctx: Context, room_id: UUID, text: str, color: str | None, mode: BulletMode, *, paced: bool = True
) -> tuple[BulletCommentPosted | BulletCommentWaiting, bool]:
    """Say something in a room; when this returns, it is stored. True when words were masked.

    It waits for review where the room or a word of it says so. `paced` is False for what is told again from a
    recording.

    Raises:
        BadInput: the text is empty or too long, or the colour is none.
        BulletRejected, LinkRejected: it holds what is not allowed.
        TooOften, SlowMode, SaidBefore: more than three at once or one in two seconds, or the room is slower, or
            the member said the same just before.
        NotFound: there is no such room.
        RoomClosed: the room is not live.
        Muted, Kicked, RoomMuted: the member may not speak there now.
    """
    said = bullets.check(text, color)
    await rates.take(ctx, rates.BULLETS, "bullet", room_id.hex, ctx.member_id.hex)
    verdict = _judged(ctx, said)
    waits, digest = verdict.outcome is Outcome.REVIEW, bullets.digest_of(said)
    remark = Remark(ctx.new_id(), verdict.text, digest, waits, ctx.principal, color, mode, ctx.now(), paced)
    event = await ctx.services.writer.say(room_id, remark)
    assert isinstance(event, BulletCommentPosted | BulletCommentWaiting)
    return event, verdict.outcome is Outcome.MASKED


def _judged(ctx: Context, said: str) -> Verdict:
    verdict = ctx.services.words.judge(said)
    if not verdict.may_be_kept:
        raise BulletRejected(path=("input", "text"))
    if not ctx.services.rules.bullets.may_link and bullets.holds_link(said):
        raise LinkRejected(path=("input", "text"))
    return verdict


async def remove(ctx: Context, room_id: UUID, seq: int) -> UUID:
    """Take back the comment with this number: from the log, and from every screen.

    Those who moderate the room may, and within two minutes whoever said it.

    Raises:
        NotFound: there is no such room, or no comment with this number in it.
        NotAllowed: the caller may not.
    """
    async with ctx.database.writing() as tx:
        room_id, may_moderate = await _found(ctx, tx, room_id)
        erase = _erase if may_moderate else _take_back
        comment_id = await erase(ctx, tx, room_id, seq)
        event = room_rules.event(room_id, EventKind.BULLET_COMMENT_REMOVED, comment_id=comment_id.hex)
        fact = {"room": room_id.hex, "comment": comment_id.hex, "room_events": [event]}
        await db.outbox.tell(tx, "BulletCommentRemoved", "live_room", room_id, fact, ctx.now())
    return comment_id


async def _erase(ctx: Context, tx: Writing, room_id: UUID, seq: int) -> UUID:
    erased = await db.bullets.erase(tx, room_id, seq)
    if erased is None:
        raise NotFound(path=("input", "seq"))
    comment_id, sender_id = erased
    deed = room_rules.deed(ctx, room_id, ModerationAction.COMMENT_REMOVED, sender_id, comment_id=comment_id)
    await db.room_rules.record(tx, deed)
    return comment_id


async def _take_back(ctx: Context, tx: Writing, room_id: UUID, seq: int) -> UUID:
    since = ctx.now() - bullets.TAKE_BACK_WITHIN
    erased = await db.bullets.erase(tx, room_id, seq, sender_id=ctx.member_id, said_after=since)
    if erased is None:
        raise NotAllowed
    return erased[0]


async def _found(ctx: Context, tx: Writing, room_id: UUID) -> tuple[UUID, bool]:
    """The room whose log a room shows, and whether the caller moderates that one."""
    room = await db.live.find(tx, room_id)
    if room is None or not live.is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    source = room if room.mirror_of is None else await db.live.find(tx, room.source_id)
    return room.source_id, source is not None and live.may_moderate(source, ctx.principal)


async def waiting(ctx: Context, room_id: UUID, request: PageRequest) -> Page[BulletComment]:
    """A page of the comments that wait for review in a room that is not over, the oldest first.

    Raises:
        NotFound: there is no such room that the caller moderates.
    """
    room = await db.live.find(ctx.reading, room_id)
    if room is None or not live.may_moderate(room, ctx.principal):
        raise NotFound(path=("liveRoomId",))
    return await db.bullet_reviews.waiting(ctx.reading, room.id, request)


async def decide(
    ctx: Context, room_id: UUID, comment_id: UUID, decision: Moderation
) -> tuple[BulletComment, int | None]:
    """Post a comment that waits, under the room's next number, or throw it away. It happens once, whoever asks.

    Returns the comment, and its number if it was posted.

    Raises:
        NotFound: there is no such room, or the comment does not wait in it any more.
        NotAllowed: the caller does not moderate the room.
        RoomClosed: the room is over.
    """
    async with ctx.database.writing() as tx:
        room = await room_rules.lock_moderated(ctx, tx, room_id)
        live.check_open(room)
        comment = await db.bullet_reviews.take(tx, room.id, comment_id)
        if comment is None:
            raise NotFound(path=("input", "bulletCommentId"))
        deed = room_rules.deed(ctx, room.id, _DEEDS[decision], comment.sender_id, comment_id=comment_id)
        await db.room_rules.record(tx, deed)
        events = await db.room_log.append(tx, room.id, _decided(comment, decision, ctx.now()))
        fact = {"room": room.id.hex, "comment": comment_id.hex, "decision": decision.value, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "BulletCommentDecided", "live_room", room.id, fact, ctx.now())
    await ctx.services.writer.tell(room.id, events)
    return comment, events[-1].seq if decision is Moderation.APPROVED else None


_DEEDS = {
    Moderation.APPROVED: ModerationAction.COMMENT_APPROVED,
    Moderation.REJECTED: ModerationAction.COMMENT_REJECTED,
}


def _decided(comment: BulletComment, decision: Moderation, at: datetime) -> list[Entry]:
    """What comes into the log: news for those who moderate, and the comment itself where it is approved."""
    payload = {"comment": plain(comment)}
    news = (EventKind.BULLET_COMMENT_WAITING, payload | {"state": decision.value}, at)
    return [news, (EventKind.BULLET_COMMENT, payload, at)] if decision is Moderation.APPROVED else [news]


async def latest_of(ctx: Context, rooms: Sequence[LiveRoom], most: int) -> list[list[BulletComment]]:
    """The latest comments of each room that were not taken back, the oldest first."""
    found = await db.bullets.latest_of(ctx.reading, list({room.source_id for room in rooms}), most)
    return [found.get(room.source_id, []) for room in rooms]
