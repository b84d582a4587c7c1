"""C33: what is taken off an order is spread over its lines: none below zero, none from what is free, no fen lost."""

from __future__ import annotations

import pytest

from domain.coupon_templates import Validity, Worth
from domain.identity import Principal
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, confirms, jobs, money_of, pays, pays_back, places, staff_token
from tests.deployments import Shop
from tests.makers_coupons import a_coupon
from tests.makers_members import a_member
from tests.makers_promotions import line

QUOTE = """query ($lines: [CartLineInput!]!, $coupon: ID!) { cartQuote(lines: $lines, terms: { couponIds: [$coupon] }) {
  total { minor } lines { payable { minor } unitPayable { minor } steps { amount { minor } } } } }"""


async def so_much_off(shop: Shop, member: Principal, off: int) -> str:
    """The id of a coupon that takes so much off the order, whatever is in it."""
    worth = Worth(CouponKind.FIXED, off)
    return id_of(Kind.COUPON, (await a_coupon(shop.pond, member, worth=worth, validity=Validity(days=30))).id)


@pytest.mark.parametrize(
    ("off", "prices", "payables"),
    [
        pytest.param(1, [(10_00, 1), (10_00, 1), (10_00, 1)], [9_99, 10_00, 10_00], id="one fen over three lines"),
        pytest.param(10_00, [(10_00, 1), (10_00, 1), (10_00, 1)], [6_66, 6_67, 6_67], id="a remainder"),
        pytest.param(1_00, [(0, 3), (10_00, 1), (20_00, 1)], [0, 9_67, 19_33], id="something is free"),
        pytest.param(50_00, [(1, 2), (0, 1), (3_33, 3)], [0, 0, 0], id="more than there is"),
        pytest.param(7, [(1, 9), (2, 1)], [3, 1], id="fewer fen than units"),
    ],
)
async def test_the_parts_of_a_discount_sum_to_it(
    shop: Shop, off: int, prices: list[tuple[int, int]], payables: list[int]
) -> None:
    member = await a_member(shop.pond)
    wanted = [line(await a_good(shop, fen), many) for fen, many in prices]
    coupon = await so_much_off(shop, member, off)

    found = (await shop.ask(QUOTE, await shop.a_token(member), lines=wanted, coupon=coupon))["cartQuote"]

    lines, whole = found["lines"], sum(fen * many for fen, many in prices)
    assert [one["payable"]["minor"] for one in lines] == payables
    assert sum(step["amount"]["minor"] for one in lines for step in one["steps"]) == min(off, whole)
    assert sum(payables) == found["total"]["minor"] == whole - min(off, whole)
    for one in lines:
        units = [unit["minor"] for unit in one["unitPayable"]]
        assert sum(units) == one["payable"]["minor"]
        assert min(units) >= 0


async def test_refunds_of_single_units_sum_to_the_payment_whatever_their_order(shop: Shop) -> None:
    member = await a_member(shop.pond)
    token, finance = await shop.a_token(member), await staff_token(shop)
    goods = [(await a_good(shop, fen), 2) for fen in (3_33, 0, 7_77)]
    order_id, lines = await places(shop, token, *goods, couponIds=[await so_much_off(shop, member, 1_01)])
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    paid = (await money_of(shop, token, order_id))["paid"]["minor"]

    amounts = []
    for one in (lines[2], lines[0], lines[1], lines[0], lines[2], lines[1]):
        answer = await pays_back(shop, finance, order_id, (one, 1))
        assert answer["userErrors"] == [], answer
        amounts.append(sum(refund["amount"]["minor"] for refund in answer["refunds"]))
    await jobs(shop)

    assert paid == 2 * (3_33 + 7_77) - 1_01 == sum(amounts)
    assert min(amounts) >= 0
    assert (await money_of(shop, token, order_id))["refunded"]["minor"] == paid
