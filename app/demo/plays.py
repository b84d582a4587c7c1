"""What the sample brand sells by plays: a flash sale, a group buy with a group that fills, and a bargain under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import db.bargain_offers
import db.catalogue
import db.group_buys
import db.seckills
import resolvers.bargains
import resolvers.group_buys
import resolvers.orders
import resolvers.payments
import resolvers.seckills
from app.demo.field import Field, id_of
from app.demo.people import as_member
from domain.activities import ActivityKind, PlayChoice
from domain.bargains import BargainTerms
from domain.group_buys import GroupBuyTerms, GroupPrice
from domain.identity import Principal
from domain.money import Money
from domain.orders import CartLine
from domain.placing import Wish
from domain.seckills import SeckillTerms
from resolvers.payments import Paying

SECKILL, GROUP_BUY, OFFER, BARGAIN = "seckill tea", "group buy sesame", "bargain offer cup", "bargain of cup"
LEADER = 7
"""The member who began a group."""
_LASTS = timedelta(days=60)


async def sow_plays(field: Field, operator: Principal, members: list[UUID], products: dict[str, UUID]) -> None:
    """Publish one of each play, where it is not there."""
    await _seckill(field, operator, (await _variants(field, products["gufa-jiangcha"]))[0])
    await _group_buy(field, operator, await _variants(field, products["heizhima-wan"]), members)
    await _bargain(field, operator, (await _variants(field, products["yuzao-pinmingbei"]))[0], members)


async def _variants(field: Field, product_id: UUID) -> list[UUID]:
    found = await db.catalogue.variants_of(field.database.reading(), [product_id])
    return [one.id for one in found[product_id]]


async def _seckill(field: Field, operator: Principal, variant_id: UUID) -> None:
    if await db.seckills.seckills_by_id(field.database.reading(), [id_of(SECKILL)]):
        return
    times = (field.now - timedelta(hours=1), field.now + _LASTS)
    terms = SeckillTerms("暖姜茶 · 秒杀", variant_id, Money(29_00), 30, *times, limit_per_member=2)
    await resolvers.seckills.publish(field.hand(SECKILL, operator), terms, "banmu seckill")


async def _group_buy(field: Field, operator: Principal, variants: Sequence[UUID], members: list[UUID]) -> None:
    key = id_of(GROUP_BUY)
    if await db.group_buys.group_buys_by_id(field.database.reading(), [key]):
        return
    prices = (GroupPrice(variants[0], Money(45_00), Money(39_00)), GroupPrice(variants[1], Money(118_00)))
    times = (field.now - timedelta(hours=1), field.now + _LASTS)
    terms = GroupBuyTerms("三人成团 · 黑芝麻丸", prices, 3, 7 * 24 * 3600, *times)
    await resolvers.group_buys.publish(field.hand(GROUP_BUY, operator), terms)
    hand = field.hand("group order", as_member(members[LEADER]))
    wish = Wish((CartLine(variants[0], 1),), play=PlayChoice(ActivityKind.GROUP, key))
    order = (await resolvers.orders.place(hand, wish, "banmu group")).order
    payment = (await resolvers.payments.pay(hand, Paying(order.id, "banmu pay group"))).payment
    assert payment is not None, "a group buy costs something"
    assert payment.confirm_url is not None, "the bank said where to confirm"
    await field.client.post(payment.confirm_url)
    await field.bank.all_told()


async def _bargain(field: Field, operator: Principal, variant_id: UUID, members: list[UUID]) -> None:
    key = id_of(OFFER)
    if await db.bargain_offers.offers_by_id(field.database.reading(), [key]):
        return
    prices, times = (Money(68_00), Money(38_00)), (field.now - timedelta(hours=1), field.now + _LASTS)
    terms = BargainTerms("请友砍一杯", variant_id, *prices, 8, 7 * 24 * 3600, *times, starter_cuts=True)
    await resolvers.bargains.publish(field.hand(OFFER, operator), terms)
    bargain, _ = await resolvers.bargains.start(field.hand(BARGAIN, as_member(members[LEADER])), key)
    for number in (8, 10, 11):
        await resolvers.bargains.help_(field.hand(f"help of {number}", as_member(members[number])), bargain.id)
