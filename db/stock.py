"""Stock: the level of each variant, changed by conditional updates only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing
from db.metadata import UUIDS, count, metadata
from db.statements import Statement, prepared
from domain.stock import MOST_RECEIVED, StockLevel, Wanted

stock_level = Table(
    "stock_level",
    metadata,
    Column("variant_id", Uuid(), ForeignKey("variant.id"), primary_key=True),
    count("received"),
    count("sellable"),
    count("reserved"),
    count("carved"),
    count("sold"),
    CheckConstraint("received = sellable + reserved + carved + sold", name="nothing_is_lost"),
    CheckConstraint("sellable >= 0", name="sellable_is_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_is_not_negative"),
    CheckConstraint("carved >= 0", name="carved_is_not_negative"),
    CheckConstraint("sold >= 0", name="sold_is_not_negative"),
)

_wanted = (
    func.unnest(bindparam("variant_ids", type_=UUIDS), bindparam("quantities", type_=ARRAY(Integer())))
    .table_valued(column("variant_id", Uuid()), column("quantity", Integer()))
    .render_derived(name="wanted")
)


def _moved(source: str, target: str) -> Statement:
    """Move units of several variants from one column to another, where the source holds enough.

    Rows are locked in the order of their keys first, so that two orders cannot wait for each other.
    """
    locked = (
        select(stock_level.c.variant_id)
        .where(stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
        .order_by(stock_level.c.variant_id)
        .with_for_update(key_share=True)
        .cte("locked")
    )
    return prepared(
        update(stock_level)
        .where(
            stock_level.c.variant_id == _wanted.c.variant_id,
            stock_level.c.variant_id.in_(select(locked.c.variant_id)),
            stock_level.c[source] >= _wanted.c.quantity,
        )
        .values(
            {
                source: stock_level.c[source] - _wanted.c.quantity,
                target: stock_level.c[target] + _wanted.c.quantity,
            }
        )
        .returning(stock_level.c.variant_id)
    )


_RESERVE = _moved("sellable", "reserved")
_RELEASE = _moved("reserved", "sellable")
_SELL = _moved("reserved", "sold")
_CARVE = _moved("sellable", "carved")
_UNCARVE = _moved("carved", "sellable")
_GIVE_AWAY = _moved("carved", "sold")


_LOCK = prepared(
    select(stock_level.c.variant_id)
    .where(stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
    .order_by(stock_level.c.variant_id)
    .with_for_update(key_share=True)
)


async def lock(tx: Writing, variant_ids: Sequence[UUID]) -> None:
    """Keep others off several levels that more than one statement is going to change."""
    await tx.rows(_LOCK, variant_ids=list(variant_ids))


async def _move(tx: Writing, statement: Statement, wanted: Sequence[Wanted]) -> set[UUID]:
    rows = await tx.rows(statement, variant_ids=[w.variant_id for w in wanted], quantities=[w.quantity for w in wanted])
    return {row["variant_id"] for row in rows}


async def reserve(tx: Writing, wanted: Sequence[Wanted]) -> set[UUID]:
    """Promise units to an order; returns the variants of which there were enough."""
    return await _move(tx, _RESERVE, wanted)


async def release(tx: Writing, wanted: Sequence[Wanted]) -> set[UUID]:
    """Give promised units back."""
    return await _move(tx, _RELEASE, wanted)


async def sell(tx: Writing, wanted: Sequence[Wanted]) -> set[UUID]:
    """Turn promised units into sold ones."""
    return await _move(tx, _SELL, wanted)


async def carve(tx: Writing, wanted: Sequence[Wanted]) -> set[UUID]:
    """Set units aside for a live room; returns the variants of which there were enough."""
    return await _move(tx, _CARVE, wanted)


async def uncarve(tx: Writing, wanted: Sequence[Wanted]) -> set[UUID]:
    """Give units of live rooms back."""
    return await _move(tx, _UNCARVE, wanted)


async def give_away(tx: Writing, wanted: Sequence[Wanted]) -> set[UUID]:
    """Hand out units that were set aside, as prizes."""
    return await _move(tx, _GIVE_AWAY, wanted)


_OPEN = prepared(
    insert(stock_level).values(variant_id=bindparam("variant_id")).on_conflict_do_nothing(index_elements=["variant_id"])
)
_ADJUST = prepared(
    update(stock_level)
    .where(
        stock_level.c.variant_id == bindparam("of_variant", type_=Uuid()),
        stock_level.c.sellable + bindparam("delta", type_=Integer()) >= 0,
        stock_level.c.received + bindparam("delta", type_=Integer()) <= literal_column(str(MOST_RECEIVED)),
        stock_level.c.sellable == func.coalesce(bindparam("expected", type_=Integer()), stock_level.c.sellable),
    )
    .values(
        received=stock_level.c.received + bindparam("delta", type_=Integer()),
        sellable=stock_level.c.sellable + bindparam("delta", type_=Integer()),
    )
    .returning(*stock_level.c)
)
_LEVELS = prepared(
    select(*stock_level.c).where(stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
)


async def open_levels(tx: Writing, variant_ids: Sequence[UUID]) -> None:
    """Begin to count the stock of new variants, at zero."""
    await tx.execute_many(_OPEN, [{"variant_id": variant_id} for variant_id in variant_ids])


async def adjust(tx: Writing, variant_id: UUID, delta: int, *, expected: int | None = None) -> StockLevel | None:
    """Add to or take from what can be sold.

    None when less is there than is to be taken, not what was expected, or more would have come in than ever may.
    """
    row = await tx.row(_ADJUST, of_variant=variant_id, delta=delta, expected=expected)
    return None if row is None else StockLevel(*row)


async def levels_of(reading: Reading, variant_ids: Sequence[UUID]) -> dict[UUID, StockLevel]:
    rows = await reading.rows(_LEVELS, variant_ids=list(variant_ids))
    return {row["variant_id"]: StockLevel(*row) for row in rows}
