"""Outbox: what each commit changed, told in one row, for whoever listens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
    Uuid,
    all_,
    any_,
    bindparam,
    case,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Writing
from db.forgetting import forgetting
from db.metadata import metadata, moment, words
from db.statements import prepared

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    words("kind"),
    words("aggregate"),
    Column("aggregate_id", Uuid(), nullable=False),
    Column("payload", JSONB(), nullable=False),
    moment("at"),
    moment("relayed_at", optional=True),
    Index("ix_outbox_waiting", "id", postgresql_where=text("relayed_at IS NULL")),
    Index(None, "aggregate_id", "id"),
    Index("ix_outbox_at", "at", postgresql_using="brin"),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the outbox. The rows of one aggregate are numbered in the order of its changes.

    An aggregate's row is locked while it changes, so a later change cannot have a smaller id.
    """

    id: int
    kind: str
    aggregate: str
    aggregate_id: UUID
    payload: dict[str, Any]
    at: datetime


TELLING = insert(outbox).values(
    kind=bindparam("kind", type_=Text()),
    aggregate=bindparam("aggregate", type_=Text()),
    aggregate_id=bindparam("aggregate_id", type_=Uuid()),
    payload=bindparam("payload", type_=JSONB()),
    at=bindparam("told_at", type_=outbox.c.at.type),
)
_TELL = prepared(TELLING)
_TAKE = prepared(
    select(outbox.c.id, outbox.c.kind, outbox.c.aggregate, outbox.c.aggregate_id, outbox.c.payload, outbox.c.at)
    .where(outbox.c.relayed_at.is_(None), outbox.c.id != all_(bindparam("held", type_=ARRAY(BigInteger()))))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_DONE = prepared(
    update(outbox)
    .where(outbox.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger()))))
    .values(relayed_at=bindparam("now"))
)
_FORGET = forgetting(
    outbox, outbox.c.at, outbox.c.relayed_at < bindparam("relayed_before", type_=DateTime(timezone=True))
)
_IS_WANTED = outbox.c.kind == any_(bindparam("kinds", type_=ARRAY(Text())))
_AFTER = prepared(
    select(
        outbox.c.id,
        outbox.c.kind,
        outbox.c.aggregate,
        outbox.c.aggregate_id,
        case((_IS_WANTED, outbox.c.payload), else_=literal({}, JSONB())).label("payload"),
        outbox.c.at,
    )
    .where(outbox.c.id > bindparam("position", type_=BigInteger()))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)
_TURN = prepared(select(func.pg_try_advisory_xact_lock(bindparam("number", type_=BigInteger()))))
_RELAY_LOCK = 0x79757461  # "yuta"


async def tell(
    tx: Writing, kind: str, aggregate: str, aggregate_id: UUID, payload: dict[str, Any], at: datetime
) -> None:
    """Tell what the transaction changed; at most once in each."""
    await tx.execute(_TELL, kind=kind, aggregate=aggregate, aggregate_id=aggregate_id, payload=payload, told_at=at)
    tx.facts_told += 1


async def take(tx: Writing, most: int, held: Sequence[int] = ()) -> list[Fact] | None:
    """The oldest facts that wait to be relayed, but for those held back; None when another relay is at work."""
    if not await tx.value(_TURN, number=_RELAY_LOCK):
        return None
    return [Fact(*row) for row in await tx.rows(_TAKE, most=most, held=list(held))]


async def after(tx: Writing, position: int, kinds: Collection[str], most: int) -> list[Fact]:
    """The facts with the next larger numbers that are committed; those of other kinds come without their payload."""
    rows = await tx.rows(_AFTER, position=position, kinds=list(kinds), most=most)
    return [Fact(*row) for row in rows]


async def done(tx: Writing, fact_ids: Sequence[int], at: datetime) -> None:
    """Mark facts as relayed."""
    await tx.execute(_DONE, ids=list(fact_ids), now=at)


async def forget(tx: Writing, before: datetime) -> int:
    """Forget facts that were relayed before a time, some thousand at once; returns how many, 0 when none is left."""
    return await tx.execute(_FORGET, before=before, relayed_before=before)
