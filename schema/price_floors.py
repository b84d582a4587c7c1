"""Price floors: what operators see of them and do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain import price_floors as rules
from domain.identity import Scope
from domain.money import Money as Amount
from domain.price_floors import Channel
from resolvers import price_floors
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.money import Money, MoneyInput

described(Channel, "Where something is sold.", SHOP="In the shop.", LIVE="In a live room.")


@object_type(
    scope=Scope.OPERATOR,
    description="The least that a unit of a variant is ever sold for (限价).",
    record=rules.PriceFloor,
)
class PriceFloor:
    id: strawberry.ID = identifier(Kind.PRICE_FLOOR)
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="The variant.")
    least: Money = derived(lambda floor: Amount(floor.least), "What is payable for a unit is never less.")
    channel: Channel | None = attribute("Where; null: everywhere.")
    starts_at: datetime | None = attribute("From when; always without.")
    ends_at: datetime | None = attribute("Until when; for good without.")
    version: int = attribute("Rises with each change; edits state it.")


@strawberry.input(description="A price floor to set, or to change.")
class PriceFloorSetInput:
    price_floor_id: strawberry.ID | None = strawberry.field(default=None, description="The one to change, if any.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")
    variant_id: strawberry.ID = strawberry.field(description="The variant; at most 20 floors each.")
    least: MoneyInput = strawberry.field(description="What is payable for a unit is never less.")
    channel: Channel | None = strawberry.field(default=None, description="Where; everywhere, if left out.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when; always, if left out.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; for good, if left out.")

    def floor(self) -> rules.PriceFloor:
        variant_id = key_of(Kind.VARIANT, self.variant_id, "input", "variantId")
        return rules.PriceFloor(
            UUID(int=0), variant_id, self.least.value().minor, self.channel, self.starts_at, self.ends_at
        )


@strawberry.input(description="A price floor to lift.")
class PriceFloorRemoveInput:
    price_floor_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A price floor that was set.")
class PriceFloorSetPayload(Payload):
    price_floor: PriceFloor | None = attribute("The floor as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A price floor that was lifted.")
class PriceFloorRemovePayload(Payload):
    price_floor: PriceFloor | None = attribute("The floor as it was.", default=None)


def _key(given: str) -> UUID:
    return key_of(Kind.PRICE_FLOOR, given, "input", "priceFloorId")


async def _set(ctx: Context, *, input: PriceFloorSetInput) -> Any:
    floor_id = None if input.price_floor_id is None else _key(input.price_floor_id)
    floor: Any = await price_floors.save(ctx, input.floor(), floor_id=floor_id, expected=input.expected_version)
    return PriceFloorSetPayload(price_floor=floor)


async def _remove(ctx: Context, *, input: PriceFloorRemoveInput) -> Any:
    floor: Any = await price_floors.remove(ctx, _key(input.price_floor_id), input.expected_version)
    return PriceFloorRemovePayload(price_floor=floor)


@strawberry.type
class PriceFloorMutation:
    price_floor_set: PriceFloorSetPayload | None = mutation(
        _set,
        PriceFloorSetPayload,
        "Set the least that a unit of a variant is sold for: what is published and what is ordered is held to it.",
        scope=Scope.OPERATOR,
    )
    price_floor_remove: PriceFloorRemovePayload | None = mutation(
        _remove, PriceFloorRemovePayload, "Lift a price floor.", scope=Scope.OPERATOR
    )
