"""Properties of every price: nothing negative, nothing lost, nothing that depends on an order that means nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
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
from domain.promotions.plays.add_on import AddOnOffer, AddOnTerms
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
from domain.promotions.slots import Slot
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
    an_item,
    only,
    payables,
    priced,
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
unit_prices = st.builds(
    lambda price, rest: UnitPriceTerms((UnitPrice(variant(0), price),), rest), fen, st.none() | shares_bp
)
AT_NOON, LATER = Slot(7, 0, 12 * 60), Slot(7, 12 * 60, 13 * 60)
terms: dict[str, st.SearchStrategy[Any]] = {
    "TIME_DISCOUNT": unit_prices,
    "SLOT_PRICE": unit_prices,
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
ADD_ON = 50
"""The number of the promotion whose add-ons lines may be."""
add_ons = st.builds(
    lambda threshold, prices, most: AddOnTerms(
        threshold, tuple(AddOnOffer(variant(number), price) for number, price in prices.items()), most
    ),
    st.sampled_from([1, 1, 50_00]),
    st.dictionaries(st.integers(0, 4), st.integers(0, 300), min_size=3),
    st.integers(1, 3),
)


@st.composite
def carts(draw: st.DrawFn) -> list[Item]:
    return [
        an_item(
            number,
            draw(fen),
            draw(st.integers(1, 5)),
            selected=draw(st.sampled_from([True, True, True, False])),
            exclusive=draw(st.none() | st.none() | exclusives),
            add_on_of=draw(st.sampled_from([None, None, a_promotion("ADD_ON", None, ADD_ON).id])),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


@st.composite
def promotion_sets(draw: st.DrawFn) -> list[Promotion]:
    kinds = draw(st.lists(st.sampled_from(sorted(terms)), max_size=6))
    earned = draw(add_ons | add_ons | st.none())
    return [
        *([] if earned is None else [a_promotion("ADD_ON", earned, ADD_ON)]),
        *(
            a_promotion(
                kind,
                draw(terms[kind]),
                number,
                scope=draw(scopes),
                slots=draw(st.sampled_from([(AT_NOON,), (LATER,)])) if kind == "SLOT_PRICE" else (),
                priority=draw(st.integers(0, 2)),
                exclusive=draw(st.integers(0, 9)) == 0,
            )
            for number, kind in enumerate(kinds)
        ),
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
        shopper=Shopper(is_member=True, level_bp=draw(st.sampled_from([10_000, 9_500, 1])), is_new=draw(st.booleans())),
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


def _in_set(price: int) -> BundleTerms:
    return BundleTerms(price, (BundlePart(variant(0)), BundlePart(variant(1), 2)))


def _any_two(price: int) -> BundleTerms:
    return BundleTerms(price, tuple(BundlePart(variant(number)) for number in range(4)), choose=2)


BY_PRICE: list[tuple[str, str, Callable[[int], Any]]] = [
    ("a discount for a time", "TIME_DISCOUNT", lambda price: UnitPriceTerms((UnitPrice(variant(0), price),))),
    ("a price of hours", "SLOT_PRICE", lambda price: UnitPriceTerms((UnitPrice(variant(0), price),))),
    ("a set", "BUNDLE", _in_set),
    ("any two", "BUNDLE", _any_two),
    ("an add-on", "ADD_ON", lambda price: AddOnTerms(1, (AddOnOffer(variant(0), price),), 2)),
]
BY_SHARE: list[tuple[str, str, Callable[[int], Any]]] = [
    ("a share off", "PERCENT_OFF", lambda bp: PercentOffTerms((PercentTier(1, bp),))),
    ("every second", "NTH_ITEM", lambda bp: NthItemTerms(2, bp)),
    ("every second of a pool", "NTH_ITEM", lambda bp: NthItemTerms(2, bp, pooled=True)),
    ("a share of the price off", "TIME_DISCOUNT", lambda bp: UnitPriceTerms(rest_bp=10_000 - min(bp, 9_999))),
]


@pytest.mark.parametrize(
    ("kind", "terms_at"), [pytest.param(kind, terms_at, id=name) for name, kind, terms_at in BY_PRICE]
)
@given(items=carts(), one=fen, other=fen)
@few
def test_a_lower_price_of_a_play_never_costs_more(
    kind: str, terms_at: Callable[[int], Any], items: list[Item], one: int, other: int
) -> None:
    """Of each kind alone, as below: a discount that keeps another off the goods is another wish."""
    low, high = (priced(items, a_promotion(kind, terms_at(price), ADD_ON)) for price in sorted((one, other)))

    assert low.total <= high.total <= priced(items).total


@pytest.mark.parametrize(
    ("kind", "terms_at"), [pytest.param(kind, terms_at, id=name) for name, kind, terms_at in BY_SHARE]
)
@given(items=carts(), one=shares_bp, other=shares_bp)
@few
def test_a_larger_share_of_a_play_never_costs_more(
    kind: str, terms_at: Callable[[int], Any], items: list[Item], one: int, other: int
) -> None:
    less, more = (priced(items, a_promotion(kind, terms_at(share))) for share in sorted((one, other)))

    assert more.total <= less.total <= priced(items).total


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
