"""What can be asked of the places that hold stock, and what operators do to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from uuid import UUID

import db.catalogue
import db.outbox
import db.stock
import db.stock_locations
import db.stores
from db.connection import Writing
from domain.catalogue import Variant
from domain.identity import Scope
from domain.records import record
from domain.refusals import BadInput, NotFound, same_version
from domain.stock import StockLevel
from domain.stock_locations import (
    DEFAULT_LOCATION,
    MOST_LOCATIONS,
    LocationDraft,
    LocationKind,
    StockLocation,
    check_draft,
)
from domain.stores import OrgUnit, Store, UnitKind
from resolvers.context import Context

MOST_SHOWN = 100
"""So many stores are named at once to fetch from."""


@record
class LevelAt:
    """The units of a variant at one location."""

    location: StockLocation
    level: StockLevel


@record
class PickUpStore:
    """A store to fetch from, and how much of some variants is there, in the order in which they were asked."""

    store: Store
    available: Sequence[tuple[UUID, int]]
    has_all: bool
    """Whether there is at least one of each."""


async def locations(ctx: Context) -> list[StockLocation]:
    """All of them, by priority."""
    return await db.stock_locations.locations(ctx.reading)


async def locations_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, StockLocation]:
    """The locations, for staff."""
    wanted = list(dict.fromkeys(ids))
    return await db.stock_locations.locations_by_id(ctx.reading, wanted) if ctx.holds(Scope.STAFF) else {}


async def units_of(ctx: Context, found: Sequence[StockLocation]) -> list[OrgUnit | None]:
    """The unit of the organisation that each belongs to."""
    units = await db.stores.units_by_id(ctx.reading, list({one.unit_id for one in found if one.unit_id is not None}))
    return [None if one.unit_id is None else units[one.unit_id] for one in found]


async def levels_of(ctx: Context, variants: Sequence[Variant]) -> list[list[LevelAt]]:
    """The units of each variant wherever it is counted."""
    levels = await db.stock.levels_by_location(ctx.reading, [one.id for one in variants])
    wanted = {location_id for some in levels.values() for location_id, _ in some}
    places = await db.stock_locations.locations_by_id(ctx.reading, list(wanted))
    return [[LevelAt(places[location_id], level) for location_id, level in levels.get(one.id, [])] for one in variants]


async def availability_at(ctx: Context, variants: Sequence[Variant], store_id: UUID) -> list[int]:
    """How much of each variant can be fetched from a store now; 0 where nothing can."""
    found = await db.stock.fetchable(ctx.reading, [one.id for one in variants], store_id)
    return [found.get((one.id, store_id), 0) for one in variants]


async def pick_up_stores(ctx: Context, variant_ids: Sequence[UUID]) -> list[PickUpStore]:
    """The stores to fetch from, those that have all of the variants first, at most 100.

    Raises:
        NotFound: a variant is not for the caller.
    """
    seen = await db.catalogue.variants_by_id(ctx.reading, ctx.viewer, list(variant_ids))
    for i, variant_id in enumerate(variant_ids):
        if variant_id not in seen:
            raise NotFound(path=("variantIds", str(i)))
    found = await db.stock.fetchable(ctx.reading, list(variant_ids))
    stores = await db.stores.stores_by_id(ctx.reading, list(dict.fromkeys(store_id for _, store_id in found)))
    offered = [
        PickUpStore(
            store,
            [(one, found.get((one, key), 0)) for one in variant_ids],
            all(found.get((one, key), 0) for one in variant_ids),
        )
        for key, store in stores.items()
    ]
    return sorted(
        offered, key=lambda one: (not one.has_all, -sum(many > 0 for _, many in one.available), one.store.id)
    )[:MOST_SHOWN]


async def save(
    ctx: Context, draft: LocationDraft, *, location_id: UUID | None = None, expected_version: int | None = None
) -> StockLocation:
    """Add a location or replace one.

    Raises:
        BadInput: something is out of bounds, there are 1,000, or what it is would change.
        NotFound: there is no such location, or no such store.
        StaleVersion: it changed since the caller read it.
        SlugTaken: another location has the store or the reference.
    """
    draft = check_draft(draft, is_default=location_id == DEFAULT_LOCATION)
    async with ctx.database.writing() as tx:
        old = None if location_id is None else await db.stock_locations.lock(tx, location_id)
        if location_id is not None and old is None:
            raise NotFound(path=("input", "locationId"))
        same_version(0 if old is None else old.version, expected_version)
        await _check(tx, draft, old)
        saved = _drafted(ctx, draft, old)
        if old is not None and saved == replace(old, version=saved.version):
            return old
        if not await db.stock_locations.save(tx, saved, is_new=old is None):
            rule = f"at most {MOST_LOCATIONS:,} locations"
            raise BadInput(rule, f"最多 {MOST_LOCATIONS:,} 个仓库与门店", path=("input",))
        fact = {"locationId": saved.id.hex, "version": saved.version, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "StockLocationSaved", "stock_location", saved.id, fact, ctx.now())
    return saved


async def _check(tx: Writing, draft: LocationDraft, old: StockLocation | None) -> None:
    if old is not None and old.kind is not draft.kind:
        raise BadInput("what it is cannot be changed", "类型不能更改", path=("input", "kind"))
    if draft.unit_id is None:
        return
    unit = (await db.stores.units_by_id(tx, [draft.unit_id])).get(draft.unit_id)
    if unit is None or (draft.kind is LocationKind.STORE and unit.kind is not UnitKind.STORE):
        raise NotFound(path=("input", "unitId"))


def _drafted(ctx: Context, draft: LocationDraft, old: StockLocation | None) -> StockLocation:
    values = asdict(draft) | {"regions": tuple(draft.regions)}
    key, version = (ctx.new_id(), 1) if old is None else (old.id, old.version + 1)
    return StockLocation(id=key, version=version, **values)
