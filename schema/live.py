"""Live rooms: what clients see of them, and how one is run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

import resolvers.live_shelves as shelves
from domain import live as rules
from domain import pages
from domain.identity import Scope
from domain.live_video import VideoSource
from domain.refusals import between
from domain.room_events import LiveRoomState
from resolvers import (
    bullets,
    gift_settlements,
    live,
    live_audience,
    live_bounties,
    live_calls,
    live_likes,
    live_mirrors,
    live_reservations,
    live_streams,
    room_rules,
)
from resolvers.context import Context
from resolvers.draws import draws_of, prepared_of
from resolvers.red_packets import packets_of
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.bullets import BulletComment
from schema.draws import LiveDraw
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.gifts import GiftEarnings
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.live_audience import LiveBoard, board_of
from schema.live_bounties import LiveBounty
from schema.live_calls import LiveCallToAction
from schema.live_shelves import LiveProduct, ShelfItemInput
from schema.live_video import LivePlayback, LivePush
from schema.node import Node
from schema.red_packets import RedPacket
from schema.room_rules import (
    LiveModeration,
    LiveMute,
    LiveRestriction,
    LiveRoomRules,
    kicked_in,
    moderations_in,
    muted_in,
)
from schema.scalars import Long


@object_type(scope=Scope.VISITOR, description="Who runs a live room.")
class LiveRoomHost:
    guide_id: strawberry.ID = identifier(Kind.GUIDE, "guide_id", description="The guide (导购).")
    name: str = attribute("The name that the guide goes by.")
    avatar_url: str | None = attribute("A picture of the guide.")
    store_id: strawberry.ID = identifier(Kind.STORE, "store_id", description="The store.")
    store_name: str = attribute("The store's name.")


async def _latest(
    ctx: Context,
    rooms: Sequence[rules.LiveRoom],
    *,
    last: Annotated[int, strawberry.argument(description="At most so many, 1 to 100.")] = 20,
) -> Any:
    return await bullets.latest_of(ctx, rooms, between(last, 1, bullets.MOST_RECENT, "last"))


@object_type(scope=Scope.VISITOR, description="A step in the life of a room.")
class LiveRoomStateChange:
    from_state: LiveRoomState = attribute("Where it stood.")
    to_state: LiveRoomState = attribute("Where it stood then.")
    actor_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "actor_id", description="Who brought it there; null: the clock, or its stream."
    )
    reason: str = attribute(
        "Why, as a moderator says; NO_STREAM or STREAM_BACK when the stream brought it there; else empty."
    )
    at: datetime = attribute("When.")


@object_type(scope=Scope.VISITOR, description="A live room (直播间).", record=rules.LiveRoom)
class LiveRoom(Node):
    id: strawberry.ID = identifier(Kind.LIVE_ROOM)
    title: str = attribute("Its title, at most 60 characters.")
    state: LiveRoomState = attribute("Where it stands in its life.")
    cover_url: str | None = attribute("A picture for lists.")
    host: LiveRoomHost = attribute("Who runs it, and for which store.")
    scheduled_at: datetime | None = attribute("When it is to start.")
    started_at: datetime | None = attribute("When it went live.")
    ended_at: datetime | None = attribute("When it was over.")
    video_source: VideoSource = attribute("Where its picture comes from.")
    mirror_of: strawberry.ID | None = identifier(
        Kind.LIVE_ROOM,
        "mirror_of",
        description="The room that it shows: state, log, shelf and stream are that one's. Null: a room of its own.",
    )
    may_be_mirrored: bool = attribute("Whether other guides may show it in rooms of theirs.")
    playback: LivePlayback | None = batched(
        live_streams.playback_of, "Where its stream is found while it is live or paused; null when it has none."
    )
    push: LivePush | None = batched(
        live_streams.push_of,
        "Where its stream is sent to; null when it has none, and for all who do not run the room.",
    )
    replay_url: str | None = derived(
        lambda room: room.replay_url if room.state is LiveRoomState.ENDED else None,
        "The recording, if there is one; null until the room ended.",
    )
    state_changes: list[LiveRoomStateChange] | None = batched(
        live.changes_of,
        "The steps in its life, the latest 100, in order; null for all who do not run the room.",
        cost=5,
    )
    seq: Long = attribute("The newest event that this snapshot holds: pass it as `after` to `liveRoomEvents`.")
    epoch: str = batched(
        live.epochs_of,
        "The life of the log that `seq` is of: pass it as `epoch` beside `after`, so that events are not taken for "
        "others of the same numbers after the database came back from a backup.",
    )
    viewer_count: int = attribute("How many watch now, each of them once on any number of connections.")
    viewers_peak: int | None = batched(
        live_audience.peaks_of, "How many watched at most at a time; null for all who do not run the room."
    )
    viewers_total: int | None = batched(
        live_audience.totals_of, "How many ever watched, each once; null for all who do not run the room."
    )
    like_count: Long = batched(live_likes.counts_of, "How often it was liked (点赞), as it was told last.")
    invite_board: LiveBoard = batched(
        board_of,
        "Who invited most (邀请榜). What the invited bought is shown to guides and staff, to others their own line.",
        cost=5,
    )
    bounties: list[LiveBounty] = batched(
        live_bounties.bounties_of, "What it offers members for invites, the fewest first.", cost=2
    )
    call_to_action: LiveCallToAction | None = batched(
        live_calls.shown_in, "The card that leads elsewhere (引流) and is shown now.", cost=2
    )
    calls_to_action: list[LiveCallToAction] | None = batched(
        live_calls.latest_of,
        "Its latest 50 such cards, the newest first; null for all who do not run the room.",
        cost=5,
    )
    reservation_count: int = batched(live_reservations.counts_of, "How many members reserved it (预约).")
    reserved_by_me: bool = batched(live_reservations.reserved_by_caller, "Whether the caller reserved it.")
    version: int = attribute("Rises with each change of its state.")
    pinned: LiveProduct | None = batched(shelves.pinned_of, "The product that is being explained.")
    shelf: list[LiveProduct] = batched(shelves.shelves_of, "What it sells, in shelf order, at most 500.", cost=10)
    hidden_products: list[LiveProduct] | None = batched(
        shelves.hidden_of,
        "What is hidden from its shelf, in shelf order; null for all who do not run the room.",
        cost=10,
    )
    recent_bullet_comments: list[BulletComment] = batched(
        _latest, "The latest comments that were shown, the oldest of them first.", cost=5
    )
    rules: LiveRoomRules = batched(room_rules.rules_of, "What may be said in it.")
    my_mute: LiveMute | None = batched(
        room_rules.my_mutes_of, "Set while the caller may not speak in it.", scope=Scope.MEMBER
    )
    muted: Connection[LiveRestriction] | None = batched(
        muted_in, "Who may not speak in it now; null for all who do not moderate it.", scope=Scope.MEMBER, cost=3
    )
    kicked: Connection[LiveRestriction] | None = batched(
        kicked_in, "Who may not come in now; null for all who do not moderate it.", scope=Scope.MEMBER, cost=3
    )
    moderations: Connection[LiveModeration] | None = batched(
        moderations_in,
        "Who did what to keep order in it, the newest first; null for all who do not moderate it.",
        scope=Scope.MEMBER,
        cost=3,
    )
    draws: list[LiveDraw] = batched(draws_of, "Its latest ten lucky bags and draws, the newest first.", cost=5)
    prepared_draws: list[LiveDraw] | None = batched(
        prepared_of, "Draws that wait to be opened; null for all who do not run the room.", cost=5
    )
    red_packets: list[RedPacket] = batched(packets_of, "Its latest ten red packets, the newest first.", cost=5)
    gift_earnings: GiftEarnings | None = batched(
        gift_settlements.earnings_of,
        "What its gifts come to; null but for those who run it or keep the books.",
        scope=Scope.MEMBER,
    )


@strawberry.input(description="Which live rooms; all conditions must hold.")
class LiveRoomWhere:
    state: EnumFilter[LiveRoomState] | None = strawberry.field(default=UNSET, description="The state.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="The guide who runs it.")
    mirror_of: IdFilter | None = strawberry.field(
        default=UNSET, description="The room that it shows; none for rooms of their own."
    )
    AND: list[LiveRoomWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[LiveRoomWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: LiveRoomWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_SOURCE = "Where its picture comes from. When left out: a stream, where the brand has a video provider."
_MIRRORED = "Whether other guides may show it in rooms of theirs."


@strawberry.input(description="A room that goes live at once.")
class LiveRoomStartInput:
    title: str = strawberry.field(description="Its title, 1 to 60 characters.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    cover_url: str | None = strawberry.field(default=None, description="A picture for lists.")
    shelf: list[ShelfItemInput] = strawberry.field(
        default_factory=list, description="What it sells, at most 100 to begin with."
    )
    copy_shelf_of: strawberry.ID | None = strawberry.field(
        default=None,
        description="It sells what stood on the shelf of this former room of the same store, too: as much of it as was "
        "planned then and the shop has now.",
    )
    video_source: VideoSource | None = strawberry.field(default=None, description=_SOURCE)
    may_be_mirrored: bool = strawberry.field(default=False, description=_MIRRORED)


@strawberry.input(description="A room that is announced.")
class LiveRoomScheduleInput:
    title: str = strawberry.field(description="Its title, 1 to 60 characters.")
    scheduled_at: datetime = strawberry.field(description="When it is to start.")
    cover_url: str | None = strawberry.field(default=None, description="A picture for lists.")
    video_source: VideoSource | None = strawberry.field(default=None, description=_SOURCE)
    may_be_mirrored: bool = strawberry.field(default=False, description=_MIRRORED)


@strawberry.input(description="Which room, and where it is to go in its life.")
class LiveRoomMoveInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    to_state: LiveRoomState = strawberry.field(description="LIVE, PAUSED, ENDED or CANCELLED.")


@strawberry.input(description="Which room.")
class LiveRoomInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")


@strawberry.input(description="Which room to shut down, and why.")
class LiveRoomBanInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    reason: str = strawberry.field(description="Why, for those who run it; 1 to 200 characters.")


@strawberry.input(description="Where the recording of a room is.")
class LiveRoomReplaySetInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    url: str | None = strawberry.field(default=None, description="A link to the recording; null: there is none.")


@strawberry.input(description="A room that another room shows.")
class LiveRoomMirrorInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room to show.")
    guide_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The guide (导购) who is to show it, of a store that the caller manages; else the caller.",
    )
    title: str | None = strawberry.field(default=None, description="1 to 60 characters; the same when left out.")


@object_type(scope=Scope.VISITOR, description="The answer to what changes a live room.")
class LiveRoomPayload(Payload):
    live_room: LiveRoom | None = attribute("The room as it is now.", default=None)
    replayed: bool = attribute(
        "True when this very request was answered before, or the guide's room was live already.", default=False
    )


def _room_key(given: str) -> Any:
    return key_of(Kind.LIVE_ROOM, given, "input", "liveRoomId")


def _plan(input: LiveRoomStartInput | LiveRoomScheduleInput, former: str | None = None) -> live.Plan:
    copied = None if former is None else key_of(Kind.LIVE_ROOM, former, "input", "copyShelfOf")
    return live.Plan(input.video_source, input.may_be_mirrored, copied)


async def _start(ctx: Context, *, input: LiveRoomStartInput) -> Any:
    items = [one.value("input", "shelf", str(i)) for i, one in enumerate(input.shelf)]
    plan = _plan(input, input.copy_shelf_of)
    room, replayed = await live.start(ctx, input.title, input.cover_url, items, input.idempotency_key, plan)
    return LiveRoomPayload.of(live_room=room, replayed=replayed)


async def _schedule(ctx: Context, *, input: LiveRoomScheduleInput) -> Any:
    room = await live.schedule(ctx, input.title, input.cover_url, input.scheduled_at, _plan(input))
    return LiveRoomPayload.of(live_room=room)


async def _ban(ctx: Context, *, input: LiveRoomBanInput) -> Any:
    return LiveRoomPayload.of(live_room=await live.ban(ctx, _room_key(input.live_room_id), input.reason))


async def _set_replay(ctx: Context, *, input: LiveRoomReplaySetInput) -> Any:
    return LiveRoomPayload.of(live_room=await live.set_replay(ctx, _room_key(input.live_room_id), input.url))


async def _mirror(ctx: Context, *, input: LiveRoomMirrorInput) -> Any:
    guide = None if input.guide_id is None else key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
    room = await live_mirrors.mirror(ctx, _room_key(input.live_room_id), guide, input.title)
    return LiveRoomPayload.of(live_room=room)


async def _move(ctx: Context, *, input: LiveRoomMoveInput) -> Any:
    return LiveRoomPayload.of(live_room=await live.move(ctx, _room_key(input.live_room_id), input.to_state))


async def _unpin(ctx: Context, *, input: LiveRoomInput) -> Any:
    return LiveRoomPayload.of(live_room=await shelves.unpin(ctx, _room_key(input.live_room_id)))


async def _room(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.LIVE_ROOM, id)
    return None if key is None else await live.room(ctx, key)


async def _rooms(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[LiveRoomWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    names = {"state": "state", "store_id": "storeId", "guide_id": "guideId", "mirror_of": "mirrorOf"}
    ids = {"storeId": Kind.STORE, "guideId": Kind.GUIDE, "mirrorOf": Kind.LIVE_ROOM}
    condition = condition_of(where, ids, names)
    return await live.rooms(ctx, pages.page_request(first, after, last, before), condition)


@strawberry.type
class LiveQuery:
    live_room: LiveRoom | None = query(
        _room, "The snapshot of one room; null when there is none that the caller may know of.", scope=Scope.VISITOR
    )
    live_rooms: Connection[LiveRoom] = query(_rooms, "Live rooms, the newest first.", scope=Scope.VISITOR)


@strawberry.type
class LiveMutation:
    live_room_start: LiveRoomPayload | None = mutation(
        _start,
        LiveRoomPayload,
        "One tap: a room of the caller goes live, with its shelf.",
        scope=Scope.GUIDE,
        money=True,
    )
    live_room_schedule: LiveRoomPayload | None = mutation(
        _schedule, LiveRoomPayload, "Announce a room of the caller.", scope=Scope.GUIDE
    )
    live_room_move: LiveRoomPayload | None = mutation(
        _move, LiveRoomPayload, "Start, pause, resume, end or cancel a room.", scope=Scope.MEMBER
    )
    live_room_ban: LiveRoomPayload | None = mutation(
        _ban, LiveRoomPayload, "Shut a room down for good.", scope=Scope.MODERATOR
    )
    live_room_replay_set: LiveRoomPayload | None = mutation(
        _set_replay, LiveRoomPayload, "Say where the recording of a room is.", scope=Scope.MEMBER
    )
    live_room_mirror: LiveRoomPayload | None = mutation(
        _mirror,
        LiveRoomPayload,
        "Show another room in a room of a guide: one stream, one shelf, one conversation, and what is bought through "
        "it is credited to that guide and store.",
        scope=Scope.MEMBER,
    )
    live_product_unpin: LiveRoomPayload | None = mutation(
        _unpin, LiveRoomPayload, "Explain nothing any more.", scope=Scope.MEMBER
    )


NODES = {Kind.LIVE_ROOM: live.rooms_by_id}
