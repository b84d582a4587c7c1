"""Presence: how many watch each live room, told by every process for the connections that it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Uuid,
    any_,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from db.connection import Reading, Writing
from db.forgetting import FORGOTTEN_AT_ONCE, forgetting
from db.metadata import UUIDS
from db.room_log import room_audience, room_presence
from db.statements import prepared

_TURN = prepared(select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger()))))
_PRESENCE_LOCK = 0x79757462  # "yutb"


_COUNTED = (
    func.unnest(bindparam("room_ids", type_=UUIDS), bindparam("viewers", type_=ARRAY(Integer())))
    .table_valued(column("room_id", Uuid()), column("viewers", Integer()), name="counted")
    .render_derived()
)
_PROCESS = bindparam("process_id", type_=Uuid())


def _own() -> Insert:
    """What this process counts."""
    now = bindparam("now", type_=DateTime(timezone=True))
    rows = select(_COUNTED.c.room_id, _PROCESS, _COUNTED.c.viewers, now)
    own = insert(room_presence).from_select(["room_id", "process_id", "viewers", "at"], rows)
    return own.on_conflict_do_update(
        index_elements=["room_id", "process_id"], set_={"viewers": own.excluded.viewers, "at": own.excluded.at}
    )


def _sums() -> Insert:
    """What all processes count together, where it became another number."""
    elsewhere = (
        select(func.coalesce(func.sum(room_presence.c.viewers), 0))
        .where(
            room_presence.c.room_id == _COUNTED.c.room_id,
            room_presence.c.process_id != _PROCESS,
            room_presence.c.at > bindparam("fresh", type_=DateTime(timezone=True)),
        )
        .scalar_subquery()
    )
    rows = select(_COUNTED.c.room_id, _COUNTED.c.viewers + elsewhere)
    sums = insert(room_audience).from_select(["room_id", "viewers"], rows)
    return sums.on_conflict_do_update(
        index_elements=["room_id"],
        set_={"viewers": sums.excluded.viewers},
        where=room_audience.c.viewers != sums.excluded.viewers,
    )


_TELL = prepared(_sums().returning(room_audience.c.room_id, room_audience.c.viewers).add_cte(_own().cte("own")))
_VIEWERS = prepared(
    select(room_audience.c.room_id, room_audience.c.viewers).where(
        room_audience.c.room_id == any_(bindparam("room_ids", type_=UUIDS))
    )
)
_FORGET = forgetting(room_presence, room_presence.c.at)
_alone = (
    select(room_audience.c.room_id)
    .where(~select(room_presence.c.room_id).where(room_presence.c.room_id == room_audience.c.room_id).exists())
    .limit(literal_column(str(FORGOTTEN_AT_ONCE)))
)
_FORGET_SUMS = prepared(delete(room_audience).where(room_audience.c.room_id.in_(_alone)))


async def tell(
    tx: Writing, process_id: UUID, counted: Mapping[UUID, int], now: datetime, fresh: datetime
) -> dict[UUID, int]:
    """Tell how many watch each room in this process; returns the sums that became others.

    Processes take turns, so that the sum of the last one holds what the others told.

    What other processes told before `fresh` does not count: they ended without a word.
    """
    rooms = sorted(counted)
    await tx.value(_TURN, number=_PRESENCE_LOCK)
    rows = await tx.rows(
        _TELL,
        process_id=process_id,
        room_ids=rooms,
        viewers=[counted[room] for room in rooms],
        now=now,
        fresh=fresh,
    )
    return dict(rows)


async def viewers_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many watch each room, in all processes together, as it was told last."""
    return dict(await reading.rows(_VIEWERS, room_ids=list(room_ids)))


async def forget(tx: Writing, before: datetime) -> int:
    """Forget what was told before a time, and sums of which nothing is left, some thousand at once of each.

    Returns how many, 0 when none is left. Waits for its turn among those who tell.
    """
    await tx.value(_TURN, number=_PRESENCE_LOCK)
    return await tx.execute(_FORGET, before=before) + await tx.execute(_FORGET_SUMS)
