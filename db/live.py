"""Live rooms: tables of rooms, their states, presence and gifts, and their queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    Column,
    Index,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.room_log import room_counter, room_presence
from db.statements import prepared
from db.stores import org_unit
from domain.filters import Condition
from domain.live import SEEN_BY_ALL, Host, LiveRoom
from domain.pages import Page, PageRequest
from domain.room_events import LiveRoomState

live_room = Table(
    "live_room",
    metadata,
    key(),
    words("title"),
    *one_of("state", LiveRoomState),
    words("cover_url", optional=True),
    refers_to("guide", "guide_id"),
    refers_to("org_unit", "store_id"),
    words("store_path"),
    moment("scheduled_at", optional=True),
    moment("started_at", optional=True),
    moment("ended_at", optional=True),
    moment("created_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Index("uq_live_room_one_open", "guide_id", unique=True, postgresql_where=text("state IN ('LIVE', 'PAUSED')")),
    Index(None, "state", "id"),
    Index(None, "store_id", "id"),
)

live_room_state_change = Table(
    "live_room_state_change",
    metadata,
    refers_to("live_room", "live_room_id", index=True),
    *one_of("from_state", LiveRoomState),
    *one_of("to_state", LiveRoomState),
    Column("actor_id", Uuid()),
    moment("at"),
)

PRESENT = text("interval '60 seconds'")
"""A process that has not told its viewers for so long is gone."""

_viewers = (
    select(func.coalesce(func.sum(room_presence.c.viewers), 0))
    .where(room_presence.c.room_id == live_room.c.id, room_presence.c.at > func.now() - PRESENT)
    .scalar_subquery()
)
_ROOMS: Select[Any] = (
    select(
        live_room.c.id,
        live_room.c.title,
        live_room.c.state,
        live_room.c.cover_url,
        live_room.c.guide_id,
        guide.c.display_name,
        guide.c.avatar_url,
        live_room.c.store_id,
        org_unit.c.name.label("store_name"),
        live_room.c.store_path,
        guide.c.member_id,
        live_room.c.scheduled_at,
        live_room.c.started_at,
        live_room.c.ended_at,
        live_room.c.created_at,
        live_room.c.version,
        func.coalesce(room_counter.c.seq, 0).label("seq"),
        _viewers.label("viewer_count"),
    )
    .join(guide, guide.c.id == live_room.c.guide_id)
    .join(org_unit, org_unit.c.id == live_room.c.store_id)
    .outerjoin(room_counter, room_counter.c.room_id == live_room.c.id)
)


def _room(row: Row) -> LiveRoom:
    return LiveRoom(
        row["id"],
        row["title"],
        LiveRoomState(row["state"]),
        row["cover_url"],
        Host(row["guide_id"], row["display_name"], row["avatar_url"], row["store_id"], row["store_name"]),
        row["store_path"],
        row["member_id"],
        scheduled_at=row["scheduled_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        created_at=row["created_at"],
        version=row["version"],
        seq=row["seq"],
        viewer_count=int(row["viewer_count"]),
    )


_BY_ID = prepared(_ROOMS.where(live_room.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    _ROOMS.where(live_room.c.id == bindparam("id", type_=Uuid())).with_for_update(of=live_room, key_share=True)
)
_SEEN = [state.value for state in LiveRoomState if state in SEEN_BY_ALL]
_LISTING = Listing(
    _ROOMS.where(live_room.c.state.in_([literal_column(f"'{state}'") for state in _SEEN])),
    _room,
    id=live_room.c.id,
    filters={"state": live_room.c.state, "storeId": live_room.c.store_id, "guideId": live_room.c.guide_id},
)
_ADD = prepared(
    insert(live_room).values(
        {
            name: bindparam(name, type_=live_room.c[name].type)
            for name in (
                *("id", "title", "state", "cover_url", "guide_id", "store_id", "store_path"),
                *("scheduled_at", "started_at", "created_at"),
            )
        }
    )
)
_SAVE = prepared(
    update(live_room)
    .where(live_room.c.id == bindparam("of_room", type_=Uuid()))
    .values(
        state=bindparam("to_state", type_=Text()),
        started_at=bindparam("at_start", type_=live_room.c.started_at.type),
        ended_at=bindparam("at_end", type_=live_room.c.ended_at.type),
        version=bindparam("new_version", type_=Integer()),
    )
)
_LOG_CHANGE = prepared(
    insert(live_room_state_change).values(
        live_room_id=bindparam("live_room_id"),
        from_state=bindparam("from_state"),
        to_state=bindparam("to_state"),
        actor_id=bindparam("actor_id"),
        at=bindparam("at"),
    )
)
_LOCK_LATE = prepared(
    _ROOMS.where(live_room.c.state == "SCHEDULED", live_room.c.scheduled_at < bindparam("before"))
    .limit(bindparam("most"))
    .with_for_update(of=live_room, skip_locked=True, key_share=True)
)


async def rooms_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, LiveRoom]:
    return {row["id"]: _room(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def find(reading: Reading, room_id: UUID) -> LiveRoom | None:
    return (await rooms_by_id(reading, [room_id])).get(room_id)


async def lock(tx: Writing, room_id: UUID) -> LiveRoom | None:
    """Find a room and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=room_id)
    return None if row is None else _room(row)


async def lock_late(tx: Writing, before: datetime, most: int) -> list[LiveRoom]:
    """Scheduled rooms whose time was before this and which nobody else works on."""
    return [_room(row) for row in await tx.rows(_LOCK_LATE, before=before, most=most)]


async def rooms(reading: Reading, request: PageRequest, where: Condition) -> Page[LiveRoom]:
    """A page of the rooms that everybody may know of, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)


async def add(tx: Writing, room: LiveRoom) -> bool:
    """Keep a new room; False when its guide has an open one already."""
    try:
        await tx.execute(
            _ADD,
            id=room.id,
            title=room.title,
            state=room.state.value,
            cover_url=room.cover_url,
            guide_id=room.host.guide_id,
            store_id=room.host.store_id,
            store_path=room.store_path,
            scheduled_at=room.scheduled_at,
            started_at=room.started_at,
            created_at=room.created_at,
        )
    except asyncpg.UniqueViolationError:
        return False
    return True


async def save_state(tx: Writing, before: LiveRoom, after: LiveRoom, actor_id: UUID | None, at: datetime) -> bool:
    """Keep the new state of a locked room; False when its guide has another open one."""
    try:
        await tx.execute(
            _SAVE,
            of_room=after.id,
            to_state=after.state.value,
            at_start=after.started_at,
            at_end=after.ended_at,
            new_version=after.version,
        )
    except asyncpg.UniqueViolationError:
        return False
    await tx.execute(
        _LOG_CHANGE,
        live_room_id=after.id,
        from_state=before.state.value,
        to_state=after.state.value,
        actor_id=actor_id,
        at=at,
    )
    return True


_HOST = prepared(
    select(
        guide.c.id,
        guide.c.display_name,
        guide.c.avatar_url,
        org_unit.c.id.label("store_id"),
        org_unit.c.name.label("store_name"),
        org_unit.c.path,
        guide.c.member_id,
    )
    .join(org_unit, org_unit.c.id == guide.c.store_id)
    .where(guide.c.id == bindparam("guide_id", type_=Uuid()), guide.c.status == "ACTIVE")
)


async def find_host(reading: Reading, guide_id: UUID | None) -> tuple[Host, str, UUID] | None:
    """An active guide as a host, the path of the guide's store, and the member who the guide is."""
    row = await reading.row(_HOST, guide_id=guide_id)
    return None if row is None else (Host(*row[:5]), row["path"], row["member_id"])
