"""Shares: who is credited with registrations and orders, through the database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import db.attributions
import db.bindings
from domain.attribution import UNCREDITED, AttributionReason, Decision
from domain.evidence import Claimant
from domain.guides import GuideAction, GuideStatus
from domain.identity import Principal, Role
from domain.shares import ShareChannel, TargetKind
from resolvers import attributions as stories
from resolvers import guides, shares
from tests.makers_attribution import decided
from tests.makers_attribution import ordered as an_order
from tests.makers_content import a_post
from tests.makers_guides import a_guide, a_share, bound, guide_of, opened
from tests.makers_members import a_member, a_store, staff
from tests.pond import Pond, statements


async def attributions(pond: Pond, member: Principal) -> list[Any]:
    query = "SELECT kind, reason, share_id, guide_id, order_id FROM attribution WHERE member_id = $1 ORDER BY id"
    return await pond.select(query, member.member_id)


async def registered(pond: Pond, member: Principal, code: str | None) -> bool:
    """The member registers with the code, as far as attribution goes."""
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        return await stories.attribute_registration(pond.context(), tx, member.member_id, code)


async def guide_bound_to(pond: Pond, member: Principal) -> Any:
    assert member.member_id is not None
    found = await db.bindings.guides_bound_to(pond.context().reading, [member.member_id], pond.time)
    return found[member.member_id].id if found else None


async def ordered(
    pond: Pond, member: Principal, *, code: str | None = None, room_of: Principal | None = None
) -> Decision:
    """The member places an order; who is credited."""
    return await decided(pond, await an_order(pond, member, code=code, room_of=room_of))


async def test_who_registers_by_a_guides_share_is_the_guides_customer(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond))

    assert await registered(pond, member, share.code)

    assert await guide_bound_to(pond, member) == guide.guide_id
    (kept,) = await attributions(pond, member)
    assert (kept["kind"], kept["share_id"], kept["guide_id"]) == ("REGISTRATION", share.id, guide.guide_id)


async def test_who_registers_by_a_guides_own_code_is_the_guides_customer(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)

    assert await registered(pond, member, (await guide_of(pond, guide)).share_code)

    assert await guide_bound_to(pond, member) == guide.guide_id
    (kept,) = await attributions(pond, member)
    assert (kept["reason"], kept["share_id"]) == ("EXPLICIT_CODE", None)


async def test_a_members_share_is_credited_and_binds_to_nobody(pond: Pond) -> None:
    """Not even to the guide of the member who shared: only guides bind."""
    guide, friend, member = await a_guide(pond), await a_member(pond), await a_member(pond)
    await bound(pond, friend, guide)
    share = await a_share(pond, friend, await a_store(pond))

    assert await registered(pond, member, share.code)

    assert await guide_bound_to(pond, member) is None
    (kept,) = await attributions(pond, member)
    assert (kept["share_id"], kept["guide_id"]) == (share.id, None)


async def test_a_code_that_is_unknown_or_expired_is_passed_over(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond))
    await pond.select("UPDATE share SET expires_at = $1", pond.time)

    assert not await registered(pond, member, share.code)
    assert not await registered(pond, member, "never-was-a")
    assert await registered(pond, member, None)

    assert await attributions(pond, member) == []


async def test_a_frozen_guide_is_credited_and_binds_nobody(pond: Pond) -> None:
    guide, member = await a_guide(pond, status=GuideStatus.FROZEN), await a_member(pond)

    assert await registered(pond, member, (await guide_of(pond, guide)).share_code)

    assert await guide_bound_to(pond, member) is None


async def test_of_many_first_touches_at_once_one_binding_and_one_credit_stay(pond: Pond) -> None:
    """The index that keeps it so has its negative control in test_guides."""
    member, store_id = await a_member(pond), await a_store(pond)
    found = [await a_share(pond, await a_guide(pond, f"G{i}", store_id=store_id), store_id) for i in range(10)]

    await asyncio.gather(*(registered(pond, member, share.code) for share in found))

    (kept,) = await attributions(pond, member)
    assert kept["guide_id"] in [share.guide_id for share in found]
    assert len(await pond.select("SELECT id FROM binding WHERE member_id = $1", member.member_id)) == 1


async def test_orders_are_credited_in_one_statement(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    await bound(pond, member, guide)
    assert member.member_id is not None

    async with pond.database.writing() as tx:
        with statements() as run:
            asked = [Claimant(member.member_id), Claimant(UUID(int=1))]
            first, second = await stories.attribute_orders(pond.context(), tx, asked, pond.time)

    assert len(run) == 1
    store_id = (await guide_of(pond, guide)).store_id
    assert (first.guide_id, first.store_id, first.reason) == (guide.guide_id, store_id, AttributionReason.BINDING)
    assert second is UNCREDITED


async def test_an_order_is_credited_by_code_room_touch_and_binding_in_that_order(pond: Pond) -> None:
    coded, host, toucher, bound_to = [await a_guide(pond, name) for name in ("Code", "Host", "Touch", "Bound")]
    member, store_id = await a_member(pond), await a_store(pond)
    share = await a_share(pond, toucher, store_id)
    await opened(pond, share, member)
    code = (await guide_of(pond, coded)).share_code

    before_binding = await ordered(pond, member)
    await bound(pond, member, bound_to)
    by_binding = await ordered(pond, member)
    by_room = await ordered(pond, member, room_of=host)
    by_code = await ordered(pond, member, room_of=host, code=code)

    credited = [(d.guide_id, d.reason) for d in (before_binding, by_binding, by_room, by_code)]
    assert credited == [
        (toucher.guide_id, AttributionReason.SHARE_TOUCH),
        (bound_to.guide_id, AttributionReason.BINDING),
        (host.guide_id, AttributionReason.LIVE_ROOM),
        (coded.guide_id, AttributionReason.EXPLICIT_CODE),
    ]
    assert {d.share_id for d in (before_binding, by_binding, by_room, by_code)} == {share.id}


async def test_a_touch_is_forgotten_after_seven_days_and_one_of_content_after_one(pond: Pond) -> None:
    seller, author, member = await a_guide(pond), await a_guide(pond), await a_member(pond)
    of_content = await a_share(pond, author, (await a_post(pond)).id, kind=TargetKind.POST)
    await opened(pond, await a_share(pond, seller, await a_store(pond)), member)
    await opened(pond, of_content, member)

    at_once = await ordered(pond, member)
    pond.later(hours=25)
    next_day = await ordered(pond, member)
    pond.later(days=6)
    next_week = await ordered(pond, member)

    assert at_once.guide_id in (seller.guide_id, author.guide_id)
    assert (next_day.guide_id, next_week.guide_id) == (seller.guide_id, None)


async def test_who_opens_an_own_share_is_not_touched_by_it(pond: Pond) -> None:
    guide = await a_guide(pond)
    await opened(pond, await a_share(pond, guide, await a_store(pond)), guide)

    assert (await ordered(pond, guide)).reason is AttributionReason.NONE


async def test_who_left_is_credited_with_nothing(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    found = await guide_of(pond, guide)
    await bound(pond, member, guide)
    await opened(pond, await a_share(pond, guide, await a_store(pond)), member)
    operator = await staff(pond, Role.OPERATOR)
    await guides.change_status(pond.context(operator), found.id, GuideAction.DISMISS, found.version)

    decision = await ordered(pond, member, code=found.share_code)

    assert decision.guide_id is None


async def test_sharing_the_same_again_is_the_same_share_also_at_once(pond: Pond) -> None:
    member, store_id = await a_member(pond), await a_store(pond)

    made = await asyncio.gather(*(a_share(pond, member, store_id) for _ in range(10)))

    assert len({share.code for share in made}) == 1
    elsewhere = await a_share(pond, member, store_id, channel=ShareChannel.POSTER)
    assert elsewhere.code != made[0].code


async def test_a_share_that_expired_opens_again_when_it_is_shared_again(pond: Pond) -> None:
    member, store_id = await a_member(pond), await a_store(pond)
    pond.services.rules = replace(pond.services.rules, shares_last=timedelta(days=1))
    first = await a_share(pond, member, store_id)
    pond.later(days=2)

    again = await a_share(pond, member, store_id)

    assert again.id == first.id
    assert not first.is_open(pond.time)
    assert again.is_open(pond.time)


async def test_an_anonymous_opening_counts_and_touches_nobody(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    share = await a_share(pond, guide, await a_store(pond), kind=TargetKind.STORE)
    await opened(pond, share, Principal(), key="a-phone")

    (funnel,) = await shares.funnels_of(pond.context(guide), [share])

    assert funnel is not None
    assert (funnel.visits, funnel.unique_visits) == (1, 0)
    assert (await ordered(pond, member)).reason is AttributionReason.NONE
