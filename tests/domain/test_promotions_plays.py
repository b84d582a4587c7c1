"""Plays: what each gives, to the fen (product rules 2.7.5, R39 to R47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from domain.promotions.audiences import FREE_SHIPPING, Shopper
from domain.promotions.coupons import CouponKind
from domain.promotions.plays.add_on import AddOn, AddOnOffer, AddOnTerms
from domain.promotions.plays.bundle import Bundle, BundlePart, BundleTerms
from domain.promotions.plays.buy_gift import BuyGift, BuyGiftTerms
from domain.promotions.plays.first_order import FirstOrder, FirstOrderTerms
from domain.promotions.plays.free_shipping import FreeShipping, FreeShippingTerms
from domain.promotions.plays.nth_item import NthItem, NthItemTerms
from domain.promotions.plays.percent_off import PercentOff, PercentOffTerms, PercentTier
from domain.promotions.plays.reduction import Reduction, ReductionTerms, ReductionTier
from domain.promotions.plays.slot_price import SlotPrice
from domain.promotions.plays.threshold_gift import GiftTier, ThresholdGift, ThresholdGiftTerms
from domain.promotions.plays.time_discount import TimeDiscount, UnitPrice, UnitPriceTerms
from domain.promotions.quotes import AddOnNotEarned, GiftLine, GiftOut, check_orderable
from domain.promotions.registry import BUILT_IN, variants_beside
from domain.promotions.sheet import GiftPart
from domain.promotions.tiers import Measure
from domain.refusals import BadInput, Refusals
from tests.makers_quotes import (
    Flat,
    a_cart,
    a_coupon,
    a_promotion,
    a_reduction,
    an_item,
    only,
    payables,
    priced,
    shares,
    variant,
)

half_price = a_promotion("NTH_ITEM", NthItemTerms())
GIFT = variant(77)
a_gift = GiftPart(GIFT, 1, value=5_00)


def a_bundle(price: int, *numbers: int, choose: int = 0, number: int = 1) -> Any:
    parts = tuple(BundlePart(variant(n)) for n in numbers)
    return a_promotion("BUNDLE", BundleTerms(price, parts, choose), number)


# 第二件半价


@pytest.mark.parametrize(
    ("price", "quantity", "paid"),
    [(39_99, 3, 99_98), (39_90, 3, 99_75), (39_99, 1, 39_99), (1, 2, 2), (0, 2, 0), (39_99, 4, 119_98)],
)
def test_the_second_of_two_costs_half_and_the_odd_fen_is_paid(price: int, quantity: int, paid: int) -> None:
    assert priced([an_item(0, price, quantity)], half_price).goods == paid


def test_in_a_pool_the_cheaper_of_each_pair_costs_half() -> None:
    pooled = a_promotion("NTH_ITEM", NthItemTerms(pooled=True))

    found = priced(a_cart(10_00, 40_00, 30_00, 20_00), pooled)
    odd = priced(a_cart(10_00, 40_00, 30_00), pooled)
    apart = priced(a_cart(10_00, 40_00, 30_00, 20_00), half_price)

    assert payables(found) == [5_00, 40_00, 15_00, 20_00]
    assert payables(odd) == [10_00, 40_00, 15_00]
    assert apart.goods == 100_00


def test_a_pool_counts_across_lines_of_several_units() -> None:
    third_free = a_promotion("NTH_ITEM", NthItemTerms(n=3, off_bp=10_000, pooled=True))

    found = priced([an_item(0, 30_00, 4), an_item(1, 20_00, 3)], third_free)

    assert payables(found) == [90_00, 40_00]


# 组合套餐


def test_what_a_bundle_takes_off_is_shared_by_worth() -> None:
    found = priced(a_cart(129_00, 99_00, 109_00), a_bundle(298_00, 0, 1, 2))

    assert shares(found, "BUNDLE") == [14_93, 11_46, 12_61]
    assert payables(found) == [114_07, 87_54, 96_39]


def test_a_bundle_counts_as_often_as_the_cart_holds_it() -> None:
    terms = BundleTerms(25_00, (BundlePart(variant(0), 2), BundlePart(variant(1), 1)))
    bundle = a_promotion("BUNDLE", terms)

    found = priced([an_item(0, 10_00, 5), an_item(1, 10_00, 3)], bundle)

    assert found.goods == 80_00 - 2 * 5_00


@pytest.mark.parametrize("numbers", [(0, 1, 2), (0, 9)])
def test_a_bundle_that_is_not_whole_or_not_cheaper_is_none(numbers: Sequence[int]) -> None:
    assert priced(a_cart(10_00, 10_00), a_bundle(1_00, *numbers)).goods == 20_00
    assert priced(a_cart(10_00, 10_00), a_bundle(20_00, 0, 1)).steps == ()


def test_any_so_many_of_a_list_are_the_dearest_while_that_is_worth_it() -> None:
    found = priced([an_item(0, 40_00), an_item(1, 35_00), an_item(2, 5_00, 3)], a_bundle(60_00, 0, 1, 2, choose=2))

    assert shares(found, "BUNDLE") == [8_00, 7_00, 0]


def test_any_so_many_make_several_sets_over_lines() -> None:
    found = priced([an_item(0, 40_00, 3), an_item(1, 35_00, 2)], a_bundle(60_00, 0, 1, choose=2))

    assert found.goods == 2 * 60_00 + 35_00


def test_a_unit_belongs_to_one_item_set_only() -> None:
    both = [a_bundle(15_00, 0, 1), half_price]

    found = priced([an_item(0, 10_00, 2), an_item(1, 10_00)], *both)

    assert (shares(found, "BUNDLE"), shares(found, "NTH_ITEM")) == ([2_50, 2_50], [0, 0])


# 加价购

at_one_yuan = a_promotion("ADD_ON", AddOnTerms(99_00, (AddOnOffer(variant(5), 1_00),)))


def an_add_on(quantity: int = 1) -> Any:
    return an_item(5, 20_00, quantity, add_on_of=at_one_yuan.id)


def test_who_buys_for_enough_may_add_at_a_small_price() -> None:
    found = priced([an_item(0, 99_00), an_add_on()], at_one_yuan)

    check_orderable(found)
    assert payables(found) == [99_00, 1_00]


@pytest.mark.parametrize(
    ("price", "quantity", "promotions"),
    [
        pytest.param(98_99, 1, [at_one_yuan], id="a fen below the threshold"),
        pytest.param(99_00, 2, [at_one_yuan], id="more than may be added"),
        pytest.param(99_00, 1, [], id="the promotion does not run"),
        pytest.param(99_00, 1, [replace(at_one_yuan, scope=only(1))], id="goods of another scope"),
        pytest.param(49_50, 1, [at_one_yuan], id="the add-on itself counts for nothing"),
    ],
)
def test_an_add_on_that_is_not_earned_is_refused(price: int, quantity: int, promotions: list[Any]) -> None:
    found = priced([an_item(0, price), an_add_on(quantity)], *promotions)

    with pytest.raises(Refusals) as refusals:
        check_orderable(found)
    (refusal,) = refusals.value.members
    assert isinstance(refusal, AddOnNotEarned)
    assert refusal.promotion_id == at_one_yuan.id


def test_a_variant_that_is_not_offered_is_no_add_on() -> None:
    found = priced([an_item(0, 99_00), an_item(6, 20_00, add_on_of=at_one_yuan.id)], at_one_yuan)

    assert found.obstacles
    assert found.goods == 119_00


# 满减, 满折


def tiers(*pairs: tuple[int, int], **other: Any) -> Any:
    return a_promotion("REDUCTION", ReductionTerms(tuple(ReductionTier(*pair) for pair in pairs), **other))


@pytest.mark.parametrize(("price", "off"), [(99_99, 0), (100_00, 10_00), (199_99, 10_00), (200_00, 30_00)])
def test_only_the_best_tier_that_is_reached_counts(price: int, off: int) -> None:
    found = priced(a_cart(price), tiers((100_00, 10_00), (200_00, 30_00)))

    assert price - found.goods == off


@pytest.mark.parametrize(("price", "off"), [(99_99, 0), (100_00, 10_00), (350_00, 30_00), (900_00, 50_00)])
def test_for_each_so_much_an_amount_up_to_a_cap(price: int, off: int) -> None:
    found = priced(a_cart(price), tiers((100_00, 10_00), repeats=True, most=50_00))

    assert price - found.goods == off


def test_a_threshold_may_count_units() -> None:
    found = priced([an_item(0, 10_00, 2), an_item(1, 10_00)], tiers((3, 5_00), by=Measure.QUANTITY))

    assert found.goods == 25_00


def test_a_share_off_is_rounded_down_and_capped() -> None:
    terms = PercentOffTerms((PercentTier(1, 1_000), PercentTier(50_00, 2_000)), most=15_00)

    assert priced(a_cart(9_99), a_promotion("PERCENT_OFF", terms)).goods == 9_00
    assert priced(a_cart(50_00), a_promotion("PERCENT_OFF", terms)).goods == 40_00
    assert priced(a_cart(100_00), a_promotion("PERCENT_OFF", terms)).goods == 85_00


def test_the_threshold_counts_what_item_sets_left() -> None:
    assert priced([an_item(0, 60_00, 2)], half_price, a_reduction(100_00, 10_00)).goods == 90_00


# 满赠, 买赠


def test_gifts_of_the_best_tier_come_along_for_nothing() -> None:
    terms = ThresholdGiftTerms((GiftTier(10_00, (a_gift,)), GiftTier(20_00, (replace(a_gift, quantity=2),))))
    promotion = a_promotion("THRESHOLD_GIFT", terms)

    found = priced(a_cart(20_00), promotion, gifts_in_stock={GIFT: 5})

    assert found.gifts == (GiftLine(promotion.id, GIFT, 2, 5_00),)
    assert (found.goods, found.promotion_ids) == (20_00, (promotion.id,))
    assert variants_beside(BUILT_IN, [promotion]) == {GIFT}


def test_a_line_that_earned_gifts_takes_no_reduction() -> None:
    promotion = a_promotion("THRESHOLD_GIFT", ThresholdGiftTerms((GiftTier(1, (a_gift,)),)), 1, scope=only(0))

    found = priced(a_cart(20_00, 20_00), promotion, a_reduction(1, 1_00, 2), gifts_in_stock={GIFT: 1})

    assert shares(found, "REDUCTION") == [0, 1_00]


def test_a_gift_that_goes_with_no_other_offer_goes_with_no_coupon() -> None:
    alone = a_promotion("THRESHOLD_GIFT", ThresholdGiftTerms((GiftTier(1, (a_gift,)),)), 1, exclusive=True)

    found = priced([an_item(0, 10_00)], alone, coupons=[a_coupon(amount=1_00)], gifts_in_stock={a_gift.variant_id: 9})

    assert (found.total, len(found.gifts), len(found.refused_coupons)) == (10_00, 1, 1)


@pytest.mark.parametrize(("units", "gifts"), [(1, 0), (2, 1), (5, 2), (9, 3)])
def test_gifts_for_every_so_many_units_up_to_a_number(units: int, gifts: int) -> None:
    promotion = a_promotion("BUY_GIFT", BuyGiftTerms((a_gift,), buy=2, most=3))

    found = priced([an_item(0, 10_00, units)], promotion, gifts_in_stock={GIFT: 99})

    assert sum(gift.quantity for gift in found.gifts) == gifts


def test_an_order_goes_on_without_gifts_that_are_gone_and_says_so() -> None:
    promotion = a_promotion("BUY_GIFT", BuyGiftTerms((replace(a_gift, quantity=2),)))

    some = priced(a_cart(10_00), promotion, gifts_in_stock={GIFT: 1})
    none = priced(a_cart(10_00), promotion)

    assert (some.gifts[0].quantity, some.notices) == (1, (GiftOut(promotion.id, GIFT, 1),))
    assert (none.gifts, none.notices, none.obstacles) == ((), (GiftOut(promotion.id, GIFT, 2),), ())


def test_what_the_cart_buys_itself_is_not_given_away() -> None:
    promotion = a_promotion("BUY_GIFT", BuyGiftTerms((a_gift,)))

    found = priced([an_item(77, 10_00, 3)], promotion, gifts_in_stock={GIFT: 3})

    assert found.gifts == ()
    assert found.notices


def test_two_promotions_do_not_give_the_same_last_unit() -> None:
    both = [a_promotion("BUY_GIFT", BuyGiftTerms((a_gift,)), number) for number in (1, 2)]

    found = priced(a_cart(10_00), *both, gifts_in_stock={GIFT: 1})

    assert ([gift.promotion_id for gift in found.gifts], len(found.notices)) == ([both[0].id], 1)


# 包邮 and shipping


def test_shipping_is_borne_from_a_threshold_on_that_coupons_and_points_do_not_undo() -> None:
    promotion = a_promotion("FREE_SHIPPING", FreeShippingTerms(100_00))
    coupon = a_coupon(amount=50_00)

    free = priced(a_cart(100_00), promotion, coupons=[coupon], shipping=Flat(8_00))
    charged = priced(a_cart(99_99), promotion, shipping=Flat(8_00))

    assert (free.shipping, free.shipping_discount, free.total) == (8_00, 8_00, 50_00)
    assert (charged.shipping_discount, charged.total) == (0, 107_99)


def test_shipping_is_borne_by_a_promotion_before_a_right_before_a_coupon() -> None:
    some = a_promotion("FREE_SHIPPING", FreeShippingTerms(1, Measure.QUANTITY, most=3_00))
    member = Shopper(is_member=True, rights=frozenset({FREE_SHIPPING}))
    coupon = a_coupon(CouponKind.FREE_SHIPPING)

    found = priced(a_cart(1_00), some, shopper=member, coupons=[coupon], shipping=Flat(8_00))

    assert [(step.kind, step.amount) for step in found.steps] == [("FREE_SHIPPING", 3_00), ("FREE_SHIPPING", 5_00)]
    assert found.coupon_ids == ()


def test_nothing_selected_is_nothing_to_ship() -> None:
    found = priced([an_item(0, 10_00, selected=False)], shipping=Flat(8_00))

    assert (found.total, found.lines[0].unit_price, found.lines[0].unit_payable) == (0, 10_00, ())


# 首单优惠


@pytest.mark.parametrize(
    ("price", "is_new", "paid"), [(20_00, True, 5_00), (19_99, True, 19_99), (20_00, False, 20_00)]
)
def test_the_first_order_costs_less(price: int, is_new: bool, paid: int) -> None:
    offer = a_promotion("FIRST_ORDER", FirstOrderTerms(15_00, threshold=20_00))

    assert priced(a_cart(price), offer, shopper=Shopper(is_member=True, is_new=is_new)).goods == paid


# What may be published

one_gift = (a_gift,)
terms_that_hold: list[tuple[Any, Any]] = [
    (TimeDiscount(), UnitPriceTerms((UnitPrice(variant(0), 1),), rest_bp=9_999)),
    (SlotPrice(), UnitPriceTerms(rest_bp=1)),
    (Bundle(), BundleTerms(1, (BundlePart(variant(0), 99),))),
    (Bundle(), BundleTerms(1, (BundlePart(variant(0)),), choose=2)),
    (NthItem(), NthItemTerms(10, 10_000)),
    (AddOn(), AddOnTerms(1, (AddOnOffer(variant(0), 0),))),
    (Reduction(), ReductionTerms((ReductionTier(1, 1), ReductionTier(2, 2)))),
    (Reduction(), ReductionTerms((ReductionTier(1, 50_00),), Measure.QUANTITY)),
    (Reduction(), ReductionTerms((ReductionTier(10, 5),), repeats=True, most=5)),
    (PercentOff(), PercentOffTerms((PercentTier(1, 10_000),))),
    (ThresholdGift(), ThresholdGiftTerms((GiftTier(1, one_gift),))),
    (BuyGift(), BuyGiftTerms(one_gift)),
    (FreeShipping(), FreeShippingTerms()),
    (FirstOrder(), FirstOrderTerms(1)),
]
terms_that_do_not: list[tuple[Any, Any]] = [
    (TimeDiscount(), UnitPriceTerms()),
    (TimeDiscount(), UnitPriceTerms(rest_bp=10_000)),
    (TimeDiscount(), UnitPriceTerms((UnitPrice(variant(0), -1),))),
    (TimeDiscount(), UnitPriceTerms((UnitPrice(variant(0), 0),))),
    (SlotPrice(), UnitPriceTerms((UnitPrice(variant(0), 0),))),
    (TimeDiscount(), UnitPriceTerms((UnitPrice(variant(0), 1), UnitPrice(variant(0), 2)))),
    (Bundle(), BundleTerms(0, (BundlePart(variant(0), 2),))),
    (Bundle(), BundleTerms(1, ())),
    (Bundle(), BundleTerms(1, (BundlePart(variant(0)),))),
    (Bundle(), BundleTerms(1, (BundlePart(variant(0), 2),), choose=2)),
    (Bundle(), BundleTerms(1, (BundlePart(variant(0)), BundlePart(variant(0))))),
    (NthItem(), NthItemTerms(1)),
    (NthItem(), NthItemTerms(off_bp=10_001)),
    (AddOn(), AddOnTerms(0, (AddOnOffer(variant(0), 0),))),
    (AddOn(), AddOnTerms(1, ())),
    (AddOn(), AddOnTerms(1, (AddOnOffer(variant(0), 0), AddOnOffer(variant(0), 1)))),
    (AddOn(), AddOnTerms(1, (AddOnOffer(variant(0), 0),), most=0)),
    (Reduction(), ReductionTerms(())),
    (Reduction(), ReductionTerms((ReductionTier(10, 11),))),
    (Reduction(), ReductionTerms((ReductionTier(10, 5), ReductionTier(10, 6)))),
    (Reduction(), ReductionTerms((ReductionTier(10, 5), ReductionTier(20, 5)))),
    (Reduction(), ReductionTerms((ReductionTier(10, 5),), repeats=True)),
    (Reduction(), ReductionTerms((ReductionTier(10, 5), ReductionTier(20, 6)), repeats=True, most=9)),
    (PercentOff(), PercentOffTerms((PercentTier(1, 0),))),
    (ThresholdGift(), ThresholdGiftTerms((GiftTier(1, ()),))),
    (BuyGift(), BuyGiftTerms((a_gift, a_gift))),
    (BuyGift(), BuyGiftTerms((replace(a_gift, quantity=0),))),
    (BuyGift(), BuyGiftTerms((replace(a_gift, value=-1),))),
    (BuyGift(), BuyGiftTerms(one_gift, buy=0)),
    (FreeShipping(), FreeShippingTerms(-1)),
    (FirstOrder(), FirstOrderTerms(0)),
]


@pytest.mark.parametrize(("play", "terms"), terms_that_hold)
def test_terms_within_their_bounds_can_be_published(play: Any, terms: Any) -> None:
    play.check(terms)


@pytest.mark.parametrize(("play", "terms"), terms_that_do_not)
def test_terms_out_of_their_bounds_cannot(play: Any, terms: Any) -> None:
    with pytest.raises(BadInput):
        play.check(terms)


def test_only_gifts_and_add_ons_bring_variants_beside_the_cart() -> None:
    promotions = [a_promotion(play.kind, terms) for play, terms in terms_that_hold]

    assert variants_beside(BUILT_IN, promotions) == {variant(0), GIFT}
