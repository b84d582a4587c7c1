"""Stock pushes: what other systems count, by their own keys, each count with a version that only rises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Text, Uuid, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from db.catalogue import variant
from db.connection import Reading, Writing
from db.metadata import UUIDS
from db.statements import prepared
from db.stock import stock_level
from db.stock_locations import stock_location
from domain.records import record
from domain.stock import StockLevel
from domain.stock_locations import DEFAULT_LOCATION

_named = (
    func.unnest(
        bindparam("numbers", type_=ARRAY(Integer())),
        bindparam("skus", type_=ARRAY(Text())),
        bindparam("references", type_=ARRAY(Text())),
    )
    .table_valued(column("number", Integer()), column("sku", Text()), column("reference", Text()))
    .render_derived(name="named")
)
_KEYS = prepared(
    select(
        _named.c.number,
        variant.c.id,
        func.coalesce(stock_location.c.id, bindparam("default_id", DEFAULT_LOCATION, type_=Uuid())),
    )
    .join(variant, (variant.c.sku == _named.c.sku) & (variant.c.removed == 0))
    .outerjoin(stock_location, stock_location.c.external_reference == _named.c.reference)
    .where(_named.c.reference.is_(None) | stock_location.c.id.is_not(None))
)
_keys = (
    func.unnest(bindparam("variant_ids", type_=UUIDS), bindparam("location_ids", type_=UUIDS))
    .table_valued(column("variant_id", Uuid()), column("location_id", Uuid()))
    .render_derived(name="keys")
)
_LOCK = prepared(
    select(
        stock_level.c.variant_id,
        stock_level.c.received,
        stock_level.c.sellable,
        stock_level.c.reserved,
        stock_level.c.carved,
        stock_level.c.sold,
        stock_level.c.location_id,
        stock_level.c.pushed_version,
    )
    .join(_keys, (_keys.c.variant_id == stock_level.c.variant_id) & (_keys.c.location_id == stock_level.c.location_id))
    .order_by(stock_level.c.location_id, stock_level.c.variant_id)
    .with_for_update(of=stock_level, key_share=True)
)
_versions = (
    func.unnest(
        bindparam("variant_ids", type_=UUIDS),
        bindparam("location_ids", type_=UUIDS),
        bindparam("versions", type_=ARRAY(BigInteger())),
    )
    .table_valued(column("variant_id", Uuid()), column("location_id", Uuid()), column("version", BigInteger()))
    .render_derived(name="given")
)
_NOTE = prepared(
    update(stock_level)
    .where(stock_level.c.variant_id == _versions.c.variant_id, stock_level.c.location_id == _versions.c.location_id)
    .values(pushed_version=_versions.c.version)
)


@record
class Pushed:
    """A level and the version of the latest count of it that was pushed; 0 before the first."""

    level: StockLevel
    version: int


async def keys_of(reading: Reading, named: Sequence[tuple[str, str | None]]) -> dict[int, tuple[UUID, UUID]]:
    """The variants and locations behind SKUs and references, by number; None is the default warehouse."""
    rows = await reading.rows(
        _KEYS,
        numbers=list(range(len(named))),
        skus=[sku for sku, _ in named],
        references=[reference for _, reference in named],
    )
    return {number: (variant_id, location_id) for number, variant_id, location_id in rows}


async def lock(tx: Writing, keys: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Pushed]:
    """Levels by variant and location, kept so until the transaction ends."""
    rows = await tx.rows(_LOCK, variant_ids=[one for one, _ in keys], location_ids=[one for _, one in keys])
    return {(row[0], row[6]): Pushed(StockLevel(*row[:6]), row[7]) for row in rows}


async def note(tx: Writing, versions: Mapping[tuple[UUID, UUID], int]) -> None:
    """Keep which counts of locked levels were the latest."""
    await tx.execute(
        _NOTE,
        variant_ids=[variant_id for variant_id, _ in versions],
        location_ids=[location_id for _, location_id in versions],
        versions=list(versions.values()),
    )
