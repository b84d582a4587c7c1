"""Quotes: what a cart costs, and the explanation of every fen of it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain import money
from domain.identity import Scope
from domain.placing import PricedCart
from domain.promotions.coupons import CouponReason
from domain.promotions.stages import Stage
from schema.access import attribute, derived, object_type
from schema.enums import described
from schema.errors import UserError
from schema.ids import Kind, id_of
from schema.money import Money

described(
    Stage,
    "The steps in which a price comes about. A later one sees what the earlier ones left.",
    EXCLUSIVE="The price of a live room, flash sale, group buy, bargain or exchange of points.",
    UNIT="The best of the list price, time-limited discounts, member prices and prices of off-peak hours.",
    ITEM_SET="Plays on sets of goods: bundles, the second one at half price, add-ons.",
    SUBTOTAL="So much off from so much on.",
    COUPON="Coupons.",
    POINTS="Points that are spent.",
    SHIPPING="The shipping fee, and who bears it.",
    GIFTS="What is given along.",
)


@object_type(scope=Scope.VISITOR, description="One step of an explanation: what lowered a price, and by how much.")
class PriceStep:
    stage: Stage = attribute("At which stage.")
    kind: str = attribute("What it was, such as `FULL_REDUCTION`, `COUPON`, `POINTS` or the kind of a plug-in play.")
    name: str = attribute("Its name for people, as the brand wrote it; empty where the kind says all.")
    amount: Money = derived(
        lambda step: money.Money(step.amount), "By how much; below zero where a play costs more than the list."
    )


@object_type(scope=Scope.VISITOR, description="One line of a quote.")
class CartQuoteLine:
    variant_id: strawberry.ID = derived(lambda one: id_of(Kind.VARIANT, one.line.item.variant_id), "Of which variant.")
    quantity: int = derived(lambda one: one.line.item.quantity, "How many units.")
    list_price: Money = derived(
        lambda one: money.Money(one.line.item.price), "What one costs in the shop for everybody."
    )
    unit_price: Money = derived(
        lambda one: money.Money(one.line.unit_price), "What one costs now; in a live room the live price."
    )
    total: Money = derived(lambda one: money.Money(one.line.unit_price * one.line.item.quantity), "That for all units.")
    payable: Money = derived(
        lambda one: money.Money(one.line.payable), "What is paid for them, after all that is taken off the line."
    )
    unit_payable: list[Money] = derived(
        lambda one: [money.Money(fen) for fen in one.line.unit_payable],
        "The same for each unit: what giving that unit back pays back. They sum to `payable`.",
    )
    points: int = derived(lambda one: one.line.points, "Points spent for them.")
    steps: list[PriceStep] = derived(
        lambda one: one.line.steps, "How the list price became what is paid: list price × quantity − steps = `payable`."
    )
    available: int = attribute("How many can be ordered now.")
    in_stock: bool = attribute("Whether so many can be ordered now.")


@object_type(scope=Scope.VISITOR, description="A gift that comes along for nothing.")
class CartQuoteGift:
    variant_id: strawberry.ID = derived(lambda gift: id_of(Kind.VARIANT, gift.variant_id), "Of which variant.")
    quantity: int = attribute("How many units.")
    value: Money = derived(
        lambda gift: money.Money(gift.value), "Kept back of a refund for each unit that is not given back."
    )


@object_type(scope=Scope.VISITOR, description="A promised gift that is out of stock; the order goes on without it.")
class MissingGift:
    variant_id: strawberry.ID = derived(lambda one: id_of(Kind.VARIANT, one.variant_id), "Of which variant.")
    missing: int = attribute("How many units are not there.")


@object_type(scope=Scope.VISITOR, description="A coupon that was asked for and does not apply.")
class RefusedCoupon:
    coupon_id: strawberry.ID = derived(lambda one: id_of(Kind.COUPON, one.coupon_id), "The coupon.")
    reason: CouponReason = attribute("Why not.")
    lacking: Money = derived(
        lambda one: money.Money(one.lacking), "How much more would have to be bought; 0 unless it is that."
    )


@object_type(
    scope=Scope.VISITOR,
    description="What a cart costs now, with every reason: `goods` + `shipping` − `shippingDiscount` = `total`.",
    record=PricedCart,
)
class CartQuote:
    quote_id: str = derived(
        lambda cart: cart.quote.digest,
        "Tells two quotes apart when anything differs that is paid or given. Send it with `orderPlace`, and nothing is "
        "ordered at another price.",
    )
    lines: list[CartQuoteLine] = attribute("The lines, in the order asked.")
    gifts: list[CartQuoteGift] = derived(lambda cart: cart.quote.gifts, "What is given along.")
    missing_gifts: list[MissingGift] = derived(lambda cart: cart.quote.notices, "Promised gifts that are out of stock.")
    steps: list[PriceStep] = derived(lambda cart: cart.quote.steps, "Everything that was taken off, in its order.")
    goods: Money = derived(lambda cart: money.Money(cart.quote.goods), "What all lines cost: the sum of `payable`.")
    shipping: Money = derived(lambda cart: money.Money(cart.quote.shipping), "The shipping fee.")
    shipping_discount: Money = derived(
        lambda cart: money.Money(cart.quote.shipping_discount), "How much of the shipping fee the brand bears."
    )
    total: Money = derived(lambda cart: money.Money(cart.quote.total), "What is to be paid.")
    points_used: int = derived(lambda cart: cart.quote.points_used, "Points that are spent.")
    points_earned: int = derived(lambda cart: cart.quote.points_earned, "Points that the goods earn once received.")
    valid_until: datetime | None = derived(
        lambda cart: cart.quote.valid_until,
        "When something that it rests on may change next; null when nothing is planned.",
    )
    refused_coupons: list[RefusedCoupon] = derived(
        lambda cart: cart.quote.refused_coupons, "Coupons that do not apply."
    )
    can_be_ordered: bool = attribute("Whether it can be ordered as it is; `orderPlace` says why not.")


@object_type(scope=Scope.VISITOR, description="The order would cost something else than the quote that was sent along.")
class QuoteOutdated(UserError):
    quote: CartQuote = attribute("What it would cost now.")
