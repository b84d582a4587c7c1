"""Bullet comments: what clients see of them, and what members and moderators do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import bullets as rules
from domain import pages, room_events
from domain.identity import Scope
from domain.room_events import BulletMode, EventKind
from resolvers import bullets
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload, Warning, WarningCode
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.live_events import LiveRoomEvent, shortcut
from schema.moderation import Moderation
from schema.scalars import Long

described(
    BulletMode,
    "Where a bullet comment flies.",
    SCROLL="From right to left.",
    TOP="Stands at the top.",
    BOTTOM="Stands at the bottom.",
)


@object_type(scope=Scope.VISITOR, description="A comment that flies over the picture (弹幕).")
class BulletComment:
    id: strawberry.ID = identifier(Kind.BULLET_COMMENT)
    text: str = attribute("1 to 100 characters of plain text; empty when removed.")
    sender_id: strawberry.ID = identifier(Kind.MEMBER, "sender_id", description="Who said it.")
    sender_name: str = attribute("Who said it, as they call themselves.")
    sender_avatar_url: str | None = attribute("A picture of the sender.")
    color: str | None = attribute('Such as "#ffcc00"; white when null.')
    mode: BulletMode = attribute("Where it flies.")
    at: datetime = attribute("When it was said.")
    removed: bool = attribute("Whether it was taken back.")


@object_type(
    scope=Scope.VISITOR,
    description="A bullet comment was sent. A room shows 40 a second; what is said beyond that is kept, and has a"
    " number, but nobody is told.",
    record=room_events.BulletCommentPosted,
)
class BulletCommentPosted(LiveRoomEvent):
    comment: BulletComment = attribute("The comment.")


@object_type(
    scope=Scope.VISITOR, description="A bullet comment was taken back.", record=room_events.BulletCommentRemoved
)
class BulletCommentRemoved(LiveRoomEvent):
    comment_id: strawberry.ID = identifier(
        Kind.BULLET_COMMENT, "comment_id", description="Take this one off the screen."
    )


@object_type(
    scope=Scope.VISITOR,
    description="A bullet comment waits for review, or was decided on. Told to those who moderate the room alone.",
    record=rules.BulletCommentWaiting,
)
class BulletCommentWaiting(LiveRoomEvent):
    comment: BulletComment = attribute("The comment.")
    state: Moderation = attribute("PENDING when it begins to wait, else what was decided.")


@strawberry.input(description="What to say in a room.")
class BulletCommentSendInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    text: str = strawberry.field(description="1 to 100 characters of plain text, as people count them; no links.")
    color: str | None = strawberry.field(default=None, description='Such as "#ffcc00".')
    mode: BulletMode = strawberry.field(default=BulletMode.SCROLL, description="Where it flies.")


@strawberry.input(description="Which comment to take back.")
class BulletCommentRemoveInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    seq: Long = strawberry.field(description="The number of the comment's event.")


@strawberry.input(description="Which comment that waits for review.")
class BulletCommentDecideInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    bullet_comment_id: strawberry.ID = strawberry.field(description="The comment.")


@object_type(scope=Scope.VISITOR, description="The answer to `bulletCommentSend`.")
class BulletCommentSendPayload(Payload):
    comment: BulletComment | None = attribute("The comment as everybody sees it.", default=None)
    seq: Long | None = attribute("The number of its event in the room; null while it waits.", default=None)
    waiting: bool = attribute("Whether it waits for review (先审后发); nobody sees it yet.", default=False)


@object_type(scope=Scope.VISITOR, description="The answer to `bulletCommentRemove`.")
class BulletCommentRemovePayload(Payload):
    comment_id: strawberry.ID | None = attribute("The comment that was taken back.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to a decision on a bullet comment.")
class BulletCommentDecidePayload(Payload):
    comment: BulletComment | None = attribute("The comment.", default=None)
    seq: Long | None = attribute("The number under which it was posted; null when it was not.", default=None)


def _room_key(given: str) -> Any:
    return key_of(Kind.LIVE_ROOM, given, "input", "liveRoomId")


async def _send(ctx: Context, *, input: BulletCommentSendInput) -> Any:
    event, masked = await bullets.send(ctx, _room_key(input.live_room_id), input.text, input.color, input.mode)
    waiting = isinstance(event, rules.BulletCommentWaiting)
    codes = [WarningCode.TEXT_MASKED] * masked + [WarningCode.TEXT_WAITS] * waiting
    warnings = [Warning.of(code, ctx.locale) for code in codes]
    seq = None if waiting else event.seq
    return BulletCommentSendPayload.of(comment=event.comment, seq=seq, waiting=waiting, warnings=warnings)


async def _remove(ctx: Context, *, input: BulletCommentRemoveInput) -> Any:
    removed = await bullets.remove(ctx, _room_key(input.live_room_id), input.seq)
    return BulletCommentRemovePayload.of(comment_id=f"{Kind.BULLET_COMMENT.value}_{removed.hex}")


async def _decide(ctx: Context, input: BulletCommentDecideInput, decision: Moderation) -> Any:
    comment_id = key_of(Kind.BULLET_COMMENT, input.bullet_comment_id, "input", "bulletCommentId")
    comment, seq = await bullets.decide(ctx, _room_key(input.live_room_id), comment_id, decision)
    return BulletCommentDecidePayload.of(comment=comment, seq=seq)


async def _approve(ctx: Context, *, input: BulletCommentDecideInput) -> Any:
    return await _decide(ctx, input, Moderation.APPROVED)


async def _reject(ctx: Context, *, input: BulletCommentDecideInput) -> Any:
    return await _decide(ctx, input, Moderation.REJECTED)


async def _waiting(
    ctx: Context,
    *,
    live_room_id: Annotated[strawberry.ID, strawberry.argument(description="The room.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    room_id = key_of(Kind.LIVE_ROOM, live_room_id, "liveRoomId")
    return await bullets.waiting(ctx, room_id, pages.page_request(first, after, last, before))


@strawberry.type
class BulletQuery:
    bullet_comments_waiting: Connection[BulletComment] = query(
        _waiting,
        "Bullet comments that wait for review, the oldest first, for those who moderate the room.",
        scope=Scope.MEMBER,
    )


@strawberry.type
class BulletMutation:
    bullet_comment_send: BulletCommentSendPayload | None = mutation(
        _send,
        BulletCommentSendPayload,
        "Say something in a room; the answer means that it is stored. Once in two seconds, three times at once.",
        scope=Scope.MEMBER,
    )
    bullet_comment_remove: BulletCommentRemovePayload | None = mutation(
        _remove,
        BulletCommentRemovePayload,
        "Take a comment back, from every screen: one's own within two minutes, any for those who moderate the room.",
        scope=Scope.MEMBER,
    )
    bullet_comment_approve: BulletCommentDecidePayload | None = mutation(
        _approve, BulletCommentDecidePayload, "Post a comment that waits for review.", scope=Scope.MEMBER
    )
    bullet_comment_reject: BulletCommentDecidePayload | None = mutation(
        _reject, BulletCommentDecidePayload, "Throw a comment away that waits for review.", scope=Scope.MEMBER
    )


@strawberry.type
class BulletSubscription:
    bullet_comments: BulletCommentPosted = shortcut(EventKind.BULLET_COMMENT, "The bullet comments (弹幕) of a room.")


TYPES = (BulletCommentPosted, BulletCommentRemoved, BulletCommentWaiting)
"""The events of this slice."""
