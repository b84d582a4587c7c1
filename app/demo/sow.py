"""Sows the sample brand: everything once, however often it is asked for, and says what it is known by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from app.demo import (
    accounts,
    channels,
    coupons,
    goods,
    offers,
    people,
    places,
    plays,
    rewards,
    service,
    stories,
    tasks,
    trade,
    value,
    wallets,
)
from app.demo.field import Field
from app.demo.places import Places
from db.connection import Database
from domain.guides import Guide
from domain.shares import Share

NOWHERE = UUID(int=0)


@dataclass
class Sown:
    """What was sown, by the names that people know."""

    products: dict[str, UUID] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)
    guides: dict[str, Guide] = field(default_factory=dict)
    members: list[UUID] = field(default_factory=list)
    posts: dict[str, UUID] = field(default_factory=dict)
    gifts: dict[str, UUID] = field(default_factory=dict)
    plans: dict[str, UUID] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    coupons: dict[str, UUID] = field(default_factory=dict)
    orders: list[UUID] = field(default_factory=list)
    places: Places = Places(NOWHERE, NOWHERE, NOWHERE)  # noqa: RUF009  it is frozen
    room_id: UUID = NOWHERE
    host: str = ""


async def sow(
    database: Database, *, wechat_app_id: str = "wx-demo", tell: Callable[[str], None] = lambda _: None
) -> Sown:
    """Sow what is missing of the sample brand. `tell` hears what comes next."""
    on = Field(database, wechat_app_id)
    try:
        return await _sow(on, tell)
    finally:
        await on.close()


async def _sow(on: Field, tell: Callable[[str], None]) -> Sown:
    sown = Sown()
    tell("组织与店员 · stores and staff")
    organisation = await people.sow_organisation(on)
    sown.units, sown.staff = organisation.units, organisation.staff
    await accounts.sow_settlements(on, organisation)
    tell("商品与库存 · products and stock")
    sown.products = await goods.sow_goods(on, organisation.founder)
    sown.places = await places.sow_places(on, organisation, sown.products)
    tell("导购与分享 · guides and shares")
    sown.guides = await people.sow_guides(on, organisation)
    await rewards.sow_rewards(on, organisation, sown.products)
    sown.shares = await trade.sow_shares(on, sown.guides, sown.products)
    await channels.sow_channels(on, organisation.founder)
    tell("会员 · members")
    sown.members = await people.sow_members(on, [share.code for share in sown.shares])
    tell("等级、积分与礼卡 · levels, points and cards")
    sown.plans = await value.sow_value(on, organisation.founder, sown.members)
    tell("优惠券、抽奖与积分兑换 · coupons, a lottery, goods for points")
    sown.coupons = await coupons.sow_coupons(on, organisation.founder, sown.members, sown.products)
    tell("秒杀、拼团与砍价 · a flash sale, a group buy and a bargain")
    await plays.sow_plays(on, organisation.founder, sown.members, sown.products)
    tell("内容与评论 · posts and comments")
    sown.posts = await stories.sow_posts(on, organisation, sown.guides, sown.products, sown.members)
    tell("直播间、礼物与订单 · the live room, gifts and orders")
    await _sow_room(on, organisation, sown)
    await service.sow_service(on, organisation.founder, sown.orders)
    await wallets.sow_wallet(on, organisation.founder, sown.guides[sown.host], sown.members)
    await tasks.sow_tasks(on, organisation.founder, sown.units["hq"], sown.guides[sown.host])
    tell("促销、会员价与营销活动 · promotions, members' prices and a campaign")
    await offers.sow_offers(on, organisation.founder, sown.products)
    return sown


async def _sow_room(on: Field, organisation: people.Organisation, sown: Sown) -> None:
    forwards = await trade.sow_forwards(on, sown.shares, sown.members)
    await trade.sow_visits(on, sown.shares + forwards, sown.members)
    sown.gifts = await trade.sow_gifts(on)
    await trade.sow_coins(on, organisation, sown.members)
    room = await trade.sow_room(on, sown.guides, sown.products, sown.members, sown.gifts)
    sown.room_id, sown.host = room.id, room.host.name
    sown.orders = await trade.sow_orders(on, room, sown.members)
