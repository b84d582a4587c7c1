"""Stock locations: what clients see of the warehouses and stores that hold stock, and what operators do to them."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from domain import stock_locations as rules
from domain.identity import Scope
from domain.refusals import between
from domain.stock_locations import LocationKind
from resolvers import stock_locations
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.node import Node
from schema.stores import OrgUnit, Store

MOST_VARIANTS = 100

described(
    LocationKind,
    "What a place that holds stock is.",
    WAREHOUSE="A warehouse (仓库).",
    STORE="A store (门店), which may be fetched from.",
)


@object_type(
    scope=Scope.STAFF, description="A place that holds stock: a warehouse or a store.", record=rules.StockLocation
)
class StockLocation(Node):
    id: strawberry.ID = identifier(Kind.STOCK_LOCATION)
    kind: LocationKind = attribute("What it is. It never changes.")
    name: str = attribute("Its name.")
    unit: OrgUnit | None = batched(stock_locations.units_of, "The unit that it belongs to; of a store, the store.")
    priority: int = attribute("Orders are sent from the smallest number that has everything.")
    ships: bool = attribute("Whether orders are sent from it.")
    picks_up: bool = attribute("Whether orders are fetched from it (自提).")
    regions: list[str] = attribute("Provinces that it is the nearest to: their orders ask it first.")
    active: bool = attribute("Whether it serves orders.")
    is_default: bool = derived(
        lambda one: one.id == rules.DEFAULT_LOCATION,
        "Whether it is the warehouse that is always there: what is put nowhere else and what plays set aside.",
    )
    version: int = attribute("Rises with each change; edits state it.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")


@object_type(scope=Scope.STAFF, description="The units of a variant at one place. All but `received` sum to it.")
class StockLevel:
    location: StockLocation = attribute("Where.")
    received: int = derived(lambda at: at.level.received, "Came in, and did not go to another place.")
    sellable: int = derived(lambda at: at.level.sellable, "Can be sold.")
    reserved: int = derived(lambda at: at.level.reserved, "Promised to orders that wait to be paid.")
    carved: int = derived(lambda at: at.level.carved, "Set aside for live rooms, flash sales and prizes.")
    sold: int = derived(lambda at: at.level.sold, "Sold or given away.")


@object_type(scope=Scope.VISITOR, description="How much of a variant can be fetched from a store.")
class PickUpAvailability:
    variant_id: strawberry.ID = derived(lambda pair: f"{Kind.VARIANT.value}_{pair[0].hex}", "Of which variant.")
    available: int = derived(lambda pair: pair[1], "How many.")


@object_type(scope=Scope.VISITOR, description="A store to fetch an order from (门店自提).")
class PickUpStore:
    store: Store = attribute("The store, with its address and opening hours.")
    available: list[PickUpAvailability] = attribute("How much of each variant is there, in the order asked.")
    has_all: bool = attribute("Whether at least one of each is there.")


async def _pick_up_stores(
    ctx: Context,
    *,
    variant_ids: Annotated[list[strawberry.ID], strawberry.argument(description="1 to 100 variants.")],
) -> Any:
    between(len(variant_ids), 1, MOST_VARIANTS, "variantIds")
    keys = [key_of(Kind.VARIANT, one, "variantIds", str(i)) for i, one in enumerate(variant_ids)]
    return await stock_locations.pick_up_stores(ctx, keys)


@strawberry.type
class StockLocationQuery:
    stock_locations: list[StockLocation] = query(
        stock_locations.locations, "All places that hold stock, by priority, at most 1,000.", scope=Scope.STAFF, cost=50
    )
    pick_up_stores: list[PickUpStore] = query(
        _pick_up_stores,
        "Stores to fetch some variants from, those that have all of them first, at most 100.",
        scope=Scope.VISITOR,
        cost=20,
    )


@strawberry.input(description="A whole location. What is left out is as its default says: saving replaces all of it.")
class StockLocationSaveInput:
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The location to replace; left out: a new one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the edit was made on; another one refuses it. 0: there is none yet."
    )
    kind: LocationKind = strawberry.field(description="What it is. It cannot be changed.")
    name: str = strawberry.field(description="1 to 100 characters.")
    unit_id: strawberry.ID | None = strawberry.field(
        default=None, description="An OrgUnit that it belongs to; of a store the store, which has one location."
    )
    priority: int = strawberry.field(default=100, description="0 to 10,000; smaller ones give first.")
    ships: bool = strawberry.field(default=True, description="Whether orders are sent from it.")
    picks_up: bool = strawberry.field(default=False, description="Whether orders are fetched from it; stores only.")
    regions: list[str] = strawberry.field(
        default_factory=list, description="At most 50 provinces (省) that it is the nearest to, such as 浙江省."
    )
    active: bool = strawberry.field(default=True, description="Whether it serves orders.")
    external_reference: str | None = strawberry.field(
        default=None, description="Its key in another system, at most 100 characters. Unique."
    )

    def draft(self) -> rules.LocationDraft:
        """The location that the input describes.

        Raises:
            NotFound: the unit's id is of another kind.
        """
        unit_id = None if self.unit_id is None else key_of(Kind.ORG_UNIT, self.unit_id, "input", "unitId")
        return rules.LocationDraft(
            self.kind,
            self.name,
            unit_id,
            self.priority,
            self.ships,
            self.picks_up,
            self.regions,
            self.active,
            self.external_reference,
        )


@object_type(scope=Scope.VISITOR, description="A location that was saved.")
class StockLocationSavePayload(Payload):
    location: StockLocation | None = attribute("The location as it is now.", default=None)


async def _save(ctx: Context, *, input: StockLocationSaveInput) -> Any:
    given = input.location_id
    key = None if given is None else key_of(Kind.STOCK_LOCATION, given, "input", "locationId")
    location: Any = await stock_locations.save(
        ctx, input.draft(), location_id=key, expected_version=input.expected_version
    )
    return StockLocationSavePayload(location=location)


@strawberry.type
class StockLocationMutation:
    stock_location_save: StockLocationSavePayload | None = mutation(
        _save,
        StockLocationSavePayload,
        "Add or replace a warehouse or a store that holds stock. The default warehouse stays active.",
        scope=Scope.OPERATOR,
    )


NODES = {Kind.STOCK_LOCATION: stock_locations.locations_by_id}
