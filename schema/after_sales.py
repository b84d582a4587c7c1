"""After-sales: what clients see of refunds, returns and exchanges, and what buyers and the brand do about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import after_sales as rules
from domain import pages
from domain.after_sales import AfterSaleKind, AfterSaleState
from domain.identity import Scope
from domain.units import Units, together
from resolvers import after_sale_handling, after_sales
from resolvers.after_sale_handling import Received
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import DateTimeFilter, EnumFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node

described(
    AfterSaleKind,
    "What a buyer asks for.",
    REFUND_ONLY="Money back; what was delivered stays with the buyer.",
    RETURN_REFUND="Money back for goods that come back.",
    EXCHANGE="The same goods anew for those that come back.",
)
described(
    AfterSaleState,
    "Where an after-sale stands.",
    APPLIED="The buyer asked; the brand has to answer.",
    AGREED="The buyer may send the goods back, within 7 days.",
    RETURNING="The goods are on their way back; the brand confirms within 7 days.",
    REFUNDING="The money is on its way.",
    COMPLETED="The buyer has the money, or the order of the goods anew.",
    CANCELLED_BY_BUYER="The buyer gave it up, or did not send the goods in time.",
    REJECTED="The brand said no.",
    REFUSED="The brand did not take the goods that came back.",
)


@object_type(scope=Scope.MEMBER, description="Units of one line that an after-sale is about.")
class AfterSaleLine:
    order_line_id: strawberry.ID = attribute("The line.")
    quantity: int = attribute("How many units.")
    kept: bool = attribute("Whether the buyer keeps them, and what they are worth is deducted.")


def _lines(units: Units, *, kept: bool) -> list[AfterSaleLine]:
    return [
        AfterSaleLine(order_line_id=strawberry.ID(id_of(Kind.ORDER_LINE, line_id)), quantity=len(numbers), kept=kept)
        for line_id, numbers in units.items()
    ]


@object_type(
    scope=Scope.MEMBER, description="What a buyer asks to be put right of one order (售后).", record=rules.AfterSale
)
class AfterSale(Node):
    id: strawberry.ID = identifier(Kind.AFTER_SALE)
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="Of which order.")
    kind: AfterSaleKind = attribute("What the buyer asks for.")
    state: AfterSaleState = attribute("Where it stands.")
    lines: list[AfterSaleLine] = derived(
        lambda sale: [
            *_lines(together(sale.units, sale.along), kept=False),
            *_lines(sale.kept, kept=True),
        ],
        "What it is about: at most 100 lines that were asked for, and gifts and add-ons that go along or are kept.",
    )
    amount: Money = attribute("What goes back for the units; nothing for an exchange.")
    deducted: Money = attribute("What gifts and add-ons are worth that the buyer keeps; a forecast until it is paid.")
    reason: str = attribute("Why, at most 200 characters.")
    pictures: list[str] = attribute("Addresses of pictures that show it, at most 9.")
    answer: str = attribute("What the brand says to it; empty before it says something.")
    carrier: str = attribute("Who carries the goods back; empty before they are sent.")
    tracking_number: str = attribute("Under which number; empty before they are sent.")
    restock: bool | None = attribute("Whether what came back can be sold again.", scope=Scope.OPERATOR)
    replacement_order_id: strawberry.ID | None = identifier(
        Kind.ORDER, "replacement_order_id", description="The order of the goods anew, which costs nothing."
    )
    created_at: datetime = attribute("When it was asked for.")
    due_at: datetime | None = attribute("When it goes on without anybody; null when it waits for somebody.")
    version: int = attribute("Rises with each step.")


@strawberry.input(description="So many units of one line.")
class AfterSaleLineInput:
    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: int = strawberry.field(description="How many units, 1 to those that no other after-sale is about.")


@strawberry.input(description="What a buyer asks to be put right.")
class AfterSaleApplyInput:
    order_id: strawberry.ID = strawberry.field(description="One's own order: paid, shipped, or received lately.")
    kind: AfterSaleKind = strawberry.field(
        description="What is asked for: of units that have not left only REFUND_ONLY, and nothing if they are sent in "
        "exchange for others."
    )
    lines: list[AfterSaleLineInput] = strawberry.field(
        description="1 to 100 lines, of which the units have all left, or none has: else these are two wishes."
    )
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="Less than all that was paid for the units; without it all. What has not left goes back for all.",
    )
    pictures: list[str] = strawberry.field(default_factory=list, description="At most 9 addresses of pictures.")


@strawberry.input(description="Which after-sale to give up.")
class AfterSaleCancelInput:
    after_sale_id: strawberry.ID = strawberry.field(description="One's own, before the goods are sent.")


@strawberry.input(description="How the goods come back.")
class AfterSaleShipBackInput:
    after_sale_id: strawberry.ID = strawberry.field(description="One's own, which the brand agreed to.")
    carrier: str = strawberry.field(description="Who carries them, 1 to 40 characters.")
    tracking_number: str = strawberry.field(description="Under which number, 1 to 40 characters.")


@strawberry.input(description="Which after-sale to agree to.")
class AfterSaleAgreeInput:
    after_sale_id: strawberry.ID = strawberry.field(description="The after-sale.")
    answer: str = strawberry.field(default="", description="What is said to it, at most 200 characters.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="Less than was asked for; without it that. What has not left goes back for all that was paid.",
    )


@strawberry.input(description="Which after-sale to say no to, and why.")
class AfterSaleRejectInput:
    after_sale_id: strawberry.ID = strawberry.field(description="The after-sale.")
    answer: str = strawberry.field(description="Why, 1 to 200 characters; the buyer reads it.")


@strawberry.input(description="Which goods came back, and how they are.")
class AfterSaleReceiveInput:
    after_sale_id: strawberry.ID = strawberry.field(description="The after-sale.")
    restock: bool = strawberry.field(default=True, description="Whether they can be sold again.")
    amount: MoneyInput | None = strawberry.field(default=None, description="Less than was asked for; without it that.")
    refund_instead: bool = strawberry.field(
        default=False,
        description="Whether an exchange ends with the money, as a return does: when nothing is left to be sent.",
    )


@object_type(scope=Scope.MEMBER, description="The answer to a step of an after-sale.")
class AfterSalePayload(Payload):
    after_sale: AfterSale | None = attribute("The after-sale.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@strawberry.input(description="Which after-sales. All parts must hold.")
class AfterSaleWhere:
    state: EnumFilter[AfterSaleState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    kind: EnumFilter[AfterSaleKind] | None = strawberry.field(default=UNSET, description="What is asked for.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was asked for.")
    AND: list[AfterSaleWhere] | None = strawberry.field(default=UNSET, description="All of these hold.")
    OR: list[AfterSaleWhere] | None = strawberry.field(default=UNSET, description="One of these holds.")
    NOT: Optional[AfterSaleWhere] = strawberry.field(default=UNSET, description="This does not hold.")  # noqa: UP045


def _key(given: strawberry.ID) -> Any:
    return key_of(Kind.AFTER_SALE, given, "input", "afterSaleId")


def _value(given: MoneyInput | None) -> Any:
    return None if given is None else given.value()


async def _apply(ctx: Context, *, input: AfterSaleApplyInput) -> Any:
    wanted = rules.Applying(
        key_of(Kind.ORDER, input.order_id, "input", "orderId"),
        input.kind,
        {
            key_of(Kind.ORDER_LINE, line.order_line_id, "input", "lines", str(i), "orderLineId"): line.quantity
            for i, line in enumerate(input.lines)
        },
        input.reason,
        _value(input.amount),
        tuple(input.pictures),
    )
    new, replayed = await after_sales.apply(ctx, wanted, input.idempotency_key)
    return AfterSalePayload.of(after_sale=new, replayed=replayed)


async def _cancel(ctx: Context, *, input: AfterSaleCancelInput) -> Any:
    return AfterSalePayload.of(after_sale=await after_sales.cancel(ctx, _key(input.after_sale_id)))


async def _ship_back(ctx: Context, *, input: AfterSaleShipBackInput) -> Any:
    sent = await after_sales.ship_back(ctx, _key(input.after_sale_id), input.carrier, input.tracking_number)
    return AfterSalePayload.of(after_sale=sent)


async def _agree(ctx: Context, *, input: AfterSaleAgreeInput) -> Any:
    agreed = await after_sale_handling.agree(ctx, _key(input.after_sale_id), input.answer, _value(input.amount))
    return AfterSalePayload.of(after_sale=agreed)


async def _reject(ctx: Context, *, input: AfterSaleRejectInput) -> Any:
    rejected = await after_sale_handling.reject(ctx, _key(input.after_sale_id), input.answer)
    return AfterSalePayload.of(after_sale=rejected)


async def _refuse(ctx: Context, *, input: AfterSaleRejectInput) -> Any:
    refused = await after_sale_handling.refuse(ctx, _key(input.after_sale_id), input.answer)
    return AfterSalePayload.of(after_sale=refused)


async def _receive(ctx: Context, *, input: AfterSaleReceiveInput) -> Any:
    received = Received(input.restock, _value(input.amount), input.refund_instead)
    return AfterSalePayload.of(after_sale=await after_sale_handling.receive(ctx, _key(input.after_sale_id), received))


async def _after_sale(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.AFTER_SALE, id)
    return None if key is None else (await after_sales.after_sales_by_id(ctx, [key])).get(key)


async def _my_after_sales(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await after_sales.my_after_sales(ctx, pages.page_request(first, after, last, before))


async def _after_sales(
    ctx: Context,
    *,
    where: Annotated[AfterSaleWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    names = {"state": "state", "kind": "kind", "created_at": "createdAt"}
    return await after_sales.after_sales(ctx, request, condition_of(where, {}, names))


@strawberry.type
class AfterSalesQuery:
    after_sale: AfterSale | None = query(_after_sale, "One of the caller's own after-sales.", scope=Scope.MEMBER)
    my_after_sales: Connection[AfterSale] = query(
        _my_after_sales, "What the caller asked to be put right, the newest first.", scope=Scope.MEMBER
    )
    after_sales: Connection[AfterSale] = query(
        _after_sales, "What buyers asked to be put right, the newest first.", scope=Scope.OPERATOR
    )


@strawberry.type
class AfterSalesMutation:
    after_sale_apply: AfterSalePayload | None = mutation(
        _apply, AfterSalePayload, "Ask for units of one's own order to be put right.", scope=Scope.MEMBER, money=True
    )
    after_sale_cancel: AfterSalePayload | None = mutation(
        _cancel, AfterSalePayload, "Give up what one asked for, before the goods are sent.", scope=Scope.MEMBER
    )
    after_sale_ship_back: AfterSalePayload | None = mutation(
        _ship_back, AfterSalePayload, "Say how the goods come back.", scope=Scope.MEMBER
    )
    after_sale_agree: AfterSalePayload | None = mutation(
        _agree, AfterSalePayload, "Let the buyer have it.", scope=Scope.OPERATOR, money=True
    )
    after_sale_reject: AfterSalePayload | None = mutation(
        _reject, AfterSalePayload, "Say no to what was asked for.", scope=Scope.OPERATOR
    )
    after_sale_receive: AfterSalePayload | None = mutation(
        _receive, AfterSalePayload, "The goods came back: pay back, or send others.", scope=Scope.OPERATOR, money=True
    )
    after_sale_refuse: AfterSalePayload | None = mutation(
        _refuse, AfterSalePayload, "Say no to the goods that came back.", scope=Scope.OPERATOR
    )


NODES = {Kind.AFTER_SALE: after_sales.after_sales_by_id}
