"""Coupons in a quote: what each kind takes off, which go together, and why one does not apply (product rules 2.7.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.promotions.coupons import CouponKind, CouponNotApplicable, CouponReason, RefusedCoupon
from domain.promotions.quotes import check_orderable
from domain.promotions.scopes import Scope
from domain.refusals import ErrorCode, Refusals
from tests.makers_quotes import (
    NOON,
    Flat,
    a_cart,
    a_coupon,
    a_reduction,
    an_item,
    only,
    payables,
    priced,
    product,
    shares,
    variant,
)


@pytest.mark.parametrize(
    ("coupon", "paid"),
    [
        pytest.param(a_coupon(amount=30_00), 70_00, id="an amount"),
        pytest.param(a_coupon(amount=300_00), 0, id="an amount above the goods"),
        pytest.param(a_coupon(CouponKind.PERCENT, off_bp=1_500), 85_00, id="a share"),
        pytest.param(a_coupon(CouponKind.PERCENT, off_bp=5_000, cap=20_00), 80_00, id="a share up to a cap"),
        pytest.param(a_coupon(CouponKind.EXCHANGE), 60_00, id="the dearest unit"),
        pytest.param(a_coupon(CouponKind.EXCHANGE, scope=only(1)), 80_00, id="a unit of its scope"),
    ],
)
def test_each_kind_takes_off_what_it_says(coupon: Any, paid: int) -> None:
    assert priced([an_item(0, 40_00), an_item(1, 20_00, 3)], coupons=[coupon]).goods == paid


def test_an_exchanged_unit_costs_what_the_plays_have_left_of_it() -> None:
    found = priced([an_item(0, 10_01, 2)], a_reduction(1, 1), coupons=[a_coupon(CouponKind.EXCHANGE)])

    assert found.goods == 2_0_01 - 10_01


def test_a_scope_is_products_and_categories_without_the_excluded() -> None:
    category = variant(900)
    scope = Scope(False, frozenset({product(0)}), frozenset({category}), frozenset({product(2)}))
    items = [an_item(n, 10_00, category_ids=(category,) if n in (1, 2) else ()) for n in range(4)]

    found = priced(items, coupons=[a_coupon(amount=10_00, scope=scope)])

    assert payables(found) == [5_00, 5_00, 10_00, 10_00]


def test_one_coupon_for_products_and_one_for_the_order_go_together() -> None:
    narrow, wide = a_coupon(number=1, amount=10_00, scope=only(0)), a_coupon(number=2, amount=9_00, order_wide=True)

    found = priced(a_cart(40_00, 60_00), coupons=[wide, narrow])

    assert found.coupon_ids == (narrow.id, wide.id)
    assert shares(found, "COUPON") == [10_00 + 3_00, 6_00]


def test_they_do_not_where_the_brand_forbids_it_and_the_better_one_counts() -> None:
    narrow, wide = a_coupon(number=1, amount=10_00, scope=only(0)), a_coupon(number=2, amount=11_00, order_wide=True)

    found = priced(a_cart(40_00, 60_00), coupons=[narrow, wide], coupons_go_together=False)

    assert found.coupon_ids == (wide.id,)
    assert found.refused_coupons == (RefusedCoupon(narrow.id, CouponReason.NOT_COMBINABLE),)


def test_of_two_for_products_the_better_one_counts() -> None:
    lesser, better = a_coupon(number=1, amount=10_00), a_coupon(CouponKind.PERCENT, 2, off_bp=2_000)

    found = priced(a_cart(60_00), coupons=[lesser, better])

    assert (found.coupon_ids, found.goods) == ((better.id,), 48_00)


def test_thresholds_are_tested_after_plays_and_no_coupon_spoils_the_others() -> None:
    narrow, wide = a_coupon(number=1, amount=10_00), a_coupon(number=2, amount=5_00, threshold=90_00, order_wide=True)

    reached = priced(a_cart(100_00), a_reduction(1, 10_00), coupons=[narrow, wide])
    missed = priced(a_cart(100_00), a_reduction(1, 10_01), coupons=[narrow, wide])

    assert reached.goods == 75_00
    assert missed.refused_coupons == (RefusedCoupon(wide.id, CouponReason.BELOW_THRESHOLD, 1),)


@pytest.mark.parametrize(
    ("other", "reason", "lacking"),
    [
        ({"starts_at": NOON + timedelta(seconds=1)}, CouponReason.NOT_YET, 0),
        ({"ends_at": NOON}, CouponReason.EXPIRED, 0),
        ({"scope": only(7)}, CouponReason.NOTHING_IN_SCOPE, 0),
        ({"threshold": 100_01}, CouponReason.BELOW_THRESHOLD, 1),
        ({"kind": CouponKind.FREE_SHIPPING}, CouponReason.NOT_NEEDED, 0),
    ],
)
def test_a_coupon_that_does_not_apply_says_why(other: dict[str, Any], reason: CouponReason, lacking: int) -> None:
    coupon = a_coupon(**{"amount": 10_00} | other)

    found = priced(a_cart(100_00), coupons=[coupon])

    assert (found.goods, found.coupon_ids) == (100_00, ())
    assert found.refused_coupons == (RefusedCoupon(coupon.id, reason, lacking),)
    with pytest.raises(Refusals) as refusals:
        check_orderable(found)
    (refusal,) = refusals.value.members
    assert isinstance(refusal, CouponNotApplicable)
    assert (refusal.code, refusal.reason) == (ErrorCode.COUPON_NOT_APPLICABLE, reason)


@pytest.mark.parametrize(("amount", "borne"), [(0, 8_00), (5_00, 5_00), (9_00, 8_00)])
def test_a_coupon_bears_the_shipping_or_so_much_of_it(amount: int, borne: int) -> None:
    coupon = a_coupon(CouponKind.FREE_SHIPPING, amount=amount, threshold=10_00)

    found = priced(a_cart(10_00), coupons=[coupon], shipping=Flat(8_00))

    assert (found.shipping_discount, found.total, found.coupon_ids) == (borne, 18_00 - borne, (coupon.id,))


def test_goods_that_cost_nothing_need_no_coupon() -> None:
    found = priced(a_cart(0), coupons=[a_coupon(amount=1)])

    assert found.refused_coupons[0].reason is CouponReason.NOTHING_IN_SCOPE


def test_the_same_coupon_twice_counts_once() -> None:
    found = priced(a_cart(10_00), coupons=[a_coupon(amount=1_00), a_coupon(amount=1_00)])

    assert (found.goods, len(found.coupon_ids), found.refused_coupons) == (9_00, 1, ())


def test_a_second_coupon_for_shipping_is_not_used_up() -> None:
    both = [a_coupon(CouponKind.FREE_SHIPPING, number, amount=number) for number in (1, 2)]

    found = priced(a_cart(10_00), coupons=both, shipping=Flat(8_00))

    assert found.coupon_ids == (both[1].id,)
    assert found.refused_coupons == (RefusedCoupon(both[0].id, CouponReason.NOT_COMBINABLE),)
