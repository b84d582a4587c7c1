"""The streams of live rooms: the key under which each is pushed, and what the provider told of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from db.connection import Reading, Writing
from db.metadata import metadata, moment, words
from db.statements import prepared
from domain.live_video import Push, PushTold, Stream

MOST_PUSHES = 16
"""So many pushes of a room decide whether its stream flows; what is told of older ones is no news."""

live_stream = Table(
    "live_stream",
    metadata,
    Column("live_room_id", Uuid(), ForeignKey("live_room.id"), primary_key=True),
    Column("key", Text(), nullable=False, unique=True),
    moment("waits_since", optional=True),
    Column("paused_the_room", Boolean(), nullable=False, server_default=text("false")),
    Index("ix_live_stream_waits", "waits_since", postgresql_where=text("waits_since IS NOT NULL")),
)

live_push = Table(
    "live_push",
    metadata,
    Column("live_room_id", Uuid(), ForeignKey("live_room.id"), nullable=False),
    words("push"),
    moment("began_at", optional=True),
    moment("ended_at", optional=True),
    PrimaryKeyConstraint("live_room_id", "push"),
)

_ROOM: BindParameter[UUID] = bindparam("of_room", type_=Uuid())
_ADD = prepared(
    insert(live_stream).values(
        live_room_id=bindparam("live_room_id"), key=bindparam("key"), waits_since=bindparam("waits_since")
    )
)
_ROOM_OF = prepared(select(live_stream.c.live_room_id).where(live_stream.c.key == bindparam("key", type_=Text())))
_LOCK = prepared(select(live_stream).where(live_stream.c.live_room_id == _ROOM).with_for_update(key_share=True))
_SAVE = prepared(
    update(live_stream)
    .where(live_stream.c.live_room_id == _ROOM)
    .values(
        waits_since=bindparam("since", type_=DateTime(timezone=True)),
        paused_the_room=bindparam("paused", type_=Boolean()),
    )
)
_WAIT_ANEW = prepared(
    update(live_stream)
    .where(live_stream.c.live_room_id == _ROOM)
    .values(
        waits_since=case(
            (live_stream.c.waits_since.is_(None), null()), else_=bindparam("since", type_=DateTime(timezone=True))
        ),
        paused_the_room=bindparam("paused", type_=Boolean()),
    )
)
_new = upsert(live_push).values(
    live_room_id=bindparam("live_room_id"),
    push=bindparam("push"),
    began_at=bindparam("began_at", type_=DateTime(timezone=True)),
    ended_at=bindparam("ended_at", type_=DateTime(timezone=True)),
)
_TELL = prepared(
    _new.on_conflict_do_update(
        index_elements=["live_room_id", "push"],
        set_={
            "began_at": func.greatest(live_push.c.began_at, _new.excluded.began_at),
            "ended_at": func.greatest(live_push.c.ended_at, _new.excluded.ended_at),
        },
    )
)
_PUSHES = prepared(
    select(live_push.c.began_at, live_push.c.ended_at)
    .where(live_push.c.live_room_id == _ROOM, live_push.c.began_at.is_not(None))
    .order_by(live_push.c.began_at.desc())
    .limit(literal_column(str(MOST_PUSHES)))
)


async def add(tx: Writing, room_id: UUID, key: str, waits_since: datetime) -> None:
    """Keep the stream of a new room, for which it waits."""
    await tx.execute(_ADD, live_room_id=room_id, key=key, waits_since=waits_since)


async def room_of(reading: Reading, key: str) -> UUID | None:
    """The room whose stream is pushed under this key."""
    found: UUID | None = await reading.value(_ROOM_OF, key=key)
    return found


async def lock(tx: Writing, room_id: UUID) -> Stream | None:
    """The stream of a locked room, kept so until the transaction ends; None where it has none."""
    row = await tx.row(_LOCK, of_room=room_id)
    return None if row is None else Stream(*row)


async def save(tx: Writing, stream: Stream) -> None:
    """Keep a locked stream."""
    await tx.execute(_SAVE, of_room=stream.room_id, since=stream.waits_since, paused=stream.paused_the_room)


async def wait_anew(tx: Writing, room_id: UUID, since: datetime, *, paused_the_room: bool) -> None:
    """Count the absence of a stream, if it is absent, from now on: its room is in another state."""
    await tx.execute(_WAIT_ANEW, of_room=room_id, since=since, paused=paused_the_room)


async def tell(tx: Writing, room_id: UUID, told: PushTold) -> list[Push]:
    """Keep what was told of a push, and return the newest pushes of the room. The same news again changes nothing."""
    began, ended = (told.at, None) if told.began else (None, told.at)
    await tx.execute(_TELL, live_room_id=room_id, push=told.push, began_at=began, ended_at=ended)
    return [Push(*row) for row in await tx.rows(_PUSHES, of_room=room_id)]
