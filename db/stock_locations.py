"""Stock locations: the table of warehouses and stores that hold stock, and its queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, count, key, members_of, metadata, one_of, refers_to, words
from db.places import free_place, take_turn
from db.statements import prepared
from db.uniqueness import keeping_unique
from domain.stock_locations import DEFAULT_LOCATION, MOST_LOCATIONS, LocationKind, StockLocation

stock_location = Table(
    "stock_location",
    metadata,
    key(),
    *one_of("kind", LocationKind),
    words("name"),
    refers_to("org_unit", "unit_id", optional=True),
    count("priority"),
    Column("ships", Boolean(), nullable=False),
    Column("picks_up", Boolean(), nullable=False),
    Column("regions", ARRAY(Text()), nullable=False, server_default=text("'{}'")),
    Column("active", Boolean(), nullable=False),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("external_reference", Text(), unique=True),
    Column("place", Integer(), nullable=False, unique=True),
    CheckConstraint(f"place BETWEEN 0 AND {MOST_LOCATIONS - 1}", name="place_is_one_of_all"),
    CheckConstraint("kind = 'WAREHOUSE' OR unit_id IS NOT NULL", name="store_has_a_unit"),
    CheckConstraint("kind = 'STORE' OR NOT picks_up", name="only_stores_are_fetched_from"),
    # What is not put elsewhere is there: it cannot go. A foreign key of the levels keeps its row.
    CheckConstraint(
        f"id <> '{DEFAULT_LOCATION}' OR (active AND kind = 'WAREHOUSE')", name="default_is_an_active_warehouse"
    ),
    Index("uq_stock_location_one_of_a_store", "unit_id", unique=True, postgresql_where=text("kind = 'STORE'")),
)

LOCATION_COLUMNS = (
    stock_location.c.id,
    stock_location.c.kind,
    stock_location.c.name,
    stock_location.c.unit_id,
    stock_location.c.priority,
    stock_location.c.ships,
    stock_location.c.picks_up,
    stock_location.c.regions,
    stock_location.c.active,
    stock_location.c.version,
    stock_location.c.external_reference,
)
_KINDS = members_of(LocationKind)
_LOCATIONS = select(*LOCATION_COLUMNS).order_by(stock_location.c.priority, stock_location.c.id)
_ALL = prepared(_LOCATIONS)
_BY_ID = prepared(_LOCATIONS.where(stock_location.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_STORES = prepared(
    _LOCATIONS.where(
        stock_location.c.unit_id == any_(bindparam("ids", type_=UUIDS)),
        stock_location.c.kind == literal_column("'STORE'"),
    )
)
_LOCK = prepared(_LOCATIONS.where(stock_location.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_free = free_place(stock_location.c.place, MOST_LOCATIONS)
_INSERT = prepared(
    insert(stock_location).from_select(
        [*(one.name for one in LOCATION_COLUMNS), "place"],
        select(*(bindparam(one.name, type_=one.type) for one in LOCATION_COLUMNS), _free.c.place),
    )
)
_UPDATE = prepared(
    update(stock_location)
    .where(stock_location.c.id == bindparam("of_location", type_=Uuid()))
    .values({one.name: bindparam(one.name) for one in LOCATION_COLUMNS if one.name != "id"})
)
_UNIQUE = {
    "uq_stock_location_one_of_a_store": ("input", "unitId"),
    "uq_stock_location_external_reference": ("input", "externalReference"),
}


def location_of(row: Row) -> StockLocation:
    """A location from a row that begins with its columns."""
    id_, kind, name, unit_id, priority, ships, picks_up, regions, active, version, reference = row[:11]
    return StockLocation(
        id_, _KINDS[kind], name, unit_id, priority, ships, picks_up, tuple(regions), active, version, reference
    )


async def locations(reading: Reading) -> list[StockLocation]:
    """All of them, at most 1,000, by priority."""
    return [location_of(row) for row in await reading.rows(_ALL)]


async def locations_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, StockLocation]:
    return {row["id"]: location_of(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def of_stores(reading: Reading, store_ids: Collection[UUID]) -> list[StockLocation]:
    """The locations of the stores."""
    return [location_of(row) for row in await reading.rows(_OF_STORES, ids=list(store_ids))]


async def lock(tx: Writing, location_id: UUID) -> StockLocation | None:
    row = await tx.row(_LOCK, id=location_id)
    return None if row is None else location_of(row)


async def save(tx: Writing, location: StockLocation, *, is_new: bool) -> bool:
    """Keep a location; False when a new one finds that there are 1,000.

    Raises:
        SlugTaken: another one has the store or the reference.
    """
    if is_new:
        await take_turn(tx, "stock_location")
    values = {one.name: getattr(location, one.name) for one in LOCATION_COLUMNS}
    values |= {"kind": location.kind.value, "regions": list(location.regions)}
    with keeping_unique(_UNIQUE):
        if is_new:
            return await tx.execute(_INSERT, **values) > 0
        return await tx.execute(_UPDATE, of_location=location.id, **values) > 0
