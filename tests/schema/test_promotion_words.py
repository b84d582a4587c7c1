"""Promotions in words: every play that is built in says what it gives, in Chinese and in English."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.promotions.plays import (
    add_on,
    bundle,
    buy_gift,
    first_order,
    free_shipping,
    nth_item,
    percent_off,
    reduction,
    threshold_gift,
    time_discount,
)
from domain.promotions.registry import BUILT_IN
from domain.promotions.sheet import GiftPart
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from resolvers.context import Locale
from schema.promotion_words import words_of

A, B = UUID(int=1), UUID(int=2)
GIFTS = (GiftPart(A, 1),)


def price(fen: int, variant_id: UUID = A) -> time_discount.UnitPrice:
    return time_discount.UnitPrice(variant_id, fen)


SAID: list[tuple[str, Any, str, str]] = [
    ("TIME_DISCOUNT", time_discount.UnitPriceTerms((price(179_00),)), "低至179.00元", "from ¥179.00 each"),
    ("TIME_DISCOUNT", time_discount.UnitPriceTerms((price(1_00, B),), 8_500), "8.5折", "15% off"),
    ("SLOT_PRICE", time_discount.UnitPriceTerms((), 9_000), "9折", "10% off"),
    ("NTH_ITEM", nth_item.NthItemTerms(), "第2件半价", "every second unit 50% off"),
    ("NTH_ITEM", nth_item.NthItemTerms(3, 10_000), "第3件免费", "every third unit 100% off"),
    ("NTH_ITEM", nth_item.NthItemTerms(4, 2_000), "第4件8折", "every 4th unit 20% off"),
    (
        "BUNDLE",
        bundle.BundleTerms(298_00, (bundle.BundlePart(A), bundle.BundlePart(B, 2))),
        "套餐3件298.00元",
        "3 units for ¥298.00",
    ),
    ("BUNDLE", bundle.BundleTerms(99_00, (bundle.BundlePart(A),), 3), "任选3件99.00元", "3 units for ¥99.00"),
    (
        "ADD_ON",
        add_on.AddOnTerms(99_00, (add_on.AddOnOffer(A, 1_00),)),
        "满99.00元加1.00元起换购",
        "from ¥99.00, add goods for ¥1.00 and up",
    ),
    (
        "REDUCTION",
        reduction.ReductionTerms((reduction.ReductionTier(100_00, 10_00), reduction.ReductionTier(200_00, 30_00))),
        "满100.00元减10.00元,满200.00元减30.00元",
        "from ¥100.00 ¥10.00 off, from ¥200.00 ¥30.00 off",
    ),
    (
        "REDUCTION",
        reduction.ReductionTerms((reduction.ReductionTier(2, 5_00),), Measure.QUANTITY, repeats=True),
        "每满2件减5.00元",
        "for every 2 units ¥5.00 off",
    ),
    (
        "PERCENT_OFF",
        percent_off.PercentOffTerms((percent_off.PercentTier(2, 2_000),), Measure.QUANTITY),
        "满2件8折",
        "from 2 units 20% off",
    ),
    (
        "THRESHOLD_GIFT",
        threshold_gift.ThresholdGiftTerms((threshold_gift.GiftTier(99_00, GIFTS),)),
        "满99.00元赠好礼",
        "from ¥99.00 a gift",
    ),
    ("BUY_GIFT", buy_gift.BuyGiftTerms(GIFTS, 2), "买2赠1", "buy 2, get 1 free"),
    ("FREE_SHIPPING", free_shipping.FreeShippingTerms(), "包邮", "free shipping"),
    ("FREE_SHIPPING", free_shipping.FreeShippingTerms(99_00), "满99.00元包邮", "from ¥99.00 free shipping"),
    ("FIRST_ORDER", first_order.FirstOrderTerms(20_00), "首单减20.00元", "¥20.00 off the first order"),
    (
        "FIRST_ORDER",
        first_order.FirstOrderTerms(20_00, 50_00),
        "首单满50.00元减20.00元",
        "¥20.00 off the first order from ¥50.00",
    ),
]


@pytest.mark.parametrize(("kind", "terms", "chinese", "english"), SAID)
def test_a_play_says_what_it_gives(kind: str, terms: Any, chinese: str, english: str) -> None:
    promotion = Promotion(A, kind, "促销", terms)

    assert words_of(promotion, Locale.ZH) == chinese
    assert words_of(promotion, Locale.EN) == english


def test_a_variant_hears_its_own_price() -> None:
    promotion = Promotion(A, "TIME_DISCOUNT", "促销", time_discount.UnitPriceTerms((price(1_00), price(2_00, B))))

    assert words_of(promotion, Locale.ZH, B) == "特价2.00元"
    assert words_of(promotion, Locale.EN, B) == "¥2.00 each"


def test_every_play_that_is_built_in_has_words() -> None:
    assert {kind for kind, *_ in SAID} == BUILT_IN.keys()


def test_a_play_of_a_plug_in_says_its_name() -> None:
    assert words_of(Promotion(A, "ROUND_DOWN", "抹零", None), Locale.ZH) == "抹零"
