"""What can be asked of live rooms: watch one, and run one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

import db.idempotency
import db.live
import db.live_changes
import db.live_streams
import db.outbox
import db.room_log
from db.connection import Writing
from domain import live
from domain.filters import Condition, check_depth
from domain.idempotency import request_of
from domain.links import check_link
from domain.live import AlreadyLive, LiveRoom, ShelfItem, StateChange
from domain.live_video import NoVideo, VideoSource
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import BadInput, NotFound, between, text_within
from domain.resuming import NO_LOG, Cursor, follows, must_resync
from domain.room_events import FOR_ALL, EventKind, LiveRoomState, RoomEvent
from resolvers import hosting, live_shelves, room_rules
from resolvers.context import Context
from resolvers.entrances import Entrance

MOST_EVENTS = 100
POLL_OPEN_MS, POLL_CLOSED_MS = 1000, 15000
STREAM_KEY_BYTES = 10


@record
class EventPage:
    """Events that were missed, in order. With `resync_required` there are none: the log begins after the gap."""

    events: Sequence[RoomEvent]
    next_after: int
    next_poll_ms: int
    resync_required: bool


async def rooms_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, LiveRoom]:
    """Those of the rooms that the caller may know of."""
    found = await db.live.rooms_by_id(ctx.reading, list(dict.fromkeys(ids)))
    return {key: room for key, room in found.items() if live.is_seen_by(room, ctx.principal)}


async def room(ctx: Context, room_id: UUID) -> LiveRoom | None:
    return (await rooms_by_id(ctx, [room_id])).get(room_id)


async def rooms(ctx: Context, request: PageRequest, where: Condition) -> Page[LiveRoom]:
    """A page of the rooms that everybody may know of, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.live.rooms(ctx.reading, request, where)


async def enter(
    ctx: Context, room_id: UUID, kinds: frozenset[EventKind] | None, after: int | None, epoch: str | None = None
) -> Entrance:
    """Let the caller in to watch a room's events.

    Raises:
        NotFound: there is no such room that the caller may know of.
        Kicked: the caller was shown the door.
        BadInput: `after` is negative.
    """
    if after is not None and after < 0:
        raise BadInput("zero or more", "不能为负数", path=("after",))
    found = await room(ctx, room_id)
    if found is None:
        raise NotFound(path=("roomId",))
    await room_rules.check_admitted(ctx, found.source_id)
    source = found if found.mirror_of is None else await room(ctx, found.source_id)
    if source is None or not live.may_moderate(source, ctx.principal):
        kinds = FOR_ALL if kinds is None else kinds & FOR_ALL
    return Entrance(found.source_id, kinds, after, epoch)


def watch(ctx: Context, entrance: Entrance) -> AsyncIterator[RoomEvent]:
    """The events of a room for one subscriber: what it missed, then what happens."""
    listener = ctx.principal.member_id
    return ctx.services.hub.listen(
        entrance.room_id, entrance.kinds, entrance.after, epoch=entrance.epoch, member_id=listener
    )


async def events_since(ctx: Context, room_id: UUID, cursor: Cursor, first: int) -> EventPage:
    """What a client that cannot keep a socket missed.

    Raises:
        NotFound: there is no such room that the caller may know of.
        BadInput: the cursor or `first` is out of bounds.
    """
    between(first, 1, MOST_EVENTS, "first")
    entrance = await enter(ctx, room_id, None, cursor.after)
    log_id = entrance.room_id
    # The extent is read before the events: what comes between the two is in the page, and no gap.
    extent = await db.room_log.extent(ctx.reading, log_id)
    found = await db.room_log.since(ctx.reading, log_id, cursor.after, first)
    state = await room(ctx, room_id)
    poll = POLL_OPEN_MS if state and state.is_open else POLL_CLOSED_MS
    if must_resync(cursor, extent) or not follows(found, cursor.after):
        return EventPage((), extent.head, poll, resync_required=True)
    next_after = found[-1].seq if found else cursor.after
    events = [event for event in found if event.is_told and entrance.lets_through(event.kind)]
    return EventPage(events, next_after, 0 if len(found) == first else poll, resync_required=False)


async def epochs_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[str]:
    """The life of each room's log."""
    extents = await db.room_log.extents(ctx.reading, [one.source_id for one in rooms])
    return [extents.get(one.source_id, NO_LOG).epoch for one in rooms]


async def changes_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[StateChange] | None]:
    """The latest steps in the life of each room, where the caller runs it."""
    seen = [one.id for one in rooms if live.may_run(one, ctx.principal)]
    found = await db.live_changes.changes_of(ctx.reading, seen) if seen else {}
    return [found.get(one.id, []) if one.id in seen else None for one in rooms]


@record
class Plan:
    """What a host may decide about a new room beside its title. Without a source: a stream, if there is a provider."""

    video_source: VideoSource | None = None
    may_be_mirrored: bool = False
    copy_shelf_of: UUID | None = None

    def values(self) -> dict[str, Any]:
        """What was decided otherwise than usual."""
        decided = msgspec.to_builtins(self)
        return {name: value for name, value in decided.items() if value not in (None, False)}


async def schedule(ctx: Context, title: str, cover_url: str | None, at: datetime, plan: Plan | None = None) -> LiveRoom:
    """Announce a room of the caller, who is a guide.

    Raises:
        BadInput: the title is too long, the cover is no link, or the time is past.
        NoVideo: a stream is wanted, and no provider is set up.
    """
    if at <= ctx.now():
        raise BadInput("a time to come", "应为将来的时间", path=("input", "scheduledAt"))
    async with ctx.database.writing() as tx:
        draft = await _new_room(ctx, tx, title, cover_url, plan or Plan())
        new = replace(draft, state=LiveRoomState.SCHEDULED, scheduled_at=at)
        await _open(ctx, tx, new)
        await db.outbox.tell(tx, "LiveRoomScheduled", "live_room", new.id, _fact(new), ctx.now())
    return new


def _said_of(item: ShelfItem) -> dict[str, Any]:
    """What was asked for. What is not is left out: a new part spoils no old key."""
    said: dict[str, Any] = msgspec.to_builtins(item)
    return {name: value for name, value in said.items() if name != "goes_with" or value}


async def start(
    ctx: Context, title: str, cover_url: str | None, items: Sequence[ShelfItem], key: str, plan: Plan | None = None
) -> tuple[LiveRoom, bool]:
    """One tap: a room of the caller, who is a guide, goes live with a shelf (R59). True when there was one before.

    A guide hosts one live room: another tap, whatever it asks for, comes to the same room.

    Raises:
        BadInput: a text, link, price, stock or limit is out of bounds.
        AlreadyLive: the guide had a room that was live and ended at this moment.
        NotFound: a variant is not sold to the caller, or there is no such shelf to copy.
        OutOfStock: the shop holds less than is to be set aside for the room.
        NoVideo: a stream is wanted, and no provider is set up.
    """
    live.check_shelf(items, "input", "shelf")
    at, plan = ctx.now(), plan or Plan()
    shelf = [_said_of(item) for item in items]
    asked = {"title": title, "cover": cover_url, "shelf": shelf, **plan.values()}
    request = request_of(f"guide:{ctx.principal.guide_id}", "liveRoomStart", key, asked)
    async with ctx.database.writing() as tx:
        given = await db.idempotency.claim(tx, request, at)
        if given is not None:
            return msgspec.convert(given, LiveRoom, strict=False), True
        started, is_new = await _start(ctx, tx, title, cover_url, items, plan)
        await db.idempotency.answer(tx, request, msgspec.to_builtins(started))
    return started, not is_new


async def _start(
    ctx: Context, tx: Writing, title: str, cover_url: str | None, items: Sequence[ShelfItem], plan: Plan
) -> tuple[LiveRoom, bool]:
    """The caller's live room, and whether it is a new one."""
    new = await _new_room(ctx, tx, title, cover_url, plan)
    started = live.move(new, LiveRoomState.LIVE, ctx.now())
    if not await _open(ctx, tx, started):
        hosted = await db.live.hosted_by(tx, new.host.guide_id)
        if hosted is None:
            raise AlreadyLive
        return hosted, False
    await live_shelves.put(ctx, tx, started, items)
    if plan.copy_shelf_of is not None:
        await live_shelves.put_as_in(ctx, tx, started, plan.copy_shelf_of, items)
    events = [_state_event(new, started)]
    await db.outbox.tell(tx, "LiveRoomStarted", "live_room", new.id, _fact(started, events), ctx.now())
    return started, True


async def _open(ctx: Context, tx: Writing, new: LiveRoom) -> bool:
    """Keep a new room with its log and its stream; False when its guide hosts an open one."""
    if not await db.live.add(tx, new):
        return False
    await db.room_log.open_log(tx, new.id)
    if new.stream_key is not None:
        await db.live_streams.add(tx, new.id, new.stream_key, ctx.now())
    return True


async def _new_room(ctx: Context, tx: Writing, title: str, cover_url: str | None, plan: Plan) -> LiveRoom:
    has_provider = ctx.services.video is not None
    source = plan.video_source or (VideoSource.STREAM if has_provider else VideoSource.NONE)
    if source is VideoSource.STREAM and not has_provider:
        raise NoVideo(path=("input", "videoSource"))
    host = await db.live.find_host(tx, ctx.principal.guide_id)
    if host is None:
        raise NotFound
    shown, store_path, member_id = host
    return LiveRoom(
        id=ctx.new_id(),
        title=text_within(title, 60, "input", "title"),
        state=LiveRoomState.DRAFT,
        cover_url=None if cover_url is None else check_link(cover_url, "input", "coverUrl"),
        host=shown,
        store_path=store_path,
        host_member_id=member_id,
        scheduled_at=None,
        started_at=None,
        ended_at=None,
        created_at=ctx.now(),
        version=1,
        seq=0,
        viewer_count=0,
        video_source=source,
        stream_key=ctx.chance(STREAM_KEY_BYTES).hex() if source is VideoSource.STREAM else None,
        may_be_mirrored=plan.may_be_mirrored,
    )


async def move(ctx: Context, room_id: UUID, to: LiveRoomState) -> LiveRoom:
    """Start, pause, resume, end or cancel a room. What an ended room did not sell goes back to the shop.

    Raises:
        NotFound: there is no such room that the caller may know of.
        NotAllowed: the caller does not run it.
        IsMirror: it lives and ends with the room that it shows.
        WrongState: its state does not lead there.
        AlreadyLive: its guide has another room that is live.
        BadInput: nobody brings a room there by hand.
    """
    if to not in live.MOVES:
        raise BadInput(
            "LIVE, PAUSED, ENDED or CANCELLED", "应为 LIVE、PAUSED、ENDED 或 CANCELLED", path=("input", "toState")
        )
    async with ctx.database.writing() as tx:
        before = await hosting.lock_room(ctx, tx, room_id)
        return await go(ctx, tx, before, to)


async def ban(ctx: Context, room_id: UUID, reason: str) -> LiveRoom:
    """Shut a room down for good. Those who run it read why.

    Raises:
        BadInput: the reason is empty or longer than 200 characters.
        NotFound: there is no such room.
        IsMirror: it shows another room; that one can be banned.
        WrongState: it is over, or not announced.
    """
    why = text_within(reason, 200, "input", "reason")
    async with ctx.database.writing() as tx:
        before = await db.live.lock(tx, room_id)
        if before is None:
            raise NotFound(path=("input", "liveRoomId"))
        live.check_own(before)
        return await go(ctx, tx, before, LiveRoomState.BANNED, why)


async def go(ctx: Context, tx: Writing, before: LiveRoom, to: LiveRoomState, reason: str = "") -> LiveRoom:
    """Bring a locked room, and its mirrors, into another state.

    Raises:
        WrongState, AlreadyLive: as `move`.
    """
    at = ctx.now()
    after = live.move(before, to, at)
    change = StateChange(before.state, to, ctx.principal.member_id, reason, at)
    if not await db.live.save_state(tx, after, change):
        raise AlreadyLive
    if after.stream_key is not None:
        await db.live_streams.wait_anew(tx, after.id, at, paused_the_room=reason == live.NO_STREAM)
    events = [_state_event(before, after)]
    if after.state in live.CLOSED_STATES:
        events = [*await live_shelves.clear(ctx, tx, before.id), *events]
        await room_rules.end_talk(tx, before.id)
    await db.outbox.tell(tx, "LiveRoomMoved", "live_room", after.id, _fact(after, events), at)
    return after


async def set_replay(ctx: Context, room_id: UUID, url: str | None) -> LiveRoom:
    """Say where the recording of a room is, or that there is none any more; viewers see it once the room ended.

    Raises:
        BadInput: it is no link.
        NotFound, NotAllowed, IsMirror: as `move`.
    """
    link = None if url is None else check_link(url, "input", "url")
    async with ctx.database.writing() as tx:
        room = await hosting.lock_room(ctx, tx, room_id)
        await db.live.set_replay(tx, room.id, link)
        changed = replace(room, replay_url=link, version=room.version + 1)
        await db.outbox.tell(tx, "LiveRoomReplaySet", "live_room", room.id, _fact(changed), ctx.now())
    return changed


async def expire_late(ctx: Context) -> int:
    """Close a scheduled room that did not start in time; returns how many, which is at most one."""
    async with ctx.database.writing() as tx:
        late = await db.live.lock_late(tx, ctx.now() - live.START_AT_LATEST, 1)
        for one in late:
            await go(ctx, tx, one, LiveRoomState.EXPIRED)
    return len(late)


def _fact(one: LiveRoom, events: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {
        "room": one.id.hex,
        "title": one.title,
        "state": one.state.value,
        "guide": one.host.guide_id.hex,
        "store": one.host.store_id.hex,
        "version": one.version,
        "room_events": list(events),
    }


def _state_event(before: LiveRoom, after: LiveRoom) -> dict[str, Any]:
    payload = {"from_state": before.state.value, "to_state": after.state.value}
    return {"room": after.id.hex, "kind": EventKind.STATE.value, "payload": payload}
