"""Paying orders, and paying back."""

from __future__ import annotations

from typing import Any

import strawberry

from domain.identity import Scope
from domain.payments import PayBy
from resolvers import payments, refunds
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.money import MoneyInput
from schema.orders import Order
from schema.payments import Payment, Refund


@strawberry.input(description="Which order to pay, with what and how much of it.")
class OrderPayInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    method: PayBy = strawberry.field(default=PayBy.SANDBOX, description="What it is paid with.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="A part of what is left to pay. Without it: all that is left, in place of payments that are open.",
    )
    gift_card_id: strawberry.ID | None = strawberry.field(default=None, description="With GIFT_CARD: which one.")
    return_url: str | None = strawberry.field(
        default=None, description="Where the payer's browser goes after it was sent to a `confirmUrl`."
    )


@object_type(scope=Scope.MEMBER, description="The answer to `orderPay`.")
class OrderPayPayload(Payload):
    payment: Payment | None = attribute(
        "The payment that was begun, or made; null for an order that costs nothing.", default=None
    )
    order: Order | None = attribute("The order.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@strawberry.input(description="So many units of one line.")
class RefundLineInput:
    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: int = strawberry.field(description="How many units that have not gone back yet.")


@strawberry.input(description="What of an order goes back.")
class OrderRefundInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why, 1 to 80 characters; the payer reads it.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    lines: list[RefundLineInput] = strawberry.field(
        default_factory=list,
        description="Which units; they go back at what was paid for each. Gifts whose reason goes back go along if "
        "they have not left; what they are worth is deducted if they have, unless they are among the units.",
    )
    shipping: bool | None = strawberry.field(
        default=None,
        description="Whether shipping goes back: possible before anything was shipped, and with the last unit. "
        "Without a word: with the last unit of what was not shipped.",
    )
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="Less than what was paid for units that have left, or an amount for no units at all; "
        "of an order that is `REFUNDED` only that. Units that have not left go back for all that was paid.",
    )
    of_sent: bool = strawberry.field(
        default=False, description="Whether the units have left; without it only what has not left goes back."
    )
    restock: bool | None = strawberry.field(
        default=None,
        description="Whether the units can be sold again. Without a word: those that have not left; those that "
        "have left are the buyer's.",
    )


@object_type(scope=Scope.STAFF, description="The answer to `orderRefund`.")
class OrderRefundPayload(Payload):
    order: Order | None = attribute("The order.", default=None)
    refunds: list[Refund] = attribute("How the amount is spread over the order's payments.", default_factory=list)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@strawberry.input(description="Which refund to ask for anew.")
class RefundRetryInput:
    refund_id: strawberry.ID = strawberry.field(description="One that failed.")


@object_type(scope=Scope.STAFF, description="The answer to `refundRetry`.")
class RefundRetryPayload(Payload):
    refund: Refund | None = attribute("The refund that takes its place.", default=None)


async def _pay(ctx: Context, *, input: OrderPayInput) -> Any:
    card = None if input.gift_card_id is None else key_of(Kind.GIFT_CARD, input.gift_card_id, "input", "giftCardId")
    wanted = payments.Paying(
        key_of(Kind.ORDER, input.order_id, "input", "orderId"),
        input.idempotency_key,
        input.method,
        None if input.amount is None else input.amount.value(),
        card,
        input.return_url,
    )
    begun = await payments.pay(ctx, wanted)
    return OrderPayPayload.of(payment=begun.payment, order=begun.order, replayed=begun.replayed)


async def _refund(ctx: Context, *, input: OrderRefundInput) -> Any:
    wanted = refunds.Refunding(
        key_of(Kind.ORDER, input.order_id, "input", "orderId"),
        input.reason,
        input.idempotency_key,
        {
            key_of(Kind.ORDER_LINE, line.order_line_id, "input", "lines", str(i), "orderLineId"): line.quantity
            for i, line in enumerate(input.lines)
        },
        input.shipping,
        None if input.amount is None else input.amount.value(),
        input.of_sent,
        input.restock,
    )
    done = await refunds.refund(ctx, wanted)
    return OrderRefundPayload.of(order=done.order, refunds=done.refunds, replayed=done.replayed)


async def _retry(ctx: Context, *, input: RefundRetryInput) -> Any:
    key = key_of(Kind.REFUND, input.refund_id, "input", "refundId")
    return RefundRetryPayload.of(refund=await refunds.retry(ctx, key))


@strawberry.type
class PayingMutation:
    order_pay: OrderPayPayload | None = mutation(
        _pay,
        OrderPayPayload,
        "Pay a placed order, or a part of it: begin to at a provider, or at once with what the brand keeps.",
        scope=Scope.MEMBER,
        money=True,
    )
    order_refund: OrderRefundPayload | None = mutation(
        _refund,
        OrderRefundPayload,
        "Give back something of a paid order: units, shipping or an amount.",
        scope=Scope.FINANCE,
        money=True,
    )
    refund_retry: RefundRetryPayload | None = mutation(
        _retry, RefundRetryPayload, "Ask the provider anew for a refund that failed.", scope=Scope.FINANCE, money=True
    )
