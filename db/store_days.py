"""Store days: what each store did on a day, where it stood then; its buyers, and the orders that it saw off (R02)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import array, insert

from db.attributions import attribution
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.metadata import UUIDS, count, given_rows, in_columns, metadata, refers_to
from db.order_tables import order
from db.statements import Statement, prepared
from db.stock import stock_movement
from db.stock_locations import stock_location
from db.store_places import place
from domain.attribution import AttributionKind
from domain.stock import Bucket
from domain.store_days import (
    MOST_ROWS,
    BuyerDay,
    Figures,
    OrderSeen,
    Performance,
    PerformanceBy,
    PerformanceRow,
    StoreDay,
)


def _sum(name: str) -> Column[int]:
    """Money of a day, in fen."""
    return Column(name, BigInteger(), nullable=False, server_default=text("0"))


def _place_id() -> Column[int]:
    return Column("place_id", BigInteger(), ForeignKey("org_unit_place.id"), nullable=False)


store_day = Table(
    "store_day",
    metadata,
    Column("day", Date(), nullable=False),
    _place_id(),
    _sum("gmv_minor"),
    _sum("refunds_minor"),
    _sum("live_gmv_minor"),
    _sum("share_gmv_minor"),
    _sum("commission_minor"),
    count("orders"),
    count("new_members"),
    count("shipped_orders"),
    count("picked_up_orders"),
    PrimaryKeyConstraint("day", "place_id"),
    Index(None, "place_id", "day"),
)
store_buyer = Table(
    "store_buyer",
    metadata,
    Column("day", Date(), nullable=False),
    _place_id(),
    refers_to("org_unit", "unit_id"),
    refers_to("member", "member_id"),
    count("orders"),
    # Whether they had paid an order of the store before one of these.
    Column("again", Boolean(), nullable=False),
    PrimaryKeyConstraint("day", "place_id", "member_id"),
    Index(None, "place_id", "day"),
    Index(None, "unit_id", "member_id", "day"),
)
store_fulfilment = Table(
    "store_fulfilment",
    metadata,
    refers_to("order", "order_id"),
    refers_to("org_unit", "unit_id"),
    PrimaryKeyConstraint("order_id", "unit_id"),
)

_GIVEN_DAYS = given_rows("days", list(store_day.c))
_NEW_DAYS = insert(store_day).from_select([c.name for c in store_day.c], select(*_GIVEN_DAYS.c))
_KEYS = ("day", "place_id")
_ADD_DAYS = prepared(
    _NEW_DAYS.on_conflict_do_update(
        index_elements=[*_KEYS],
        set_={c.name: c + _NEW_DAYS.excluded[c.name] for c in store_day.c if c.name not in _KEYS},
    )
)
_BUYER_COLUMNS = [store_buyer.c[name] for name in ("day", "place_id", "unit_id", "member_id", "orders")]
_GIVEN_BUYERS = given_rows("buyers", _BUYER_COLUMNS)
_earlier = store_buyer.alias("earlier")
_HOW_MANIETH = func.row_number().over(
    partition_by=[_GIVEN_BUYERS.c.unit_id, _GIVEN_BUYERS.c.member_id], order_by=_GIVEN_BUYERS.c.day
)
_CAME_BEFORE = or_(
    _GIVEN_BUYERS.c.orders > literal_column("1"),
    literal_column("1") < _HOW_MANIETH,
    exists(
        select(literal_column("1"))
        .select_from(_earlier)
        .where(
            _earlier.c.unit_id == _GIVEN_BUYERS.c.unit_id,
            _earlier.c.member_id == _GIVEN_BUYERS.c.member_id,
            _earlier.c.day < _GIVEN_BUYERS.c.day,
        )
    ),
)
_NEW_BUYERS = insert(store_buyer).from_select(
    [*(c.name for c in _BUYER_COLUMNS), "again"],
    select(*_GIVEN_BUYERS.c, cast(_CAME_BEFORE, Boolean())).order_by(_GIVEN_BUYERS.c.day),
)
_ADD_BUYERS = prepared(
    _NEW_BUYERS.on_conflict_do_update(
        index_elements=["day", "place_id", "member_id"],
        set_={"orders": store_buyer.c.orders + _NEW_BUYERS.excluded.orders, "again": true()},
    )
)


async def add(tx: Writing, days: Sequence[StoreDay]) -> None:
    """Add to the days of stores."""
    if days:
        rows = [{c.name: getattr(one, c.name) for c in store_day.c} for one in days]
        await tx.execute(_ADD_DAYS, **in_columns("days", list(store_day.c), rows))


async def add_buyers(tx: Writing, buyers: Sequence[BuyerDay]) -> None:
    """Add to the orders of buyers. The days of one call are one day for each buyer of a store."""
    if buyers:
        rows = [{c.name: getattr(one, c.name) for c in _BUYER_COLUMNS} for one in buyers]
        await tx.execute(_ADD_BUYERS, **in_columns("buyers", _BUYER_COLUMNS, rows))


_SEEN = prepared(
    select(
        order.c.id,
        order.c.store_id,
        order.c.pick_up_store_id,
        order.c.live_room_id.is_not(None),
        attribution.c.share_id.is_not(None),
    )
    .outerjoin(attribution, attribution.c.order_id == order.c.id)
    .where(order.c.id == any_(bindparam("ids", type_=UUIDS)))
)


async def seen(tx: Writing, order_ids: Sequence[UUID]) -> dict[UUID, OrderSeen]:
    """Where each order belongs, and how it came."""
    return {row[0]: OrderSeen(*row[1:5]) for row in await tx.rows(_SEEN, ids=list(order_ids))}


_RECRUITED = prepared(
    select(attribution.c.member_id, guide.c.store_id)
    .join(guide, guide.c.id == attribution.c.guide_id)
    .where(
        attribution.c.kind == literal_column(f"'{AttributionKind.REGISTRATION.value}'"),
        attribution.c.member_id == any_(bindparam("ids", type_=UUIDS)),
    )
)


async def recruited(tx: Writing, member_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The store whose guide is credited with each registration, where one is."""
    return dict(await tx.rows(_RECRUITED, ids=list(member_ids))) if member_ids else {}


_SOURCES = (
    select(
        stock_movement.c.cause_id.label("order_id"),
        func.coalesce(stock_location.c.unit_id, bindparam("headquarters", type_=Uuid())).label("unit_id"),
    )
    .join(stock_location, stock_location.c.id == stock_movement.c.location_id)
    .where(
        stock_movement.c.cause_id == any_(bindparam("ids", type_=UUIDS)),
        stock_movement.c.target == literal_column(f"'{Bucket.SOLD.value}'"),
    )
    .distinct()
)
_SHIPPED = prepared(
    insert(store_fulfilment)
    .from_select(["order_id", "unit_id"], _SOURCES)
    .on_conflict_do_nothing()
    .returning(store_fulfilment.c.order_id, store_fulfilment.c.unit_id)
)
_FETCHED = prepared(
    insert(store_fulfilment)
    .from_select(
        ["order_id", "unit_id"],
        select(order.c.id, order.c.pick_up_store_id).where(
            order.c.id == any_(bindparam("ids", type_=UUIDS)), order.c.pick_up_store_id.is_not(None)
        ),
    )
    .on_conflict_do_nothing()
    .returning(store_fulfilment.c.order_id, store_fulfilment.c.unit_id)
)


async def shipped(tx: Writing, order_ids: Sequence[UUID], headquarters: UUID) -> list[tuple[UUID, UUID]]:
    """Note whose stock left for each order, once; what was not noted before is returned as order and unit."""
    rows = await tx.rows(_SHIPPED, ids=list(order_ids), headquarters=headquarters) if order_ids else []
    return [(row[0], row[1]) for row in rows]


async def handed_over(tx: Writing, order_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Note where each order was fetched, once; what was not noted before is returned as order and unit."""
    rows = await tx.rows(_FETCHED, ids=list(order_ids)) if order_ids else []
    return [(row[0], row[1]) for row in rows]


_UNIT = bindparam("unit_id", type_=Uuid())
_SPAN = (bindparam("first_day", type_=Date()), bindparam("last_day", type_=Date()))


def _key(by: PerformanceBy, day: ColumnElement[date]) -> ColumnElement[Any]:
    """What the rows of a report are about."""
    if by is PerformanceBy.DAY:
        return day
    if by is PerformanceBy.STORE:
        return place.c.unit_id
    below = place.c.units[func.array_position(place.c.units, _UNIT, type_=Integer()) + 1]
    return func.coalesce(below, _UNIT)


def _within(table: Table, by: PerformanceBy, *columns: ColumnElement[Any]) -> Any:
    return (
        select(_key(by, table.c.day).label("key"), *columns)
        .join(place, place.c.id == table.c.place_id)
        .where(place.c.units.contains(array([_UNIT])), table.c.day.between(*_SPAN))
        .subquery()
    )


def _report(by: PerformanceBy) -> Statement:
    """Each row of a report and, first of all, its total."""
    days = _within(store_day, by, *(c for c in store_day.c if c.name not in _KEYS))
    bought = _within(store_buyer, by, store_buyer.c.unit_id, store_buyer.c.member_id, store_buyer.c.again)
    buyer = tuple_(bought.c.unit_id, bought.c.member_id)
    buyers = (
        select(
            bought.c.key,
            func.grouping(bought.c.key).label("is_total"),
            func.count(buyer.distinct()).label("buyers"),
            func.count(buyer.distinct()).filter(bought.c.again).label("repurchase_buyers"),
        )
        .group_by(func.grouping_sets(tuple_(bought.c.key), tuple_()))
        .subquery()
    )
    sums = [cast(func.coalesce(func.sum(c), 0), BigInteger()).label(c.name) for c in days.c if c.name != "key"]
    grouped = (
        select(days.c.key, func.grouping(days.c.key).label("is_total"), *sums)
        .group_by(func.grouping_sets(tuple_(days.c.key), tuple_()))
        .subquery()
    )
    best = grouped.c.key.asc() if by is PerformanceBy.DAY else (grouped.c.gmv_minor - grouped.c.refunds_minor).desc()
    same = buyers.c.is_total == grouped.c.is_total
    joined = grouped.outerjoin(buyers, same & (or_(grouped.c.is_total == 1, buyers.c.key == grouped.c.key)))
    return prepared(
        select(
            *grouped.c,
            func.coalesce(buyers.c.buyers, 0).label("buyers"),
            func.coalesce(buyers.c.repurchase_buyers, 0).label("repurchase_buyers"),
        )
        .select_from(joined)
        .order_by(grouped.c.is_total.desc(), best, grouped.c.key)
        .limit(MOST_ROWS + 1)
    )


_REPORTS = {by: _report(by) for by in PerformanceBy}
_FIGURES = (*(c.name for c in store_day.c if c.name not in _KEYS), "buyers", "repurchase_buyers")


def _figures(row: Row) -> Figures:
    return Figures(**{name: row[name] for name in _FIGURES})


async def performance(
    reading: Reading, unit_id: UUID, first_day: date, last_day: date, by: PerformanceBy
) -> Performance:
    """What stood below a unit, or was it, on each of these days."""
    rows = await reading.rows(_REPORTS[by], unit_id=unit_id, first_day=first_day, last_day=last_day)
    total, *rest = rows
    is_day = by is PerformanceBy.DAY
    return Performance(
        first_day,
        last_day,
        _figures(total),
        [PerformanceRow(row["key"] if is_day else None, None if is_day else row["key"], _figures(row)) for row in rest],
    )
