"""Promotion plays: an input for each way to sell that is built in, and one for those that plug-ins bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import strawberry

from domain.promotions.plays import (
    Play,
    add_on,
    bundle,
    buy_gift,
    first_order,
    free_shipping,
    nth_item,
    percent_off,
    reduction,
    slot_price,
    threshold_gift,
    time_discount,
)
from domain.promotions.registry import check_terms
from domain.promotions.sheet import GiftPart
from domain.promotions.tiers import Measure
from domain.refusals import BadInput
from schema.enums import described
from schema.ids import Kind, key_of
from schema.money import MoneyInput
from schema.scalars import Json

described(Measure, "What a threshold counts.", AMOUNT="Money.", QUANTITY="Units.")

PLAY = ("input", "play")


class Chosen(NamedTuple):
    """A kind of play with its terms."""

    kind: str
    terms: Any


def _fen(given: MoneyInput | None) -> int:
    return given.value().minor if given is not None else 0


def _variant(given: str, *path: str) -> UUID:
    return key_of(Kind.VARIANT, given, *PLAY, *path)


@strawberry.input(description="What a unit of a variant costs.")
class UnitPriceInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    price: MoneyInput = strawberry.field(
        description="What a unit costs, 1 fen or more. What is given away is a flash sale at 0 (`seckillPublish`)."
    )


@strawberry.input(description="Prices of variants, and a share of the price for the rest of the scope, if any.")
class UnitPricesInput:
    prices: list[UnitPriceInput] = strawberry.field(default_factory=list, description="At most 500.")
    rest_bp: int | None = strawberry.field(
        default=None, description="What the rest of the scope costs, in basis points of its price: 9000 is 九折."
    )

    def terms(self) -> time_discount.UnitPriceTerms:
        prices = (time_discount.UnitPrice(_variant(one.variant_id, "prices"), _fen(one.price)) for one in self.prices)
        return time_discount.UnitPriceTerms(tuple(prices), self.rest_bp)


@strawberry.input(description="Every n-th unit costs less (第二件半价).")
class NthItemInput:
    n: int = strawberry.field(default=2, description="Which unit, 2 to 10.")
    off_bp: int = strawberry.field(default=5_000, description="How much less, in basis points, 1 to 10,000.")
    pooled: bool = strawberry.field(default=False, description="Whether all goods of the scope count together.")

    def terms(self) -> nth_item.NthItemTerms:
        return nth_item.NthItemTerms(self.n, self.off_bp, self.pooled)


@strawberry.input(description="So many units of a variant in a set.")
class BundlePartInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: int = strawberry.field(default=1, description="How many, 1 to 99.")


@strawberry.input(description="A set at one price, or any so many of a list at one price (组合套餐, 打包一口价).")
class BundleInput:
    price: MoneyInput = strawberry.field(description="What a set costs, 1 fen or more.")
    parts: list[BundlePartInput] = strawberry.field(description="What it is made of, 1 to 50.")
    choose: int = strawberry.field(default=0, description="Any so many units of the parts; 0: all the parts.")

    def terms(self) -> bundle.BundleTerms:
        parts = (bundle.BundlePart(_variant(part.variant_id, "parts"), part.quantity) for part in self.parts)
        return bundle.BundleTerms(_fen(self.price), tuple(parts), self.choose)


@strawberry.input(description="Who buys for enough may add some goods at a small price (加价购).")
class AddOnInput:
    threshold: MoneyInput = strawberry.field(description="For how much the scope must be bought.")
    offers: list[UnitPriceInput] = strawberry.field(description="What may be added and at what price, 1 to 50.")
    most: int = strawberry.field(default=1, description="How many units may be added, 1 to 99.")

    def terms(self) -> add_on.AddOnTerms:
        offers = (add_on.AddOnOffer(_variant(one.variant_id, "offers"), _fen(one.price)) for one in self.offers)
        return add_on.AddOnTerms(_fen(self.threshold), tuple(offers), self.most)


@strawberry.input(description="From how much on. Exactly one of `amount` and `units`, the same one for all tiers.")
class ThresholdInput:
    amount: MoneyInput | None = strawberry.field(default=None, description="So much money.")
    units: int | None = strawberry.field(default=None, description="So many units.")


@strawberry.input(description="An amount off from a threshold on.")
class ReductionTierInput:
    threshold: ThresholdInput = strawberry.field(description="From how much on.")
    off: MoneyInput = strawberry.field(description="What is taken off.")


@strawberry.input(description="An amount off, in tiers or for each so much (满减).")
class ReductionInput:
    tiers: list[ReductionTierInput] = strawberry.field(description="From the lowest to the highest, 1 to 10.")
    repeats: bool = strawberry.field(default=False, description="The only tier counts as often as it fits (每满减).")
    most: MoneyInput | None = strawberry.field(default=None, description="With `repeats`: the most that is taken off.")

    def terms(self) -> reduction.ReductionTerms:
        tiers = (reduction.ReductionTier(_threshold(one), _fen(one.off)) for one in self.tiers)
        return reduction.ReductionTerms(tuple(tiers), _measure(self.tiers), self.repeats, _fen(self.most))


@strawberry.input(description="A share off from a threshold on.")
class PercentTierInput:
    threshold: ThresholdInput = strawberry.field(description="From how much on.")
    off_bp: int = strawberry.field(description="What is taken off, in basis points: 2000 is 八折.")


@strawberry.input(description="A share off, in tiers (满折).")
class PercentOffInput:
    tiers: list[PercentTierInput] = strawberry.field(description="From the lowest to the highest, 1 to 10.")
    most: MoneyInput | None = strawberry.field(default=None, description="The most that is taken off.")

    def terms(self) -> percent_off.PercentOffTerms:
        tiers = (percent_off.PercentTier(_threshold(one), one.off_bp) for one in self.tiers)
        return percent_off.PercentOffTerms(tuple(tiers), _measure(self.tiers), _fen(self.most))


@strawberry.input(description="So many units of a variant that are given.")
class GiftPartInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: int = strawberry.field(default=1, description="How many, 1 to 99.")
    value: MoneyInput | None = strawberry.field(
        default=None, description="What is kept back of a refund for each that does not come back."
    )


@strawberry.input(description="Gifts from a threshold on.")
class GiftTierInput:
    threshold: ThresholdInput = strawberry.field(description="From how much on.")
    gifts: list[GiftPartInput] = strawberry.field(description="What is given, 1 to 10.")


@strawberry.input(description="Gifts, in tiers (满赠).")
class ThresholdGiftInput:
    tiers: list[GiftTierInput] = strawberry.field(description="From the lowest to the highest, 1 to 10.")

    def terms(self) -> threshold_gift.ThresholdGiftTerms:
        tiers = (threshold_gift.GiftTier(_threshold(one), _gifts(one.gifts)) for one in self.tiers)
        return threshold_gift.ThresholdGiftTerms(tuple(tiers), _measure(self.tiers))


@strawberry.input(description="Gifts for every so many units (买赠).")
class BuyGiftInput:
    gifts: list[GiftPartInput] = strawberry.field(description="What is given each time, 1 to 10.")
    buy: int = strawberry.field(default=1, description="For how many units, 1 to 999.")
    most: int = strawberry.field(default=1, description="How often at most, 1 to 99.")

    def terms(self) -> buy_gift.BuyGiftTerms:
        return buy_gift.BuyGiftTerms(_gifts(self.gifts), self.buy, self.most)


@strawberry.input(description="The brand bears the shipping (包邮).")
class FreeShippingInput:
    threshold: ThresholdInput | None = strawberry.field(default=None, description="From how much on; always without.")
    most: MoneyInput | None = strawberry.field(default=None, description="At most so much; all of it without.")

    def terms(self) -> free_shipping.FreeShippingTerms:
        if self.threshold is None:
            return free_shipping.FreeShippingTerms(most=_fen(self.most))
        return free_shipping.FreeShippingTerms(_threshold(self), _counted(self.threshold, "threshold"), _fen(self.most))


@strawberry.input(description="An amount off the first order of a person (首单优惠); it is for new customers.")
class FirstOrderInput:
    off: MoneyInput = strawberry.field(description="What is taken off.")
    threshold: MoneyInput | None = strawberry.field(default=None, description="For how much must be bought.")

    def terms(self) -> first_order.FirstOrderTerms:
        return first_order.FirstOrderTerms(_fen(self.off), _fen(self.threshold))


@strawberry.input(description="A play that a plug-in brings.")
class CustomPlayInput:
    kind: str = strawberry.field(description="The name that the plug-in gives it.")
    terms: Json = strawberry.field(description="What the play takes, as its plug-in says.")


@strawberry.input(description="A way to sell. Exactly one is given.")
class PromotionPlayInput:
    time_discount: UnitPricesInput | None = strawberry.field(default=None, description="限时折扣: lower unit prices.")
    slot_price: UnitPricesInput | None = strawberry.field(
        default=None, description="Unit prices for quiet hours: the promotion's slots say when."
    )
    nth_item: NthItemInput | None = strawberry.field(default=None, description="第二件半价.")
    bundle: BundleInput | None = strawberry.field(default=None, description="组合套餐.")
    add_on: AddOnInput | None = strawberry.field(default=None, description="加价购.")
    reduction: ReductionInput | None = strawberry.field(default=None, description="满减.")
    percent_off: PercentOffInput | None = strawberry.field(default=None, description="满折.")
    threshold_gift: ThresholdGiftInput | None = strawberry.field(default=None, description="满赠.")
    buy_gift: BuyGiftInput | None = strawberry.field(default=None, description="买赠.")
    free_shipping: FreeShippingInput | None = strawberry.field(default=None, description="包邮.")
    first_order: FirstOrderInput | None = strawberry.field(default=None, description="首单优惠.")
    custom: CustomPlayInput | None = strawberry.field(default=None, description="A play of a plug-in.")

    def chosen(self, plays: Mapping[str, Play]) -> Chosen:
        """The play and its terms.

        Raises:
            BadInput: not exactly one is given, a plug-in's terms are none, or thresholds do not go together.
            NotFound: an id is of another kind.
        """
        given = [name for name in (*_KINDS, "custom") if getattr(self, name) is not None]
        if len(given) != 1:
            raise BadInput("exactly one play", "请选择且仅选择一种活动", path=PLAY)
        if self.custom is not None:
            return Chosen(self.custom.kind, check_terms(plays, self.custom.kind, self.custom.terms, *PLAY, "custom"))
        return Chosen(_KINDS[given[0]], getattr(self, given[0]).terms())


_KINDS: dict[str, str] = {
    "time_discount": time_discount.TimeDiscount.kind,
    "slot_price": slot_price.SlotPrice.kind,
    "nth_item": nth_item.NthItem.kind,
    "bundle": bundle.Bundle.kind,
    "add_on": add_on.AddOn.kind,
    "reduction": reduction.Reduction.kind,
    "percent_off": percent_off.PercentOff.kind,
    "threshold_gift": threshold_gift.ThresholdGift.kind,
    "buy_gift": buy_gift.BuyGift.kind,
    "free_shipping": free_shipping.FreeShipping.kind,
    "first_order": first_order.FirstOrder.kind,
}


def _measure(tiers: Any) -> Measure:
    """What the thresholds of tiers count.

    Raises:
        BadInput: they do not all count the same, or one counts nothing or both.
    """
    measures = {_counted(tier.threshold, "tiers", str(i), "threshold") for i, tier in enumerate(tiers)}
    if len(measures) > 1:
        raise BadInput("all tiers by amount, or all by units", "各档门槛须同为金额或同为件数", path=(*PLAY, "tiers"))
    return measures.pop() if measures else Measure.AMOUNT


def _counted(threshold: ThresholdInput, *path: str) -> Measure:
    if (threshold.amount is None) == (threshold.units is None):
        raise BadInput("either an amount or units", "门槛须为金额或件数之一", path=(*PLAY, *path))
    return Measure.AMOUNT if threshold.units is None else Measure.QUANTITY


def _threshold(tier: Any) -> int:
    given: ThresholdInput = tier.threshold
    return _fen(given.amount) if given.units is None else given.units


def _gifts(given: list[GiftPartInput]) -> tuple[GiftPart, ...]:
    return tuple(GiftPart(_variant(one.variant_id, "gifts"), one.quantity, _fen(one.value)) for one in given)
