"""A running product with a room that is live and a shop that sells, for a browser to visit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import app.jobs
import resolvers.live_shelves
import resolvers.shipping
from domain.coupon_templates import Validity, Worth
from domain.group_buys import GroupPrice
from domain.identity import VISITOR, Role
from domain.money import Money
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_product, staff, variants_of
from tests.makers_coupons import a_template as a_coupon_template
from tests.makers_guides import a_guide
from tests.makers_live import a_gift, a_room, an_item, coins
from tests.makers_members import appointed, headquarters
from tests.makers_plays import a_group_buy, a_seckill
from tests.makers_promotions import a_promotion
from tests.makers_stock import a_template as a_shipping_template
from tests.pond import Pond
from tests.site import Site
from tests.web.guide_site import GuideSite
from tests.web.guide_site import opened as guide_of_a_site


@dataclass(frozen=True, slots=True)
class LiveSite:
    """Where the live room is served, which one to enter, as whom, and who runs it."""

    base_url: str
    room_id: str
    member_token: str
    host_token: str
    friend_token: str
    """Of a member who has not been in the room."""


@dataclass(frozen=True, slots=True)
class ShopSite:
    """Where the shop is served, what it sells, and as whom to visit and to run it."""

    base_url: str
    plate: str
    """The slug of a product whose second unit costs half, and for which there is a coupon."""
    promotion_id: str
    cake: str
    """The slug of a product that three buy together, and that is in a flash sale."""
    group_buy_id: str
    cake_id: str
    """The variant of it."""
    member_token: str
    friend_token: str
    operator_token: str


@pytest.fixture
async def live_site(site: Site) -> AsyncIterator[LiveSite]:
    """A server with a room, and the jobs that go with it."""
    async with _working(site):
        yield await _opened(site)


@pytest.fixture
async def shop_site(site: Site) -> AsyncIterator[ShopSite]:
    """A server with a shop, and the jobs that go with it."""
    async with _working(site):
        yield await _stocked(site)


@pytest.fixture
async def guide_site(site: Site) -> AsyncIterator[GuideSite]:
    """A server with a guide who has sold, and the jobs that go with it: once all is there, as much of it is old."""
    filled = await guide_of_a_site(site)
    async with _working(site):
        yield filled


@asynccontextmanager
async def _working(site: Site) -> AsyncIterator[None]:
    working = asyncio.create_task(app.jobs.run(site.pond))
    yield
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _given_away(pond: Pond, times: dict[str, Any]) -> None:
    """Tea that costs nothing, to be shipped for nothing."""
    tea = await a_product(pond, "试饮茶包", price=Money(9_90), slug="tea", media=())
    (variant,) = await variants_of(pond, tea)
    free = await a_shipping_template(pond, fee=0, is_default=False)
    await resolvers.shipping.assign(pond.context(staff()), [tea.id], free.id)
    await a_seckill(pond, variant, price=Money(0), **times)


async def _stocked(site: Site) -> ShopSite:
    pond = Pond(site.pond.database)
    now = pond.time = site.pond.context().now()
    times: dict[str, Any] = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=1)}
    operator = replace(VISITOR, member_id=await member_of(site, await site.member_token("operator")))
    await appointed(pond, operator, Role.OPERATOR, (await headquarters(pond)).id)
    plate = await a_product(pond, "莲瓣浅盘", price=Money(33_33), slug="plate", sizes=("六寸", "八寸"), media=())
    cake = await a_product(pond, "黑芝麻丸", price=Money(59_00), slug="cake", stock=30, media=())
    (variant,) = await variants_of(pond, cake)
    half = {"nthItem": {"n": 2, "offBp": 5_000}}
    scope = {"everything": False, "productIds": [id_of(Kind.PRODUCT, plate.id)]}
    promotion_id = await a_promotion(pond, half, name="第二件半价", scope=scope)
    await a_coupon_template(
        pond, name="满40减10", worth=Worth(CouponKind.FIXED, 10_00, threshold=40_00), validity=Validity(days=30)
    )
    await a_shipping_template(pond, fee=8_00)
    prices = (GroupPrice(variant.id, Money(45_00)),)
    together = await a_group_buy(pond, variant, prices=prices, lasts_s=24 * 3600, **times)
    await a_seckill(pond, variant, price=Money(29_00), **times)
    await _given_away(pond, times)
    tokens = [await site.member_token(name) for name in ("buyer", "friend", "operator")]
    shown = (id_of(Kind.GROUP_BUY, together.id), id_of(Kind.VARIANT, variant.id))
    return ShopSite(site.url, plate.slug, promotion_id, cake.slug, *shown, *tokens)


async def _opened(site: Site) -> LiveSite:
    pond = Pond(site.pond.database)
    pond.time = site.pond.context().now()
    host_id = await member_of(site, await site.member_token("host"))
    host = await a_guide(pond, member=replace(VISITOR, member_id=host_id))
    room, _ = await a_room(pond, host, await an_item(pond, stock=20), await an_item(pond, stock=5))
    (shelf,) = await resolvers.live_shelves.shelves_of(pond.context(), [room])
    await resolvers.live_shelves.pin(pond.context(host), shelf[0].id)
    await a_gift(pond, code="rose", coins=10)
    token = await site.member_token("viewer")
    await coins(pond, replace(VISITOR, member_id=await member_of(site, token)), 1000)
    await coins(pond, host, 1000)
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    host_token, friend_token = await site.member_token("host"), await site.member_token("friend")
    return LiveSite(site.url, room_id, token, host_token, friend_token)


async def member_of(site: Site, token: str) -> UUID:
    return key_of(Kind.MEMBER, (await site.ask("{ me { id } }", token=token))["me"]["id"])
