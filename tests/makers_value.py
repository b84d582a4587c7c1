"""Short ways to give members value: points, levels, memberships, cards and balances."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import db.orders
import resolvers.gift_card_batches
import resolvers.gift_cards
import resolvers.levels
import resolvers.membership_cards
import resolvers.memberships
import resolvers.points
import resolvers.tags
from domain.identity import Principal, Role
from domain.levels import MemberLevel
from domain.memberships import MembershipPlan, PlanKind
from domain.money import Money
from domain.orders import Order, OrderState
from domain.refunds import Wanted
from domain.rights import NO_RIGHTS, Rights
from domain.tags import Tag, TagGroup
from resolvers import order_life, refunds
from schema.ids import Kind, id_of
from tests.makers_members import staff
from tests.pond import Pond

PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id state confirmUrl } userErrors { code } } }"""


def key_in(global_id: str) -> UUID:
    """The key in an id as clients see it."""
    return UUID(hex=global_id.partition("_")[2])


async def granted(pond: Pond, member: Principal, points: int) -> None:
    """Give a member points."""
    operator = await staff(pond, Role.OPERATOR)
    assert member.member_id is not None
    await resolvers.points.grant(pond.context(operator), member.member_id, points, "开业礼", uuid4().hex)


async def a_ladder(pond: Pond, *steps: tuple[int, int], rights: Rights = NO_RIGHTS) -> list[MemberLevel]:
    """A ladder of levels by threshold and discount."""
    operator = await staff(pond, Role.OPERATOR)
    levels = [
        MemberLevel(resolvers.levels.NEW, 0, f"V{i}", threshold, bp, rights) for i, (threshold, bp) in enumerate(steps)
    ]
    return await resolvers.levels.save_ladder(pond.context(operator), levels)


async def a_plan(
    pond: Pond, kind: PlanKind = PlanKind.YEAR, price: int = 199_00, rights: Rights = NO_RIGHTS, **more: Any
) -> MembershipPlan:
    """A plan on sale."""
    ctx = pond.context(await staff(pond, Role.OPERATOR))
    days = 7 if kind is PlanKind.TRIAL else 0
    plan = MembershipPlan(ctx.new_id(), kind, "半亩会员", Money(price), rights, days)
    return await resolvers.memberships.save_plan(ctx, replace(plan, **more), None)


async def membership_cards(pond: Pond, plan: MembershipPlan, count: int = 1) -> tuple[str, ...]:
    """Codes of cards that nobody has activated."""
    ctx = pond.context(await staff(pond, Role.OPERATOR))
    until = pond.time + timedelta(days=30)
    batch, _ = await resolvers.membership_cards.issue(ctx, plan.id, count, until, "", uuid4().hex)
    return batch.codes


async def gift_card_codes(pond: Pond, face: int = 100_00, count: int = 1, days: int = 365) -> tuple[str, ...]:
    """Codes of gift cards that can be bound."""
    ctx = pond.context(await staff(pond, Role.FINANCE))
    until = pond.time + timedelta(days=days)
    batch, _ = await resolvers.gift_card_batches.issue(ctx, Money(face), count, until, "", uuid4().hex)
    await resolvers.gift_card_batches.activate(ctx, batch.id)
    return batch.codes


async def a_gift_card(pond: Pond, member: Principal, face: int = 100_00, days: int = 365) -> UUID:
    """A card that is bound to the member."""
    (code,) = await gift_card_codes(pond, face, days=days)
    return (await resolvers.gift_cards.bind(pond.context(member), code)).card.id


async def order_of(pond: Pond, order_id: UUID) -> Order:
    return (await db.orders.orders_by_id(pond.database.reading(), [order_id]))[order_id]


async def pay(pond: Pond, member: Principal, order_id: UUID) -> None:
    """Pay an order at the sandbox."""
    wanted = {"orderId": id_of(Kind.ORDER, order_id), "idempotencyKey": uuid4().hex}
    paid = (await pond.ask(PAY, member, input=wanted))["orderPay"]
    assert paid["userErrors"] == []
    assert (await pond.standins.post(paid["payment"]["confirmUrl"])).is_success
    await pond.bank.all_told()


async def received(pond: Pond, order_id: UUID) -> Order:
    """The buyer has the goods."""
    ctx = pond.context()
    async with pond.database.writing() as tx:
        before = await db.orders.lock(tx, order_id)
        assert before is not None
        after = replace(before, state=OrderState.RECEIVED, received_at=ctx.now(), version=before.version + 1)
        await order_life.changed(ctx, tx, after, order_life.RECEIVED)
        await db.orders.save_state(tx, before, after, None, ctx.now())
    return after


async def refunded(pond: Pond, order_id: UUID, quantities: dict[UUID, int] | None = None, **more: Any) -> None:
    """Give back units of an order, or all of it."""
    ctx = pond.context()
    async with pond.database.writing() as tx:
        order = await db.orders.lock(tx, order_id)
        assert order is not None
        wanted = Wanted(quantities or {}, everything=quantities is None and not more, **more)
        await refunds.give_back(ctx, tx, order, wanted, "测试退款")


async def buy_plan(pond: Pond, member: Principal, plan: MembershipPlan, *, paid: bool = True) -> UUID | None:
    """Order a plan, and pay it."""
    order_id, _ = await resolvers.memberships.buy(pond.context(member), plan.id, uuid4().hex)
    if order_id is not None and paid:
        await pay(pond, member, order_id)
    return order_id


async def a_tag_group(pond: Pond, *names: str, exclusive: bool = False) -> list[Tag]:
    """The tags of a new group."""
    operator = await staff(pond, Role.OPERATOR)
    tags = tuple(Tag(resolvers.tags.NEW, resolvers.tags.NEW, name) for name in names)
    group = TagGroup(resolvers.tags.NEW, f"组{uuid4().hex[:6]}", exclusive, tags)
    return list((await resolvers.tags.save_group(pond.context(operator), group)).tags)
