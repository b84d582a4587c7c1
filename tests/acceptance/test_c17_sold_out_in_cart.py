"""C17: what is sold out after it was put into a cart is flagged there, and the cart is not ordered."""

from __future__ import annotations

from tests.deployments import Shop
from tests.makers_carts import COMPLETE, CREATE, FIND, completing, line_of
from tests.makers_catalogue import a_variant


async def test_a_line_that_is_sold_out_is_flagged_and_refused(shop: Shop) -> None:
    scarce, plenty = await a_variant(shop.pond, stock=1), await a_variant(shop.pond)
    slow, quick = await shop.a_token(), await shop.a_token()
    lines = [line_of(plenty), line_of(scarce)]
    waiting = (await shop.ask(CREATE, slow, input={"lines": lines}))["cartCreate"]["cart"]
    other = (await shop.ask(CREATE, quick, input={"lines": lines[1:]}))["cartCreate"]["cart"]
    await shop.ask(COMPLETE, quick, input=completing(other))

    found = (await shop.ask(FIND, slow, id=waiting["id"]))["cart"]
    refused = (await shop.ask(COMPLETE, slow, input=completing(waiting)))["cartComplete"]

    assert [line["inStock"] for line in found["lines"]] == [True, False]
    assert not found["quote"]["canBeOrdered"]
    assert refused["order"] is None
    assert [(error["code"], error["variantId"], error["available"]) for error in refused["userErrors"]] == [
        ("INSUFFICIENT_STOCK", lines[1]["variantId"], 0)
    ]
