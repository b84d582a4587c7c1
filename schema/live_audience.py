"""The audience of a live room: likes, entries by somebody's link, and boards of who invited most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from domain import live_audience as audience_rules
from domain import live_invites as rules
from domain.identity import Scope
from domain.live import LiveRoom
from domain.live_invites import BoardBy, BoardOf
from resolvers import live_invites, live_likes
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.enums import described
from schema.errors import Payload, Warning, WarningCode
from schema.ids import Kind, identifier, key_of
from schema.live_events import LiveRoomEvent
from schema.scalars import Long

described(
    BoardOf,
    "Whose board it is.",
    MEMBERS="Members who are no guides.",
    GUIDES="Guides (导购).",
    STORES="Stores (门店), each with all of its guides.",
)
described(
    BoardBy,
    "What a board ranks by.",
    INVITES="How many viewers came first by their links.",
    GMV="What those viewers bought and paid in the room.",
)


@object_type(
    scope=Scope.VISITOR, description="The number of likes (点赞) of a room rose.", record=audience_rules.LikesChanged
)
class LikesChanged(LiveRoomEvent):
    like_count: Long = attribute("All likes of the room so far.")


@object_type(scope=Scope.VISITOR, description="One line of a board.")
class LiveBoardEntry:
    rank: int = attribute("Its rank, from 1. Who reached a number first is before others with the same number.")
    name: str = attribute("Who, as they call themselves; a phone in it is masked.")
    avatar_url: str | None = attribute("A picture; null for stores.")
    count: Long = attribute("How many viewers, or the sum in the smallest unit of money (分), as the board ranks by.")


@object_type(scope=Scope.VISITOR, description="Where the caller stands on a board.")
class LiveBoardStanding:
    rank: int = attribute("The caller's rank, from 1, also where the board does not show it.")
    count: Long = attribute("What the caller has, counted as in the lines of the board.")


@object_type(scope=Scope.VISITOR, description="A board (榜) of a live room.")
class LiveBoard:
    of: BoardOf = attribute("Whose board it is.")
    by: BoardBy = attribute("What it ranks by.")
    entries: list[LiveBoardEntry] = attribute("The first 50, in the order of rank.")
    mine: LiveBoardStanding | None = attribute(
        "Where the caller stands, or as a guide on the board of stores the caller's store; null when nowhere."
    )


@object_type(
    scope=Scope.VISITOR,
    description="A board by invites changed; told at most once in two seconds for each board.",
    record=rules.BoardChanged,
)
class BoardChanged(LiveRoomEvent):
    board_room_id: strawberry.ID = identifier(
        Kind.LIVE_ROOM, "board_room_id", description="Of which room: that which is watched, or a mirror of it."
    )
    of: BoardOf = attribute("Whose board it is.")
    entries: list[LiveBoardEntry] = attribute("The first 50, in the order of rank. Ask `inviteBoard` for one's own.")


async def board_of(
    ctx: Context,
    rooms: Sequence[LiveRoom],
    *,
    of: Annotated[BoardOf, strawberry.argument(description="Whose board.")],
    by: Annotated[BoardBy, strawberry.argument(description="What to rank by.")] = BoardBy.INVITES,
) -> Any:
    """A field of live rooms."""
    return await live_invites.boards_of(ctx, rooms, of, by)


@strawberry.input(description="Likes for a room.")
class LiveRoomLikeInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    count: int = strawberry.field(default=1, description="How many taps since the last time, 1 to 50.")


@strawberry.input(description="A member who comes into a room.")
class LiveRoomEnterInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    share_code: str | None = strawberry.field(
        default=None,
        description="The code of the share of this room, or of the guide, by whose link the member came."
        " Only that of the first entry counts.",
    )


@object_type(scope=Scope.MEMBER, description="The answer to `liveRoomLike`.")
class LiveRoomLikePayload(Payload):
    likes: int | None = attribute("How many were counted. They are told within some seconds.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to `liveRoomEnter`.")
class LiveRoomEnterPayload(Payload):
    first: bool | None = attribute("Whether the member had never come into this room before.", default=None)


async def _like(ctx: Context, *, input: LiveRoomLikeInput) -> Any:
    room_id = key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    return LiveRoomLikePayload(likes=await live_likes.like(ctx, room_id, input.count))


async def _enter(ctx: Context, *, input: LiveRoomEnterInput) -> Any:
    room_id = key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    first, code_was_good = await live_invites.enter(ctx, room_id, input.share_code)
    warnings = [] if code_was_good else [Warning.of(WarningCode.SHARE_CODE_IGNORED, ctx.locale)]
    return LiveRoomEnterPayload(first=first, warnings=warnings)


@strawberry.type
class LiveAudienceMutation:
    live_room_like: LiveRoomLikePayload | None = mutation(
        _like,
        LiveRoomLikePayload,
        "Like a room (点赞): collect taps and send them every second or so, at most twice a second.",
        scope=Scope.MEMBER,
        cost=1,
    )
    live_room_enter: LiveRoomEnterPayload | None = mutation(
        _enter,
        LiveRoomEnterPayload,
        "Come into a room. The first time decides who invited the member (邀请人): whose link they came by, or nobody.",
        scope=Scope.MEMBER,
    )


TYPES = (LikesChanged, BoardChanged)
"""The events of this slice."""
