"""Short ways to publish flash sales, group buys and offers to bargain, and to buy by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import resolvers.bargains
import resolvers.group_buys
import resolvers.group_settling
import resolvers.orders
import resolvers.seckills
from domain.activities import ActivityKind, PlayChoice
from domain.bargains import Bargain, BargainOffer, BargainTerms
from domain.catalogue import Variant
from domain.group_buys import GroupBuy, GroupBuyTerms, GroupPrice
from domain.identity import Principal
from domain.money import Money
from domain.orders import CartLine, Order
from domain.placing import Wish
from domain.refusals import Refusal, Refusals
from domain.seckills import Seckill, SeckillTerms
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant, staff
from tests.makers_members import a_member
from tests.makers_shelves import paid
from tests.pond import NOON, Pond


async def an_operator(pond: Pond) -> Principal:
    """Somebody who runs the brand's pond, and is a member as well."""
    member = await a_member(pond, "Ops")
    return staff(member_id=member.member_id)


def running(**by: float) -> dict[str, Any]:
    """From an hour ago until so much later than noon."""
    return {"starts_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(**by)}


async def a_seckill(pond: Pond, variant: Variant | None = None, *, stock: int = 10, **terms: Any) -> Seckill:
    """A flash sale that runs since an hour ago and for an hour more."""
    variant = variant or await a_variant(pond, stock=stock)
    said = {"name": "整点秒杀", "variant_id": variant.id, "price": Money(9_90), "stock": stock, **running(hours=1)}
    ctx = pond.context(await an_operator(pond))
    return (await resolvers.seckills.publish(ctx, SeckillTerms(**{**said, **terms}), uuid4().hex))[0]


async def a_group_buy(pond: Pond, variant: Variant | None = None, *, size: int = 3, **terms: Any) -> GroupBuy:
    """A group buy at 59.00 that runs since an hour ago and for two days more; its groups have a day."""
    variant = variant or await a_variant(pond, stock=50)
    prices = (GroupPrice(variant.id, Money(59_00)),)
    said = {"name": "一起买", "prices": prices, "size": size, "lasts_s": 24 * 3600, **running(days=2)}
    return await resolvers.group_buys.publish(pond.context(await an_operator(pond)), GroupBuyTerms(**{**said, **terms}))


async def a_bargain_offer(pond: Pond, variant: Variant | None = None, **terms: Any) -> BargainOffer:
    """An offer to bargain from 100.00 to 30.00 with ten helpers within a day."""
    variant = variant or await a_variant(pond)
    said = {"name": "砍到底", "variant_id": variant.id, "helpers": 10, "lasts_s": 24 * 3600, **running(days=2)}
    said |= {"first_price": Money(100_00), "floor_price": Money(30_00)}
    return await resolvers.bargains.publish(pond.context(await an_operator(pond)), BargainTerms(**{**said, **terms}))


async def a_bargain(pond: Pond, starter: Principal, offer: BargainOffer | None = None, **terms: Any) -> Bargain:
    """A bargain that a member started."""
    offer = offer or await a_bargain_offer(pond, **terms)
    return (await resolvers.bargains.start(pond.context(starter), offer.id))[0]


def by_seckill(one: Seckill) -> PlayChoice:
    return PlayChoice(ActivityKind.SECKILL, one.id)


def in_group(one: GroupBuy, group_id: UUID | None = None) -> PlayChoice:
    return PlayChoice(ActivityKind.GROUP, one.id, group_id)


def by_bargain(one: Bargain) -> PlayChoice:
    return PlayChoice(ActivityKind.BARGAIN, one.id)


async def placed(
    pond: Pond, member: Principal, variant_id: UUID, play: PlayChoice | None = None, quantity: int = 1
) -> Order:
    """An order that a member placed, by a play if one is given."""
    wish = Wish((CartLine(variant_id, quantity),), play=play)
    return (await resolvers.orders.place(pond.context(member), wish, uuid4().hex)).order


async def tried(pond: Pond, member: Principal, variant_id: UUID, play: PlayChoice, quantity: int = 1) -> str:
    """What came of an attempt to order: "placed", or the name of the first refusal."""
    try:
        await placed(pond, member, variant_id, play, quantity)
    except (Refusal, Refusals) as refused:
        return type(refused.members[0] if isinstance(refused, Refusals) else refused).__name__
    return "placed"


async def a_paid_group(pond: Pond, activity: GroupBuy, many: int) -> tuple[UUID, list[Principal], list[Order]]:
    """A group in which so many paid; its id, and who, first come first, with their orders."""
    variant_id, group_id = activity.terms.prices[0].variant_id, None
    members, orders = [], []
    for n in range(many):
        member = await a_member(pond, f"Member {n}")
        order = await placed(pond, member, variant_id, in_group(activity, group_id))
        await paid(pond, order, member)
        group_id = group_id or await group_of(pond, order)
        members.append(member)
        orders.append(order)
    assert group_id is not None
    return group_id, members, orders


async def group_of(pond: Pond, order: Order) -> UUID:
    """The group in which an order holds a seat."""
    ((group_id,),) = await pond.select("SELECT group_id FROM group_seat WHERE order_id = $1", order.id)
    return UUID(str(group_id))


async def held_orders(pond: Pond, orders: Sequence[Order]) -> list[tuple[str, str | None, int]]:
    """Where orders stand: their states, why they must not leave, and how many fen went back."""
    rows = await pond.select(
        'SELECT id, state, hold, refunded_minor FROM "order" WHERE id = ANY($1)', [one.id for one in orders]
    )
    by_id = {row[0]: (row[1], row[2], row[3]) for row in rows}
    return [by_id[one.id] for one in orders]


def group_id_of(group_id: UUID) -> str:
    return id_of(Kind.BUYING_GROUP, group_id)


async def settled(pond: Pond) -> int:
    """Let the jobs do all that is due; returns how much it was."""
    done = 0
    while step := await resolvers.group_settling.expire(pond.context()) + await resolvers.group_settling.settle(
        pond.context()
    ):
        done += step
    return done
