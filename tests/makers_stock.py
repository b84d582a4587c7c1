"""Short ways to fill a pond with places that hold stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import db.stock
import resolvers.shipping
import resolvers.stock_locations
from domain.catalogue import Variant
from domain.shipping import Charging, Template, TemplateDraft, Zone
from domain.stock_locations import LocationDraft, LocationKind, StockLocation
from tests.makers_catalogue import staff, stocked
from tests.makers_members import a_store
from tests.pond import Pond


async def a_warehouse(pond: Pond, name: str = "分仓", **others: Any) -> StockLocation:
    """A warehouse that ships behind the default one."""
    draft = LocationDraft(LocationKind.WAREHOUSE, name, **{"priority": 200, **others})
    return await resolvers.stock_locations.save(pond.context(staff()), draft)


async def a_store_with_stock(pond: Pond, name: str = "静安店", **others: Any) -> tuple[UUID, StockLocation]:
    """A store that orders are fetched from and not sent from, and its location."""
    store_id = await a_store(pond, name)
    values = {"unit_id": store_id, "ships": False, "picks_up": True, **others}
    draft = LocationDraft(LocationKind.STORE, name, **values)
    return store_id, await resolvers.stock_locations.save(pond.context(staff()), draft)


async def a_template(pond: Pond, *zones: Zone, fee: int = 8_00, is_default: bool = True) -> Template:
    """A shipping template by piece: one fee everywhere unless zones say otherwise."""
    draft = TemplateDraft("快递", Charging.PIECE, zones or (Zone(first_fee=fee),), is_default)
    return await resolvers.shipping.save(pond.context(staff()), draft)


async def nothing_is_lost(pond: Pond) -> bool:
    """Whether the movements of stock sum to the levels, everywhere."""
    return await db.stock.differences(pond.database.reading()) == []


async def stocked_at(pond: Pond, variant: Variant, location: StockLocation, units: int = 10) -> None:
    """Let so many units come in at a place."""
    await stocked(pond, variant.id, units, location.id)
