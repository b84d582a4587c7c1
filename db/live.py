"""Live rooms: tables of rooms, their states, presence and gifts, and their queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

import db.live_changes
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.live_streams import live_stream
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.room_log import room_counter
from db.room_presence import room_audience
from db.statements import prepared
from db.stores import org_unit
from domain.filters import Condition
from domain.live import SEEN_BY_ALL, Host, LiveRoom, StateChange
from domain.live_video import VideoSource
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
    *one_of("video_source", VideoSource, default=VideoSource.NONE),
    refers_to("live_room", "mirror_of", optional=True),
    Column("may_be_mirrored", Boolean(), nullable=False, server_default=text("false")),
    words("replay_url", optional=True),
    CheckConstraint("mirror_of IS NULL OR NOT may_be_mirrored", name="a_mirror_is_not_mirrored"),
    Index(
        "uq_live_room_one_hosted",
        "guide_id",
        unique=True,
        postgresql_where=text("state IN ('LIVE', 'PAUSED') AND mirror_of IS NULL"),
    ),
    Index(
        "uq_live_room_one_mirror",
        "mirror_of",
        "guide_id",
        unique=True,
        postgresql_where=text("mirror_of IS NOT NULL"),
    ),
    Index(None, "state", "id"),
    Index(None, "store_id", "id"),
)

_SOURCE = func.coalesce(live_room.c.mirror_of, live_room.c.id)
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
        func.coalesce(room_audience.c.viewers, 0).label("viewer_count"),
        live_room.c.video_source,
        live_stream.c.key.label("stream_key"),
        live_room.c.mirror_of,
        live_room.c.may_be_mirrored,
        live_room.c.replay_url,
    )
    .join(guide, guide.c.id == live_room.c.guide_id)
    .join(org_unit, org_unit.c.id == live_room.c.store_id)
    .outerjoin(room_counter, room_counter.c.room_id == _SOURCE)
    .outerjoin(room_audience, room_audience.c.room_id == _SOURCE)
    .outerjoin(live_stream, live_stream.c.live_room_id == _SOURCE)
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
        viewer_count=row["viewer_count"],
        video_source=VideoSource(row["video_source"]),
        stream_key=row["stream_key"],
        mirror_of=row["mirror_of"],
        may_be_mirrored=row["may_be_mirrored"],
        replay_url=row["replay_url"],
    )


_BY_ID = prepared(_ROOMS.where(live_room.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    _ROOMS.where(live_room.c.id == bindparam("id", type_=Uuid())).with_for_update(of=live_room, key_share=True)
)
_source_of = _ROOMS.where(
    live_room.c.id == select(_SOURCE).where(live_room.c.id == bindparam("id", type_=Uuid())).scalar_subquery()
)
_SOURCE_OF = prepared(_source_of)
_LOCK_SOURCE = prepared(_source_of.with_for_update(of=live_room, key_share=True))
_SEEN = [state.value for state in LiveRoomState if state in SEEN_BY_ALL]
_LISTING = Listing(
    _ROOMS.where(live_room.c.state.in_([literal_column(f"'{state}'") for state in _SEEN])),
    _room,
    id=live_room.c.id,
    filters={
        "state": live_room.c.state,
        "storeId": live_room.c.store_id,
        "guideId": live_room.c.guide_id,
        "mirrorOf": live_room.c.mirror_of,
    },
)
_ADD = prepared(
    insert(live_room)
    .values(
        {
            name: bindparam(name, type_=live_room.c[name].type)
            for name in (
                *("id", "title", "state", "cover_url", "guide_id", "store_id", "store_path"),
                *("scheduled_at", "started_at", "created_at"),
                *("video_source", "mirror_of", "may_be_mirrored", "replay_url"),
            )
        }
    )
    .on_conflict_do_nothing()
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
_FOLLOW = prepared(
    update(live_room)
    .where(live_room.c.mirror_of == bindparam("of_room", type_=Uuid()))
    .values(
        state=bindparam("to_state", type_=Text()),
        started_at=bindparam("at_start", type_=live_room.c.started_at.type),
        ended_at=bindparam("at_end", type_=live_room.c.ended_at.type),
        version=live_room.c.version + 1,
    )
    .returning(live_room.c.id)
)
_OF_ROOM: BindParameter[UUID] = bindparam("of_room", type_=Uuid())
_SET_REPLAY = prepared(
    update(live_room)
    .where(or_(live_room.c.id == _OF_ROOM, live_room.c.mirror_of == _OF_ROOM))
    .values(replay_url=bindparam("url", type_=Text()), version=live_room.c.version + 1)
)
_LOCK_LATE = prepared(
    _ROOMS.where(
        live_room.c.state == "SCHEDULED",
        live_room.c.mirror_of.is_(None),
        live_room.c.scheduled_at < bindparam("before"),
    )
    .limit(bindparam("most"))
    .with_for_update(of=live_room, skip_locked=True, key_share=True)
)
_LOCK_WAITING = prepared(
    _ROOMS.where(
        live_room.c.state == bindparam("in_state", type_=Text()),
        live_room.c.id.in_(
            select(live_stream.c.live_room_id).where(
                live_stream.c.waits_since <= bindparam("before", type_=DateTime(timezone=True))
            )
        ),
    )
    .limit(literal_column("1"))
    .with_for_update(of=live_room, skip_locked=True, key_share=True)
)
_HOSTED = prepared(
    _ROOMS.where(
        live_room.c.guide_id == bindparam("guide_id", type_=Uuid()),
        live_room.c.mirror_of.is_(None),
        live_room.c.state.in_([literal_column("'LIVE'"), literal_column("'PAUSED'")]),
    )
)
_MIRROR = prepared(
    _ROOMS.where(
        live_room.c.mirror_of == bindparam("of_room", type_=Uuid()),
        live_room.c.guide_id == bindparam("guide_id", type_=Uuid()),
    )
)


_ON_AIR = prepared(
    select(live_room.c.id).where(
        live_room.c.state.in_([literal_column("'LIVE'"), literal_column("'PAUSED'")]), live_room.c.mirror_of.is_(None)
    )
)


async def rooms_on_air(reading: Reading) -> list[UUID]:
    """The rooms that are live or paused, without mirrors."""
    return [row["id"] for row in await reading.rows(_ON_AIR)]


async def rooms_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, LiveRoom]:
    return {row["id"]: _room(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def find(reading: Reading, room_id: UUID) -> LiveRoom | None:
    return (await rooms_by_id(reading, [room_id])).get(room_id)


async def find_source(reading: Reading, room_id: UUID) -> LiveRoom | None:
    """The room that this one shows: itself, unless it is a mirror."""
    row = await reading.row(_SOURCE_OF, id=room_id)
    return None if row is None else _room(row)


async def lock(tx: Writing, room_id: UUID) -> LiveRoom | None:
    """Find a room and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=room_id)
    return None if row is None else _room(row)


async def lock_source(tx: Writing, room_id: UUID) -> LiveRoom | None:
    """Find the room that this one shows, itself unless it is a mirror, and keep other writers off it."""
    row = await tx.row(_LOCK_SOURCE, id=room_id)
    return None if row is None else _room(row)


async def lock_waiting(tx: Writing, state: LiveRoomState, before: datetime) -> LiveRoom | None:
    """A room in this state that has waited for its stream since before this and which nobody else works on."""
    row = await tx.row(_LOCK_WAITING, in_state=state.value, before=before)
    return None if row is None else _room(row)


async def hosted_by(tx: Writing, guide_id: UUID) -> LiveRoom | None:
    """The guide's own room that is live or paused."""
    row = await tx.row(_HOSTED, guide_id=guide_id)
    return None if row is None else _room(row)


async def mirror_by(tx: Writing, source_id: UUID, guide_id: UUID) -> LiveRoom | None:
    """The guide's mirror of a room."""
    row = await tx.row(_MIRROR, of_room=source_id, guide_id=guide_id)
    return None if row is None else _room(row)


async def lock_late(tx: Writing, before: datetime, most: int) -> list[LiveRoom]:
    """Scheduled rooms of their own whose time was before this and which nobody else works on; mirrors follow them."""
    return [_room(row) for row in await tx.rows(_LOCK_LATE, before=before, most=most)]


async def rooms(reading: Reading, request: PageRequest, where: Condition) -> Page[LiveRoom]:
    """A page of the rooms that everybody may know of, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)


async def add(tx: Writing, room: LiveRoom) -> bool:
    """Keep a new room; False when its guide hosts an open one already, or mirrors the same room."""
    added = await tx.execute(
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
        video_source=room.video_source.value,
        mirror_of=room.mirror_of,
        may_be_mirrored=room.may_be_mirrored,
        replay_url=room.replay_url,
    )
    return added > 0


async def save_state(tx: Writing, after: LiveRoom, change: StateChange) -> bool:
    """Keep the new state of a locked room, and of its mirrors; False when its guide hosts another open one."""
    new = {"to_state": after.state.value, "at_start": after.started_at, "at_end": after.ended_at}
    try:
        await tx.execute(_SAVE, of_room=after.id, new_version=after.version, **new)
    except asyncpg.UniqueViolationError:
        return False
    mirrors = await tx.rows(_FOLLOW, of_room=after.id, **new)
    await db.live_changes.add(tx, [after.id, *(row["id"] for row in mirrors)], change)
    return True


async def set_replay(tx: Writing, room_id: UUID, url: str | None) -> None:
    """Keep where the recording of a locked room, and of its mirrors, is."""
    await tx.execute(_SET_REPLAY, of_room=room_id, url=url)


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
