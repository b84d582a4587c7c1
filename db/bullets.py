"""Bullet comments: they live in the room's log; these are the questions about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Uuid, bindparam, func, literal_column, select, true, update

from db.connection import Reading, Writing
from db.live import live_room
from db.members import member
from db.metadata import UUIDS
from db.room_log import room_event
from db.statements import prepared
from domain.room_events import BulletComment, BulletCommentPosted, EventKind, LiveRoomState, event_from


@dataclass(frozen=True, slots=True)
class Speaker:
    """A member in a room, and the state that the room is in."""

    state: LiveRoomState
    name: str
    avatar_url: str | None


_SPEAKER = prepared(
    select(live_room.c.state, member.c.nickname, member.c.avatar_url)
    .join(member, member.c.id == bindparam("member_id", type_=Uuid()))
    .where(live_room.c.id == bindparam("room_id", type_=Uuid()))
)
_ERASE = prepared(
    update(room_event)
    .where(
        room_event.c.room_id == bindparam("of_room", type_=Uuid()),
        room_event.c.seq == bindparam("of_seq", type_=BigInteger()),
        room_event.c.kind == literal_column("'BULLET_COMMENT'"),
        room_event.c.payload["comment"]["removed"] == literal_column("'false'::jsonb"),
    )
    .values(
        payload=func.jsonb_set(
            func.jsonb_set(
                room_event.c.payload, literal_column("'{comment,removed}'"), literal_column("'true'::jsonb")
            ),
            literal_column("'{comment,text}'"),
            literal_column("""'""'::jsonb"""),
        )
    )
    .returning(room_event.c.payload["comment"]["id"].as_string())
)
_given = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued("room_id", name="given").render_derived()
_latest = (
    select(room_event.c.room_id, room_event.c.seq, room_event.c.payload, room_event.c.at)
    .where(
        room_event.c.room_id == _given.c.room_id,
        room_event.c.kind == literal_column("'BULLET_COMMENT'"),
        room_event.c.payload["comment"]["removed"] == literal_column("'false'::jsonb"),
    )
    .order_by(room_event.c.seq.desc())
    .limit(bindparam("most", type_=Integer()))
    .lateral("latest")
)
_LATEST = prepared(
    select(_latest.c.room_id, _latest.c.seq, _latest.c.payload, _latest.c.at)
    .select_from(_given.join(_latest, true()))
    .order_by(_latest.c.room_id, _latest.c.seq)
)


async def speaker(reading: Reading, room_id: UUID, member_id: UUID) -> Speaker | None:
    """Who speaks where; None when there is no such room or member."""
    row = await reading.row(_SPEAKER, room_id=room_id, member_id=member_id)
    return None if row is None else Speaker(LiveRoomState(row[0]), row[1], row[2])


async def erase(tx: Writing, room_id: UUID, seq: int) -> UUID | None:
    """Blank the comment with this number in the log, so that no replay shows it; returns its id."""
    found = await tx.value(_ERASE, of_room=room_id, of_seq=seq)
    return None if found is None else UUID(hex=found)


async def latest_of(reading: Reading, room_ids: Sequence[UUID], most: int) -> dict[UUID, list[BulletComment]]:
    """The latest comments of each room, the oldest first."""
    found: dict[UUID, list[BulletComment]] = {}
    for row in await reading.rows(_LATEST, room_ids=list(room_ids), most=most):
        event = event_from(EventKind.BULLET_COMMENT, row["room_id"], row["seq"], row["at"], row["payload"])
        assert isinstance(event, BulletCommentPosted)
        found.setdefault(row["room_id"], []).append(event.comment)
    return found
