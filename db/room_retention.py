"""What is kept of the logs of live rooms, and how long (decision 0009).

A log is replayed down to the floor of its room's counter. The floor rises with age, and where a room is very long;
what only the latest counts of goes with it. Comments, gifts and what the host did stay below the floor, as the record
of the room, until long after its end.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.connection import Writing
from db.live import live_room
from db.metadata import UUIDS
from db.room_log import room_counter, room_event
from db.statements import prepared
from domain.room_events import PRIORITIES, Priority

ROOMS_AT_ONCE, EVENTS_AT_ONCE, RECORDS_AT_ONCE = 50, 2_000, 5_000
PASSING = [kind.value for kind, priority in PRIORITIES.items() if priority is Priority.LATEST_WINS]
"""Kinds of which nobody wants to know later."""

_TURN = prepared(select(func.pg_try_advisory_xact_lock(bindparam("number", type_=BigInteger()))))
_TRIM_LOCK = 0x79757463  # "yutc"

_before = bindparam("before", type_=DateTime(timezone=True))
_kept = bindparam("kept", type_=BigInteger())
_counter = room_counter.c
_replayed = (room_event.c.room_id == _counter.room_id, room_event.c.seq > _counter.floor)
_oldest = select(room_event.c.at).where(*_replayed).order_by(room_event.c.seq).limit(literal_column("1"))
_room = (
    select(_counter.room_id, _counter.floor, _counter.seq)
    .where(
        _counter.floor < _counter.seq,
        or_(_counter.seq - _counter.floor > _kept, _oldest.correlate(room_counter).scalar_subquery() < _before),
    )
    .limit(literal_column(str(ROOMS_AT_ONCE)))
    .subquery("room")
)
_next = (
    select(room_event.c.seq, room_event.c.at)
    .where(room_event.c.room_id == _room.c.room_id, room_event.c.seq > _room.c.floor)
    .order_by(room_event.c.seq)
    .limit(literal_column(str(EVENTS_AT_ONCE)))
    .lateral("next")
)
_RISEN = prepared(
    select(_room.c.room_id, _room.c.floor, func.max(_next.c.seq).label("to_floor"))
    .select_from(_room.join(_next, true()))
    .where(or_(_next.c.at < _before, _next.c.seq <= _room.c.seq - _kept))
    .group_by(_room.c.room_id, _room.c.floor)
    .order_by(_room.c.room_id)
)
_risen = (
    func.unnest(
        bindparam("room_ids", type_=UUIDS),
        bindparam("floors", type_=ARRAY(BigInteger())),
        bindparam("to_floors", type_=ARRAY(BigInteger())),
    )
    .table_valued("room_id", "floor", "to_floor", name="risen")
    .render_derived()
)
_DELETE_PASSING = prepared(
    delete(room_event).where(
        room_event.c.room_id == _risen.c.room_id,
        room_event.c.seq > _risen.c.floor,
        room_event.c.seq <= _risen.c.to_floor,
        room_event.c.kind == any_(bindparam("passing", type_=ARRAY(Text()))),
    )
)
_RAISE = prepared(
    update(room_counter)
    .where(_counter.room_id == bindparam("of_room", type_=Uuid()))
    .values(floor=bindparam("to_floor", type_=BigInteger()))
)
_record = (
    select(room_event.c.room_id, room_event.c.seq)
    .join(room_counter, _counter.room_id == room_event.c.room_id)
    .join(live_room, live_room.c.id == room_event.c.room_id)
    .where(
        func.coalesce(live_room.c.ended_at, live_room.c.started_at, live_room.c.created_at) < _before,
        room_event.c.seq <= _counter.floor,
    )
    .limit(literal_column(str(RECORDS_AT_ONCE)))
    .subquery("record")
)
_FORGET = prepared(
    delete(room_event).where(room_event.c.room_id == _record.c.room_id, room_event.c.seq == _record.c.seq)
)


async def trim(tx: Writing, before: datetime, kept: int) -> int:
    """Raise the floors of some rooms by some thousand events, to where replay is to begin.

    What is from before a time is replayed no more, nor is what has `kept` newer events in its room. Returns how
    many rooms; 0 when all floors are where they belong, or another process is at it. Writers wait for nothing
    but the last of its three steps.
    """
    if not await tx.value(_TURN, number=_TRIM_LOCK):
        return 0
    risen = await tx.rows(_RISEN, before=before, kept=kept)
    if risen:
        room_ids, floors, to_floors = (list(column) for column in zip(*risen, strict=True))
        await tx.execute(_DELETE_PASSING, room_ids=room_ids, floors=floors, to_floors=to_floors, passing=PASSING)
        # One after the other in the order of the relay, which locks the counters of several rooms too.
        await tx.execute_many(_RAISE, [{"of_room": row["room_id"], "to_floor": row["to_floor"]} for row in risen])
    return len(risen)


async def forget(tx: Writing, before: datetime) -> int:
    """Forget the records of rooms that ended before a time, some thousand at once; returns how many."""
    return await tx.execute(_FORGET, before=before)
