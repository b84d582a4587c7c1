"""What can be asked of live rooms: watch one, and run one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

import db.idempotency
import db.live
import db.outbox
import db.room_log
from db.connection import Writing
from domain import live
from domain.filters import Condition, check_depth
from domain.idempotency import request_of
from domain.links import check_link
from domain.live import AlreadyLive, LiveRoom, ShelfItem
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound, between, text_within
from domain.resuming import NO_LOG, Cursor, follows, must_resync
from domain.room_events import EventKind, LiveRoomState, RoomEvent
from resolvers import live_shelves
from resolvers.context import Context
from resolvers.entrances import Entrance

MOST_EVENTS = 200
POLL_OPEN_MS, POLL_CLOSED_MS = 1000, 15000
LATE_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
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
        BadInput: `after` is negative.
    """
    if after is not None and after < 0:
        raise BadInput("zero or more", "不能为负数", path=("after",))
    if await room(ctx, room_id) is None:
        raise NotFound(path=("roomId",))
    return Entrance(room_id, kinds, after, epoch)


def watch(ctx: Context, entrance: Entrance) -> AsyncIterator[RoomEvent]:
    """The events of a room for one subscriber: what it missed, then what happens."""
    return ctx.services.hub.listen(entrance.room_id, entrance.kinds, entrance.after, epoch=entrance.epoch)


async def events_since(ctx: Context, room_id: UUID, cursor: Cursor, first: int) -> EventPage:
    """What a client that cannot keep a socket missed.

    Raises:
        NotFound: there is no such room that the caller may know of.
        BadInput: the cursor or `first` is out of bounds.
    """
    between(first, 1, MOST_EVENTS, "first")
    await enter(ctx, room_id, None, cursor.after)
    # The extent is read before the events: what comes between the two is in the page, and no gap.
    extent = await db.room_log.extent(ctx.reading, room_id)
    found = await db.room_log.since(ctx.reading, room_id, cursor.after, first)
    state = await room(ctx, room_id)
    poll = POLL_OPEN_MS if state and state.is_open else POLL_CLOSED_MS
    if must_resync(cursor, extent) or not follows(found, cursor.after):
        return EventPage((), extent.head, poll, resync_required=True)
    next_after = found[-1].seq if found else cursor.after
    return EventPage(found, next_after, 0 if len(found) == first else poll, resync_required=False)


async def epochs_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[str]:
    """The life of each room's log."""
    extents = await db.room_log.extents(ctx.reading, [one.id for one in rooms])
    return [extents.get(one.id, NO_LOG).epoch for one in rooms]


async def schedule(ctx: Context, title: str, cover_url: str | None, at: datetime) -> LiveRoom:
    """Announce a room of the caller, who is a guide.

    Raises:
        BadInput: the title is too long, the cover is no link, or the time is past.
    """
    if at <= ctx.now():
        raise BadInput("a time to come", "应为将来的时间", path=("input", "scheduledAt"))
    async with ctx.database.writing() as tx:
        new = replace(await _new_room(ctx, tx, title, cover_url), state=LiveRoomState.SCHEDULED, scheduled_at=at)
        await db.live.add(tx, new)
        await db.room_log.open_log(tx, new.id)
        await db.outbox.tell(tx, "LiveRoomScheduled", "live_room", new.id, _fact(new), ctx.now())
    return new


async def start(
    ctx: Context, title: str, cover_url: str | None, items: Sequence[ShelfItem], key: str
) -> tuple[LiveRoom, bool]:
    """One tap: a room of the caller, who is a guide, goes live with a shelf (R59). True when it did before.

    Raises:
        BadInput: a text, link, price, stock or limit is out of bounds.
        AlreadyLive: the guide has a room that is live.
        NotFound: a variant is not sold to the caller.
        OutOfStock: the shop holds less than is to be set aside for the room.
    """
    live.check_shelf(items, "input", "shelf")
    at = ctx.now()
    asked = {"title": title, "cover": cover_url, "shelf": [msgspec.to_builtins(item) for item in items]}
    request = request_of(f"guide:{ctx.principal.guide_id}", "liveRoomStart", key, asked)
    async with ctx.database.writing() as tx:
        given = await db.idempotency.claim(tx, request, at)
        if given is not None:
            return msgspec.convert(given, LiveRoom, strict=False), True
        new = await _new_room(ctx, tx, title, cover_url)
        started = live.move(new, LiveRoomState.LIVE, at)
        if not await db.live.add(tx, started):
            raise AlreadyLive
        await db.room_log.open_log(tx, new.id)
        await live_shelves.put(ctx, tx, started, items, 0)
        events = [_state_event(new, started)]
        await db.outbox.tell(tx, "LiveRoomStarted", "live_room", new.id, _fact(started, events), at)
        await db.idempotency.answer(tx, request, msgspec.to_builtins(started))
    return started, False


async def _new_room(ctx: Context, tx: Writing, title: str, cover_url: str | None) -> LiveRoom:
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
    )


async def move(ctx: Context, room_id: UUID, to: LiveRoomState) -> LiveRoom:
    """Start, pause, resume, end or cancel a room. What an ended room did not sell goes back to the shop.

    Raises:
        NotFound: there is no such room that the caller may know of.
        NotAllowed: the caller does not run it.
        WrongState: its state does not lead there.
        AlreadyLive: its guide has another room that is live.
        BadInput: nobody brings a room there by hand.
    """
    if to not in live.MOVES:
        raise BadInput(
            "LIVE, PAUSED, ENDED or CANCELLED", "应为 LIVE、PAUSED、ENDED 或 CANCELLED", path=("input", "toState")
        )
    async with ctx.database.writing() as tx:
        before = await live_shelves.lock_room(ctx, tx, room_id)
        return await _move(ctx, tx, before, to)


async def _move(ctx: Context, tx: Writing, before: LiveRoom, to: LiveRoomState) -> LiveRoom:
    at = ctx.now()
    after = live.move(before, to, at)
    if not await db.live.save_state(tx, before, after, ctx.principal.member_id, at):
        raise AlreadyLive
    if after.state in live.CLOSED_STATES:
        await live_shelves.clear(tx, before.id)
    fact = _fact(after, [_state_event(before, after)])
    await db.outbox.tell(tx, "LiveRoomMoved", "live_room", after.id, fact, at)
    return after


async def expire_late(ctx: Context) -> int:
    """Close scheduled rooms that did not start in time; returns how many, which is at most 50."""
    async with ctx.database.writing() as tx:
        late = await db.live.lock_late(tx, ctx.now() - live.START_AT_LATEST, 1)
        for one in late:
            await _move(ctx, tx, one, LiveRoomState.EXPIRED)
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
