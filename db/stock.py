"""Stock: the levels of variants at locations and the movements that change them, both by one statement.

A trigger of the migration refuses to change or delete a movement. What moves is guarded by the level it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    ScalarSelect,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, as_json, count, json_rows, key, metadata, moment, one_of, words
from db.statements import prepared
from db.stock_locations import LOCATION_COLUMNS, location_of, stock_location
from db.writes import Part, Write
from domain.records import record
from domain.stock import MOST_RECEIVED, ROUTES, Bucket, Movement, MovementKind, StockLevel
from domain.stock_locations import DEFAULT_LOCATION, StockLocation

stock_level = Table(
    "stock_level",
    metadata,
    Column("variant_id", Uuid(), ForeignKey("variant.id")),
    Column(
        "location_id", Uuid(), ForeignKey("stock_location.id"), nullable=False, server_default=str(DEFAULT_LOCATION)
    ),
    count("received"),
    count("sellable"),
    count("reserved"),
    count("carved"),
    count("sold"),
    Column("pushed_version", BigInteger(), nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("variant_id", "location_id"),
    CheckConstraint("received = sellable + reserved + carved + sold", name="nothing_is_lost"),
    CheckConstraint("sellable >= 0", name="sellable_is_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_is_not_negative"),
    CheckConstraint("carved >= 0", name="carved_is_not_negative"),
    CheckConstraint("sold >= 0", name="sold_is_not_negative"),
)

stock_movement = Table(
    "stock_movement",
    metadata,
    key(),
    *one_of("kind", MovementKind),
    # No foreign keys: the statement that writes a movement has just changed the level that it belongs to, and
    # checks of a key would have all orders of one variant share a lock on its row.
    Column("variant_id", Uuid(), nullable=False),
    Column("location_id", Uuid(), nullable=False),
    *one_of("source", Bucket, optional=True),
    *one_of("target", Bucket, optional=True),
    Column("quantity", Integer(), nullable=False),
    Column("cause_id", Uuid()),
    Column("line_id", Uuid()),
    words("reference", optional=True),
    Column("actor_id", Uuid()),
    moment("at"),
    CheckConstraint("quantity > 0", name="quantity_is_positive"),
    CheckConstraint("source IS DISTINCT FROM target", name="goes_somewhere_else"),
    Index(None, "variant_id", "id"),
    Index(None, "location_id", "id"),
    Index("ix_stock_movement_cause_id", "cause_id", postgresql_where=text("cause_id IS NOT NULL")),
)

_BUCKETS = ("sellable", "reserved", "carved", "sold")
_COLUMNS = list(stock_movement.c)
_given = select(json_rows("moved", _COLUMNS)).cte("given")


def _same_level(one: Any, other: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (one.variant_id == other.variant_id) & (one.location_id == other.location_id)
    return same


def _change(given: Any, bucket: str) -> ColumnElement[int]:
    """By how much a bucket changes by all movements of one level together."""
    name: ColumnElement[str] = literal_column(f"'{bucket.upper()}'")
    change = case((given.target == name, given.quantity), (given.source == name, -given.quantity), else_=0)
    return func.sum(change).cast(Integer()).label(bucket)


def _changed() -> CTE:
    """Change those levels that hold enough for all that leaves them.

    Rows are locked in the order of their keys first, so that two orders cannot wait for each other.
    """
    level = stock_level.c
    sums = (
        select(_given.c.variant_id, _given.c.location_id, *(_change(_given.c, name) for name in _BUCKETS))
        .group_by(_given.c.variant_id, _given.c.location_id)
        .cte("sums")
    )
    locked = (
        select(level.variant_id, level.location_id)
        .join(sums, _same_level(level, sums.c))
        .order_by(level.location_id, level.variant_id)
        .with_for_update(of=stock_level, key_share=True)
        .cte("locked")
    )
    total = sums.c.sellable + sums.c.reserved + sums.c.carved + sums.c.sold
    return (
        update(stock_level)
        .where(
            _same_level(level, sums.c),
            _same_level(level, locked.c),
            *(level[name] + sums.c[name] >= 0 for name in _BUCKETS),
            or_(total <= 0, level.received + total <= literal_column(str(MOST_RECEIVED))),
        )
        .values({name: level[name] + sums.c[name] for name in _BUCKETS} | {"received": level.received + total})
        .returning(*(level[name] for name in ("variant_id", "location_id", "received", *_BUCKETS)))
        .cte("changed")
    )


_CHANGED = _changed()
_NOTED = (
    insert(stock_movement)
    .from_select([one.name for one in _COLUMNS], select(*_given.c).join(_CHANGED, _same_level(_CHANGED.c, _given.c)))
    .cte("noted")
)
_MOVED = Part("moved", _CHANGED, _NOTED)
_MOVE = prepared(select(*_CHANGED.c).add_cte(_NOTED))


def moved(movements: Sequence[Movement]) -> Write:
    """Movements that must come about, all of them."""
    levels = {(one.variant_id, one.location_id) for one in movements}
    return Write(_MOVED, [_values(one) for one in movements], len(levels))


async def move(tx: Writing, movements: Sequence[Movement]) -> dict[tuple[UUID, UUID], StockLevel]:
    """Move units; returns the levels that changed, by variant and location.

    A level that does not hold enough for all that leaves it, or that would have received more than ever may come
    in, is missing from the answer, and none of its movements came about.
    """
    if not movements:
        return {}
    rows = await tx.rows(_MOVE, moved=as_json([_values(one) for one in movements]))
    return {(row[0], row[1]): StockLevel(row[0], *row[2:]) for row in rows}


def _values(one: Movement) -> dict[str, Any]:
    source, target = ROUTES[one.kind]
    return {
        "id": one.id,
        "kind": one.kind.value,
        "variant_id": one.variant_id,
        "location_id": one.location_id,
        "source": None if source is None else source.value,
        "target": None if target is None else target.value,
        "quantity": one.quantity,
        "cause_id": one.cause_id,
        "line_id": one.line_id,
        "reference": one.reference,
        "actor_id": one.actor_id,
        "at": one.at,
    }


_LOCK = prepared(
    select(stock_level.c.variant_id, stock_level.c.sellable, *LOCATION_COLUMNS)
    .join(stock_location, stock_location.c.id == stock_level.c.location_id)
    .where(stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
    .order_by(stock_level.c.location_id, stock_level.c.variant_id)
    .with_for_update(of=stock_level, key_share=True)
)


@record
class Shelves:
    """What of some variants can be sold, by variant and location, and the locations that have any of them."""

    sellable: Mapping[tuple[UUID, UUID], int]
    locations: Sequence[StockLocation]


async def lock(tx: Writing, variant_ids: Sequence[UUID]) -> Shelves:
    """What can be sold of the variants everywhere, kept so until the transaction ends."""
    rows = await tx.rows(_LOCK, variant_ids=list(variant_ids))
    locations: dict[UUID, StockLocation] = {}
    sellable = {}
    for row in rows:
        location_id = row[2]
        if location_id not in locations:
            locations[location_id] = location_of(row[2:])
        sellable[row[0], location_id] = row[1]
    return Shelves(sellable, list(locations.values()))


_given_levels = (
    func.unnest(bindparam("variant_ids", type_=UUIDS), bindparam("location_ids", type_=UUIDS))
    .table_valued(column("variant_id", Uuid()), column("location_id", Uuid()))
    .render_derived(name="given")
)
_OPEN = prepared(
    insert(stock_level)
    .from_select(["variant_id", "location_id"], select(_given_levels.c.variant_id, _given_levels.c.location_id))
    .on_conflict_do_nothing()
)


async def open_levels(tx: Writing, variant_ids: Sequence[UUID], location_id: UUID = DEFAULT_LOCATION) -> None:
    """Begin to count the stock of variants at a location, at zero; what is counted there stays as it is."""
    await open_at(tx, [(variant_id, location_id) for variant_id in variant_ids])


async def open_at(tx: Writing, keys: Iterable[tuple[UUID, UUID]]) -> None:
    """Begin to count variants at locations, at zero; what is counted stays as it is."""
    in_order = sorted(set(keys))
    if in_order:
        variant_ids, location_ids = zip(*in_order, strict=True)
        await tx.execute(_OPEN, variant_ids=variant_ids, location_ids=location_ids)


_LEVELS = prepared(
    select(
        stock_level.c.variant_id,
        *(func.sum(stock_level.c[name]).cast(Integer()) for name in ("received", *_BUCKETS)),
    )
    .where(
        stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)),
        stock_level.c.location_id == func.coalesce(bindparam("location_id", type_=Uuid()), stock_level.c.location_id),
    )
    .group_by(stock_level.c.variant_id)
)
_BY_LOCATION = prepared(
    select(
        stock_level.c.variant_id,
        stock_level.c.received,
        *(stock_level.c[name] for name in _BUCKETS),
        stock_level.c.location_id,
    )
    .where(stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)))
    .order_by(stock_level.c.location_id)
)


async def levels_of(
    reading: Reading, variant_ids: Sequence[UUID], location_id: UUID | None = None
) -> dict[UUID, StockLevel]:
    """The units of each variant at one location, or at all of them together."""
    rows = await reading.rows(_LEVELS, variant_ids=list(variant_ids), location_id=location_id)
    return {row["variant_id"]: StockLevel(*row) for row in rows}


async def levels_by_location(
    reading: Reading, variant_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[UUID, StockLevel]]]:
    """The units of each variant at each location where it is counted."""
    rows = await reading.rows(_BY_LOCATION, variant_ids=list(variant_ids))
    return by_key(rows, "variant_id", lambda row: (row[6], StockLevel(*row[:6])))


def available_of(variant_id: ColumnElement[UUID]) -> ColumnElement[int]:
    """How much of a variant the shop can send: what can be sold at all locations that ship."""
    ships = select(stock_location.c.id).where(stock_location.c.active, stock_location.c.ships)
    # As an array they are found once for all variants.
    those_that_ship: ColumnElement[Any] = func.array(ships.scalar_subquery())
    sellable: ScalarSelect[int] = (
        select(func.sum(stock_level.c.sellable).cast(Integer()))
        .where(stock_level.c.variant_id == variant_id, stock_level.c.location_id == any_(those_that_ship))
        .scalar_subquery()
    )
    return func.coalesce(sellable, 0)


_FETCHABLE = prepared(
    select(stock_level.c.variant_id, stock_location.c.unit_id, stock_level.c.sellable)
    .join(stock_location, stock_location.c.id == stock_level.c.location_id)
    .where(
        stock_level.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)),
        stock_location.c.active,
        stock_location.c.picks_up,
        stock_location.c.unit_id == func.coalesce(bindparam("store_id", type_=Uuid()), stock_location.c.unit_id),
    )
    .order_by(stock_location.c.priority, stock_location.c.id)
)


async def fetchable(
    reading: Reading, variant_ids: Sequence[UUID], store_id: UUID | None = None
) -> dict[tuple[UUID, UUID], int]:
    """How much of each variant can be fetched from a store, or from any, by variant and store."""
    rows = await reading.rows(_FETCHABLE, variant_ids=list(variant_ids), store_id=store_id)
    return {(variant_id, unit_id): sellable for variant_id, unit_id, sellable in rows}


_sums = (
    select(
        stock_movement.c.variant_id,
        stock_movement.c.location_id,
        *(_change(stock_movement.c, name) for name in _BUCKETS),
    )
    .group_by(stock_movement.c.variant_id, stock_movement.c.location_id)
    .subquery("sums")
)
_DIFFERENCES = prepared(
    select(
        func.coalesce(stock_level.c.variant_id, _sums.c.variant_id),
        func.coalesce(stock_level.c.location_id, _sums.c.location_id),
    )
    .select_from(
        stock_level.outerjoin(
            _sums,
            (_sums.c.variant_id == stock_level.c.variant_id) & (_sums.c.location_id == stock_level.c.location_id),
            full=True,
        )
    )
    .where(
        or_(*(func.coalesce(stock_level.c[name], 0) != func.coalesce(_sums.c[name], 0) for name in _BUCKETS)),
    )
)


async def differences(reading: Reading) -> list[tuple[UUID, UUID]]:
    """The variants and locations whose movements do not sum to their level; there are none, unless we have a bug."""
    return [(row[0], row[1]) for row in await reading.rows(_DIFFERENCES)]


_HELD = prepared(
    select(
        stock_movement.c.line_id,
        stock_movement.c.variant_id,
        stock_movement.c.location_id,
        *(_change(stock_movement.c, name) for name in ("reserved", "sold")),
    )
    .where(stock_movement.c.cause_id == bindparam("cause_id", type_=Uuid()))
    .group_by(stock_movement.c.line_id, stock_movement.c.variant_id, stock_movement.c.location_id)
    .order_by(stock_movement.c.line_id, stock_movement.c.location_id)
)


@record
class Held:
    """What one line of an order holds of one location's stock now."""

    line_id: UUID
    variant_id: UUID
    location_id: UUID
    reserved: int
    sold: int


async def held_by(reading: Reading, order_id: UUID) -> list[Held]:
    """What a locked order holds, by line and location, as its movements tell."""
    return [_held(row) for row in await reading.rows(_HELD, cause_id=order_id)]


def _held(row: Row) -> Held:
    return Held(*row)
