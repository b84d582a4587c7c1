"""Activity uses: how much of an activity each member used, held to its limit by the row and a conditional upsert.

Units bought in flash sales and group buys, and helps given in bargains, of those that limit them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import (
    CTE,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    bindparam,
    column,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Writing
from db.metadata import UUIDS, json_rows, metadata
from db.statements import prepared
from db.writes import Part, Write, write
from domain.activities import Uses

activity_use = Table(
    "activity_use",
    metadata,
    # An activity of any kind: a seckill, a group buy or a bargain offer.
    Column("activity_id", Uuid(), nullable=False),
    Column("member_id", Uuid(), ForeignKey("member.id"), nullable=False),
    Column("quantity", Integer(), nullable=False),
    Column("most", Integer(), nullable=False),
    PrimaryKeyConstraint("activity_id", "member_id"),
    CheckConstraint("quantity BETWEEN 0 AND most", name="quantity_is_within_the_limit"),
)

_keys = (
    func.unnest(bindparam("activity_ids", type_=UUIDS), bindparam("member_ids", type_=UUIDS))
    .table_valued(column("activity_id", Uuid()), column("member_id", Uuid()))
    .render_derived(name="keys")
)
_given = json_rows("activity_uses", tuple(activity_use.c)).c


def _counted() -> CTE:
    new = insert(activity_use).from_select(
        [one.name for one in activity_use.c],
        select(*_given).where(_given.quantity <= _given.most).order_by(_given.activity_id, _given.member_id),
    )
    together = activity_use.c.quantity + new.excluded.quantity
    return (
        new.on_conflict_do_update(
            index_elements=["activity_id", "member_id"],
            set_={"quantity": together},
            where=together <= new.excluded.most,
        )
        .returning(activity_use.c.activity_id)
        .cte("uses_counted")
    )


_COUNTED = Part("activity_uses", _counted())
_USED = prepared(
    select(activity_use.c.activity_id, activity_use.c.member_id, activity_use.c.quantity).where(
        tuple_(activity_use.c.activity_id, activity_use.c.member_id).in_(select(_keys.c.activity_id, _keys.c.member_id))
    )
)
_UNCOUNT = prepared(
    update(activity_use)
    .where(
        activity_use.c.activity_id == bindparam("of_activity", type_=Uuid()),
        activity_use.c.member_id == bindparam("of_member", type_=Uuid()),
    )
    .values(quantity=func.greatest(activity_use.c.quantity - bindparam("by", type_=Integer()), 0))
)


async def used_by(reading: Reading, keys: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """How much each member used of each activity, by activity and member; what was not used is missing."""
    asked = list(keys)
    if not asked:
        return {}
    rows = await reading.rows(_USED, activity_ids=[one for one, _ in asked], member_ids=[member for _, member in asked])
    return {(row[0], row[1]): row[2] for row in rows}


def counted(uses: Sequence[Uses]) -> Write:
    """What members use, each activity and member once; the limits must allow all of it."""
    return Write.of(_COUNTED, [asdict(one) for one in uses])


async def count(tx: Writing, uses: Sequence[Uses]) -> bool:
    """Count what members use by itself; False when a limit did not allow one of them."""
    return await write(tx, [counted(uses)])


async def uncount(tx: Writing, activity_id: UUID, member_id: UUID, quantity: int) -> None:
    """Forget so much of what a member used, when it was given up."""
    await tx.execute(_UNCOUNT, of_activity=activity_id, of_member=member_id, by=quantity)
