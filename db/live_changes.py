"""The steps in the lives of live rooms: who brought each where, when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Column, Table, Text, Uuid, bindparam, func, insert, literal_column, select, text, true

from db.connection import Reading, Writing, by_key
from db.metadata import UUIDS, metadata, moment, one_of, refers_to
from db.statements import Statement, prepared
from domain.live import StateChange
from domain.room_events import LiveRoomState

MOST_SHOWN = 100

live_room_state_change = Table(
    "live_room_state_change",
    metadata,
    refers_to("live_room", "live_room_id", index=True),
    *one_of("from_state", LiveRoomState),
    *one_of("to_state", LiveRoomState),
    Column("actor_id", Uuid()),
    Column("reason", Text(), nullable=False, server_default=text("''")),
    moment("at"),
)

_ADD = prepared(
    insert(live_room_state_change).values({c.name: bindparam(c.name, type_=c.type) for c in live_room_state_change.c})
)


async def add(tx: Writing, room_ids: Sequence[UUID], change: StateChange) -> None:
    """Keep a step that these rooms took together."""
    step = {
        "from_state": change.from_state.value,
        "to_state": change.to_state.value,
        "actor_id": change.actor_id,
        "reason": change.reason,
        "at": change.at,
    }
    await tx.execute_many(_ADD, [{"live_room_id": room_id, **step} for room_id in room_ids])


def _changes() -> Statement:
    room = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued("id", name="room").render_derived()
    change = live_room_state_change.c
    newest = (
        select(change.from_state, change.to_state, change.actor_id, change.reason, change.at)
        .where(change.live_room_id == room.c.id)
        .order_by(change.at.desc())
        .limit(literal_column(str(MOST_SHOWN)))
        .lateral("newest")
    )
    return prepared(select(room.c.id, *newest.c).select_from(room).join(newest, true()).order_by(newest.c.at))


_CHANGES = _changes()


async def changes_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, list[StateChange]]:
    """The latest 100 steps of each room, in their order."""
    rows = await reading.rows(_CHANGES, room_ids=list(room_ids))
    return by_key(rows, "id", lambda r: StateChange(LiveRoomState(r[1]), LiveRoomState(r[2]), r[3], r[4], r[5]))
