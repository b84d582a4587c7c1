"""C2: the same cart completed 20 times at once is one order, and every reply has its id."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from tests.deployments import Shop
from tests.makers_carts import COMPLETE, CREATE, FIND, line_of
from tests.makers_catalogue import a_variant


async def test_a_cart_completed_20_times_is_one_order(shop: Shop) -> None:
    variant = await a_variant(shop.pond, stock=100)
    token = await shop.a_token()
    cart = (await shop.ask(CREATE, token, input={"lines": [line_of(variant, 2)]}))["cartCreate"]["cart"]
    wish = {"cartId": cart["id"]}

    with_keys = [{**wish, "idempotencyKey": uuid4().hex} for _ in range(10)] + [{**wish, "idempotencyKey": "one"}] * 10
    answers = await asyncio.gather(*(shop.ask(COMPLETE, token, input=given) for given in with_keys))

    replies = [answer["cartComplete"] for answer in answers]
    assert [reply["userErrors"] for reply in replies] == [[]] * 20
    (order_id,) = {reply["order"]["id"] for reply in replies}
    assert (await shop.ask(FIND, token, id=cart["id"]))["cart"]["orderId"] == order_id
    seen = (await shop.ask("query { myOrders(first: 10) { nodes { id } } }", token))["myOrders"]["nodes"]
    assert seen == [{"id": order_id}]
    assert (await shop.ask(FIND, token, id=cart["id"]))["cart"]["lines"][0]["available"] == 98
