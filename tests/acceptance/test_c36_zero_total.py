"""C36: an order that a gift card pays wholly is complete without any provider; so is one that costs nothing."""

from __future__ import annotations

from uuid import uuid4

from domain.coupon_templates import Worth
from domain.money import Money
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_coupon, a_template
from tests.makers_members import a_member
from tests.makers_value import a_gift_card

PLACE = """mutation ($v: ID!, $k: String!) { orderPlace(input: {lines: [{variantId: $v, quantity: 1}], idempotencyKey: $k}) {
  order { id total { minor } } userErrors { code } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { state confirmUrl } userErrors { code } } }"""
DISCOUNTED = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } lines { steps { amount { minor } } } } userErrors { code } } }"""
STATE = "query ($id: ID!) { order(id: $id) { state } }"


async def test_a_gift_card_pays_an_order_wholly_without_a_provider(shop: Shop) -> None:
    member = await a_member(shop.pond)
    token, variant = await shop.a_token(member), await a_variant(shop.pond, price=Money(80_00))
    card = id_of(Kind.GIFT_CARD, await a_gift_card(shop.pond, member, 80_00))
    order = (await shop.ask(PLACE, token, v=id_of(Kind.VARIANT, variant.id), k=uuid4().hex))["orderPlace"]["order"]

    wanted = {"orderId": order["id"], "method": "GIFT_CARD", "giftCardId": card, "idempotencyKey": uuid4().hex}
    paid = (await shop.ask(PAY, token, input=wanted))["orderPay"]

    assert paid == {"payment": {"state": "PAID", "confirmUrl": None}, "userErrors": []}
    assert (await shop.ask(STATE, token, id=order["id"]))["order"]["state"] == "PAID"


async def test_an_order_for_nothing_is_paid_without_a_payment(shop: Shop) -> None:
    token, variant = await shop.a_token(), await a_variant(shop.pond, price=Money(0))
    order = (await shop.ask(PLACE, token, v=id_of(Kind.VARIANT, variant.id), k=uuid4().hex))["orderPlace"]["order"]

    paid = (await shop.ask(PAY, token, input={"orderId": order["id"], "idempotencyKey": uuid4().hex}))["orderPay"]

    assert (order["total"]["minor"], paid) == (0, {"payment": None, "userErrors": []})
    assert (await shop.ask(STATE, token, id=order["id"]))["order"]["state"] == "PAID"


async def test_an_order_of_which_all_is_taken_off_is_paid_without_a_payment(shop: Shop) -> None:
    """A coupon for as much as the goods cost: 100 % off, in the steps of the price as in the total."""
    member = await a_member(shop.pond)
    token, variant = await shop.a_token(member), await a_variant(shop.pond, price=Money(80_00))
    template = await a_template(shop.pond, worth=Worth(CouponKind.FIXED, 80_00))
    coupon = id_of(Kind.COUPON, (await a_coupon(shop.pond, member, template)).id)
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}]

    wanted = {"lines": lines, "couponIds": [coupon], "idempotencyKey": uuid4().hex}
    order = (await shop.ask(DISCOUNTED, token, input=wanted))["orderPlace"]["order"]
    paid = (await shop.ask(PAY, token, input={"orderId": order["id"], "idempotencyKey": uuid4().hex}))["orderPay"]

    assert (order["total"]["minor"], order["lines"][0]["steps"][0]["amount"]["minor"]) == (0, 80_00)
    assert paid == {"payment": None, "userErrors": []}
    assert (await shop.ask(STATE, token, id=order["id"]))["order"]["state"] == "PAID"
