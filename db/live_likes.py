"""Likes of live rooms: one counter for each room, in a row that nothing else locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    PrimaryKeyConstraint,
    Table,
    any_,
    bindparam,
    column,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing
from db.metadata import UUIDS, metadata, refers_to
from db.statements import Statement, prepared

live_like = Table(
    "live_like",
    metadata,
    refers_to("live_room", "live_room_id"),
    Column("likes", BigInteger(), nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("live_room_id"),
    CheckConstraint("likes >= 0", name="likes_are_not_negative"),
)


def _add() -> Statement:
    counts = (
        func.unnest(bindparam("room_ids", type_=UUIDS), bindparam("likes", type_=ARRAY(BigInteger())))
        .table_valued(column("id", UUIDS.item_type), column("likes", BigInteger()), name="counts")
        .render_derived()
    )
    # In the order of rooms, so that two processes never wait for each other.
    rows = select(counts.c.id, counts.c.likes).order_by(counts.c.id)
    new = insert(live_like).from_select(["live_room_id", "likes"], rows)
    return prepared(
        new.on_conflict_do_update(
            index_elements=["live_room_id"], set_={"likes": live_like.c.likes + new.excluded.likes}
        )
    )


_ADD = _add()
_COUNTS = prepared(
    select(live_like.c.live_room_id, live_like.c.likes).where(
        live_like.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS))
    )
)


async def add(tx: Writing, counts: Mapping[UUID, int]) -> None:
    """Add likes to rooms."""
    await tx.execute(_ADD, room_ids=list(counts), likes=list(counts.values()))


async def counts_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The likes of each room that has any."""
    return dict(await reading.rows(_COUNTS, room_ids=list(room_ids)))


async def told_of(tx: Writing, names: Sequence[str]) -> list[tuple[UUID, dict[str, Any]]]:
    """The likes of rooms, named by their hex digits, each as the payload of its room event."""
    counts = await counts_of(tx, [UUID(hex=name) for name in names])
    return [(room, {"like_count": likes}) for room, likes in counts.items()]
