"""The defects of other systems that product rules 3.15 and 2.5 name, and the scenarios that follow from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.promotions.audiences import Shopper
from tests.makers_quotes import a_cart, a_coupon, a_reduction, an_item, payables, priced, shares


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
