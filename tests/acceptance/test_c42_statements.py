"""C42: a document of the catalogue, a cart or orders takes as many SQL statements for 100 rows as for one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from domain.identity import VISITOR, Principal
from schema.ids import Kind, id_of
from tests.makers_carts import ADD, CREATE, FIND, line_of
from tests.makers_catalogue import a_category, a_product, a_variant, variants_of
from tests.makers_members import a_member
from tests.pond import Pond, statements
from tests.schema.test_orders import PLACE

MANY = 100
PRODUCTS = """{ products(first: 100) { nodes { id name category { name } brand { name } media { url }
  variants { id sku available price { minor } } priceRange { minimum { minor } } } } }"""
SEARCH = '{ search(text: "四件套", first: 100) { nodes { id variants { available } } } }'
PRODUCT = "query ($id: ID!) { product(id: $id) { variants { id available price { minor } } } }"
CATEGORIES = "{ categories { id name } }"
QUOTE = """query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) { total { minor }
  lines { available payable { minor } steps { name } } } }"""
ORDERS = """{ myOrders(first: 100) { nodes { number state total { minor } lines { name payable { minor } }
  payments { state } refunds { state } } } }"""


async def count(pond: Pond, document: str, who: Principal = VISITOR, **given: Any) -> int:
    """How many statements a document takes."""
    with statements() as log:
        await pond.ask(document, who, **given)
    return len(log)


async def of_the_catalogue(pond: Pond, many: int) -> list[int]:
    """Statements of the documents of a catalogue of so many products."""
    await asyncio.gather(*(a_category(pond) for _ in range(many)))
    await asyncio.gather(*(a_product(pond, stock=3) for _ in range(many)))
    return [await count(pond, document) for document in (PRODUCTS, SEARCH, CATEGORIES)]


async def of_one_product(pond: Pond, many: int) -> list[int]:
    """Statements of what shows and sells a product of so many variants, in a cart and outside of it."""
    product = await a_product(pond, sizes=[str(n) for n in range(many)], stock=3)
    lines, mei = [line_of(one) for one in await variants_of(pond, product)], await a_member(pond)
    shown = await count(pond, PRODUCT, id=id_of(Kind.PRODUCT, product.id))
    filled = await count(pond, CREATE, mei, input={"lines": lines})
    quoted = await count(pond, QUOTE, mei, lines=lines)
    read = await count(pond, FIND, mei)
    added = await count(pond, ADD, mei, input=await _one_more(pond, mei))
    placed = await count(pond, PLACE, mei, input={"lines": lines, "idempotencyKey": uuid4().hex})
    assert (read, added, placed) <= (5, 8, 14)
    return [shown, filled, quoted, read, added, placed]


async def _one_more(pond: Pond, who: Principal) -> dict[str, Any]:
    cart = (await pond.ask(FIND, who))["cart"]
    first = cart["lines"][0]
    return {"cartId": cart["id"], "lines": [{"variantId": first["variantId"], "quantity": 1}]}


async def of_orders(pond: Pond, many: int) -> list[int]:
    """Statements of the list of so many orders of one member."""
    tea, mei = await a_variant(pond, stock=MANY), await a_member(pond)
    for _ in range(many):
        await pond.ask(PLACE, mei, input={"lines": [line_of(tea)], "idempotencyKey": uuid4().hex})
    listed = await count(pond, ORDERS, mei)
    assert listed <= 5
    return [listed]


@pytest.mark.parametrize("documents", [of_the_catalogue, of_one_product, of_orders])
async def test_100_rows_take_as_many_statements_as_one(pond: Pond, documents: Any) -> None:
    few, many = await documents(pond, 1), await documents(pond, MANY)

    assert many == few
