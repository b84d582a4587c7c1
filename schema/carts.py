"""Carts: what clients see of what they want to buy, and how it is ordered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import money
from domain.carts import CartItemView, CartView, ItemChange
from domain.identity import Scope
from resolvers import carts, catalogue
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.catalogue import Variant
from schema.errors import Payload, Warning, WarningCode
from schema.ids import Kind, id_of, key_if, key_of
from schema.money import Money
from schema.orders import OrderPlacePayload
from schema.quotes import CartQuote
from schema.wishes import CartLineInput, QuoteTermsInput, wish_of


async def _variants(ctx: Context, lines: Sequence[CartItemView]) -> list[Any]:
    found = await catalogue.variants_by_id(ctx, [line.item.variant_id for line in lines])
    return [found.get(line.item.variant_id) for line in lines]


def _money(fen: int | None) -> money.Money | None:
    return None if fen is None else money.Money(fen)


@object_type(scope=Scope.VISITOR, description="One line of a cart, as it stands now.")
class CartLine:
    id: strawberry.ID = derived(lambda line: id_of(Kind.CART_LINE, line.item.id), "Opaque, unique.")
    variant_id: strawberry.ID = derived(lambda line: id_of(Kind.VARIANT, line.item.variant_id), "Of which variant.")
    variant: Variant | None = batched(_variants, "The variant; null when it is no longer shown.")
    quantity: int = derived(lambda line: line.item.quantity, "How many units, 1 to 999.")
    selected: bool = derived(lambda line: line.item.selected, "Whether it is ordered when the cart is.")
    add_on_of: strawberry.ID | None = derived(
        lambda line: id_of(Kind.PROMOTION, line.item.add_on_of) if line.item.add_on_of else None,
        "The promotion as whose add-on (加价购) it is wanted.",
    )
    unit_price: Money | None = derived(
        lambda line: _money(line.unit_price),
        "What one costs now, before what is taken off the line; null when it can no longer be had.",
    )
    added_price: Money = derived(
        lambda line: money.Money(line.item.added_price), "What one cost when it was last put in."
    )
    price_changed: bool = attribute("Whether the two differ. What is paid is the price of now.")
    payable: Money | None = derived(
        lambda line: None if line.priced is None else money.Money(line.priced.line.payable),
        "What is paid for the line, by the cart's quote; as if by itself when it is not selected.",
    )
    available: int = attribute("How many can be ordered now; 0 when it can no longer be had.")
    in_stock: bool = attribute("Whether so many can be ordered now.")


@object_type(scope=Scope.VISITOR, description="What somebody wants to buy, kept until it is ordered.", record=CartView)
class Cart:
    id: strawberry.ID = derived(
        lambda view: id_of(Kind.CART, view.cart.id),
        "Opaque, unique. That of a visitor's cart is a secret: whoever knows it may use the cart.",
    )
    lines: list[CartLine] = derived(lambda view: view.items, "What is in it, at most 100 lines, as they were put in.")
    quote: CartQuote = derived(
        lambda view: view.priced, "What the selected lines that can be had cost now, with the coupons of the cart."
    )
    coupon_ids: list[strawberry.ID] = derived(
        lambda view: [id_of(Kind.COUPON, one) for one in view.cart.coupon_ids], "The coupons that are to be used."
    )
    coupon_codes: list[str] = derived(lambda view: view.cart.coupon_codes, "The codes that are to be used.")
    order_id: strawberry.ID | None = derived(
        lambda view: id_of(Kind.ORDER, view.cart.order_id) if view.cart.order_id else None,
        "The order that it became; then it changes no more.",
    )
    created_at: datetime = derived(lambda view: view.cart.created_at, "When it was made.")
    updated_at: datetime = derived(lambda view: view.cart.updated_at, "When it last changed.")
    version: int = derived(lambda view: view.cart.version, "Rises with each change.")


@strawberry.input(description="A cart, and perhaps what to put into it.")
class CartCreateInput:
    lines: list[CartLineInput] = strawberry.field(default_factory=list, description="At most 100 lines.")


@strawberry.input(description="What to put into a cart.")
class CartLinesAddInput:
    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    lines: list[CartLineInput] = strawberry.field(
        description="1 to 100 lines. Units of a variant that is in the cart are added to its line."
    )


@strawberry.input(description="What to change about one line. What is left out stays.")
class CartLineUpdateInput:
    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: int | None = strawberry.field(default=None, description="How many units, 1 to 999.")
    selected: bool | None = strawberry.field(default=None, description="Whether it is ordered when the cart is.")


@strawberry.input(description="What to change about lines of a cart.")
class CartLinesUpdateInput:
    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    lines: list[CartLineUpdateInput] = strawberry.field(description="1 to 100 lines.")


@strawberry.input(description="Which lines to take out of a cart.")
class CartLinesRemoveInput:
    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    line_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 100 lines; those that are gone already stay gone."
    )


@strawberry.input(description="Coupons of a cart: at most 10 together with codes.")
class CartCouponsInput:
    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    coupon_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="The member's own coupons.")
    codes: list[str] = strawberry.field(default_factory=list, description="Codes of coupons, as people write them.")


@strawberry.input(description="The cart of the visitor that the caller was.")
class CartAttachInput:
    cart_id: strawberry.ID = strawberry.field(description="The visitor's cart.")


@strawberry.input(description="What else an order of a cart takes.")
class CartCompleteInput:
    cart_id: strawberry.ID = strawberry.field(description="The caller's own cart; a visitor's is attached first.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the member's addresses; without one the order is fetched."
    )
    pick_up_store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store from which it is fetched, and out of whose stock."
    )
    points: int = strawberry.field(default=0, description="How many points to spend, at most; fewer if fewer may be.")
    code: str | None = strawberry.field(
        default=None, description="A guide's or a share's code, when the member has one."
    )
    note: str = strawberry.field(default="", description="What the member asks for, at most 200 characters.")
    quote_id: str | None = strawberry.field(
        default=None, description="`quoteId` of the quote that the member saw: at another price nothing is ordered."
    )


@object_type(scope=Scope.VISITOR, description="The answer to a change of a cart.")
class CartPayload(Payload):
    cart: Cart | None = attribute("The cart, at the prices of now.", default=None)


def _cart_key(given: str) -> UUID:
    return key_of(Kind.CART, given, "input", "cartId")


def _lines(given: Sequence[CartLineInput]) -> Any:
    return wish_of(given, None, QuoteTermsInput()).lines


def _coupons(input: CartCouponsInput) -> tuple[list[UUID], list[str]]:
    ids = [key_of(Kind.COUPON, one, "input", "couponIds", str(i)) for i, one in enumerate(input.coupon_ids)]
    return ids, input.codes


async def _create(ctx: Context, *, input: CartCreateInput) -> Any:
    return CartPayload.of(cart=await carts.create(ctx, _lines(input.lines)))


async def _add(ctx: Context, *, input: CartLinesAddInput) -> Any:
    return CartPayload.of(cart=await carts.add_lines(ctx, _cart_key(input.cart_id), _lines(input.lines)))


async def _update(ctx: Context, *, input: CartLinesUpdateInput) -> Any:
    changes = [
        ItemChange(key_of(Kind.CART_LINE, one.line_id, "input", "lines", str(i), "lineId"), one.quantity, one.selected)
        for i, one in enumerate(input.lines)
    ]
    return CartPayload.of(cart=await carts.update_lines(ctx, _cart_key(input.cart_id), changes))


async def _remove(ctx: Context, *, input: CartLinesRemoveInput) -> Any:
    keys = [key_of(Kind.CART_LINE, one, "input", "lineIds", str(i)) for i, one in enumerate(input.line_ids)]
    return CartPayload.of(cart=await carts.remove_lines(ctx, _cart_key(input.cart_id), keys))


async def _apply_coupons(ctx: Context, *, input: CartCouponsInput) -> Any:
    return CartPayload.of(cart=await carts.apply_coupons(ctx, _cart_key(input.cart_id), *_coupons(input)))


async def _remove_coupons(ctx: Context, *, input: CartCouponsInput) -> Any:
    return CartPayload.of(cart=await carts.remove_coupons(ctx, _cart_key(input.cart_id), *_coupons(input)))


async def _attach(ctx: Context, *, input: CartAttachInput) -> Any:
    attached = await carts.attach(ctx, _cart_key(input.cart_id))
    warnings = [Warning.of(WarningCode.COUPON_REMOVED, ctx.locale)] if attached.codes_removed else []
    return CartPayload.of(cart=attached.view, warnings=warnings)


async def _complete(ctx: Context, *, input: CartCompleteInput) -> Any:
    terms = QuoteTermsInput(points=input.points, address_id=input.address_id, pick_up_store_id=input.pick_up_store_id)
    wish = wish_of([], None, terms, code=input.code, note=input.note, quote_id=input.quote_id)
    placed = await carts.complete(ctx, _cart_key(input.cart_id), wish, input.idempotency_key)
    warnings = [Warning.of(WarningCode.SHARE_CODE_IGNORED, ctx.locale)] if placed.code_ignored else []
    return OrderPlacePayload.of(order=placed.order, replayed=placed.replayed, warnings=warnings)


async def _cart(
    ctx: Context,
    *,
    id: Annotated[
        strawberry.ID | None,
        strawberry.argument(name="id", description="Its id; without one, the cart that the caller has open."),
    ] = None,
) -> Any:
    key = key_if(Kind.CART, id) if id else None
    return None if id and key is None else await carts.find(ctx, key)


@strawberry.type
class CartsQuery:
    cart: Cart | None = query(_cart, "A cart of the caller's, or a visitor's by its id.", scope=Scope.VISITOR, cost=5)


@strawberry.type
class CartsMutation:
    cart_create: CartPayload | None = mutation(
        _create,
        CartPayload,
        "Make a cart; a member who has one open gets that. A visitor's is kept for 30 days after its last change.",
        scope=Scope.VISITOR,
    )
    cart_lines_add: CartPayload | None = mutation(
        _add, CartPayload, "Put units into a cart, all or none of them.", scope=Scope.VISITOR
    )
    cart_lines_update: CartPayload | None = mutation(
        _update, CartPayload, "Change quantities, or which lines are selected.", scope=Scope.VISITOR
    )
    cart_lines_remove: CartPayload | None = mutation(
        _remove, CartPayload, "Take lines out of a cart.", scope=Scope.VISITOR
    )
    cart_coupons_apply: CartPayload | None = mutation(
        _apply_coupons,
        CartPayload,
        "Have coupons used when the cart is ordered. The quote says which of them do not apply, and why.",
        scope=Scope.VISITOR,
    )
    cart_coupons_remove: CartPayload | None = mutation(
        _remove_coupons, CartPayload, "Have coupons no longer used.", scope=Scope.VISITOR
    )
    cart_attach: CartPayload | None = mutation(
        _attach,
        CartPayload,
        "After a login, merge the cart of the visitor into the member's own. Codes that the member may not use go.",
        scope=Scope.MEMBER,
    )
    cart_complete: OrderPlacePayload | None = mutation(
        _complete,
        OrderPlacePayload,
        "Order the selected lines of a cart. However often it is asked, a cart becomes one order.",
        scope=Scope.MEMBER,
        money=True,
    )
