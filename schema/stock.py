"""Stock: what staff book, what other systems push, and the ledger of it all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain import pages
from domain import stock as rules
from domain.identity import Scope
from domain.refusals import text_within
from domain.stock import Bucket, MovementKind, PushOutcome, change_of
from domain.stock_locations import DEFAULT_LOCATION
from resolvers import catalogue, stock, stock_locations, stock_pushes
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.catalogue import Variant
from schema.enums import described
from schema.errors import Payload
from schema.filters import IdFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.scalars import Long
from schema.stock_locations import StockLocation

LONGEST_REFERENCE = 100
_ORDERS = {
    MovementKind.RESERVE,
    MovementKind.RELEASE,
    MovementKind.SELL,
    MovementKind.RETURN,
    MovementKind.WRITE_OFF,
}
"""What moves for an order."""

described(
    Bucket,
    "Where a unit stands while the brand counts it.",
    SELLABLE="Can be sold.",
    RESERVED="Promised to an order that waits to be paid.",
    CARVED="Set aside for a live room, a flash sale or a prize.",
    SOLD="Sold or given away.",
)
described(
    MovementKind,
    "Why units moved.",
    OPENING="They were there when the ledger began.",
    RECEIVE="They came in.",
    ADJUST_UP="More were counted.",
    ADJUST_DOWN="Fewer were counted, or they went.",
    TRANSFER_OUT="They went to another place.",
    TRANSFER_IN="They came from another place.",
    RESERVE="An order was placed.",
    RELEASE="An order was given up.",
    SELL="An order was paid.",
    CARVE="They were set aside for a live room, a flash sale or prizes.",
    UNCARVE="They were no longer set aside.",
    GIVE_AWAY="What was set aside was handed out.",
    RETURN="They came back from a buyer and can be sold again.",
    WRITE_OFF="They were refunded and cannot be sold again.",
)
described(
    PushOutcome,
    "What became of a count that another system pushed.",
    APPLIED="It is what we count now.",
    STALE="A newer one, or this one, was applied before: it was ignored.",
    SHORT="Fewer were counted than are promised or set aside: nothing can be sold now, and somebody has to look.",
    UNKNOWN="There is no such SKU or location.",
)


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


@strawberry.input(description="Units that go from one location to another.")
class StockTransferInput:
    variant_id: strawberry.ID = strawberry.field(description="Of which variant.")
    quantity: int = strawberry.field(description="How many, 1 to 100,000,000.")
    from_id: strawberry.ID = strawberry.field(description="From which location.")
    to_id: strawberry.ID = strawberry.field(description="To which other location.")
    idempotency_key: str = strawberry.field(description="1 to 100 characters; the same key moves once.")
    reference: str | None = strawberry.field(
        default=None, description="How you call the cause; at most 100 characters."
    )


@strawberry.input(description="What another system counts of one SKU at one location.")
class StockCountInput:
    sku: str = strawberry.field(description="The variant's SKU.")
    on_hand: int = strawberry.field(
        description="Units that are there and not sold, promised ones and those set aside too; 0 to 100,000,000."
    )
    version: Long = strawberry.field(
        description="Rises with each count of this SKU at this location, from 1; an older or equal one is ignored."
    )
    location_reference: str | None = strawberry.field(
        default=None, description="The location's `externalReference`; left out: the default warehouse."
    )


@strawberry.input(description="Counts of another system, such as an ERP.")
class StockPushInput:
    counts: list[StockCountInput] = strawberry.field(description="1 to 100, each SKU once for each location.")
    idempotency_key: str = strawberry.field(description="1 to 100 characters; the same key is the same push.")
    reference: str | None = strawberry.field(default=None, description="How you call the push; at most 100 characters.")


@object_type(scope=Scope.VISITOR, description="What became of one count.")
class StockCountResult:
    outcome: PushOutcome = attribute("Whether it was applied.")
    sellable: int | None = attribute("How many can be sold there now; null where nothing is known by these keys.")
    version: Long | None = attribute("The latest version that was applied; null where nothing is known.")


@object_type(scope=Scope.VISITOR, description="Stock that was booked.")
class StockAdjustPayload(Payload):
    variant: Variant | None = attribute("The variant with what can be sold of it now.", default=None)
    replayed: bool = attribute("Whether an earlier request with this key did it.", default=False)


@object_type(scope=Scope.VISITOR, description="Stock that went to another location.")
class StockTransferPayload(Payload):
    variant: Variant | None = attribute("The variant with what can be sold of it now.", default=None)
    replayed: bool = attribute("Whether an earlier request with this key did it.", default=False)


@object_type(scope=Scope.VISITOR, description="Counts that were taken over, or not.")
class StockPushPayload(Payload):
    results: list[StockCountResult] | None = attribute("What became of each count, in order.", default=None)
    replayed: bool = attribute("Whether an earlier request with this key did it.", default=False)


async def _locations_of(ctx: Context, found: Sequence[rules.Movement]) -> list[Any]:
    places = await stock_locations.locations_by_id(ctx, [one.location_id for one in found])
    return [places[one.location_id] for one in found]


async def _variants_of(ctx: Context, found: Sequence[rules.Movement]) -> list[Any]:
    variants = await catalogue.variants_by_id(ctx, [one.variant_id for one in found])
    return [variants.get(one.variant_id) for one in found]


def _order_id(movement: rules.Movement) -> str | None:
    cause = movement.cause_id
    return None if cause is None or movement.kind not in _ORDERS else id_of(Kind.ORDER, cause)


def _cause_key(movement: rules.Movement) -> str | None:
    return None if movement.cause_id is None else movement.cause_id.hex


@object_type(scope=Scope.STAFF, description="Units that moved, once and for good. At any time movements sum to levels.")
class StockMovement:
    id: strawberry.ID = identifier(Kind.STOCK_MOVEMENT)
    kind: MovementKind = attribute("Why they moved.")
    variant: Variant | None = batched(_variants_of, "Of which variant; null when it is no longer sold.")
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="Of which variant.")
    location: StockLocation = batched(_locations_of, "Where.")
    source: Bucket | None = attribute("Out of which bucket; null: they came in.")
    target: Bucket | None = attribute("Into which bucket; null: they went.")
    quantity: int = attribute("How many, at least 1.")
    order_id: strawberry.ID | None = derived(_order_id, "The order that they moved for.")
    cause_key: str | None = derived(
        _cause_key, "What they moved for, an order, live room, draw or transfer: the 32 digits at the end of its id."
    )
    reference: str | None = attribute("How people or another system call the cause.")
    actor_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "actor_id", description="Who moved them; null: the clock or a payment provider did."
    )
    at: datetime = attribute("When.")


@strawberry.input(description="Which movements; all conditions must hold. AND, OR and NOT nest to depth 3.")
class StockMovementWhere:
    variant_id: IdFilter | None = strawberry.field(default=UNSET, description="Of this variant.")
    location_id: IdFilter | None = strawberry.field(default=UNSET, description="At this location.")
    order_id: IdFilter | None = strawberry.field(default=UNSET, description="For this order.")
    AND: list[StockMovementWhere] | None = strawberry.field(
        name="AND", default=UNSET, description="Each of these holds."
    )
    OR: list[StockMovementWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: StockMovementWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {"variant_id": "variantId", "location_id": "locationId", "order_id": "orderId"}
_WHERE_IDS = {"variantId": Kind.VARIANT, "locationId": Kind.STOCK_LOCATION, "orderId": Kind.ORDER}


async def _movements(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[StockMovementWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await stock.movements(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES))


@strawberry.type
class StockQuery:
    stock_movements: Connection[StockMovement] = query(
        _movements, "The ledger of stock, the newest first.", scope=Scope.STAFF
    )


def _reference(given: str | None) -> str | None:
    return None if given is None else text_within(given, LONGEST_REFERENCE, "input", "reference")


def _location(given: str | None, name: str) -> UUID:
    return DEFAULT_LOCATION if given is None else key_of(Kind.STOCK_LOCATION, given, "input", name)


async def _adjust(ctx: Context, *, input: StockAdjustInput) -> Any:
    change = change_of(input.delta, input.quantity, input.expected_quantity)
    key = key_of(Kind.VARIANT, input.variant_id, "input", "variantId")
    booking = stock.Booking(key, _location(input.location_id, "locationId"), change, _reference(input.reference))
    variant: Any
    variant, replayed = await stock.adjust(ctx, booking, input.idempotency_key)
    return StockAdjustPayload(variant=variant, replayed=replayed)


async def _transfer(ctx: Context, *, input: StockTransferInput) -> Any:
    wanted = rules.Transfer(
        key_of(Kind.VARIANT, input.variant_id, "input", "variantId"),
        _location(input.from_id, "fromId"),
        _location(input.to_id, "toId"),
        input.quantity,
        _reference(input.reference),
    )
    variant: Any
    variant, replayed = await stock.transfer(ctx, wanted, input.idempotency_key)
    return StockTransferPayload(variant=variant, replayed=replayed)


async def _push(ctx: Context, *, input: StockPushInput) -> Any:
    counts = [stock_pushes.Count(one.sku, one.on_hand, one.version, one.location_reference) for one in input.counts]
    results: Any
    results, replayed = await stock_pushes.push(ctx, counts, _reference(input.reference), input.idempotency_key)
    return StockPushPayload(results=results, replayed=replayed)


@strawberry.type
class StockMutation:
    stock_adjust: StockAdjustPayload | None = mutation(
        _adjust, StockAdjustPayload, "Book stock that came in, went or was counted.", scope=Scope.OPERATOR
    )
    stock_transfer: StockTransferPayload | None = mutation(
        _transfer, StockTransferPayload, "Move stock from one location to another.", scope=Scope.OPERATOR
    )
    stock_push: StockPushPayload | None = mutation(
        _push,
        StockPushPayload,
        "Take counts of another system over. Each is ignored when a newer one was applied: order does not matter.",
        scope=Scope.OPERATOR,
        cost=50,
    )
