"""C12: 30 variants put into one cart at once are all there."""

from __future__ import annotations

import asyncio

from tests.deployments import Shop
from tests.makers_carts import ADD, CREATE, FIND, line_of
from tests.makers_catalogue import a_product, variants_of


async def test_30_variants_put_in_at_once_are_30_lines(shop: Shop) -> None:
    variants = await variants_of(shop.pond, await a_product(shop.pond, sizes=[str(n) for n in range(30)]))
    cart = (await shop.ask(CREATE, input={}))["cartCreate"]["cart"]

    answers = await asyncio.gather(
        *(shop.ask(ADD, input={"cartId": cart["id"], "lines": [line_of(one)]}) for one in variants)
    )

    assert [answer["cartLinesAdd"]["userErrors"] for answer in answers] == [[]] * 30
    found = (await shop.ask(FIND, id=cart["id"]))["cart"]
    assert {line["variantId"] for line in found["lines"]} == {line_of(one)["variantId"] for one in variants}
    assert found["quote"]["total"]["minor"] == 30 * 199_00
