"""P2: the order of P1 goes back unit by unit before shipment, to the fen and to the point."""

from __future__ import annotations

from uuid import uuid4

from tests.acceptance.money import confirms, jobs, money_of, pays, pays_back, staff_token
from tests.acceptance.test_p01_stacked_price import the_cart
from tests.deployments import Shop

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } lines { id } } userErrors { code message path } } }"""
POINTS = "{ me { points { balance } } }"


async def test_refunds_sum_to_the_payment_and_points_come_back(shop: Shop) -> None:
    token, lines, terms = await the_cart(shop)
    placed = (await shop.ask(PLACE, token, input={**lines, **terms, "idempotencyKey": uuid4().hex}))["orderPlace"]
    order_id, (a, b) = placed["order"]["id"], [line["id"] for line in placed["order"]["lines"]]
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    finance, amounts, points = await staff_token(shop), [], []

    for line in (a, a, b):
        given = await pays_back(shop, finance, order_id, (line, 1))
        assert given["userErrors"] == []
        amounts.append(sum(one["amount"]["minor"] for one in given["refunds"]))
        points.append((await shop.ask(POINTS, token))["me"]["points"]["balance"])
    await jobs(shop)

    assert placed["order"]["total"]["minor"] == 322_91
    assert (amounts, sum(amounts)) == ([135_86, 135_86, 51_19], 322_91)
    assert points == [432, 432 + 431, 1_000]
    assert (await money_of(shop, token, order_id))["state"] == "REFUNDED"
