"""C14: lines and goods go while a cart is being priced; there are refusals, and no fault."""

from __future__ import annotations

import asyncio
from typing import Any

import resolvers.products
from tests.deployments import Shop
from tests.makers_carts import ADD, ATTACH, CREATE, FIND, REMOVE, UPDATE, line_of
from tests.makers_catalogue import a_product, variants_of


async def test_what_goes_while_a_cart_is_priced_is_refused_or_flagged(shop: Shop) -> None:
    product = await a_product(shop.pond)
    (variant,) = await variants_of(shop.pond, product)
    cart = (await shop.ask(CREATE, input={"lines": [line_of(variant)]}))["cartCreate"]["cart"]
    key, line = cart["id"], cart["lines"][0]["id"]

    async def asked(document: str, **given: Any) -> Any:
        (payload,) = (await shop.ask(document, input={"cartId": key, **given})).values()
        return [error["code"] for error in payload["userErrors"]]

    codes = await asyncio.gather(
        *(asked(UPDATE, lines=[{"lineId": line, "quantity": n + 1}]) for n in range(8)),
        *(asked(ADD, lines=[line_of(variant)]) for _ in range(4)),
        asked(REMOVE, lineIds=[line]),
        *(shop.ask(FIND, id=key) for _ in range(4)),
        resolvers.products.archive(shop.pond.context(), product.id),
    )

    told = {code for found in codes[:13] for code in found}
    assert told <= {"NOT_FOUND"}
    found = (await shop.ask(FIND, id=key))["cart"]
    assert all(not one["inStock"] and one["unitPrice"] is None for one in found["lines"])


async def test_a_cart_that_was_merged_away_is_not_found(shop: Shop) -> None:
    product = await a_product(shop.pond)
    (variant,) = await variants_of(shop.pond, product)
    key = (await shop.ask(CREATE, input={}))["cartCreate"]["cart"]["id"]
    token = await shop.a_token()

    wanted = {"cartId": key, "lines": [line_of(variant)]}
    answers = await asyncio.gather(
        shop.ask(ATTACH, token, input={"cartId": key}), *(shop.ask(ADD, input=wanted) for _ in range(8))
    )

    refused = [error["code"] for one in answers[1:] for error in one["cartLinesAdd"]["userErrors"]]
    kept = answers[0]["cartAttach"]["cart"]["lines"]
    assert set(refused) <= {"NOT_FOUND"}
    assert sum(line["quantity"] for line in kept) == 8 - len(refused)
