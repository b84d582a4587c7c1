"""Shelves of live rooms: what clients see of them, and what a host does to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

import resolvers.live_shelves as shelves
from domain import live as rules
from domain import live_shelves as shelf_rules
from domain.activities import check_goes_with
from domain.identity import Scope
from domain.promotions.stages import Stage
from domain.room_events import LiveProductState
from resolvers import catalogue
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type
from schema.activities import GOES_WITH
from schema.catalogue import Product, Variant
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.scalars import Long


async def _product_of(ctx: Context, found: Sequence[rules.LiveProduct]) -> list[Any]:
    products = await catalogue.products_by_id(ctx, [one.card.product_id for one in found])
    return [products.get(one.card.product_id) for one in found]


async def _variant_of(ctx: Context, found: Sequence[rules.LiveProduct]) -> list[Any]:
    variants = await catalogue.variants_by_id(ctx, [one.card.variant_id for one in found])
    return [variants.get(one.card.variant_id) for one in found]


@object_type(scope=Scope.VISITOR, description="A time during which a product was explained (讲解).")
class LiveExplanation:
    started_at: datetime = attribute("When it began.")
    ended_at: datetime | None = attribute("When it ended; null: it goes on.")
    orders: int = attribute("How many orders with the product were placed meanwhile.")
    paid: Money = attribute("What was paid for the product in those orders.")


@object_type(
    scope=Scope.VISITOR,
    description="A product on the shelf of a live room, with its own price and stock.",
    record=rules.LiveProduct,
)
class LiveProduct(Node):
    id: strawberry.ID = identifier(Kind.LIVE_PRODUCT)
    product_id: strawberry.ID = derived(lambda p: f"prd_{p.card.product_id.hex}", "The product.")
    variant_id: strawberry.ID = derived(lambda p: f"var_{p.card.variant_id.hex}", "The variant, for `orderPlace`.")
    name: str = derived(lambda p: p.card.name, "The product's and the variant's name.")
    image_url: str | None = derived(lambda p: p.card.image_url, "A picture of it.")
    live_price: Money = derived(lambda p: p.card.live_price, "What one costs in the room.")
    list_price: Money = derived(lambda p: p.card.list_price, "What one costs, or used to cost, outside of it.")
    live_stock: int = derived(lambda p: p.card.live_stock, "How many remain for the room.")
    sold: int = derived(lambda p: p.card.sold, "How many were sold in the room and paid.")
    limit_per_member: int | None = derived(
        lambda p: p.card.limit_per_member, "How many one member may buy; null: any number."
    )
    version: Long = derived(lambda p: p.card.version, "Rises with each change, of its stock too.")
    terms_version: int = attribute("Rises when its host changes price, limit or stock: `expectedVersion` of an update.")
    state: LiveProductState = attribute("Where it stands.")
    position: int = attribute("Products stand on the shelf in the order of this number; only that order has a meaning.")
    goes_with: list[Stage] = derived(
        lambda one: sorted(one.goes_with), "The plays that lower its price further: of UNIT, ITEM_SET and SUBTOTAL."
    )
    product: Product | None = batched(_product_of, "The product; null when the caller may not know of it.")
    variant: Variant | None = batched(_variant_of, "The variant; null when the caller may not know of it.")
    explanations: list[LiveExplanation] | None = batched(
        shelves.explanations_of,
        "When it was explained, and what was bought meanwhile, the latest 100; null for all who do not run the room.",
        cost=5,
    )


@strawberry.input(description="A product for the shelf. Its stock is set aside from the shop's until the room ends.")
class ShelfItemInput:
    variant_id: strawberry.ID = strawberry.field(description="Which variant.")
    live_price: MoneyInput = strawberry.field(description="What one costs in the room.")
    live_stock: int = strawberry.field(description="How many are set aside, 1 to 1,000,000.")
    limit_per_member: int | None = strawberry.field(default=None, description="How many one member may buy, 1 to 999.")
    goes_with: list[Stage] = strawberry.field(default_factory=list, description=GOES_WITH)

    def value(self, *path: str) -> rules.ShelfItem:
        key = key_of(Kind.VARIANT, self.variant_id, *path, "variantId")
        check_goes_with(goes_with := frozenset(self.goes_with), *path, "goesWith")
        return rules.ShelfItem(key, self.live_price.value(), self.live_stock, self.limit_per_member, goes_with)


@strawberry.input(description="A product for the shelf of a room.")
class LiveProductAddInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    item: ShelfItemInput = strawberry.field(description="The product.")


@strawberry.input(description="Which product of a shelf.")
class LiveProductInput:
    live_product_id: strawberry.ID = strawberry.field(description="The product of the shelf.")


@strawberry.input(description="What is to change of a product on a shelf; what is left out stays.")
class LiveProductUpdateInput:
    live_product_id: strawberry.ID = strawberry.field(description="The product of the shelf.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The `termsVersion` that the caller read; null: whatever it is. It must be given with "
        "`liveStockDelta`: the same update sent twice then moves stock once.",
    )
    live_price: MoneyInput | None = strawberry.field(
        default=None, description="What one costs from now on; orders that were placed keep their price."
    )
    live_stock_delta: int = strawberry.field(
        default=0,
        description="So many more are set aside from the shop's stock, or go back to it when negative; "
        "what was promised or sold stays. -1,000,000 to 1,000,000.",
    )
    limit_per_member: int | None = strawberry.field(
        default=UNSET, description="How many one member may buy, 1 to 999; null: any number."
    )

    def value(self) -> shelf_rules.ShelfEdit:
        price = None if self.live_price is None else self.live_price.value()
        keeps_limit = self.limit_per_member is UNSET
        limit = None if keeps_limit else self.limit_per_member
        return shelf_rules.ShelfEdit(price, self.live_stock_delta, keeps_limit, limit)


@strawberry.input(description="Where a product is to stand on its shelf.")
class LiveProductMoveInput:
    live_product_id: strawberry.ID = strawberry.field(description="The product of the shelf.")
    after_id: strawberry.ID | None = strawberry.field(
        default=None, description="It stands right behind this product of the same shelf; null: it stands first."
    )


@object_type(scope=Scope.VISITOR, description="The answer to what changes a shelf.")
class LiveProductPayload(Payload):
    live_product: LiveProduct | None = attribute("The product as it is now.", default=None)


def _product_key(given: str, name: str = "liveProductId") -> Any:
    return key_of(Kind.LIVE_PRODUCT, given, "input", name)


async def _add(ctx: Context, *, input: LiveProductAddInput) -> Any:
    room = key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    return LiveProductPayload.of(live_product=await shelves.add(ctx, room, input.item.value("input", "item")))


async def _pin(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(live_product=await shelves.pin(ctx, _product_key(input.live_product_id)))


async def _hide(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(live_product=await shelves.hide(ctx, _product_key(input.live_product_id), hidden=True))


async def _show(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(
        live_product=await shelves.hide(ctx, _product_key(input.live_product_id), hidden=False)
    )


async def _update(ctx: Context, *, input: LiveProductUpdateInput) -> Any:
    product = _product_key(input.live_product_id)
    return LiveProductPayload.of(live_product=await shelves.edit(ctx, product, input.value(), input.expected_version))


async def _move(ctx: Context, *, input: LiveProductMoveInput) -> Any:
    after = None if input.after_id is None else _product_key(input.after_id, "afterId")
    return LiveProductPayload.of(live_product=await shelves.move(ctx, _product_key(input.live_product_id), after))


async def _remove(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(live_product=await shelves.remove(ctx, _product_key(input.live_product_id)))


def _mutation(function: Any, description: str) -> Any:
    return mutation(function, LiveProductPayload, description, scope=Scope.MEMBER)


@strawberry.type
class LiveShelfMutation:
    live_product_add: LiveProductPayload | None = _mutation(_add, "Put a product on the shelf of a room.")
    live_product_pin: LiveProductPayload | None = _mutation(_pin, "Explain a product, and no other.")
    live_product_hide: LiveProductPayload | None = _mutation(
        _hide, "Take a product off the shelf; its stock stays set aside."
    )
    live_product_show: LiveProductPayload | None = _mutation(_show, "Put a hidden product back on the shelf.")
    live_product_update: LiveProductPayload | None = _mutation(
        _update, "Change the price, the limit or the stock of a product on the shelf, while the room is live too."
    )
    live_product_move: LiveProductPayload | None = _mutation(_move, "Put a product elsewhere on its shelf.")
    live_product_remove: LiveProductPayload | None = _mutation(
        _remove, "Take a product off the shelf for good; what remains of its stock goes back to the shop."
    )


NODES = {Kind.LIVE_PRODUCT: shelves.products_by_id}
