"""Payments and refunds: what clients see of the money of orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import payments as rules
from domain.gateways import Provider
from domain.identity import Scope
from domain.payments import PayBy, PaymentState, RefundState
from resolvers import payments, profit_sharing
from resolvers.context import Context
from schema.access import attribute, batched, derived, object_type, query
from schema.enums import described
from schema.ids import Kind, identifier, key_if
from schema.money import Money
from schema.node import Node
from schema.profit_sharing import PaymentShare

described(
    PayBy,
    "What a member pays with, and how they meet whoever takes it.",
    SANDBOX="Nothing: a stand-in that behaves like a real provider, where it is on.",
    WECHAT_JSAPI="WeChat Pay within WeChat: the payment's `jsapi` is for `wx.requestPayment`.",
    WECHAT_H5="WeChat Pay from another browser of a phone, by `confirmUrl`.",
    WECHAT_NATIVE="WeChat Pay by a QR code of `codeUrl`.",
    ALIPAY_PAGE="Alipay in the browser of a computer, by `confirmUrl`.",
    ALIPAY_WAP="Alipay in the browser of a phone, by `confirmUrl`.",
    ALIPAY_QR="Alipay by a QR code of `codeUrl`.",
    BALANCE="The member's stored balance (储值), at once.",
    GIFT_CARD="One of the member's gift cards, at once.",
)
described(
    PaymentState,
    "Where a payment stands. It only moves forward, and no money that was taken is ever un-taken.",
    UNKNOWN="The provider was asked and has not answered; ask again with the same key.",
    PENDING="Waits for the payer.",
    CLOSING="Nobody is to pay it any more; the provider is being told.",
    CLOSED="The provider takes no money for it.",
    PAID="It was paid, and counts towards its order.",
    REFUND_DUE="It was paid when the order did not need it (any more): the money goes back by itself.",
)
described(
    RefundState,
    "Where a refund stands.",
    REQUESTED="Waits for its turn at the provider.",
    UNKNOWN="The provider was asked and has not answered; it is asked again.",
    PROCESSING="The provider has it under way.",
    ABNORMAL="The payer's card or account takes nothing: the brand must see to it at the provider.",
    SUCCEEDED="The money is back.",
    FAILED="The provider did not do it; staff asks anew.",
)
described(
    Provider,
    "Who takes the money.",
    SANDBOX="Nobody: a stand-in that behaves like a real provider.",
    WECHAT_PAY="WeChat Pay.",
    ALIPAY="Alipay.",
    BALANCE="The brand keeps it for the member: the stored balance.",
    GIFT_CARD="The brand keeps it for the member: a gift card.",
)


@object_type(scope=Scope.MEMBER, description="What `wx.requestPayment` takes, signed.")
class JsapiParameters:
    app_id: str = attribute("`appId`.")
    time_stamp: str = attribute("`timeStamp`, in whole seconds.")
    nonce: str = attribute("`nonceStr`.")
    package: str = attribute("`package`: `prepay_id=…`.")
    sign_type: str = attribute("`signType`.")
    pay_sign: str = attribute("`paySign`.")


@object_type(scope=Scope.MEMBER, description="One payment of an order, or the attempt.", record=rules.Payment)
class Payment(Node):
    id: strawberry.ID = identifier(Kind.PAYMENT)
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="The order that it is for.")
    state: PaymentState = attribute("Where it stands.")
    provider: Provider = attribute("Who takes the money.")
    method: PayBy = derived(lambda payment: payment.by, "What is paid with.")
    amount: Money = attribute("How much is to be paid. It never changes.")
    refunded: Money = attribute("How much of it was decided to go back.")
    confirm_url: str | None = attribute(
        "Where the payer confirms. In the sandbox: POST there without a body plays the payment sheet's OK."
    )
    code_url: str | None = attribute("To be shown to the payer as a QR code.")
    jsapi: JsapiParameters | None = attribute("For `wx.requestPayment`.")
    gift_card_id: strawberry.ID | None = identifier(
        Kind.GIFT_CARD, "gift_card_id", description="The gift card that it is paid with."
    )
    created_at: datetime = attribute("When it was begun.")
    paid_at: datetime | None = attribute("When it was paid, as the provider says.")
    shares: list[PaymentShare] = batched(
        profit_sharing.shares_of, "What others get of it (分账), the oldest first, at most 50.", scope=Scope.FINANCE
    )


@object_type(scope=Scope.MEMBER, description="Money of one payment that goes back.")
class Refund:
    id: strawberry.ID = identifier(Kind.REFUND)
    payment_id: strawberry.ID = identifier(Kind.PAYMENT, "payment_id", description="The payment that it is of.")
    provider: Provider = attribute("Who gives it back.")
    state: RefundState = attribute("Where it stands.")
    amount: Money = attribute("How much.")
    reason: str = attribute("Why, as the payer reads it.")
    failure: str = attribute("The provider's word for why it failed; empty while it did not.", scope=Scope.OPERATOR)
    attempts: int = attribute("How often the provider was asked.", scope=Scope.OPERATOR)
    next_try_at: datetime | None = attribute("When the provider is asked next.", scope=Scope.OPERATOR)
    created_at: datetime = attribute("When it was decided.")
    finished_at: datetime | None = attribute("When the money was back, or the refund had failed.")


async def _payment(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.PAYMENT, id)
    return None if key is None else (await payments.payments_by_id(ctx, [key])).get(key)


@strawberry.type
class PaymentsQuery:
    payment: Payment | None = query(_payment, "One payment of the caller's own orders.", scope=Scope.MEMBER)


NODES = {Kind.PAYMENT: payments.payments_by_id}
