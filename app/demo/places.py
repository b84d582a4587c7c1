"""Sows where the sample brand keeps its goods, and what it costs to send them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import db.catalogue
import db.shipping
import db.stock_locations
import resolvers.shipping
import resolvers.stock
import resolvers.stock_locations
from app.demo.field import Field, id_of
from app.demo.people import Organisation
from domain.regions import Region
from domain.shipping import Charging, TemplateDraft, Zone
from domain.stock import StockChange
from domain.stock_locations import LocationDraft, LocationKind

SOUTH, STORE = "stock location south", "stock location xihu"
EXPRESS = "shipping template"
UNITS = 12
_FAR = tuple(Region(name) for name in ("西藏自治区", "新疆维吾尔自治区", "青海省"))


@dataclass(frozen=True)
class Places:
    """A warehouse beside the default one, a store to fetch from, and the template by which all is sent."""

    south: UUID
    store: UUID
    template: UUID


async def sow_places(field: Field, organisation: Organisation, products: dict[str, UUID]) -> Places:
    """Sow a second warehouse, a store with goods to fetch, and a shipping template."""
    places = Places(id_of(SOUTH), id_of(STORE), id_of(EXPRESS))
    known = await db.stock_locations.locations_by_id(field.database.reading(), [places.south, places.store])
    regions = ("广东省", "广西壮族自治区", "海南省")
    south = LocationDraft(
        LocationKind.WAREHOUSE, "华南仓", priority=200, regions=regions, external_reference="banmu:south"
    )
    store = LocationDraft(LocationKind.STORE, "西湖店", organisation.units["xihu"], ships=False, picks_up=True)
    for name, key, draft in ((SOUTH, places.south, south), (STORE, places.store, store)):
        if key not in known:
            await resolvers.stock_locations.save(field.hand(name, organisation.founder), draft)
            await _stock(field, organisation, key, products["fangtang-gaiwan"])
    if all(one.id != places.template for one in await db.shipping.templates(field.database.reading())):
        await _sow_template(field, organisation)
    return places


async def _stock(field: Field, organisation: Organisation, location_id: UUID, product_id: UUID) -> None:
    found = await db.catalogue.variants_of(field.database.reading(), [product_id])
    for variant in found[product_id]:
        name = f"stock {variant.sku} {location_id.hex}"
        booking = resolvers.stock.Booking(variant.id, location_id, StockChange(UNITS))
        await resolvers.stock.adjust(field.hand(name, organisation.founder), booking, f"banmu {name}")


async def _sow_template(field: Field, organisation: Organisation) -> None:
    near = Zone(first=3, first_fee=8_00, additional=2, additional_fee=2_00, free_from_amount=99_00)
    far = Zone(_FAR, first=1, first_fee=18_00, additional=1, additional_fee=6_00)
    draft = TemplateDraft("全国快递", Charging.PIECE, [near, far], is_default=True)
    await resolvers.shipping.save(field.hand(EXPRESS, organisation.founder), draft)
