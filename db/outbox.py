"""Outbox: what each commit changed, told in one row, for whoever listens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
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
    cast,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Writing
from db.forgetting import forgetting
from db.metadata import metadata, moment, words
from db.statements import prepared
from domain.projections import Running

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


class Fact:
    """One row of the outbox. The rows of one aggregate are numbered in the order of its changes.

    An aggregate's row is locked while it changes, so a later change cannot have a smaller id. The payload is parsed
    when it is asked for: in a rush of orders most who follow them know by the kind that they need not.
    """

    __slots__ = ("_payload", "_text", "aggregate", "aggregate_id", "at", "id", "kind")

    def __init__(self, id_: int, kind: str, aggregate: str, aggregate_id: UUID, text_: str, at: datetime) -> None:
        self.id, self.kind, self.at = id_, kind, at
        self.aggregate, self.aggregate_id = aggregate, aggregate_id
        self._text = text_
        self._payload: dict[str, Any] | None = None

    @property
    def payload(self) -> dict[str, Any]:
        if self._payload is None:
            self._payload = orjson.loads(self._text)
        return self._payload


_FACT = (
    outbox.c.id,
    outbox.c.kind,
    outbox.c.aggregate,
    outbox.c.aggregate_id,
    cast(outbox.c.payload, Text()),
    outbox.c.at,
)
FOR_RELAY = frozenset({"room_events", "topics", "live_products", "live_viewers", "live_likes", "live_boards"})
"""What of a fact's payload the relay takes further (`app.relay`). A fact that has none of it does not wait for it."""

TELLING = insert(outbox).values(
    kind=bindparam("kind", type_=Text()),
    aggregate=bindparam("aggregate", type_=Text()),
    aggregate_id=bindparam("aggregate_id", type_=Uuid()),
    payload=bindparam("payload", type_=JSONB()),
    at=bindparam("told_at", type_=outbox.c.at.type),
    relayed_at=bindparam("fact_relayed_at", type_=outbox.c.at.type),
)
_TELL = prepared(TELLING)
_TAKE = prepared(
    select(*_FACT)
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
_POSITION = bindparam("position", type_=BigInteger())
_SNAPSHOT = func.pg_current_snapshot()
_AFTER = prepared(
    select(
        func.array(
            select(outbox.c.id)
            .where(outbox.c.id > _POSITION)
            .order_by(outbox.c.id)
            .limit(bindparam("most"))
            .scalar_subquery()
        ),
        cast(cast(func.pg_snapshot_xmin(_SNAPSHOT), Text()), BigInteger()),
        cast(cast(func.pg_snapshot_xmax(_SNAPSHOT), Text()), BigInteger()),
        func.clock_timestamp(),
    )
)
_BETWEEN = prepared(
    select(*_FACT)
    .where(
        outbox.c.id > _POSITION,
        outbox.c.id <= bindparam("upto", type_=BigInteger()),
        outbox.c.kind == any_(bindparam("kinds", type_=ARRAY(Text()))),
    )
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)
_TURN = prepared(select(func.pg_try_advisory_xact_lock(bindparam("number", type_=BigInteger()))))
_RELAY_LOCK = 0x79757461  # "yuta"


async def tell(
    tx: Writing, kind: str, aggregate: str, aggregate_id: UUID, payload: dict[str, Any], at: datetime
) -> None:
    """Tell what the transaction changed; at most once in each."""
    await tx.execute(_TELL, **telling(tx, kind, aggregate, aggregate_id, payload, at))


def telling(
    tx: Writing, kind: str, aggregate: str, aggregate_id: UUID, payload: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """The values of `TELLING`, which a statement of this transaction is about to write."""
    return {
        "kind": kind,
        "aggregate": aggregate,
        "aggregate_id": aggregate_id,
        "payload": payload,
        "told_at": at,
        "fact_relayed_at": note(tx, payload, at),
    }


def note(tx: Writing, payload: dict[str, Any], at: datetime) -> datetime | None:
    """Note that a transaction tells a fact. Gives when it was relayed: at once if there is nothing to relay."""
    waits = any(map(payload.get, FOR_RELAY))
    tx.facts_told += 1
    tx.facts_waiting += waits
    return None if waits else at


async def take(tx: Writing, most: int, held: Sequence[int] = ()) -> list[Fact] | None:
    """The oldest facts that wait to be relayed, but for those held back; None when another relay is at work."""
    if not await tx.value(_TURN, number=_RELAY_LOCK):
        return None
    return [Fact(*row) for row in await tx.rows(_TAKE, most=most, held=list(held))]


async def after(tx: Writing, position: int, most: int) -> tuple[list[int], Running]:
    """The next larger numbers of facts that are committed, and which transactions ran when they were looked for.

    Both are of one snapshot: of a transaction that had ended by then no number is missing but for what it undid.
    """
    ((numbers, *running),) = await tx.rows(_AFTER, position=position, most=most)
    return numbers, Running(*running)


async def between(tx: Writing, position: int, upto: int, kinds: Collection[str], most: int) -> list[Fact]:
    """The first facts of some kinds after a number, up to another one."""
    return [Fact(*row) for row in await tx.rows(_BETWEEN, position=position, upto=upto, kinds=list(kinds), most=most)]


async def done(tx: Writing, fact_ids: Sequence[int], at: datetime) -> None:
    """Mark facts as relayed."""
    await tx.execute(_DONE, ids=list(fact_ids), now=at)


async def forget(tx: Writing, before: datetime) -> int:
    """Forget facts that were relayed before a time, some thousand at once; returns how many, 0 when none is left."""
    return await tx.execute(_FORGET, before=before, relayed_before=before)
