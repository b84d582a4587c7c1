"""Stock: what staff book."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import strawberry

from domain.identity import Scope
from domain.refusals import text_within
from domain.stock import change_of
from domain.stock_locations import DEFAULT_LOCATION
from resolvers import stock
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.catalogue import Variant
from schema.errors import Payload
from schema.ids import Kind, key_of


@strawberry.input(
    description="Units that came in or went (`delta`), or what was counted (`quantity` with `expectedQuantity`)."
)
class StockAdjustInput:
    variant_id: strawberry.ID = strawberry.field(description="Of which variant.")
    delta: int | None = strawberry.field(
        default=None, description="So many came in, or went when negative; at most 100,000,000. Preferred."
    )
    quantity: int | None = strawberry.field(default=None, description="So many can be sold; 0 to 100,000,000.")
    expected_quantity: int | None = strawberry.field(
        default=None, description="What could be sold when it was counted; anything else now refuses it."
    )
    idempotency_key: str = strawberry.field(description="1 to 100 characters; the same key books once.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="At which location; left out: in the default warehouse."
    )
    reference: str | None = strawberry.field(
        default=None, description="How you call the cause, such as the number of a delivery; at most 100 characters."
    )


@object_type(scope=Scope.VISITOR, description="Stock that was booked.")
class StockAdjustPayload(Payload):
    variant: Variant | None = attribute("The variant with what can be sold of it now.", default=None)
    replayed: bool = attribute("Whether an earlier request with this key did it.", default=False)


def _location(given: str | None, name: str) -> UUID:
    return DEFAULT_LOCATION if given is None else key_of(Kind.STOCK_LOCATION, given, "input", name)


async def _adjust(ctx: Context, *, input: StockAdjustInput) -> Any:
    change = change_of(input.delta, input.quantity, input.expected_quantity)
    key = key_of(Kind.VARIANT, input.variant_id, "input", "variantId")
    reference = None if input.reference is None else text_within(input.reference, 100, "input", "reference")
    booking = stock.Booking(key, _location(input.location_id, "locationId"), change, reference)
    variant: Any
    variant, replayed = await stock.adjust(ctx, booking, input.idempotency_key)
    return StockAdjustPayload(variant=variant, replayed=replayed)


@strawberry.type
class StockMutation:
    stock_adjust: StockAdjustPayload | None = mutation(
        _adjust, StockAdjustPayload, "Book stock that came in, went or was counted.", scope=Scope.OPERATOR
    )
