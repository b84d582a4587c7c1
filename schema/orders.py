"""Orders: what clients see of carts and orders, and how one is placed, paid and given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import money, pages
from domain import orders as rules
from domain.identity import Scope
from domain.orders import CancelReason, Delivery, LineKind, OrderHold, OrderState
from resolvers import (
    after_sales,
    attributions,
    catalogue,
    groups,
    invoices,
    order_edits,
    order_lists,
    order_notes,
    orders,
    payments,
    pricing,
    refunds,
    reviews,
    shipments,
)
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.after_sales import AfterSale
from schema.attributions import OrderAttribution
from schema.catalogue import Product, Variant
from schema.enums import described
from schema.errors import Payload, Warning, WarningCode
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, StringFilter, condition_of
from schema.ids import Kind, identifier, key_if, key_of
from schema.invoices import Invoice, TaxSummary
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money
from schema.node import Node
from schema.order_changes import OrderChange, OrderNote
from schema.payments import Payment, Refund
from schema.quotes import CartQuote
from schema.reviews import Review
from schema.shipments import Shipment
from schema.wishes import CartLineInput, QuoteTermsInput, WishInput, wish_of

if TYPE_CHECKING:
    from schema.groups import BuyingGroup

described(
    CancelReason,
    "Why an order was given up.",
    BY_MEMBER="The member wished so.",
    NOT_PAID_IN_TIME="It was not paid before `payBefore`.",
)


@object_type(scope=Scope.MEMBER, description="Where an order goes, as it was when the order was placed.")
class ShippingAddress:
    name: str = attribute("Who receives it.")
    phone: str = attribute("The receiver's phone, E.164.")
    province: str = attribute("Province or municipality.")
    city: str = attribute("City.")
    district: str = attribute("District or county.")
    line: str = attribute("Street, number and the rest.")


async def _products(ctx: Context, lines: Sequence[rules.OrderLine]) -> list[Any]:
    found = await catalogue.products_by_id(ctx, [line.product_id for line in lines])
    return [found.get(line.product_id) for line in lines]


async def _variants(ctx: Context, lines: Sequence[rules.OrderLine]) -> list[Any]:
    found = await catalogue.variants_by_id(ctx, [line.variant_id for line in lines])
    return [found.get(line.variant_id) for line in lines]


described(
    Delivery,
    "How the goods come to the buyer.",
    SHIP="They are sent to an address.",
    PICK_UP="The buyer fetches them from a store.",
)
described(
    OrderHold,
    "Why a paid order must not leave yet.",
    GROUP_FORMING="Its group is not complete.",
    GROUP_DRAW="It has not been drawn yet whose order of the group is sent.",
)
described(
    LineKind,
    "What a line of an order is.",
    GOODS="Something bought.",
    GIFT="Something given along.",
    ADD_ON="Something bought at the price of an add-on.",
)


@object_type(scope=Scope.MEMBER, description="One step by which a price came about.")
class OrderPriceStep:
    stage: str = attribute("At which stage, as `PriceStep.stage`.")
    kind: str = attribute("What it was, as `PriceStep.kind`.")
    name: str = attribute("Its name for people.")
    amount: Money = derived(lambda step: money.Money(step.amount), "By how much it lowered the price.")


@object_type(scope=Scope.MEMBER, description="One line of an order, with everything as it was when it was placed.")
class OrderLine:
    id: strawberry.ID = identifier(Kind.ORDER_LINE)
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="Which variant was bought.")
    name: str = attribute("The product's name.")
    variant_name: str = attribute("The variant's name.")
    sku: str = attribute("The brand's own key of the variant.")
    picture_url: str | None = attribute("A picture of the variant.")
    unit_price: Money = attribute("What one cost.")
    quantity: int = attribute("How many units.")
    total: Money = attribute("What they cost together, before what was taken off the line.")
    kind: LineKind = attribute("What the line is.")
    list_price: Money = attribute("What one cost in the shop for everybody.")
    payable: Money = attribute("What was to be paid for them, after all that was taken off the line.")
    unit_paid: list[Money] = derived(
        lambda line: [money.Money(fen) for fen in line.unit_paid],
        "The same for each unit: what giving that unit back pays back. They sum to `payable`.",
    )
    unit_points: list[int] = attribute("Points spent for each unit; empty when none were.")
    steps: list[OrderPriceStep] = attribute("How the list price became what was paid.")
    product: Product | None = batched(_products, "The product as it is now; null when it is no longer shown.")
    variant: Variant | None = batched(_variants, "The variant as it is now; null when it is no longer shown.")
    review: Review | None = batched(reviews.reviews_of_lines, "What its buyer says of it; null before that.")


@object_type(scope=Scope.MEMBER, description="What a member bought, or wants to.", record=rules.Order)
class Order(Node):
    id: strawberry.ID = identifier(Kind.ORDER)
    number: str = attribute("A number for people. Unique.")
    state: OrderState = attribute("Where it stands.")
    goods: Money = attribute("What the lines cost.")
    shipping: Money = attribute("What shipping costs, after all that is taken off it.")
    total: Money = attribute("What is to be paid: goods and shipping.")
    paid: Money = attribute("How much was paid so far.")
    refunded: Money = attribute("How much of it was decided to go back, whether it has arrived or not.")
    payments: list[Payment] = batched(payments.payments_of, "What it was paid with, or is to be, the oldest first.")
    after_sales: list[AfterSale] = batched(
        after_sales.after_sales_of, "What its buyer asked to be put right, the oldest first."
    )
    refunds: list[Refund] = batched(refunds.refunds_of, "What went back, payment by payment, the oldest first.")
    points_used: int = attribute("Points that were spent.")
    buying_group: Annotated[BuyingGroup, strawberry.lazy("schema.groups")] | None = batched(
        groups.groups_of_orders, "The group (团) in which it holds a place."
    )
    steps: list[OrderPriceStep] = attribute("What was taken off the order as a whole, such as its shipping.")
    delivery: Delivery = attribute("How the goods come to the buyer.")
    pick_up_store_id: strawberry.ID | None = identifier(
        Kind.STORE, "pick_up_store_id", description="The store where it is picked up."
    )
    hold: OrderHold | None = attribute("Why the paid order must not leave yet; null when it may.")
    lines: list[OrderLine] = attribute("What was bought, at most 100 lines.")
    address: ShippingAddress | None = attribute("Where it goes; null when it is fetched.")
    note: str = attribute("What the member asked for, at most 200 characters.")
    live_room_id: strawberry.ID | None = identifier(
        Kind.LIVE_ROOM, "live_room_id", description="The live room that it was placed in."
    )
    guide_id: strawberry.ID | None = identifier(Kind.GUIDE, "guide_id", description="The guide that it is credited to.")
    store_id: strawberry.ID | None = identifier(Kind.STORE, "store_id", description="The store that it counts for.")
    attribution: OrderAttribution | None = batched(
        attributions.attributions_of, "Whose it is, and why: who is credited with it.", cost=2
    )
    placed_at: datetime = attribute("When it was placed.")
    pay_before: datetime = attribute("Until when its stock is promised.")
    paid_at: datetime | None = attribute("When it was paid.")
    shipped_at: datetime | None = attribute("When all that is to be shipped had left.")
    received_at: datetime | None = attribute("When the buyer had it.")
    completed_at: datetime | None = attribute("When the time was over in which it could be given back.")
    cancelled_at: datetime | None = attribute("When it was given up.")
    cancel_reason: CancelReason | None = attribute("Why it was given up.")
    shipments: list[Shipment] = batched(shipments.shipments_of, "Its packages, the first first, at most 50.")
    tax_summary: list[TaxSummary] = batched(
        invoices.tax_summaries_of, "The tax that `total` includes, for each rate, the lowest first.", cost=0
    )
    invoices: list[Invoice] = batched(
        invoices.invoices_of, "Invoices about it, the oldest first, for its buyer and for finance.", cost=2
    )
    changes: list[OrderChange] = batched(
        order_edits.changes_of, "What happened to it, the oldest first: other states, and at most 50 edits.", cost=3
    )
    notes: list[OrderNote] = batched(
        order_notes.notes_of,
        "What staff wrote down about it, the oldest first; for those who work on it.",
        scope=Scope.STAFF,
        cost=3,
    )
    version: int = attribute("Rises with each change.")


@strawberry.input(description="What a member wants to order.")
class OrderPlaceInput(WishInput):
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same order."
    )
    code: str | None = strawberry.field(
        default=None, description="A guide's or a share's code, when the member has one."
    )
    note: str = strawberry.field(default="", description="What the member asks for, at most 200 characters.")
    quote_id: str | None = strawberry.field(
        default=None, description="`quoteId` of the quote that the member saw: at another price nothing is ordered."
    )


@strawberry.input(description="Which order to give up.")
class OrderCancelInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")


@object_type(scope=Scope.MEMBER, description="The answer to `orderPlace`.")
class OrderPlacePayload(Payload):
    order: Order | None = attribute("The order that was placed.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to `orderCancel`.")
class OrderCancelPayload(Payload):
    order: Order | None = attribute("The order that was given up.", default=None)


async def _place(ctx: Context, *, input: OrderPlaceInput) -> Any:
    wish = input.wish(code=input.code, note=input.note, quote_id=input.quote_id)
    placed = await orders.place(ctx, wish, input.idempotency_key)
    warnings = [Warning.of(WarningCode.SHARE_CODE_IGNORED, ctx.locale)] if placed.code_ignored else []
    return OrderPlacePayload.of(order=placed.order, replayed=placed.replayed, warnings=warnings)


async def _cancel(ctx: Context, *, input: OrderCancelInput) -> Any:
    return OrderCancelPayload.of(order=await orders.cancel(ctx, key_of(Kind.ORDER, input.order_id, "input", "orderId")))


async def _quote(
    ctx: Context,
    *,
    lines: Annotated[list[CartLineInput], strawberry.argument(description="1 to 100 lines, one for each variant.")],
    live_room_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The live room whose prices and stock apply.")
    ] = None,
    terms: Annotated[
        QuoteTermsInput | None,
        strawberry.argument(description="What else decides the price: coupons, points, a play, where it goes."),
    ] = None,
) -> Any:
    return (await pricing.quote_of(ctx, wish_of(lines, live_room_id, terms or QuoteTermsInput()))).cart


async def _order(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.ORDER, id)
    return None if key is None else await orders.order(ctx, key)


async def _my_orders(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await orders.my_orders(ctx, pages.page_request(first, after, last, before))


@strawberry.input(description="Which orders; all conditions must hold. AND, OR and NOT nest to depth 3.")
class OrderWhere:
    state: EnumFilter[OrderState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    member_id: IdFilter | None = strawberry.field(default=UNSET, description="Whose it is.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store that it counts for.")
    number: StringFilter | None = strawberry.field(default=UNSET, description="Its number for people.")
    placed_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was placed.")
    product_id: IdFilter | None = strawberry.field(default=UNSET, description="A product that it has.")
    AND: list[OrderWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[OrderWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these holds.")
    NOT: Optional[OrderWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


_WHERE_NAMES = {
    "state": "state",
    "member_id": "memberId",
    "store_id": "storeId",
    "number": "number",
    "placed_at": "placedAt",
    "product_id": "productId",
}
_WHERE_IDS = {"memberId": Kind.MEMBER, "storeId": Kind.STORE, "productId": Kind.PRODUCT}


async def _orders(
    ctx: Context,
    *,
    where: Annotated[OrderWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await order_lists.orders(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES))


@strawberry.type
class OrdersQuery:
    orders: Connection[Order] = query(
        _orders,
        "Orders, the newest first: all for operators, those of their stores for who runs a store or a region.",
        scope=Scope.STORE_MANAGER,
    )
    cart_quote: CartQuote = query(_quote, "What a cart costs now.", scope=Scope.VISITOR, cost=5)
    order: Order | None = query(
        _order, "One of the caller's own orders, or of those that they work on.", scope=Scope.MEMBER
    )
    my_orders: Connection[Order] = query(_my_orders, "The caller's orders, the newest first.", scope=Scope.MEMBER)


@strawberry.type
class OrdersMutation:
    order_place: OrderPlacePayload | None = mutation(
        _place,
        OrderPlacePayload,
        "Place an order. Its stock is promised to it until `payBefore`; all lines or none.",
        scope=Scope.MEMBER,
        money=True,
    )
    order_cancel: OrderCancelPayload | None = mutation(
        _cancel, OrderCancelPayload, "Give a placed order up; its stock goes back at once.", scope=Scope.MEMBER
    )


NODES = {Kind.ORDER: orders.orders_by_id}
