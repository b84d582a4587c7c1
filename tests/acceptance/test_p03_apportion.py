"""P3: a discount over lines loses no fen, whatever is selected, and never makes anything negative."""

from __future__ import annotations

from typing import Any

from domain.coupon_templates import Validity, Worth
from domain.money import Money
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_carts import APPLY, CREATE, FIND, UPDATE, line_of
from tests.makers_catalogue import a_product, variants_of
from tests.makers_coupons import a_coupon
from tests.makers_members import a_member


async def a_cart(shop: Shop, off: int) -> tuple[str, Any]:
    """Three lines of 10 yuan with a coupon of so much."""
    member = await a_member(shop.pond)
    token = await shop.a_token(member)
    product = await a_product(shop.pond, sizes=["S", "M", "L"], price=Money(10_00))
    lines = [line_of(one) for one in await variants_of(shop.pond, product)]
    worth = Worth(CouponKind.FIXED, off)
    coupon = await a_coupon(shop.pond, member, worth=worth, validity=Validity(days=30))
    cart = (await shop.ask(CREATE, token, input={"lines": lines}))["cartCreate"]["cart"]
    wanted = {"cartId": cart["id"], "couponIds": [id_of(Kind.COUPON, coupon.id)]}
    return token, (await shop.ask(APPLY, token, input=wanted))["cartCouponsApply"]["cart"]


def taken_off(cart: Any) -> list[int]:
    return [10_00 - line["payable"]["minor"] for line in cart["lines"] if line["selected"]]


async def test_three_lines_share_ten_yuan_to_the_fen_and_two_of_them_too(shop: Shop) -> None:
    token, cart = await a_cart(shop, 10_00)
    last = cart["lines"][2]["id"]

    wanted = {"cartId": cart["id"], "lines": [{"lineId": last, "selected": False}]}
    await shop.ask(UPDATE, token, input=wanted)
    fewer = (await shop.ask(FIND, token, id=cart["id"]))["cart"]

    assert taken_off(cart) == [3_34, 3_33, 3_33]
    assert (taken_off(fewer), fewer["quote"]["total"]["minor"]) == ([5_00, 5_00], 10_00)


async def test_a_discount_above_the_goods_is_the_goods(shop: Shop) -> None:
    _, cart = await a_cart(shop, 50_00)

    assert (taken_off(cart), cart["quote"]["total"]["minor"]) == ([10_00, 10_00, 10_00], 0)
