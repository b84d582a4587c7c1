"""Properties of every price: nothing negative, nothing lost, nothing that depends on an order that means nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import apportion, evenly
from domain.promotions.audiences import Shopper
from domain.promotions.coupons import CouponKind
from domain.promotions.plays import Play
from domain.promotions.plays.bundle import BundlePart, BundleTerms
from domain.promotions.plays.buy_gift import BuyGiftTerms
from domain.promotions.plays.first_order import FirstOrderTerms
from domain.promotions.plays.free_shipping import FreeShippingTerms
from domain.promotions.plays.nth_item import NthItemTerms
from domain.promotions.plays.percent_off import PercentOffTerms, PercentTier
from domain.promotions.plays.reduction import ReductionTerms, ReductionTier
from domain.promotions.plays.threshold_gift import GiftTier, ThresholdGiftTerms
from domain.promotions.plays.time_discount import UnitPrice, UnitPriceTerms
from domain.promotions.points import PointsTerms
from domain.promotions.pricing import quote
from domain.promotions.quotes import Circumstances, Quote
from domain.promotions.registry import with_plays
from domain.promotions.scopes import EVERYTHING
from domain.promotions.sheet import ExclusivePrice, GiftPart, Item, Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from domain.refusals import WrongState
from tests.makers_quotes import (
    NOON,
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

usual, few = settings(deadline=None), settings(deadline=None, max_examples=50)
fen = st.one_of(st.integers(0, 300), st.integers(0, 500_00), st.sampled_from([0, 1, 39_99, 2**31, 2**40]))
shares_bp = st.integers(1, 10_000)
scopes = st.one_of(st.just(EVERYTHING), st.sets(st.integers(0, 4), min_size=1).map(lambda found: only(*found)))
measures = st.sampled_from(Measure)
gifts = st.integers(1, 3).map(lambda units: (GiftPart(variant(77), units, 1_00),))
exclusives = st.builds(
    lambda price, blocks: ExclusivePrice("SECKILL", variant(88), price, frozenset(blocks)),
    st.integers(0, 100_00),
    st.sets(st.sampled_from(Stage)),
)
terms: dict[str, st.SearchStrategy[Any]] = {
    "TIME_DISCOUNT": st.builds(
        lambda price, rest: UnitPriceTerms((UnitPrice(variant(0), price),), rest), fen, st.none() | shares_bp
    ),
    "BUNDLE": st.builds(
        lambda price, needs, choose: BundleTerms(price, tuple(map(BundlePart, map(variant, needs), needs)), choose),
        fen,
        st.sets(st.integers(1, 4), min_size=1).map(sorted),
        st.sampled_from([0, 0, 2, 3]),
    ),
    "NTH_ITEM": st.builds(NthItemTerms, st.integers(2, 4), shares_bp, st.booleans()),
    "REDUCTION": st.builds(
        lambda threshold, off, by: ReductionTerms((ReductionTier(threshold, off),), by),
        st.integers(1, 100_00),
        fen,
        measures,
    ),
    "PERCENT_OFF": st.builds(lambda bp, by: PercentOffTerms((PercentTier(1, bp),), by), shares_bp, measures),
    "THRESHOLD_GIFT": gifts.map(lambda given: ThresholdGiftTerms((GiftTier(1, given),))),
    "BUY_GIFT": st.builds(BuyGiftTerms, gifts, st.integers(1, 3), st.integers(1, 3)),
    "FREE_SHIPPING": st.builds(FreeShippingTerms, st.integers(0, 100_00), measures, st.integers(0, 10_00)),
    "FIRST_ORDER": st.builds(FirstOrderTerms, fen),
}


@st.composite
def carts(draw: st.DrawFn) -> list[Item]:
    return [
        an_item(
            number,
            draw(fen),
            draw(st.integers(1, 5)),
            selected=draw(st.sampled_from([True, True, True, False])),
            exclusive=draw(st.none() | st.none() | exclusives),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


@st.composite
def promotion_sets(draw: st.DrawFn) -> list[Promotion]:
    kinds = draw(st.lists(st.sampled_from(sorted(terms)), max_size=6))
    return [
        a_promotion(
            kind,
            draw(terms[kind]),
            number,
            scope=draw(scopes),
            priority=draw(st.integers(0, 2)),
            exclusive=draw(st.integers(0, 9)) == 0,
        )
        for number, kind in enumerate(kinds)
    ]


@st.composite
def circumstances(draw: st.DrawFn) -> Circumstances:
    coupons = [
        a_coupon(
            draw(st.sampled_from(CouponKind)),
            number,
            amount=draw(fen),
            off_bp=draw(shares_bp),
            threshold=draw(st.sampled_from([0, 1_00, 50_00])),
            scope=draw(scopes),
            order_wide=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return Circumstances(
        NOON,
        shopper=Shopper(variant(99), level_bp=draw(st.sampled_from([10_000, 9_500, 1])), is_new=draw(st.booleans())),
        promotions=draw(promotion_sets()),
        coupons=coupons,
        coupons_go_together=draw(st.booleans()),
        points=draw(st.none() | st.builds(PointsTerms, st.integers(1, 1_000), shares_bp, st.integers(0, 10_000))),
        shipping=Flat(draw(st.sampled_from([0, 8_00]))),
        gifts_in_stock={variant(77): draw(st.integers(0, 5))},
    )


@given(carts(), circumstances())
@usual
def test_parts_sum_to_wholes_and_nothing_is_negative(items: list[Item], around: Circumstances) -> None:
    found = quote(items, around)

    for line in found.lines:
        item = line.item
        assert sum(line.unit_payable) == line.payable >= 0
        assert len(line.unit_payable) == (item.quantity if item.selected else 0)
        assert min(line.unit_payable, default=0) >= 0
        if item.selected:
            assert line.payable == item.price * item.quantity - sum(step.amount for step in line.steps)
    assert found.goods == sum(payables(found))
    assert all(step.amount == sum(part for _, part in step.shares) for step in found.steps if step.shares)
    assert 0 <= found.shipping_discount <= found.shipping
    assert found.total == found.goods + found.shipping - found.shipping_discount >= 0
    assert found.points_used == sum(line.points for line in found.lines)


@given(carts(), circumstances(), st.randoms(use_true_random=False))
@usual
def test_the_order_of_items_promotions_and_coupons_does_not_matter(
    items: list[Item], around: Circumstances, chance: random.Random
) -> None:
    def shuffled(values: Sequence[Any]) -> list[Any]:
        return chance.sample(list(values), len(values))

    mixed = replace(around, promotions=shuffled(around.promotions), coupons=shuffled(around.coupons))

    found, again = quote(items, around), quote(shuffled(items), mixed)

    assert (again.digest, again.lines, again.gifts) == (found.digest, found.lines, found.gifts)
    assert sorted(again.refused_coupons, key=repr) == sorted(found.refused_coupons, key=repr)


@given(carts(), circumstances(), st.randoms(use_true_random=False))
@usual
def test_refunds_in_any_order_sum_to_the_payment_and_return_all_points(
    items: list[Item], around: Circumstances, chance: random.Random
) -> None:
    found = quote(items, around)
    units = [(line, k) for line in found.lines for k in range(len(line.unit_payable))]
    chance.shuffle(units)

    refunded = list(accumulate((line.unit_payable[k] for line, k in units), initial=0))
    points = sum(line.unit_points[k] for line, k in units if line.unit_points)

    assert refunded == sorted(refunded)
    assert (refunded[-1], points) == (found.goods, found.points_used)


@given(carts(), circumstances(), fen, fen)
@few
def test_a_larger_coupon_never_costs_more(items: list[Item], around: Circumstances, one: int, other: int) -> None:
    """Of one kind and scope, alone: a discount that changes which others apply is another wish."""
    lesser, larger = (
        replace(around, coupons=[a_coupon(amount=amount)], points=None) for amount in sorted((one, other))
    )

    assert quote(items, larger).total <= quote(items, lesser).total


@given(carts(), fen, fen, measures)
@few
def test_a_larger_reduction_never_costs_more(items: list[Item], one: int, other: int, by: Measure) -> None:
    lesser, larger = (
        a_promotion("REDUCTION", ReductionTerms((ReductionTier(1, off),), by)) for off in sorted((one, other))
    )

    assert priced(items, larger).total <= priced(items, lesser).total


@given(carts(), shares_bp, shares_bp)
@few
def test_a_lower_level_price_never_costs_more(items: list[Item], one: int, other: int) -> None:
    low, high = sorted((one, other))

    assert priced(items, shopper=Shopper(level_bp=low)).total <= priced(items, shopper=Shopper(level_bp=high)).total


@given(carts(), circumstances(), st.integers(0, 5_000), st.integers(0, 5_000))
@few
def test_more_points_never_cost_more(items: list[Item], around: Circumstances, one: int, other: int) -> None:
    fewer, more = (replace(around, points=PointsTerms(100, 5_000, wanted)) for wanted in sorted((one, other)))

    assert quote(items, more).total <= quote(items, fewer).total


@given(carts(), circumstances())
@few
def test_a_coupon_never_costs_more_than_none(items: list[Item], around: Circumstances) -> None:
    without = replace(around, coupons=[], points=None)

    assert quote(items, replace(around, points=None)).total <= quote(items, without).total


@given(carts(), promotion_sets())
@few
def test_promotions_cost_no_more_than_the_list(items: list[Item], promotions: list[Promotion]) -> None:
    assert priced(items, *promotions).total <= priced(items).total


@given(st.lists(fen, min_size=1, max_size=20).filter(any), st.data())
@usual
def test_no_part_exceeds_what_it_is_taken_from(weights: list[int], data: st.DataObject) -> None:
    whole = data.draw(st.integers(0, sum(weights)))

    parts = apportion(whole, weights)

    assert sum(parts) == whole
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    assert all(
        abs(part * sum(weights) - whole * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )


@given(fen, st.integers(1, 999))
@usual
def test_units_differ_by_a_fen_at_most(whole: int, count: int) -> None:
    parts = evenly(whole, count)

    assert (sum(parts), len(parts)) == (whole, count)
    assert max(parts) - min(parts) <= 1


class _Careless:
    """A play of an integrator that gives more than there is, to lines that have nothing left."""

    kind = "CARELESS"
    stage = Stage.SUBTOTAL
    rank = 0
    terms_type = FirstOrderTerms

    def check(self, _: Any) -> None: ...

    def variants(self, _: Any) -> tuple[()]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        for _ in range(3):
            sheet.discount(sheet.lines, promotion.terms.off, promotion)
        sheet.discount(sheet.lines, -5, promotion)
        sheet.refuse(WrongState("CARELESS"))


@given(st.lists(st.integers(0, 100_00), min_size=1, max_size=5), fen)
@usual
def test_no_play_of_an_integrator_makes_a_line_negative_and_what_it_refuses_is_told(
    prices: list[int], off: int
) -> None:
    careless: Play = _Careless()
    around = Circumstances(NOON, promotions=[a_promotion("CARELESS", FirstOrderTerms(off))])

    found: Quote = quote(a_cart(*prices), around, with_plays([careless]))

    assert [type(one) for one in found.obstacles] == [WrongState]
    assert found.goods == max(0, sum(prices) - 3 * off)
    assert min(payables(found)) >= 0


# The defects of other systems that product rules 3.15 and 2.5 name, and the scenarios that follow from them


def test_three_lines_of_ten_yuan_with_ten_off_lose_no_fen() -> None:
    """macrozheng/mall #356: 3-decimal rounding without a remainder gave 9.99 (scenario P3)."""
    assert shares(priced(a_cart(10_00, 10_00, 10_00), coupons=[a_coupon(amount=10_00)]), "COUPON") == [3_34, 3_33, 3_33]


def test_a_deselected_last_line_does_not_swallow_the_remainder() -> None:
    """yudao `dividePrice` gave the remainder to the last line and skipped it when it was not selected (scenario P3)."""
    items = a_cart(10_00, 10_00, 10_00)

    even = priced([*items[:2], replace(items[2], selected=False)], coupons=[a_coupon(amount=10_00)])
    odd = priced([*items[:2], replace(items[2], selected=False)], coupons=[a_coupon(amount=10_01)])

    assert shares(even, "COUPON") == [5_00, 5_00, 0]
    assert (shares(odd, "COUPON"), odd.goods) == ([5_01, 5_00, 0], 9_99)


def test_a_discount_above_the_total_is_clamped_to_it() -> None:
    """macrozheng/mall #1002: a payable of -824.00. yudao `dividePrice2` does not clamp (scenario P3)."""
    for cheaper in ({"coupons": [a_coupon(amount=50_00)]}, {"shopper": Shopper(level_bp=1)}):
        assert min(payables(priced(a_cart(10_00, 10_00, 10_00), **cheaper))) >= 0
    found = priced(a_cart(10_00, 10_00, 10_00), a_reduction(1, 50_00))

    assert ([step.amount for step in found.steps], found.total) == ([30_00], 0)


def test_units_sum_to_their_line_where_a_truncated_unit_price_would_not() -> None:
    """CRMEB stores a truncated unit price, so quantity times unit price is not the line."""
    (line,) = priced([an_item(0, 10_00, 3)], coupons=[a_coupon(amount=10_00)]).lines

    assert line.unit_payable == (6_67, 6_67, 6_66)
    assert sum(line.unit_payable) == line.payable == 20_00


@pytest.mark.parametrize("quantity", [1, 3])
def test_one_fen_over_three_lines_is_one_fen(quantity: int) -> None:
    """G26."""
    found = priced([an_item(n, 10_00, quantity) for n in range(3)], coupons=[a_coupon(amount=1)])

    assert shares(found, "COUPON") == [1, 0, 0]
    assert found.goods == 30_00 * quantity - 1


def test_goods_that_cost_nothing_take_no_part_of_a_discount() -> None:
    """Scenario C33: zero-price variants."""
    found = priced(a_cart(0, 10_00, 0), a_reduction(1, 3_00), coupons=[a_coupon(amount=2_00)])

    assert payables(found) == [0, 5_00, 0]
    assert priced(a_cart(0, 0), a_reduction(1, 1)).total == 0
