"""P21 Coupon race: one for each, as many as there are, and one order for each coupon."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

from domain.coupon_templates import CouponTemplate, Validity, Worth
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_coupons import TAKE, a_template

ORDERS = "query { myOrders(first: 10) { nodes { total { minor } } } }"
MINE = "query { me { coupons(states: [UNUSED, LOCKED], first: 10) { nodes { id state } } } }"
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id } userErrors { code ... on CouponInapplicable { reason } } } }"""
TEN_OFF = Worth(CouponKind.FIXED, 10_00)


async def takes(shop: Shop, template: CouponTemplate, token: str) -> tuple[str, ...]:
    asked = {"couponTemplateId": id_of(Kind.COUPON_TEMPLATE, template.id), "idempotencyKey": uuid4().hex}
    answer: Any = await shop.ask(TAKE, token, input=asked)
    return tuple(error["code"] for error in answer["couponTake"]["userErrors"])


async def test_one_person_who_fires_64_takes_has_one_coupon(shop: Shop) -> None:
    template = await a_template(shop.pond, total=500, validity=Validity(days=30))
    token = await shop.a_token()

    answers = await asyncio.gather(*(takes(shop, template, token) for _ in range(64)))

    assert Counter(answers) == {(): 1, ("LIMIT_PER_MEMBER",): 63}
    assert len((await shop.ask(MINE, token))["me"]["coupons"]["nodes"]) == 1


async def test_of_600_persons_500_have_one(shop: Shop) -> None:
    template = await a_template(shop.pond, total=500, validity=Validity(days=30))
    tokens = await asyncio.gather(*(shop.a_token() for _ in range(600)))

    answers = await asyncio.gather(*(takes(shop, template, token) for token in tokens))

    assert Counter(answers) == {(): 500, ("NONE_LEFT",): 100}
    kept = await shop.pond.select("SELECT count(*) FROM coupon WHERE template_id = $1", template.id)
    assert kept[0][0] == 500


async def test_one_coupon_in_five_orders_at_once_is_in_one(shop: Shop) -> None:
    template = await a_template(shop.pond, worth=TEN_OFF, validity=Validity(days=30))
    variant, token = await a_variant(shop.pond, stock=9), await shop.a_token()
    await takes(shop, template, token)
    ((coupon,),) = [found["me"]["coupons"]["nodes"] for found in [await shop.ask(MINE, token)]]
    wish = {"lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}], "couponIds": [coupon["id"]]}

    answers = await asyncio.gather(
        *(shop.ask(PLACE, token, input={**wish, "idempotencyKey": uuid4().hex}) for _ in range(5))
    )

    refusals = [error["reason"] for one in answers for error in one["orderPlace"]["userErrors"]]
    assert refusals == ["IN_ANOTHER_ORDER"] * 4
    paid = [one["total"]["minor"] for one in (await shop.ask(ORDERS, token))["myOrders"]["nodes"]]
    assert paid == [variant.price.minor - 10_00]
    assert (await shop.ask(MINE, token))["me"]["coupons"]["nodes"] == [{**coupon, "state": "LOCKED"}]
