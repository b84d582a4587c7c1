"""The log of live rooms: every room event, numbered without a gap within its room. The truth behind the bus.

One plain table. Partitions by time would have to carry the time in their key, which takes `(room_id, seq)`
its uniqueness. Numbers are handed out under the lock of the room's counter, so that a reader who sees a number
has seen all before it. What is replayed ends at the counter's floor; below it only records are left
(`db/room_retention.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Database, Reading, Row, Writing
from db.metadata import UUIDS, metadata, moment, words
from db.statements import Statement, prepared
from domain.resuming import NO_LOG, Extent
from domain.room_events import EventKind, RoomEvent, event_from

room_counter = Table(
    "room_counter",
    metadata,
    Column("room_id", Uuid(), primary_key=True),
    Column("seq", BigInteger(), nullable=False, server_default=text("0")),
    Column("floor", BigInteger(), nullable=False, server_default=text("0")),
    CheckConstraint("floor BETWEEN 0 AND seq", name="floor_is_below_seq"),
)
room_event = Table(
    "room_event",
    metadata,
    Column("room_id", Uuid(), nullable=False),
    Column("seq", BigInteger(), nullable=False),
    words("kind"),
    Column("payload", JSONB(), nullable=False),
    moment("at"),
    PrimaryKeyConstraint("room_id", "seq"),
)


def _entries() -> TableValuedAlias:
    """The events of a batch, in their order."""
    return (
        func.unnest(
            bindparam("kinds", type_=ARRAY(Text())),
            bindparam("payloads", type_=ARRAY(Text())),
            bindparam("moments", type_=ARRAY(DateTime(timezone=True))),
        )
        .table_valued(
            column("kind", Text()),
            column("payload", Text()),
            column("at", DateTime(timezone=True)),
            with_ordinality="position",
        )
        .render_derived()
    )


def _append() -> Statement:
    """Take a block of numbers and write the events under them, in one statement."""
    entries = _entries()
    room, many = bindparam("of_room", type_=Uuid()), bindparam("many", type_=Integer())
    block = (
        update(room_counter)
        .where(room_counter.c.room_id == room)
        .values(seq=room_counter.c.seq + many)
        .returning((room_counter.c.seq - many).label("before"))
        .cte("block")
    )
    rows = select(
        room, block.c.before + entries.c.position, entries.c.kind, cast(entries.c.payload, JSONB()), entries.c.at
    ).select_from(block.join(entries, true()))
    written = insert(room_event).from_select(["room_id", "seq", "kind", "payload", "at"], rows)
    return prepared(select(block.c.before).add_cte(written.cte("written")))


_APPEND = _append()
_OPEN = prepared(
    insert(room_counter).values(room_id=bindparam("room_id")).on_conflict_do_nothing(index_elements=["room_id"])
)
_SINCE = prepared(
    select(room_event.c.room_id, room_event.c.seq, room_event.c.kind, room_event.c.payload, room_event.c.at)
    .where(
        room_event.c.room_id == bindparam("of_room", type_=Uuid()),
        room_event.c.seq > bindparam("after", type_=BigInteger()),
    )
    .order_by(room_event.c.seq)
    .limit(bindparam("most"))
)
_database = (
    select(cast(literal_column("oid"), Text()))
    .select_from(text("pg_database"))
    .where(text("datname = current_database()"))
    .scalar_subquery()
)
_life = func.concat_ws(
    "/",
    room_counter.c.room_id,
    _database,
    func.pg_relation_filenode(literal_column("'room_counter'::regclass")),
    func.extract("epoch", func.pg_postmaster_start_time()),
)
"""Whatever brings a database back to an earlier state ends a server, drops a database, or makes a table anew."""
_EXTENTS = prepared(
    select(
        room_counter.c.room_id,
        room_counter.c.floor,
        room_counter.c.seq,
        func.left(func.md5(_life), literal_column("16")).label("epoch"),
    ).where(room_counter.c.room_id == any_(bindparam("room_ids", type_=UUIDS)))
)


async def open_log(tx: Writing, room_id: UUID) -> None:
    """Begin the log of a room, at zero; it must be there before the first event."""
    await tx.execute(_OPEN, room_id=room_id)


async def append(
    tx: Writing, room_id: UUID, entries: Sequence[tuple[EventKind, dict[str, Any], datetime]]
) -> list[RoomEvent]:
    """Write events under the next numbers of their room, which stays locked until the transaction ends.

    Raises:
        LookupError: the room has no log.
    """
    before = await tx.value(
        _APPEND,
        of_room=room_id,
        many=len(entries),
        kinds=[kind.value for kind, _, _ in entries],
        payloads=[orjson.dumps(payload).decode() for _, payload, _ in entries],
        moments=[at for _, _, at in entries],
    )
    if before is None:
        msg = f"room {room_id} has no log"
        raise LookupError(msg)
    return [event_from(kind, room_id, before + n, at, payload) for n, (kind, payload, at) in enumerate(entries, 1)]


async def since(reading: Reading, room_id: UUID, after: int, most: int) -> list[RoomEvent]:
    """The first events after a number. Below the floor some are missing."""
    return [_event(row) for row in await reading.rows(_SINCE, of_room=room_id, after=after, most=most)]


async def extents(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, Extent]:
    """What is kept of each room that has a log."""
    rows = await reading.rows(_EXTENTS, room_ids=list(room_ids))
    return {row["room_id"]: Extent(row["floor"], row["seq"], row["epoch"]) for row in rows}


async def extent(reading: Reading, room_id: UUID) -> Extent:
    """What is kept of a room's log; nothing when it has none."""
    return (await extents(reading, [room_id])).get(room_id, NO_LOG)


def _event(row: Row) -> RoomEvent:
    return event_from(EventKind(row["kind"]), row["room_id"], row["seq"], row["at"], row["payload"])


class RoomLog:
    """The log as a hub reads it: outside of any transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, room_id: UUID, after: int, most: int) -> list[RoomEvent]:
        return await since(self._database.reading(), room_id, after, most)

    async def extents(self, room_ids: Sequence[UUID]) -> dict[UUID, Extent]:
        return await extents(self._database.reading(), room_ids)
