"""Gifts of promotions: an order has those that are there, and goes on without the others (R45)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

from domain.catalogue import Variant
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.makers_plays import a_group_buy, a_seckill
from tests.makers_promotions import a_promotion, line, place
from tests.makers_stock import a_store_with_stock, stocked_at
from tests.pond import Pond
from tests.schema.test_orders import stock_of

LINES = "query ($id: ID!) { node(id: $id) { ... on Order { lines { kind quantity } } } }"
QUOTE = """query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput) { cartQuote(lines: $lines, terms: $terms) {
  canBeOrdered lines { available } gifts { quantity } missingGifts { missing } } }"""


async def a_gift(pond: Pond, stock: int) -> Variant:
    """A cup that comes along with whatever is bought, while there are some."""
    cup = await a_variant(pond, "杯子", stock=stock)
    await a_promotion(pond, {"buyGift": {"gifts": [{"variantId": id_of(Kind.VARIANT, cup.id)}]}})
    return cup


async def test_who_comes_too_late_for_a_gift_has_the_goods_without_it(pond: Pond) -> None:
    tea = await a_variant(pond, stock=50)
    await a_gift(pond, stock=2)
    buyers = [await a_member(pond) for _ in range(16)]

    payloads = await asyncio.gather(*(place(pond, who, line(tea)) for who in buyers))

    assert [one["userErrors"] for one in payloads] == [[]] * 16
    kinds = await pond.select("SELECT kind FROM order_line")
    assert Counter(row["kind"] for row in kinds) == {"GOODS": 16, "GIFT": 2}


async def test_a_brand_may_take_no_orders_without_their_gifts(pond: Pond) -> None:
    """R45, the other way: whoever comes too late for a gift is told so, in the quote and by the order."""
    pond.services.rules = replace(pond.services.rules, orders_need_gifts=True)
    tea = await a_variant(pond, stock=50)
    cup = await a_gift(pond, stock=2)
    buyers = [await a_member(pond) for _ in range(16)]

    payloads = await asyncio.gather(*(place(pond, who, line(tea)) for who in buyers))
    quote = (await pond.ask(QUOTE, buyers[0], lines=[line(tea)]))["cartQuote"]

    refusals = Counter(error["code"] for one in payloads for error in one["userErrors"])
    assert refusals == {"INSUFFICIENT_STOCK": 14}
    assert Counter(row["kind"] for row in await pond.select("SELECT kind FROM order_line")) == {"GOODS": 2, "GIFT": 2}
    assert (quote["canBeOrdered"], quote["missingGifts"]) == (False, [{"missing": 1}])
    assert (await stock_of(pond, cup)).sellable == 0


async def test_what_is_fetched_comes_with_the_gifts_of_its_store(pond: Pond) -> None:
    tea, mei = await a_variant(pond, stock=50), await a_member(pond)
    cup = await a_gift(pond, stock=9)
    store_id, shelf = await a_store_with_stock(pond)
    await stocked_at(pond, tea, shelf, 2)
    at = {"pickUpStoreId": id_of(Kind.STORE, store_id)}

    without = await place(pond, mei, line(tea), **at)
    await stocked_at(pond, cup, shelf, 1)
    quote = (await pond.ask(QUOTE, mei, lines=[line(tea)], terms=at))["cartQuote"]
    along = await place(pond, mei, line(tea), **at)

    found = [await pond.ask(LINES, mei, id=one["order"]["id"]) for one in (without, along)]
    assert [[one["kind"] for one in each["node"]["lines"]] for each in found] == [["GOODS"], ["GOODS", "GIFT"]]
    assert quote["lines"] == [{"available": 1}]
    assert (quote["gifts"], quote["missingGifts"]) == ([{"quantity": 1}], [])


async def test_the_last_unit_is_bought_and_not_given_along(pond: Pond) -> None:
    mei = await a_member(pond)
    cup = await a_gift(pond, stock=1)
    group_buy = await a_group_buy(pond, cup)
    play = {"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, group_buy.id)}

    payload = await place(pond, mei, line(cup), play=play)

    assert payload["userErrors"] == []


async def test_a_flash_sale_has_what_was_set_aside_for_it(pond: Pond) -> None:
    mei, tea = await a_member(pond), await a_variant(pond, stock=3)
    flash = await a_seckill(pond, tea, stock=3)
    terms = {"play": {"kind": "SECKILL", "id": id_of(Kind.SECKILL, flash.id)}}

    quote = (await pond.ask(QUOTE, mei, lines=[line(tea)], terms=terms))["cartQuote"]

    assert (quote["canBeOrdered"], quote["lines"]) == (True, [{"available": 3}])
