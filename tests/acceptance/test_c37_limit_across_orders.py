"""C37: what one member may buy of a thing counts over all orders, at once or one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from schema.ids import Kind, id_of
from tests.acceptance.money import gives_up
from tests.acceptance.plays import running
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_live import a_room, an_item
from tests.makers_plays import a_seckill
from tests.makers_promotions import PLACE

LIMIT = 2


async def of_a_flash_sale(shop: Shop) -> dict[str, Any]:
    variant = await a_variant(shop.pond, stock=50)
    sale = await a_seckill(shop.pond, variant, stock=50, limit_per_member=LIMIT, **running(hours=1))
    return {"variant": variant.id, "play": {"kind": "SECKILL", "id": id_of(Kind.SECKILL, sale.id)}}


async def of_a_live_room(shop: Shop) -> dict[str, Any]:
    item = await an_item(shop.pond, stock=50, limit=LIMIT)
    room, _ = await a_room(shop.pond, None, item)
    return {"variant": item.variant_id, "liveRoomId": id_of(Kind.LIVE_ROOM, room.id)}


async def buys(shop: Shop, token: str, offer: dict[str, Any], many: int = 1) -> Any:
    """The id of an order, or the code of why there is none."""
    terms = {name: value for name, value in offer.items() if name != "variant"}
    lines = [{"variantId": id_of(Kind.VARIANT, offer["variant"]), "quantity": many}]
    wanted = {"lines": lines, "idempotencyKey": uuid4().hex, **terms}
    answer = (await shop.ask(PLACE, token, input=wanted))["orderPlace"]
    return answer["order"]["id"] if answer["order"] else answer["userErrors"][0]["code"]


@pytest.mark.parametrize("offered", [of_a_flash_sale, of_a_live_room])
async def test_a_limit_holds_over_orders_and_what_is_given_up_counts_no_more(shop: Shop, offered: Any) -> None:
    offer, token, other = await offered(shop), await shop.a_token(), await shop.a_token()

    too_many = await buys(shop, token, offer, LIMIT + 1)
    came = await asyncio.gather(*(buys(shop, token, offer) for _ in range(8)))

    orders = [one for one in came if one.startswith("ord_")]
    assert too_many == "LIMIT_PER_MEMBER"
    assert len(orders) == LIMIT
    assert Counter(came)["LIMIT_PER_MEMBER"] == 8 - LIMIT
    assert (await buys(shop, other, offer, LIMIT)).startswith("ord_")

    await gives_up(shop, token, orders[0])
    assert await buys(shop, token, offer, LIMIT) == "LIMIT_PER_MEMBER"
    assert (await buys(shop, token, offer)).startswith("ord_")
