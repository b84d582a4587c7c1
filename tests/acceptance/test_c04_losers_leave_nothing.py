"""C4: who loses the race for the last item leaves no order, promise, payment, event, commission or used coupon."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.placing
from domain.coupon_templates import CouponTemplate, Validity, Worth
from domain.identity import Principal
from domain.promotions.coupons import CouponKind
from resolvers.stock_taking import StockTaking
from schema.ids import Kind, id_of
from tests.acceptance.plays import available
from tests.deployments import Shop
from tests.makers_carts import line_of
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_coupon, a_template
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member
from tests.makers_promotions import OFF_20, a_promotion
from tests.makers_value import granted
from tests.pond import Pond

BUYERS = 16
TEN_OFF = Worth(CouponKind.FIXED, 10_00)
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id pointsUsed guideId } userErrors { code path } } }"""
MINE = """query { myOrders(first: 10) { nodes { id } }
  me { points { balance } coupons(states: [UNUSED, LOCKED, USED], first: 10) { nodes { state } } } }"""


@dataclass(frozen=True)
class Buyer:
    """A member of a guide, and the wish to have the last item for a coupon, points and a limited promotion."""

    token: str
    wish: dict[str, Any]


async def rows(pond: Pond) -> Counter[str]:
    """How many rows each table has."""
    tables = await pond.select("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for (name,) in tables)
    return Counter({name.strip('"'): many for name, many in await pond.select(counts)})


async def a_buyer(shop: Shop, guide: Principal, template: CouponTemplate, variant_id: UUID) -> Buyer:
    member = await a_member(shop.pond)
    await bound(shop.pond, member, guide)
    await granted(shop.pond, member, 500)
    coupon = await a_coupon(shop.pond, member, template)
    wish = {"lines": [line_of(variant_id)], "couponIds": [id_of(Kind.COUPON, coupon.id)], "points": 500}
    return Buyer(await shop.a_token(member), wish)


async def places(shop: Shop, buyer: Buyer) -> Any:
    wanted = {**buyer.wish, "idempotencyKey": uuid4().hex}
    return (await shop.ask(PLACE, buyer.token, input=wanted))["orderPlace"]


async def test_a_race_for_the_last_item_leaves_as_many_rows_as_one_order_alone(shop: Shop) -> None:
    template, guide = await a_template(shop.pond, worth=TEN_OFF, validity=Validity(days=30)), await a_guide(shop.pond)
    alone, wanted = await a_variant(shop.pond, stock=1), await a_variant(shop.pond, stock=1)
    scope = {"productIds": [id_of(Kind.PRODUCT, one.product_id) for one in (alone, wanted)]}
    await a_promotion(shop.pond, OFF_20, scope=scope, limits={"usesPerMember": 1})
    one = await a_buyer(shop, guide, template, alone.id)
    buyers = [await a_buyer(shop, guide, template, wanted.id) for _ in range(BUYERS)]

    before = await rows(shop.pond)
    order = (await places(shop, one))["order"]
    between = await rows(shop.pond)
    answers = await asyncio.gather(*(places(shop, buyer) for buyer in buyers))
    after = await rows(shop.pond)

    lost = [buyer for buyer, answer in zip(buyers, answers, strict=True) if answer["order"] is None]
    assert len(lost) == BUYERS - 1
    assert after - between == between - before
    taken = between - before
    assert order["pointsUsed"] == 500
    for table in ("order", "stock_movement", "attribution", "outbox", "idempotency_key", "promotion_use"):
        assert taken[table] == 1, table
    for loser in lost:
        seen = await shop.ask(MINE, loser.token)
        assert seen["myOrders"]["nodes"] == []
        assert seen["me"] == {"points": {"balance": 500}, "coupons": {"nodes": [{"state": "UNUSED"}]}}
    assert await available(shop, wanted.id) == 0


async def test_without_the_guard_of_stock_the_rows_would_tell(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    careless = [one for one in resolvers.placing.TAKINGS if one is not StockTaking]
    monkeypatch.setattr(resolvers.placing, "TAKINGS", careless)
    tea = await a_variant(shop.pond, stock=1)
    before = await rows(shop.pond)

    for _ in range(2):
        wanted = {"lines": [line_of(tea)], "idempotencyKey": uuid4().hex}
        await shop.pond.ask(PLACE, await a_member(shop.pond), input=wanted)

    assert (await rows(shop.pond) - before)["order"] == 2
