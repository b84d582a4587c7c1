"""Projections: how far each has come in the outbox."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.connection import Writing
from db.metadata import metadata, moment
from db.statements import prepared
from domain.projections import Cursor, Horizon

projection = Table(
    "projection",
    metadata,
    Column("name", Text(), primary_key=True),
    Column("position", BigInteger(), nullable=False, server_default=text("0")),
    Column("horizon_upto", BigInteger()),
    Column("horizon_next", BigInteger()),
    moment("horizon_at", optional=True),
)

_NAME = bindparam("name", type_=Text())
_BEGIN = prepared(insert(projection).values(name=_NAME).on_conflict_do_nothing())
_LOCK = prepared(
    select(projection.c.position, projection.c.horizon_upto, projection.c.horizon_next, projection.c.horizon_at)
    .where(projection.c.name == _NAME)
    .with_for_update(skip_locked=True)
)
_SAVE = prepared(
    update(projection)
    .where(projection.c.name == bindparam("of_projection", type_=Text()))
    .values(
        {
            column.name: bindparam(column.name, type_=column.type)
            for column in projection.c
            if column is not projection.c.name
        }
    )
)


async def lock(tx: Writing, name: str) -> Cursor | None:
    """How far a projection has come, for us alone until the transaction ends; None when another process is at it.

    A new one begins at the oldest fact that there is.
    """
    row = await tx.row(_LOCK, name=name)
    if row is None:
        return Cursor() if await tx.execute(_BEGIN, name=name) else None
    position, upto, following, at = row
    return Cursor(position, None if upto is None else Horizon(upto, following, at))


async def save(tx: Writing, name: str, cursor: Cursor) -> None:
    """Keep how far a projection has come."""
    horizon = cursor.horizon
    await tx.execute(
        _SAVE,
        of_projection=name,
        position=cursor.position,
        horizon_upto=None if horizon is None else horizon.upto,
        horizon_next=None if horizon is None else horizon.next,
        horizon_at=None if horizon is None else horizon.at,
    )
