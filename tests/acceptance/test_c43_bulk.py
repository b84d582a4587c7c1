"""C43: many products are saved with one request by three policies for errors; null is what is left out, unless said."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from domain.identity import Role
from schema.ids import Kind, id_of
from tests.acceptance.money import staff_token
from tests.deployments import Shop
from tests.makers_guides import a_guide
from tests.makers_live import a_room, an_item

SAVE = """mutation ($input: ProductSaveManyInput!) { productSaveMany(input: $input) { saved
  results { product { id slug brief variants { sku } media { url } } userErrors { code path } } userErrors { code } } }"""
FOUND = "query ($slug: String!) { product(slug: $slug) { id } }"
UPDATE = """mutation ($input: LiveProductUpdateInput!) { liveProductUpdate(input: $input) {
  liveProduct { limitPerMember livePrice { minor } } userErrors { code } } }"""
SHELF = "query ($id: ID!) { liveRoom(id: $id) { shelf { id } } }"


def a_product(*prices: int, **more: Any) -> dict[str, Any]:
    """A product with a variant at each price."""
    slug = f"p-{uuid4().hex}"
    sizes = [str(n) for n in range(len(prices))]
    variants = [
        {"sku": f"{slug}-{size}", "optionValues": [size], "price": {"minor": price}}
        for size, price in zip(sizes, prices, strict=True)
    ]
    return {"slug": slug, "name": "枕头", "options": [{"name": "尺寸", "values": sizes}], "variants": variants, **more}


def some_products() -> list[dict[str, Any]]:
    """A good one, one with two variants and a picture that cannot be, one that has nothing good, and a good one."""
    media = [{"url": "https://pictures.example/a.jpg"}, {"url": "javascript:alert(1)"}]
    return [a_product(10_00), a_product(-1, 10_00, 10**13, 20_00, media=media), a_product(-1), a_product(30_00)]


async def saves(shop: Shop, token: str, products: list[dict[str, Any]], policy: str | None = None) -> Any:
    given = {"products": products} | ({"errorPolicy": policy} if policy else {})
    return (await shop.ask(SAVE, token, input=given))["productSaveMany"]


def outcomes(answer: Any) -> list[tuple[int, list[str]]]:
    """Of each row, how many variants it has now, and where the input is at fault."""
    return [
        (len(one["product"]["variants"]) if one["product"] else 0, [".".join(e["path"][3:]) for e in one["userErrors"]])
        for one in answer["results"]
    ]


async def test_by_default_all_are_saved_or_none(shop: Shop) -> None:
    token, products = await staff_token(shop, Role.CONTENT), some_products()

    answer = await saves(shop, token, products)

    # Pictures are looked at before variants; each row tells what it meets first.
    assert outcomes(answer) == [(0, []), (0, ["media.1.url"]), (0, ["variants.0.price"]), (0, [])]
    assert answer["saved"] == 0
    assert [(await shop.ask(FOUND, token, slug=one["slug"]))["product"] for one in products] == [None] * 4
    assert (await saves(shop, token, [products[0], products[3]]))["saved"] == 2


async def test_what_another_product_has_takes_all_others_along(shop: Shop) -> None:
    """It is found only while the others are saved already: a transaction undoes them."""
    token, (first, *_, last) = await staff_token(shop, Role.CONTENT), some_products()
    taken = a_product(10_00) | {"slug": last["slug"]}
    await saves(shop, token, [last])

    answer = await saves(shop, token, [first, taken])

    assert [[e["code"] for e in one["userErrors"]] for one in answer["results"]] == [[], ["CONFLICT"]]
    assert (await shop.ask(FOUND, token, slug=first["slug"]))["product"] is None


async def test_rows_that_fail_are_left_out(shop: Shop) -> None:
    token, products = await staff_token(shop, Role.CONTENT), some_products()
    unknown = a_product(10_00, categoryId=id_of(Kind.CATEGORY, uuid4()))

    answer = await saves(shop, token, [*products, unknown], "REJECT_FAILED_ROWS")

    assert outcomes(answer) == [(1, []), (0, ["media.1.url"]), (0, ["variants.0.price"]), (1, []), (0, ["categoryId"])]
    assert answer["results"][1]["userErrors"][0]["path"] == ["input", "products", "1", "media", "1", "url"]
    assert answer["saved"] == 2
    found = [(await shop.ask(FOUND, token, slug=one["slug"]))["product"] is not None for one in products]
    assert found == [True, False, False, True]


async def test_parts_that_fail_are_left_out_where_that_is_wished(shop: Shop) -> None:
    token, products = await staff_token(shop, Role.CONTENT), some_products()

    answer = await saves(shop, token, products, "IGNORE_FAILED")

    faults = ["media.1.url", "variants.0.price", "variants.2.price"]
    assert outcomes(answer) == [(1, []), (2, faults), (0, ["variants.0.price", "variants"]), (1, [])]
    second = answer["results"][1]["product"]
    assert [one["sku"][-1] for one in second["variants"]] == ["1", "3"]
    assert [one["url"] for one in second["media"]] == ["https://pictures.example/a.jpg"]


async def test_the_same_request_many_times_at_once_makes_each_product_once(shop: Shop) -> None:
    token = await staff_token(shop, Role.CONTENT)
    products = [a_product(10_00, externalReference=f"erp-{uuid4().hex}") for _ in range(3)]

    answers = await asyncio.gather(*(saves(shop, token, products[:: (-1) ** n]) for n in range(8)))
    answer = await saves(shop, token, products, "REJECT_FAILED_ROWS")

    assert {one["saved"] for one in answers} <= {0, 3}, "who comes too late may be told that it is taken"
    assert answer["saved"] == 3
    slugs = [one["slug"] for one in products]
    assert (await shop.pond.select("SELECT count(*) FROM product WHERE slug = ANY($1)", slugs))[0][0] == 3


async def test_no_products_and_too_many_are_refused(shop: Shop) -> None:
    token = await staff_token(shop, Role.CONTENT)

    for many in (0, 51):
        answer = await saves(shop, token, [a_product(10_00) for _ in range(many)])
        assert (answer["results"], [error["code"] for error in answer["userErrors"]]) == ([], ["BAD_USER_INPUT"])


async def test_null_is_as_if_it_were_left_out_where_a_whole_is_saved(shop: Shop) -> None:
    token, given = await staff_token(shop, Role.CONTENT), a_product(10_00)
    whole = {"brief": "慢回弹", "externalReference": f"erp-{uuid4().hex}"}

    first = (await saves(shop, token, [given | whole]))["results"][0]["product"]
    again = {"productId": first["id"], "expectedVersion": None, "role": None}
    emptied = (await saves(shop, token, [given | again]))["results"][0]["product"]

    assert (first["brief"], emptied["brief"], emptied["id"]) == ("慢回弹", "", first["id"])


async def test_null_takes_away_where_a_part_is_changed_and_what_is_left_out_stays(shop: Shop) -> None:
    host = await a_guide(shop.pond)
    room, _ = await a_room(shop.pond, host, await an_item(shop.pond, stock=5, limit=2))
    token = await shop.a_token(host)
    (item,) = (await shop.ask(SHELF, token, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]["shelf"]

    async def changes(**given: Any) -> Any:
        return (await shop.ask(UPDATE, token, input={"liveProductId": item["id"], **given}))["liveProductUpdate"]

    left_out = await changes(livePrice={"minor": 98_00})
    null = await changes(limitPerMember=None)

    assert left_out["liveProduct"] == {"limitPerMember": 2, "livePrice": {"minor": 98_00}}
    assert null["liveProduct"] == {"limitPerMember": None, "livePrice": {"minor": 98_00}}
