"""Explanations: when each product of a live room was explained, and what was bought of it meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Table,
    Uuid,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
    true,
    update,
)

from db.connection import Reading, Writing, by_key
from db.live_products import live_product
from db.metadata import UUIDS, key, metadata, moment, refers_to
from db.order_tables import order, order_line
from db.statements import Statement, prepared
from domain.live_shelves import Explanation
from domain.money import Money

MOST_SHOWN = 100

live_explanation = Table(
    "live_explanation",
    metadata,
    key(),
    refers_to("live_room", "live_room_id"),
    refers_to("live_product", "live_product_id"),
    moment("started_at"),
    moment("ended_at", optional=True),
    CheckConstraint("ended_at >= started_at", name="it_ends_after_it_began"),
    Index("uq_live_explanation_one_at_a_time", "live_room_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index(None, "live_product_id", "started_at"),
)

_END = prepared(
    update(live_explanation)
    .where(live_explanation.c.live_room_id == bindparam("of_room", type_=Uuid()), live_explanation.c.ended_at.is_(None))
    .values(ended_at=func.greatest(bindparam("at", type_=DateTime(timezone=True)), live_explanation.c.started_at))
)
_BEGIN = prepared(
    insert(live_explanation).values(
        id=bindparam("id"),
        live_room_id=bindparam("live_room_id"),
        live_product_id=bindparam("live_product_id"),
        started_at=bindparam("started_at"),
    )
)


async def end(tx: Writing, room_id: UUID, at: datetime) -> None:
    """Nothing is explained any more in a locked room."""
    await tx.execute(_END, of_room=room_id, at=at)


async def begin(tx: Writing, id_: UUID, room_id: UUID, live_product_id: UUID, at: datetime) -> None:
    """A product of a locked room is explained from now on; nothing else is."""
    await tx.execute(_BEGIN, id=id_, live_room_id=room_id, live_product_id=live_product_id, started_at=at)


def _explanations() -> Statement:
    wanted = func.unnest(bindparam("ids", type_=UUIDS)).table_valued("id", name="wanted").render_derived()
    newest = (
        select(live_explanation.c.started_at, live_explanation.c.ended_at)
        .where(live_explanation.c.live_product_id == wanted.c.id)
        .order_by(live_explanation.c.started_at.desc())
        .limit(literal_column(str(MOST_SHOWN)))
        .lateral("newest")
    )
    paid = func.sum(order_line.c.unit_price_minor * order_line.c.quantity)
    meanwhile = (
        select(
            func.count(order.c.id.distinct()).label("orders"),
            func.coalesce(paid.filter(order.c.paid_at.is_not(None)), 0).label("paid_minor"),
        )
        .join(order, order.c.id == order_line.c.order_id)
        .where(
            order_line.c.live_product_id == wanted.c.id,
            order.c.placed_at >= newest.c.started_at,
            order.c.placed_at < func.coalesce(newest.c.ended_at, literal_column("'infinity'::timestamptz")),
        )
        .lateral("meanwhile")
    )
    return prepared(
        select(wanted.c.id, *newest.c, *meanwhile.c, live_product.c.currency)
        .select_from(wanted)
        .join(live_product, live_product.c.id == wanted.c.id)
        .join(newest, true())
        .join(meanwhile, true())
        .order_by(newest.c.started_at)
    )


_EXPLANATIONS = _explanations()


async def explanations_of(reading: Reading, live_product_ids: Sequence[UUID]) -> dict[UUID, list[Explanation]]:
    """The latest 100 explanations of each product, in their order, with what was ordered during each."""
    rows = await reading.rows(_EXPLANATIONS, ids=list(live_product_ids))
    return by_key(rows, "id", lambda r: Explanation(r[1], r[2], r[3], Money(int(r[4]), r[5])))
