"""Activities say which plays lower their price further: none without a word (product rules 2.4, step 1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import resolvers.points
from domain.catalogue import Variant
from domain.identity import Principal
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant, staff
from tests.makers_guides import a_guide
from tests.makers_members import a_member
from tests.makers_plays import an_operator
from tests.makers_promotions import a_promotion, yuan
from tests.pond import NOON, Pond

OFF_5 = {"reduction": {"tiers": [{"threshold": {"amount": yuan(50_00)}, "off": yuan(5_00)}]}}
QUOTE = """query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput, $room: ID) {
  cartQuote(lines: $lines, liveRoomId: $room, terms: $terms) {
  total { minor } steps { stage } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { total { minor } } userErrors { code path } } }"""
TIMES = {"startsAt": NOON.isoformat(), "endsAt": (NOON + timedelta(days=1)).isoformat()}

Sell = Callable[[Pond, Variant, Principal, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Publishes an activity that sells at 59.00, with what it goes with; returns how it is ordered."""


async def published(pond: Pond, who: Principal, name: str, kind: str, said: dict[str, Any]) -> str:
    """The id of what a mutation has published."""
    field = kind[0].lower() + kind[1:]
    document = f"""mutation ($input: {name[0].upper() + name[1:]}Input!) {{ {name}(input: $input) {{
      {field} {{ id goesWith }} userErrors {{ code path }} }} }}"""
    answer = (await pond.ask(document, who, input=said))[name]
    assert answer["userErrors"] == [], answer
    assert answer[field]["goesWith"] == said.get("goesWith", [])
    return str(answer[field]["id"])


async def by_seckill(pond: Pond, tea: Variant, _: Principal, more: dict[str, Any]) -> dict[str, Any]:
    said = {"name": "秒杀", "variantId": id_of(Kind.VARIANT, tea.id), "price": yuan(59_00), "stock": 9, **TIMES, **more}
    said["idempotencyKey"] = uuid4().hex
    return {
        "play": {
            "kind": "SECKILL",
            "id": await published(pond, await an_operator(pond), "seckillPublish", "Seckill", said),
        }
    }


async def by_group(pond: Pond, tea: Variant, _: Principal, more: dict[str, Any]) -> dict[str, Any]:
    price = {"variantId": id_of(Kind.VARIANT, tea.id), "price": yuan(59_00)}
    said = {"name": "一起买", "prices": [price], "size": 2, **TIMES, **more}
    return {
        "play": {
            "kind": "GROUP",
            "id": await published(pond, await an_operator(pond), "groupBuyPublish", "GroupBuy", said),
        }
    }


async def by_bargain(pond: Pond, tea: Variant, member: Principal, more: dict[str, Any]) -> dict[str, Any]:
    prices = {"firstPrice": yuan(59_00), "floorPrice": yuan(30_00), "helpers": 3}
    said = {"name": "砍到底", "variantId": id_of(Kind.VARIANT, tea.id), **prices, **TIMES, **more}
    offer_id = await published(pond, await an_operator(pond), "bargainOfferPublish", "BargainOffer", said)
    start = "mutation ($id: ID!) { bargainStart(input: { bargainOfferId: $id }) { bargain { id } } }"
    bargain = (await pond.ask(start, member, id=offer_id))["bargainStart"]["bargain"]
    return {"play": {"kind": "BARGAIN", "id": bargain["id"]}}


async def by_points(pond: Pond, tea: Variant, member: Principal, more: dict[str, Any]) -> dict[str, Any]:
    assert member.member_id is not None
    await resolvers.points.grant(pond.context(await an_operator(pond)), member.member_id, 1_000, "test", uuid4().hex)
    said = {"name": "兑换", "variantId": id_of(Kind.VARIANT, tea.id), "points": 100, "price": yuan(59_00), "quota": 9}
    offer_id = await published(
        pond, await an_operator(pond), "pointsOfferPublish", "PointsOffer", {**said, **TIMES, **more}
    )
    return {"line": {"pointsOfferId": offer_id}}


async def by_room(pond: Pond, tea: Variant, _: Principal, more: dict[str, Any]) -> dict[str, Any]:
    item = {"variantId": id_of(Kind.VARIANT, tea.id), "livePrice": yuan(59_00), "liveStock": 9, **more}
    document = """mutation ($input: LiveRoomStartInput!) { liveRoomStart(input: $input) {
      liveRoom { id shelf { goesWith } } userErrors { code path } } }"""
    said = {"title": "上新", "shelf": [item], "idempotencyKey": uuid4().hex}
    room = (await pond.ask(document, await a_guide(pond), input=said))["liveRoomStart"]["liveRoom"]
    assert room["shelf"] == [{"goesWith": more.get("goesWith", [])}]
    return {"liveRoomId": room["id"]}


@pytest.mark.parametrize("sell", [by_seckill, by_group, by_bargain, by_points, by_room])
async def test_the_plays_that_an_activity_goes_with_lower_its_price(pond: Pond, sell: Sell) -> None:
    await a_promotion(pond, OFF_5)
    totals = []

    for more in ({}, {"goesWith": ["SUBTOTAL"]}, {"goesWith": ["UNIT", "ITEM_SET"]}):
        tea, member = await a_variant(pond, price=Money(100_00), stock=20), await a_member(pond)
        how = await sell(pond, tea, member, more)
        line = {"variantId": id_of(Kind.VARIANT, tea.id), "quantity": 1, **how.pop("line", {})}
        terms = {"play": how["play"]} if "play" in how else {}
        quote = (await pond.ask(QUOTE, member, lines=[line], terms=terms, room=how.get("liveRoomId")))["cartQuote"]
        placed = (await pond.ask(PLACE, member, input={"lines": [line], "idempotencyKey": "k", **how}))["orderPlace"]
        assert placed["userErrors"] == []
        assert placed["order"]["total"] == quote["total"]
        totals.append(quote["total"]["minor"])

    assert totals == [59_00, 54_00, 59_00]


@pytest.mark.parametrize("sell", [by_seckill, by_group, by_bargain, by_points, by_room])
async def test_a_unit_price_that_an_activity_goes_with_is_what_is_paid(pond: Pond, sell: Sell) -> None:
    tea, member = await a_variant(pond, price=Money(100_00), stock=20), await a_member(pond)
    variant_id = id_of(Kind.VARIANT, tea.id)
    await a_promotion(pond, {"timeDiscount": {"prices": [{"variantId": variant_id, "price": yuan(50_00)}]}})
    how = await sell(pond, tea, member, {"goesWith": ["UNIT"]})
    line = {"variantId": variant_id, "quantity": 1, **how.pop("line", {})}

    placed = (await pond.ask(PLACE, member, input={"lines": [line], "idempotencyKey": "k", **how}))["orderPlace"]

    assert placed == {"order": {"total": yuan(50_00)}, "userErrors": []}


@pytest.mark.parametrize("stage", ["EXCLUSIVE", "COUPON", "POINTS", "SHIPPING", "GIFTS"])
async def test_what_is_no_play_is_not_for_an_activity_to_say(pond: Pond, stage: str) -> None:
    tea = await a_variant(pond)
    said = {"name": "兑换", "variantId": id_of(Kind.VARIANT, tea.id), "points": 1, "quota": 9, **TIMES}
    document = (
        "mutation ($input: PointsOfferPublishInput!) { pointsOfferPublish(input: $input) { userErrors { code path } } }"
    )

    (refused,) = await pond.refused(document, staff(), input=said | {"goesWith": [stage]})

    assert refused == {"code": "BAD_USER_INPUT", "path": ["input", "goesWith"]}
