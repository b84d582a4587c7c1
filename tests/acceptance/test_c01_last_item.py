"""C1: of 50 buyers who complete at once the last item goes to one, and there is never less than nothing of it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

import resolvers.placing
from domain.orders import CartLine
from domain.placing import Wish
from resolvers.orders import place
from resolvers.stock_taking import StockTaking
from schema.ids import Kind, id_of
from tests.acceptance.plays import available
from tests.deployments import Shop
from tests.makers_carts import COMPLETE, CREATE, FIND, line_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.makers_stock import nothing_is_lost
from tests.pond import Pond

BUYERS = 50
LEVEL = "SELECT sellable, reserved, sold FROM stock_level WHERE variant_id = $1"


async def test_the_last_item_goes_to_one_of_50_buyers(shop: Shop) -> None:
    tea = await a_variant(shop.pond, stock=1)
    tokens = [await shop.a_token() for _ in range(BUYERS)]
    carts = [await _cart(shop, token, tea.id) for token in tokens]

    answers = await asyncio.gather(*(_completes(shop, *one) for one in zip(tokens, carts, strict=True)))

    ((order,),) = [[one["order"] for one in answers if one["order"]]]
    refused = [error for one in answers for error in one["userErrors"]]
    assert order["lines"] == [{"variantId": id_of(Kind.VARIANT, tea.id), "quantity": 1}]
    assert [(error["code"], error["available"]) for error in refused] == [("INSUFFICIENT_STOCK", 0)] * (BUYERS - 1)
    left = [(await shop.ask(FIND, token, id=cart))["cart"] for token, cart in zip(tokens, carts, strict=True)]
    assert sorted(cart["orderId"] or "" for cart in left) == [""] * (BUYERS - 1) + [order["id"]]
    assert await available(shop, tea.id) == 0
    assert [tuple(row) for row in await shop.pond.select(LEVEL, tea.id)] == [(0, 1, 0)]
    assert await nothing_is_lost(shop.pond)


async def test_without_the_guard_of_stock_everybody_gets_the_last_item(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what prices are made from, and says that there is one, keeps nobody off."""
    careless = [one for one in resolvers.placing.TAKINGS if one is not StockTaking]
    monkeypatch.setattr(resolvers.placing, "TAKINGS", careless)
    tea, buyers = await a_variant(pond, stock=1), [await a_member(pond) for _ in range(4)]
    wish = Wish((CartLine(tea.id, 1),))

    placed = await asyncio.gather(*(place(pond.context(one), wish, uuid4().hex) for one in buyers))

    assert len({one.order.id for one in placed}) == 4


async def _cart(shop: Shop, token: str, variant_id: Any) -> str:
    return str((await shop.ask(CREATE, token, input={"lines": [line_of(variant_id)]}))["cartCreate"]["cart"]["id"])


async def _completes(shop: Shop, token: str, cart_id: str) -> Any:
    wanted = {"cartId": cart_id, "idempotencyKey": uuid4().hex}
    return (await shop.ask(COMPLETE, token, input=wanted))["cartComplete"]
