"""P22: the second at half price, a bundle, and an add-on for one yuan."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from domain.catalogue import Variant
from domain.money import Money
from schema.ids import Kind, id_of
from tests.acceptance.money import confirms, jobs, money_of, pays, pays_back, staff_token
from tests.deployments import Shop
from tests.makers_carts import line_of
from tests.makers_catalogue import a_product, variants_of
from tests.makers_promotions import PLACE, QUOTE, a_promotion

PLACED = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id lines { id variantId } } userErrors { code } } }"""


async def a_good(shop: Shop, price: int) -> Variant:
    (found,) = await variants_of(shop.pond, await a_product(shop.pond, price=Money(price)))
    return found


def scope(*goods: Variant) -> dict[str, Any]:
    return {"productIds": [id_of(Kind.PRODUCT, one.product_id) for one in goods]}


async def quoted(shop: Shop, *lines: dict[str, Any]) -> Any:
    return (await shop.ask(QUOTE, lines=list(lines)))["cartQuote"]


@pytest.mark.parametrize(("price", "paid"), [(39_99, 99_98), (39_90, 99_75)])
async def test_of_three_one_costs_half(shop: Shop, price: int, paid: int) -> None:
    good = await a_good(shop, price)
    await a_promotion(shop.pond, {"nthItem": {"n": 2, "offBp": 5_000}}, scope=scope(good))

    assert (await quoted(shop, line_of(good, 3)))["total"]["minor"] == paid


async def test_a_bundle_is_shared_out_by_worth(shop: Shop) -> None:
    goods = [await a_good(shop, price) for price in (129_00, 99_00, 109_00)]
    parts = [{"variantId": id_of(Kind.VARIANT, one.id)} for one in goods]
    await a_promotion(shop.pond, {"bundle": {"price": {"minor": 298_00}, "parts": parts}}, scope=scope(*goods))

    wanted = [line_of(one) for one in goods]

    found = await quoted(shop, *wanted)
    token = await shop.a_token()
    placed = (await shop.ask(PLACED, token, input={"lines": wanted, "idempotencyKey": uuid4().hex}))["orderPlace"]
    order_id, lines = placed["order"]["id"], placed["order"]["lines"]
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    third = next(line["id"] for line in lines if line["variantId"] == id_of(Kind.VARIANT, goods[2].id))
    given = await pays_back(shop, await staff_token(shop), order_id, (third, 1))
    await jobs(shop)

    assert [line["payable"]["minor"] for line in found["lines"]] == [114_07, 87_54, 96_39]
    assert [one["amount"]["minor"] for one in given["refunds"]] == [96_39]
    after = await money_of(shop, token, order_id)
    assert (after["state"], after["total"]["minor"], after["refunded"]["minor"]) == ("PAID", 298_00, 96_39)
    assert [one["state"] for one in after["refunds"]] == ["SUCCEEDED"]


@pytest.mark.parametrize(("price", "quantity", "refused"), [(98_99, 1, True), (99_00, 1, False), (99_00, 2, True)])
async def test_an_add_on_is_earned_from_99_yuan_on_and_once(
    shop: Shop, price: int, quantity: int, refused: bool
) -> None:
    good, extra = await a_good(shop, price), await a_good(shop, 20_00)
    offer = {"variantId": id_of(Kind.VARIANT, extra.id), "price": {"minor": 1_00}}
    play = {"addOn": {"threshold": {"minor": 99_00}, "offers": [offer], "most": 1}}
    promotion = await a_promotion(shop.pond, play, scope=scope(good))
    lines = [line_of(good), line_of(extra, quantity, addOnOf=promotion)]

    wanted = {"lines": lines, "idempotencyKey": uuid4().hex}
    placed = (await shop.ask(PLACE, await shop.a_token(), input=wanted))["orderPlace"]

    assert [error["code"] for error in placed["userErrors"]] == (["CONDITION_NOT_MET"] if refused else [])
    assert placed["order"] is None if refused else placed["order"]["total"]["minor"] == 100_00
