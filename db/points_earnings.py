"""Points earnings: what each order earned, and on how much of it that was taken back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Table,
    Uuid,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Writing
from db.metadata import metadata, refers_to
from db.statements import prepared
from domain.records import record

points_earning = Table(
    "points_earning",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    refers_to("points_entry", "entry_id"),
    refers_to("points_batch", "batch_id"),
    Column("points", BigInteger(), nullable=False),
    Column("base_minor", BigInteger(), nullable=False),
    Column("refunded_minor", BigInteger(), nullable=False, server_default=text("0")),
    ForeignKeyConstraint(["order_id"], ["order.id"]),
    CheckConstraint("refunded_minor BETWEEN 0 AND base_minor", name="no_more_comes_back_than_was_paid"),
)
_EARN = prepared(
    insert(points_earning).values(
        {
            name: bindparam(name, type_=points_earning.c[name].type)
            for name in ("order_id", "entry_id", "batch_id", "points", "base_minor")
        }
    )
)
_LOCK_EARNING = prepared(
    select(
        points_earning.c.batch_id,
        points_earning.c.points,
        points_earning.c.base_minor,
        points_earning.c.refunded_minor,
    )
    .where(points_earning.c.order_id == bindparam("order_id", type_=Uuid()))
    .with_for_update(key_share=True)
)
_UNEARN = prepared(
    update(points_earning)
    .where(points_earning.c.order_id == bindparam("of_order", type_=Uuid()))
    .values(refunded_minor=points_earning.c.refunded_minor + bindparam("refunded", type_=BigInteger()))
)


@record
class Earning:
    """What an order earned, on how many fen, and of how many of those the earning was taken back."""

    batch_id: UUID
    points: int
    base_minor: int
    refunded_minor: int


async def add_earning(tx: Writing, order_id: UUID, entry_id: UUID, earning: Earning) -> None:
    await tx.execute(
        _EARN,
        order_id=order_id,
        entry_id=entry_id,
        batch_id=earning.batch_id,
        points=earning.points,
        base_minor=earning.base_minor,
    )


async def lock_earning(tx: Writing, order_id: UUID) -> Earning | None:
    """What an order earned; None when it earned nothing, or not yet."""
    row = await tx.row(_LOCK_EARNING, order_id=order_id)
    return None if row is None else Earning(*row)


async def unearn(tx: Writing, order_id: UUID, refunded_minor: int) -> None:
    """Note of how many more fen the earning was taken back."""
    await tx.execute(_UNEARN, of_order=order_id, refunded=refunded_minor)
