"""Seckills: flash sales and their units, changed by conditional updates only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.sql.dml import ReturningUpdate

from db.activities import Activities
from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, amount, count, json_rows, key, metadata, moment, one_of, refers_to, words
from db.stages import goes_with, names_of, stages_of
from db.statements import prepared
from db.writes import Part, Write
from domain.activities import ActivityState
from domain.money import Money
from domain.payloads import plain, reader_of
from domain.promotions.slots import Slot
from domain.seckills import Seckill, SeckillTerms

seckill = Table(
    "seckill",
    metadata,
    key(),
    refers_to("product", "product_id"),
    refers_to("variant", "variant_id"),
    words("name"),
    amount("price_minor"),
    words("currency"),
    Column("stock", Integer(), nullable=False),
    Column("slots", JSONB(), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    Column("limit_per_order", Integer()),
    Column("limit_per_member", Integer()),
    Column("pay_s", Integer(), nullable=False),
    *goes_with(),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    *one_of("state", ActivityState),
    count("remaining"),
    count("reserved"),
    count("sold"),
    count("returned"),
    CheckConstraint("stock = remaining + reserved + sold + returned", name="nothing_is_lost"),
    CheckConstraint("remaining >= 0", name="remaining_is_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_is_not_negative"),
    CheckConstraint("sold >= 0", name="sold_is_not_negative"),
    CheckConstraint("returned >= 0", name="returned_is_not_negative"),
    CheckConstraint("price_minor >= 0", name="price_is_not_negative"),
    CheckConstraint("price_minor > 0 OR limit_per_member IS NOT NULL", name="what_is_free_is_limited"),
    CheckConstraint("starts_at < ends_at", name="it_ends_after_it_starts"),
    CheckConstraint("state = 'PUBLISHED' OR remaining = 0", name="what_is_over_holds_nothing"),
    Index(None, "variant_id", postgresql_where=text("state = 'PUBLISHED'")),
    Index("ix_seckill_of_product", "product_id", postgresql_where=text("state = 'PUBLISHED'")),
    Index("ix_seckill_running", "ends_at", "id", postgresql_where=text("state = 'PUBLISHED'")),
)

_COLUMNS = tuple(one.name for one in seckill.c)
_slots = reader_of(tuple[Slot, ...])


def _seckill(row: Row) -> Seckill:
    terms = SeckillTerms(
        row["name"],
        row["variant_id"],
        Money(row["price_minor"], row["currency"]),
        row["stock"],
        row["starts_at"],
        row["ends_at"],
        _slots(row["slots"]),
        row["limit_per_order"],
        row["limit_per_member"],
        row["pay_s"],
        stages_of(row["goes_with"]),
        row["campaign_id"],
    )
    units = (row["remaining"], row["reserved"], row["sold"], row["returned"])
    return Seckill(row["id"], row["product_id"], terms, ActivityState(row["state"]), *units)


def _values(one: Seckill) -> dict[str, Any]:
    terms = one.terms
    own = {name: getattr(one, name) for name in ("id", "product_id", "remaining", "reserved", "sold", "returned")}
    given = (
        "name",
        "variant_id",
        "stock",
        "starts_at",
        "ends_at",
        "limit_per_order",
        "limit_per_member",
        "pay_s",
        "campaign_id",
    )
    price = {"price_minor": terms.price.minor, "currency": terms.price.currency}
    words_ = {name: getattr(terms, name) for name in given}
    return (
        own
        | words_
        | price
        | {
            "slots": plain(terms.slots),
            "goes_with": names_of(terms.goes_with),
            "state": one.state.value,
        }
    )


_ACTIVITIES: Activities[Seckill] = Activities(seckill, _seckill)
_ADD = prepared(insert(seckill).values({name: bindparam(name, type_=seckill.c[name].type) for name in _COLUMNS}))
_LOCK = prepared(
    _ACTIVITIES.all.where(seckill.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(seckill.c.id)
    .with_for_update(key_share=True)
)
_TURN = prepared(select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger()))))
_OF_VARIANT = prepared(
    _ACTIVITIES.all.where(
        seckill.c.variant_id == bindparam("variant_id", type_=Uuid()), _ACTIVITIES.is_published
    ).order_by(seckill.c.id)
)
_product_ids = func.unnest(bindparam("ids", type_=UUIDS)).table_valued("product_id", name="given").render_derived()
_next = (
    _ACTIVITIES.all.where(
        seckill.c.product_id == _product_ids.c.product_id, _ACTIVITIES.is_published, _ACTIVITIES.is_to_end
    )
    .order_by(seckill.c.starts_at, seckill.c.id)
    .limit(bindparam("most", type_=Integer()))
    .lateral("next")
)
_OF_PRODUCTS = prepared(
    select(*_next.c).select_from(_product_ids.join(_next, true())).order_by(_next.c.starts_at, _next.c.id)
)
_END = prepared(
    update(seckill)
    .where(seckill.c.id == bindparam("of_seckill", type_=Uuid()), _ACTIVITIES.is_published)
    .values(
        state=literal_column("'ENDED'"),
        remaining=literal_column("0"),
        returned=seckill.c.returned + seckill.c.remaining,
    )
)
_wanted = (
    func.unnest(bindparam("ids", type_=UUIDS), bindparam("quantities", type_=ARRAY(Integer())))
    .table_valued(column("id", Uuid()), column("quantity", Integer()))
    .render_derived(name="wanted")
)


def _moved(wanted: Any, source: str, target: str) -> ReturningUpdate[Any]:
    """Move units of locked flash sales from one column to another, where the source holds enough."""
    return (
        update(seckill)
        .where(seckill.c.id == wanted.id, seckill.c[source] >= wanted.quantity)
        .values({source: seckill.c[source] - wanted.quantity, target: seckill.c[target] + wanted.quantity})
        .returning(seckill.c.id)
    )


_taken = json_rows("taken_seckills", (seckill.c.id, Column("quantity", Integer()))).c
_TAKEN = Part("taken_seckills", _moved(_taken, "remaining", "reserved").cte("seckills_taken"))
_MOVES = {
    (source, target): prepared(_moved(_wanted.c, source, target))
    for source, target in (
        ("reserved", "remaining"),
        ("reserved", "returned"),
        ("reserved", "sold"),
        ("sold", "returned"),
    )
}


seckills_by_id, seckills_seen = _ACTIVITIES.by_id, _ACTIVITIES.seen
seckills, lock_over = _ACTIVITIES.running, _ACTIVITIES.lock_over


async def add(tx: Writing, new: Seckill) -> None:
    await tx.execute(_ADD, **_values(new))


async def lock(tx: Writing, ids: Collection[UUID]) -> dict[UUID, Seckill]:
    """Flash sales, kept as they are until the transaction ends."""
    return {row["id"]: _seckill(row) for row in await tx.rows(_LOCK, ids=list(ids))}


async def take_turn(tx: Writing, variant_id: UUID) -> None:
    """Publish one flash sale of a variant at a time: two must not sell it at the same hours."""
    await tx.rows(_TURN, turn=(variant_id.int & (2**64 - 1)) - 2**63)


async def published_of(reading: Reading, variant_id: UUID) -> list[Seckill]:
    """The flash sales of a variant that are not over."""
    return [_seckill(row) for row in await reading.rows(_OF_VARIANT, variant_id=variant_id)]


async def seckills_of(
    reading: Reading, product_ids: Sequence[UUID], at: datetime, most: int
) -> dict[UUID, list[Seckill]]:
    """Those of each product that run or are to come, the next to begin first; at most so many of each."""
    rows = await reading.rows(_OF_PRODUCTS, ids=list(product_ids), now=at, most=most)
    return by_key(rows, "product_id", _seckill)


def taken(units: Mapping[UUID, int]) -> Write:
    """Units of locked flash sales that are promised to orders; they must remain."""
    return Write.of(_TAKEN, [{"id": key, "quantity": many} for key, many in units.items()])


async def move(tx: Writing, source: str, target: str, units: Mapping[UUID, int]) -> set[UUID]:
    """Move promised or sold units of locked flash sales to what is remaining, sold or returned to the shop.

    Returns those that held enough.
    """
    rows = await tx.rows(_MOVES[source, target], ids=list(units), quantities=list(units.values()))
    return {row["id"] for row in rows}


async def end(tx: Writing, seckill_id: UUID) -> None:
    """End a locked flash sale: what remains is returned to the shop."""
    await tx.execute(_END, of_seckill=seckill_id)
