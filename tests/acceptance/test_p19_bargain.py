"""P19 Bargain exact sum: 100.00 to 30.00 with ten helpers, three of them at once."""

from __future__ import annotations

import asyncio
from typing import Any

from schema.ids import Kind, id_of
from tests.acceptance.plays import order_of, places, running
from tests.deployments import Shop
from tests.makers_plays import a_bargain_offer

START = "mutation ($id: ID!) { bargainStart(input: { bargainOfferId: $id }) { bargain { id } } }"
HELP = """mutation ($id: ID!) { bargainHelp(input: { bargainId: $id }) {
  help { cut { minor } } userErrors { code } } }"""
BARGAIN = (
    "query ($id: ID!) { bargain(id: $id) { price { minor } helped helps(first: 20) { nodes { cut { minor } } } } }"
)


async def test_every_cut_is_a_fen_at_least_and_together_they_are_70_yuan(shop: Shop) -> None:
    offer = await a_bargain_offer(shop.pond, **running(days=1))
    starter, *helpers = [await shop.a_token() for _ in range(12)]
    bargain_id = (await shop.ask(START, starter, id=id_of(Kind.BARGAIN_OFFER, offer.id)))["bargainStart"]["bargain"][
        "id"
    ]

    async def helps(token: str) -> Any:
        return (await shop.ask(HELP, token, id=bargain_id))["bargainHelp"]

    answers = [await helps(token) for token in helpers[:7]]
    own = await helps(starter)
    answers += await asyncio.gather(*map(helps, helpers[7:10]))
    eleventh = await helps(helpers[10])

    cuts = [answer["help"]["cut"]["minor"] for answer in answers]
    assert (min(cuts) >= 1, sum(cuts)) == (True, 70_00)
    assert [one["userErrors"][0]["code"] for one in (own, eleventh)] == ["FORBIDDEN", "INVALID_STATE"]
    shown = (await shop.ask(BARGAIN, id=bargain_id))["bargain"]
    assert (shown["price"]["minor"], shown["helped"]) == (30_00, 10)
    assert sorted(one["cut"]["minor"] for one in shown["helps"]["nodes"]) == sorted(cuts)

    placed = await places(shop, starter, offer.terms.variant_id, {"kind": "BARGAIN", "id": bargain_id})
    (line,) = (await order_of(shop, starter, placed["order"]["id"]))["lines"]
    assert line["unitPrice"] == {"minor": 30_00}
