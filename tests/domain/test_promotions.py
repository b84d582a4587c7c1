"""Prices: the eight steps of the product rules, to the fen, each with its explanation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.payloads import plain
from domain.promotions.audiences import Audience, AudienceKind, Shopper
from domain.promotions.coupons import CouponKind, CouponReason
from domain.promotions.plays.percent_off import PercentOffTerms, PercentTier
from domain.promotions.plays.time_discount import UnitPrice, UnitPriceTerms
from domain.promotions.points import PointsTerms
from domain.promotions.price_lists import PriceList
from domain.promotions.quotes import BelowFloor, Quote, check_orderable
from domain.promotions.registry import BUILT_IN, check_terms, read_terms, with_plays
from domain.promotions.sheet import ExclusivePrice
from domain.promotions.slots import Slot, check_slots, is_open, next_change
from domain.promotions.stages import Stage
from domain.refusals import BadInput, Refusals
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

SHANGHAI = ZoneInfo("Asia/Shanghai")
A, B = 0, 1
a_member = Shopper(is_member=True, level_bp=9_500)
points = PointsTerms(per_yuan=100, most_bp=3_000, wanted=1_000)
cheap_a = a_promotion("TIME_DISCOUNT", UnitPriceTerms((UnitPrice(variant(A), 179_00),)), 1)
at_half = a_promotion("TIME_DISCOUNT", UnitPriceTerms(rest_bp=5_000), 7)


def the_stacked_cart() -> Quote:
    """Scenario P1."""
    return priced(
        [an_item(A, 199_00, 2), an_item(B, 59_90)],
        cheap_a,
        a_reduction(300_00, 40_00, 2),
        coupons=[a_coupon(amount=50_00, threshold=350_00)],
        shopper=a_member,
        points=points,
        shipping=Flat(8_00),
    )


def test_a_stacked_price_is_exact_to_the_fen() -> None:
    found = the_stacked_cart()

    assert [line.unit_price for line in found.lines] == [179_00, 56_91]
    assert shares(found, "REDUCTION") == [34_51, 5_49]
    assert shares(found, "COUPON") == [43_14, 6_86]
    assert shares(found, "POINTS") == [8_63, 1_37]
    assert (payables(found), found.goods, found.total) == ([271_72, 43_19], 314_91, 322_91)


def test_every_unit_of_a_stacked_price_knows_what_it_gives_back() -> None:
    found = the_stacked_cart()

    assert [line.unit_payable for line in found.lines] == [(135_86, 135_86), (43_19,)]
    assert [line.unit_points for line in found.lines] == [(432, 431), (137,)]
    assert found.points_used == 1_000


def test_the_steps_explain_every_amount() -> None:
    found = the_stacked_cart()

    told = [(step.stage, step.kind, step.amount) for step in found.steps]
    assert told == [
        (Stage.UNIT, "TIME_DISCOUNT", 40_00),
        (Stage.UNIT, "LEVEL_PRICE", 2_99),
        (Stage.SUBTOTAL, "REDUCTION", 40_00),
        (Stage.COUPON, "COUPON", 50_00),
        (Stage.POINTS, "POINTS", 10_00),
    ]
    assert found.goods == 2 * 199_00 + 59_90 - sum(step.amount for step in found.steps)
    assert found.promotion_ids == (cheap_a.id, a_reduction(300_00, 40_00, 2).id)


def test_the_best_of_list_activity_and_members_price_counts_and_they_are_not_added() -> None:
    card = PriceList(UUID(int=5), "会员价", {variant(A): 90_00}, audience=Audience(AudienceKind.PAID_CARD))
    shopper = Shopper(is_member=True, level_bp=9_500, plan_id=UUID(int=6))

    with_card = priced(a_cart(100_00, 100_00), cheap_a, price_lists=[card], shopper=shopper)
    without = priced(a_cart(100_00, 100_00), cheap_a, price_lists=[card], shopper=replace(shopper, plan_id=None))

    assert payables(with_card) == [90_00, 95_00]
    assert payables(without) == [95_00, 95_00]


def test_a_price_list_prices_the_rest_of_its_scope_by_a_share_while_it_runs() -> None:
    friends = PriceList(UUID(int=5), "好友价", {variant(A): 90_00}, 8_000, scope=only(A, B))
    over = replace(friends, ends_at=NOON)

    assert payables(priced(a_cart(100_00, 59_95, 59_95), price_lists=[friends])) == [90_00, 47_96, 59_95]
    assert payables(priced(a_cart(100_00), price_lists=[over])) == [100_00]


def test_an_exclusive_price_blocks_steps_two_to_four_but_not_a_coupon() -> None:
    seckill = ExclusivePrice("SECKILL", UUID(int=8), 50_00)
    items = [an_item(A, 100_00, exclusive=seckill), an_item(B, 100_00)]

    found = priced(items, at_half, a_reduction(10_00, 5_00), coupons=[a_coupon(amount=10_00)])

    assert shares(found, "REDUCTION") == [0, 5_00]
    assert shares(found, "SECKILL") == [50_00, 0]
    assert shares(found, "COUPON") == [5_26, 4_74]
    assert UUID(int=8) not in found.promotion_ids


def test_an_activity_says_what_may_be_added_to_its_price_and_what_not() -> None:
    open_to_all = ExclusivePrice("LIVE", UUID(int=8), 50_00, blocks=frozenset())
    closed = ExclusivePrice("GROUP", UUID(int=8), 50_00, blocks=frozenset(Stage))

    added = priced([an_item(A, 100_00, exclusive=open_to_all)], a_reduction(50_00, 5_00))
    alone = priced([an_item(A, 100_00, exclusive=closed)], a_reduction(1, 5_00), coupons=[a_coupon(amount=1)])

    assert added.goods == 45_00
    assert (alone.goods, alone.refused_coupons[0].reason) == (50_00, CouponReason.NOTHING_IN_SCOPE)


def test_points_that_a_price_is_in_are_spent_for_each_unit() -> None:
    swapped = ExclusivePrice("POINTS", UUID(int=8), 1_00, points=500)

    found = priced([an_item(A, 20_00, 3, exclusive=swapped)])

    assert (found.goods, found.points_used, found.lines[0].unit_points) == (3_00, 1_500, (500, 500, 500))


def test_one_play_of_step_four_for_each_line_the_one_of_higher_priority() -> None:
    wide = a_reduction(10_00, 1_00, 1)
    percent = PercentOffTerms((PercentTier(1, 5_000),))
    narrow = a_promotion("PERCENT_OFF", percent, 2, priority=5, scope=only(A))

    found = priced(a_cart(20_00, 20_00), wide, narrow)

    assert (shares(found, "PERCENT_OFF"), shares(found, "REDUCTION")) == ([10_00, 0], [0, 1_00])


def test_what_an_exclusive_promotion_lowers_takes_no_later_promotion_and_no_coupon_but_points() -> None:
    alone = a_promotion("TIME_DISCOUNT", UnitPriceTerms(rest_bp=9_000), 7, exclusive=True, scope=only(A))

    found = priced(
        a_cart(100_00, 100_00), alone, a_reduction(10_00, 1_00), coupons=[a_coupon(amount=9_00)], points=points
    )

    assert shares(found, "REDUCTION") == [0, 1_00]
    assert shares(found, "COUPON") == [0, 9_00]
    assert shares(found, "POINTS") == [5_00, 5_00]


def test_points_pay_for_a_share_of_the_goods_at_most() -> None:
    found = priced(a_cart(10_00), points=PointsTerms(per_yuan=100, most_bp=3_000, wanted=5_000))

    assert (found.goods, found.points_used) == (7_00, 300)


def test_points_leave_a_fen_where_the_brand_forbids_orders_for_nothing() -> None:
    found = priced(a_cart(10_00), points=PointsTerms(per_yuan=100, most_bp=10_000, wanted=5_000, leaves=1))

    assert (found.goods, found.points_used) == (1, 999)


@pytest.mark.parametrize(
    ("per_yuan", "wanted", "spent", "amount"),
    [
        pytest.param(1_000, 15, 10, 1, id="ten points a fen, the odd five stay"),
        pytest.param(50, 7, 5, 10, id="two fen a point, not above the cap of 10"),
        pytest.param(30, 3, 3, 10, id="three and a third fen a point"),
        pytest.param(100, 0, 0, 0, id="none"),
    ],
)
def test_no_more_points_are_spent_than_they_pay_for(per_yuan: int, wanted: int, spent: int, amount: int) -> None:
    found = priced(a_cart(20), points=PointsTerms(per_yuan, 5_000, wanted))

    assert (found.points_used, 20 - found.goods) == (spent, amount)


def test_goods_earn_points_by_the_whole_yuan_times_the_right() -> None:
    terms = PointsTerms(per_yuan=100, most_bp=0, earned_per_yuan=2, earned_bp=15_000)

    assert priced(a_cart(9_99), points=terms).points_earned == 27


def test_a_unit_below_its_floor_cannot_be_ordered() -> None:
    floors = {variant(A): 149_00}

    at_floor = priced(a_cart(199_00), coupons=[a_coupon(amount=50_00)], floors=floors)
    below = priced(a_cart(199_00), coupons=[a_coupon(amount=50_01)], floors=floors)

    check_orderable(at_floor)
    with pytest.raises(Refusals) as refusals:
        check_orderable(below)
    (refusal,) = refusals.value.members
    assert isinstance(refusal, BelowFloor)
    assert (refusal.variant_id, refusal.floor, refusal.price) == (variant(A), 149_00, 148_99)


def test_the_floor_holds_for_the_cheapest_unit_of_a_line() -> None:
    found = priced([an_item(A, 10_00, 2)], coupons=[a_coupon(amount=1)], floors={variant(A): 10_00})

    assert found.lines[0].unit_payable == (10_00, 9_99)
    assert found.obstacles


@pytest.mark.parametrize(
    ("quantity", "off", "lowest"),
    [
        pytest.param(1, 0, None, id="the unit that was won"),
        pytest.param(3, 0, None, id="and two at their price"),
        pytest.param(3, 40_00, None, id="and two at the floor"),
        pytest.param(3, 40_01, 79_99, id="and two below it"),
    ],
)
def test_a_unit_that_a_coupon_is_exchanged_for_is_a_gift_and_has_no_floor(
    quantity: int, off: int, lowest: int | None
) -> None:
    """R26 is about what is sold: a product that was won costs nothing, and the units beside it are held to theirs."""
    coupons = [a_coupon(CouponKind.EXCHANGE, 1), a_coupon(number=2, amount=off, order_wide=True)]

    found = priced([an_item(A, 100_00, quantity)], coupons=coupons, floors={variant(A): 80_00})

    assert [one.price for one in found.obstacles if isinstance(one, BelowFloor)] == ([lowest] if lowest else [])


def test_a_new_customer_offer_is_for_new_customers() -> None:
    offer = replace(a_reduction(1, 1_00), audience=Audience(AudienceKind.NEW_CUSTOMER))

    assert priced(a_cart(10_00), offer, shopper=Shopper(is_new=True)).goods == 9_00
    assert priced(a_cart(10_00), offer).goods == 10_00


@pytest.mark.parametrize(
    ("audience", "belongs"),
    [
        (Audience(AudienceKind.MEMBERS), True),
        (Audience(AudienceKind.LEVEL), False),
        (Audience(AudienceKind.TAG, frozenset({UUID(int=1), UUID(int=2)})), True),
        (Audience(AudienceKind.TAG, frozenset({UUID(int=2)})), False),
        (Audience(AudienceKind.STORE, frozenset({UUID(int=3)})), True),
        (Audience(AudienceKind.STORE, frozenset({UUID(int=4)})), False),
    ],
)
def test_an_audience_is_told_by_what_the_shopper_is(audience: Audience, belongs: bool) -> None:
    shopper = Shopper(is_member=True, tags=frozenset({UUID(int=1)}), store_id=UUID(int=3))

    found = priced(a_cart(10_00), replace(a_reduction(1, 1_00), audience=audience), shopper=shopper)

    assert (found.goods == 9_00) is belongs


def test_hours_are_weekly_and_in_the_stores_time_zone() -> None:
    sunday_lunch = Slot(7, 11 * 60, 13 * 60)
    terms = UnitPriceTerms(rest_bp=8_000)
    offer = a_promotion("SLOT_PRICE", terms, slots=(sunday_lunch,))

    lunch = priced(a_cart(10_00), offer, time_zone=SHANGHAI)
    in_utc = priced(a_cart(10_00), offer, time_zone=UTC)

    assert (lunch.goods, lunch.valid_until) == (8_00, NOON + timedelta(hours=1))
    assert (in_utc.goods, in_utc.valid_until) == (10_00, NOON + timedelta(hours=7))


def test_hours_end_at_their_end_and_come_again_after_a_week() -> None:
    slots = (Slot(7, 11 * 60, 13 * 60),)
    ends = NOON + timedelta(hours=1)

    assert is_open(slots, ends - timedelta(seconds=1), SHANGHAI)
    assert not is_open(slots, ends, SHANGHAI)
    assert next_change(slots, ends, SHANGHAI) == ends + timedelta(days=7, hours=-2)
    assert next_change((), ends, SHANGHAI) is None


@pytest.mark.parametrize("slot", [Slot(0, 0, 1), Slot(8, 0, 1), Slot(1, -1, 1), Slot(1, 60, 60), Slot(1, 0, 1_441)])
def test_hours_lie_within_a_day_of_the_week(slot: Slot) -> None:
    with pytest.raises(BadInput):
        check_slots([slot], "slots")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param({}, None, id="nothing ends"),
        pytest.param({"promotions": [replace(at_half, ends_at=NOON + timedelta(1))]}, 1, id="a promotion ends"),
        pytest.param({"promotions": [replace(at_half, starts_at=NOON + timedelta(2))]}, 2, id="one begins"),
        pytest.param({"promotions": [replace(at_half, ends_at=NOON)]}, None, id="one is over"),
        pytest.param({"coupons": [a_coupon(amount=1, ends_at=NOON + timedelta(3))]}, 3, id="a coupon expires"),
        pytest.param({"price_lists": [PriceList(UUID(int=5), "", {}, ends_at=NOON + timedelta(4))]}, 4, id="a list"),
        pytest.param({"changes_at": [NOON, NOON + timedelta(5)]}, 5, id="a membership"),
    ],
)
def test_a_quote_holds_until_something_that_it_rests_on_can_change(other: dict[str, object], expected: int) -> None:
    promotions = other.pop("promotions", [])
    assert isinstance(promotions, list)

    found = priced(a_cart(10_00), *promotions, **other)

    assert found.valid_until == (expected and NOON + timedelta(expected))


def test_a_promotion_runs_from_its_start_until_just_before_its_end() -> None:
    starting, ending = replace(at_half, starts_at=NOON), replace(at_half, ends_at=NOON)

    assert priced(a_cart(10_00), starting).goods == 5_00
    assert priced(a_cart(10_00), ending).goods == 10_00


def test_a_promotion_of_a_play_that_is_gone_does_nothing() -> None:
    assert priced(a_cart(10_00), a_promotion("OF_A_PLUG_IN", None)).goods == 10_00


def test_two_quotes_have_one_digest_only_when_all_that_is_paid_and_given_is_equal() -> None:
    found = the_stacked_cart()

    assert found.digest == the_stacked_cart().digest
    assert len(found.digest) == 32
    for other in (
        replace(found, shipping=9_00),
        replace(found, points_used=999),
        replace(found, steps=found.steps[:-1]),
        replace(found, lines=found.lines[:1]),
    ):
        assert other.digest != found.digest


def test_a_coupon_that_takes_off_as_much_is_no_other_quote() -> None:
    one, other = (priced(a_cart(10_00), coupons=[a_coupon(number=n, amount=1_00)]) for n in (1, 2))

    assert (one.coupon_ids != other.coupon_ids, one.digest) == (True, other.digest)


def test_terms_come_back_from_json_as_they_were() -> None:
    values = plain(cheap_a.terms)

    assert (
        read_terms(BUILT_IN, "TIME_DISCOUNT", values) == check_terms(BUILT_IN, "TIME_DISCOUNT", values) == cheap_a.terms
    )


@pytest.mark.parametrize(
    ("kind", "values", "path"),
    [
        ("TIME_DISCOUNT", {"rest_bp": 10_000}, ("input", "terms", "restBp")),
        ("TIME_DISCOUNT", {"rest_bp": "half"}, ("input", "terms")),
        ("REDUCTION", {}, ("input", "terms")),
        ("REDUCTION", {"tiers": [{"threshold": 10, "off": 11}]}, ("input", "terms", "tiers", "0", "off")),
        ("OF_A_PLUG_IN", {}, ("input", "kind")),
    ],
)
def test_terms_that_make_no_sense_are_not_published(kind: str, values: object, path: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as refusal:
        check_terms(BUILT_IN, kind, values, "input")

    assert refusal.value.path == path


def test_two_plays_of_one_kind_cannot_be() -> None:
    with pytest.raises(ValueError, match="two plays of kind BUNDLE"):
        with_plays([BUILT_IN["BUNDLE"]])


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(a_cart(*[1] * 101), id="101 lines"),
        pytest.param([an_item(0, 1, 1_000)], id="1,000 units"),
        pytest.param([an_item(0, 1, 0)], id="no unit"),
        pytest.param([an_item(0, 2**53 // 999 + 1, 999)], id="more than amounts can hold"),
    ],
)
def test_a_cart_has_its_limits(items: list) -> None:
    with pytest.raises(BadInput):
        priced(items)


def test_totals_above_two_to_the_31st_are_exact() -> None:
    found = priced([an_item(n, 30_000_001_23, 3) for n in range(3)], a_reduction(1, 1))

    assert found.total == 9 * 30_000_001_23 - 1
    assert sum(sum(line.unit_payable) for line in found.lines) == found.total
