"""Guides: what the database keeps true whoever comes first, and what a payment earns."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

import db.guides
import db.orders
from db.commissions import commissions_of
from domain.guides import (
    Commission,
    CommissionState,
    GuideAction,
    GuideStatus,
    NotBindable,
)
from domain.identity import Principal, Role
from domain.money import Money
from domain.orders import Order, OrderState
from domain.pages import PageRequest
from resolvers import guides
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.pond import Pond, statements


async def an_order(pond: Pond, buyer: Principal) -> Order:
    """An order of no lines, as far as commission needs one."""
    ctx = pond.context(buyer)
    at = ctx.now()
    nothing = dict.fromkeys(
        ["address", "live_room_id", "store_id", "guide_id", "paid_at", "cancelled_at", "cancel_reason"]
    )
    new = Order(
        id=(id_ := ctx.new_id()),
        number=id_.hex,
        member_id=ctx.member_id,
        state=OrderState.PLACED,
        total=Money(200_00),
        goods=Money(200_00),
        shipping=Money(0),
        lines=[],
        note="",
        placed_at=at,
        pay_before=at,
        version=1,
        **nothing,
    )
    async with pond.database.writing() as tx:
        await db.orders.add(tx, [new])
    return new


async def paid(pond: Pond, order: Order, guide: Principal | None, base: Money | None = None) -> Commission | None:
    """What the guide earns when the order is paid."""
    guide_id = (await guide_of(pond, guide)).id if guide else None
    ctx = pond.context()
    async with pond.database.writing() as tx:
        return await guides.pay_commission(
            ctx,
            tx,
            order_id=order.id,
            member_id=order.member_id,
            attributed_guide_id=guide_id,
            base=base or order.total,
            at=ctx.now(),
        )


async def decided(pond: Pond, guide: Principal, action: GuideAction) -> None:
    """A manager's decision about the guide."""
    operator = await staff(pond, Role.OPERATOR)
    found = await guide_of(pond, guide)
    await guides.change_status(pond.context(operator), found.id, action, found.version)


async def open_bindings(pond: Pond, member: Principal) -> int:
    query = "SELECT id FROM binding WHERE member_id = $1 AND ended_at IS NULL"
    return len(await pond.select(query, member.member_id))


async def bind_at_once(pond: Pond, member: Principal, bidders: list[Principal]) -> list[bool]:
    """All guides bind the member at the same time; who did."""
    assert member.member_id is not None
    found = [await guide_of(pond, bidder) for bidder in bidders]

    async def bid(guide: db.guides.Guide) -> bool:
        async with pond.database.writing() as tx:
            return await guides.bind(pond.context(), tx, member.member_id, guide, None)

    return list(await asyncio.gather(*(bid(guide) for guide in found)))


async def test_of_twenty_guides_who_bind_one_member_at_once_exactly_one_does(pond: Pond) -> None:
    member, store_id = await a_member(pond), await a_store(pond)
    bidders = [await a_guide(pond, f"Guide {i}", store_id=store_id) for i in range(20)]

    won = await bind_at_once(pond, member, bidders)

    assert (won.count(True), await open_bindings(pond, member)) == (1, 1)


async def test_without_the_index_each_of_them_would(pond: Pond) -> None:
    """The negative control of the test above."""
    await pond.select("DROP INDEX uq_binding_one_open")
    member, store_id = await a_member(pond), await a_store(pond)
    bidders = [await a_guide(pond, f"Guide {i}", store_id=store_id) for i in range(5)]

    won = await bind_at_once(pond, member, bidders)

    assert (won.count(True), await open_bindings(pond, member)) == (5, 5)


async def test_two_guides_cannot_be_each_others_customers(pond: Pond) -> None:
    store_id = await a_store(pond)
    one, other = await a_guide(pond, "One", store_id=store_id), await a_guide(pond, "Other", store_id=store_id)
    await bound(pond, one, other)

    with pytest.raises(NotBindable):
        await bound(pond, other, one)


async def test_nor_can_three_in_a_ring(pond: Pond) -> None:
    store_id = await a_store(pond)
    one, two, three = [await a_guide(pond, f"Guide {i}", store_id=store_id) for i in range(3)]
    await bound(pond, one, two)
    await bound(pond, two, three)

    with pytest.raises(NotBindable):
        await bound(pond, three, one)


async def test_two_guides_who_bind_each_other_at_once_do_not_both(pond: Pond) -> None:
    store_id = await a_store(pond)
    one, other = await a_guide(pond, "One", store_id=store_id), await a_guide(pond, "Other", store_id=store_id)

    ends = await asyncio.gather(bound(pond, one, other), bound(pond, other, one), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "NotBindable"]


async def test_without_the_trigger_they_would(pond: Pond) -> None:
    """The negative control of the test above."""
    await pond.select("DROP TRIGGER binding_has_no_loops ON binding")
    store_id = await a_store(pond)
    one, other = await a_guide(pond, "One", store_id=store_id), await a_guide(pond, "Other", store_id=store_id)

    await asyncio.gather(bound(pond, one, other), bound(pond, other, one))

    assert await open_bindings(pond, one) + await open_bindings(pond, other) == 2


async def test_a_paid_order_earns_its_guide_the_tiers_share(pond: Pond) -> None:
    guide, order = await a_guide(pond, tier_rank=2), await an_order(pond, await a_member(pond))

    earned = await paid(pond, order, guide, Money(199_99))

    assert earned is not None
    assert (earned.amount, earned.rate_bp, earned.state) == (Money(15_99), 800, CommissionState.PENDING)
    page = await commissions_of(pond.context().reading, earned.guide_id, PageRequest(10))
    assert page.nodes == [earned]


async def test_paying_commission_takes_two_statements(pond: Pond) -> None:
    guide, order = await a_guide(pond), await an_order(pond, await a_member(pond))
    guide_id = (await guide_of(pond, guide)).id
    ctx = pond.context()

    async with pond.database.writing() as tx:
        with statements() as run:
            await guides.pay_commission(
                ctx,
                tx,
                order_id=order.id,
                member_id=order.member_id,
                attributed_guide_id=guide_id,
                base=order.total,
                at=ctx.now(),
            )

    assert len(run) == 2


async def test_an_order_without_a_guide_earns_nobody_anything(pond: Pond) -> None:
    assert await paid(pond, await an_order(pond, await a_member(pond)), None) is None


async def test_a_guide_earns_nothing_on_an_own_purchase(pond: Pond) -> None:
    guide = await a_guide(pond)

    assert await paid(pond, await an_order(pond, guide), guide) is None


async def test_an_order_pays_its_guide_once_however_often_it_is_told(pond: Pond) -> None:
    guide, order = await a_guide(pond), await an_order(pond, await a_member(pond))

    told = await asyncio.gather(*(paid(pond, order, guide) for _ in range(8)))

    assert len([earned for earned in told if earned]) == 1


async def test_what_a_frozen_guide_earns_is_held_until_the_guide_is_active_again(pond: Pond) -> None:
    guide, order = await a_guide(pond), await an_order(pond, await a_member(pond))
    await decided(pond, guide, GuideAction.FREEZE)

    earned = await paid(pond, order, guide)

    assert earned is not None
    assert earned.state is CommissionState.HELD
    await decided(pond, guide, GuideAction.UNFREEZE)
    page = await commissions_of(pond.context().reading, earned.guide_id, PageRequest(10))
    assert page.nodes == [replace(earned, state=CommissionState.PENDING)]


async def test_who_left_earns_nothing_any_more(pond: Pond) -> None:
    guide, order = await a_guide(pond), await an_order(pond, await a_member(pond))
    guide_id = (await guide_of(pond, guide)).id
    await decided(pond, guide, GuideAction.DISMISS)
    ctx = pond.context()

    async with pond.database.writing() as tx:
        earned = await guides.pay_commission(
            ctx,
            tx,
            order_id=order.id,
            member_id=order.member_id,
            attributed_guide_id=guide_id,
            base=order.total,
            at=ctx.now(),
        )

    assert earned is None


async def test_a_third_level_of_commission_cannot_be_kept(pond: Pond) -> None:
    guide, order = await a_guide(pond), await an_order(pond, await a_member(pond))
    earned = await paid(pond, order, guide)
    assert earned is not None

    with pytest.raises(asyncpg.CheckViolationError, match="at_most_two_levels"):
        await pond.select("UPDATE commission SET level = 3 WHERE id = $1", earned.id)


async def test_a_member_is_an_open_guide_once(pond: Pond) -> None:
    guide = await a_guide(pond, status=GuideStatus.FROZEN)

    with pytest.raises(AssertionError):
        await a_guide(pond, member=guide)
