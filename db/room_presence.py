"""Presence: who watches each live room, told by every process for the connections that it holds, and their number.

A viewer is a number of 64 bits (`domain/live_audience.py`). Each process keeps one row per room with all of its
viewers, eight bytes each, and the union of the rows is counted exactly, in one statement for all rooms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing
from db.forgetting import forgetting
from db.metadata import UUIDS, count, metadata, moment
from db.statements import Statement, prepared
from domain.live_audience import Audience

room_presence = Table(
    "room_presence",
    metadata,
    Column("room_id", Uuid(), nullable=False),
    Column("process_id", Uuid(), nullable=False),
    Column("numbers", ARRAY(BigInteger()), nullable=False, server_default=text("'{}'")),
    moment("at"),
    PrimaryKeyConstraint("room_id", "process_id"),
)

room_audience = Table(
    "room_audience",
    metadata,
    Column("room_id", Uuid(), primary_key=True),
    count("viewers"),
    count("peak"),
    count("total"),
    CheckConstraint("viewers BETWEEN 0 AND peak", name="viewers_are_within_the_peak"),
)

room_viewer = Table(
    "room_viewer",
    metadata,
    Column("room_id", Uuid(), nullable=False),
    Column("viewer", BigInteger(), nullable=False),
    moment("first_at"),
    PrimaryKeyConstraint("room_id", "viewer"),
    Index("ix_room_viewer_first_at", "first_at", postgresql_using="brin"),
)

_TURN = prepared(select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger()))))
_PRESENCE_LOCK = 0x79757462  # "yutb"

_NOW = bindparam("now", type_=DateTime(timezone=True))
_FRESH = bindparam("fresh", type_=DateTime(timezone=True))
_ROOM = bindparam("of_room", type_=Uuid())
_VIEWERS = bindparam("all_viewers", type_=ARRAY(BigInteger()))
_own = insert(room_presence).values(
    room_id=_ROOM, process_id=bindparam("process_id", type_=Uuid()), numbers=_VIEWERS, at=_NOW
)
_OWN = prepared(
    _own.on_conflict_do_update(
        index_elements=["room_id", "process_id"], set_={"numbers": _own.excluded.numbers, "at": _own.excluded.at}
    )
)
_REPEAT = prepared(
    update(room_presence)
    .where(
        room_presence.c.process_id == bindparam("of_process", type_=Uuid()),
        room_presence.c.room_id == any_(bindparam("room_ids", type_=UUIDS)),
    )
    .values(at=_NOW)
)


def _meet() -> Statement:
    """Keep who came into a room for the first time, and count them."""
    came = func.unnest(_VIEWERS).table_valued(column("viewer", BigInteger()), name="came").render_derived()
    new = (
        insert(room_viewer)
        .from_select(["room_id", "viewer", "first_at"], select(_ROOM, came.c.viewer, _NOW))
        .on_conflict_do_nothing()
        .returning(room_viewer.c.viewer)
        .cte("new")
    )
    many = select(func.count()).select_from(new).scalar_subquery()
    counted = insert(room_audience).values(room_id=_ROOM, total=many)
    return prepared(
        counted.on_conflict_do_update(
            index_elements=["room_id"], set_={"total": room_audience.c.total + counted.excluded.total}
        )
    )


def _count() -> Statement:
    """How many watch each room in all processes, where it became another number."""
    rooms = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued(column("id", Uuid()), name="rooms")
    told = rooms.render_derived()
    rows = (
        select(func.unnest(room_presence.c.numbers).label("viewer"))
        .where(room_presence.c.room_id == told.c.id, room_presence.c.at > _FRESH)
        .lateral("rows")
    )
    union = select(func.count(func.distinct(rows.c.viewer))).select_from(rows).scalar_subquery()
    found = select(told.c.id, union.label("viewers")).cte("found")
    changed = (
        update(room_audience)
        .where(room_audience.c.room_id == found.c.id, room_audience.c.viewers != found.c.viewers)
        .values(viewers=found.c.viewers, peak=func.greatest(room_audience.c.peak, found.c.viewers))
        .returning(room_audience.c.room_id)
    )
    return prepared(changed)


_MEET, _COUNT = _meet(), _count()
_silent = select(room_audience.c.room_id).where(
    room_audience.c.viewers > literal_column("0"),
    ~select(room_presence.c.room_id)
    .where(room_presence.c.room_id == room_audience.c.room_id, room_presence.c.at > _FRESH)
    .exists(),
)
_SILENT = prepared(_silent)
_AUDIENCES = prepared(select(*room_audience.c).where(room_audience.c.room_id == any_(bindparam("ids", type_=UUIDS))))
_FORGET = forgetting(room_presence, room_presence.c.at)
_FORGET_VIEWERS = forgetting(room_viewer, room_viewer.c.first_at)


async def take_turn(tx: Writing) -> None:
    """Processes tell one after the other, so that the sum of the last one holds what the others told."""
    await tx.value(_TURN, number=_PRESENCE_LOCK)


async def tell(
    tx: Writing,
    process_id: UUID,
    watching: Mapping[UUID, Collection[int]],
    came: Mapping[UUID, Collection[int]],
    now: datetime,
) -> None:
    """Tell who watches each room in this process, and who of them was not told before. Take a turn first."""
    of = sorted(watching)
    own = [{"of_room": room, "process_id": process_id, "all_viewers": list(watching[room]), "now": now} for room in of]
    await tx.execute_many(_OWN, own)
    await tx.execute_many(_MEET, [{"of_room": room, "all_viewers": sorted(came[room]), "now": now} for room in of])


async def repeat(tx: Writing, process_id: UUID, room_ids: Sequence[UUID], now: datetime) -> None:
    """Say that nothing changed in these rooms, and that this process is there."""
    await tx.execute(_REPEAT, of_process=process_id, room_ids=list(room_ids), now=now)


async def count_viewers(tx: Writing, room_ids: Sequence[UUID], fresh: datetime) -> list[UUID]:
    """Count the viewers of rooms in all processes; returns the rooms where the number became another.

    What processes told before `fresh` does not count: they ended without a word.
    """
    return [row[0] for row in await tx.rows(_COUNT, room_ids=list(room_ids), fresh=fresh)]


async def silent(tx: Writing, fresh: datetime) -> list[UUID]:
    """The rooms that are said to be watched, of which no process has told since."""
    return [row[0] for row in await tx.rows(_SILENT, fresh=fresh)]


async def audiences_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, Audience]:
    """How many watch and watched each room, as it was counted last; nothing of a room that nobody ever watched."""
    return {row[0]: Audience(*row[1:]) for row in await reading.rows(_AUDIENCES, ids=list(room_ids))}


async def told_of(tx: Writing, names: Sequence[str]) -> list[tuple[UUID, dict[str, Any]]]:
    """The viewers of rooms, named by their hex digits, each as the payload of its room event."""
    audiences = await audiences_of(tx, [UUID(hex=name) for name in names])
    return [(room, {"viewer_count": one.viewers}) for room, one in audiences.items()]


async def forget(tx: Writing, before: datetime) -> int:
    """Forget who watched before a time, some thousand at once; the numbers are kept. Returns how many it forgot."""
    await take_turn(tx)
    return await tx.execute(_FORGET, before=before) + await tx.execute(_FORGET_VIEWERS, before=before)
