"""Shoppers: all that prices depend on, in one statement for all buyers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import resolvers.tags
from domain.memberships import PlanKind
from domain.rights import Rights
from domain.tags import TagSource
from resolvers.shoppers import known_shoppers, shoppers_of
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member
from tests.makers_value import a_ladder, a_plan, a_tag_group, buy_plan, granted
from tests.pond import Pond, statements


async def test_a_shopper_has_level_card_tags_store_and_points(pond: Pond) -> None:
    member = await a_member(pond)
    assert member.member_id is not None
    (level,) = await a_ladder(pond, (0, 9_500), rights=Rights(free_shipping=True))
    plan = await a_plan(pond, PlanKind.MONTH, 10_00, Rights(points_bp=20_000, priority_minutes=30))
    await buy_plan(pond, member, plan)
    (green,) = await a_tag_group(pond, "绿茶")
    async with pond.database.writing() as tx:
        await resolvers.tags.put(pond.context(), tx, member.member_id, [green.id], TagSource.RULE, None)
    guide = await a_guide(pond)
    await bound(pond, member, guide)
    await granted(pond, member, 70)

    reading, now = pond.database.reading(), pond.time
    known = (await known_shoppers(reading, [member.member_id], now))[member.member_id]
    later = (await shoppers_of(reading, [member.member_id], now + timedelta(days=31)))[member.member_id]

    shopper = known.shopper
    assert (shopper.level_id, shopper.level_bp, shopper.plan_id) == (level.id, 9_500, plan.id)
    assert shopper.rights == {"FREE_SHIPPING", "POINTS_MULTIPLIER", "PRIORITY_WINDOW"}
    assert (shopper.tags, known.points, known.points_bp, known.priority_minutes) == ({green.id}, 70, 20_000, 30)
    assert shopper.store_id == (await pond.select("SELECT store_id FROM guide"))[0][0]
    assert known.changes_at is not None
    assert known.changes_at.date().isoformat() == "2026-12-22"
    assert (later.plan_id, later.rights) == (None, {"FREE_SHIPPING"})


async def test_somebody_without_anything_is_a_plain_shopper(pond: Pond) -> None:
    member = await a_member(pond)
    assert member.member_id is not None

    shopper = (await shoppers_of(pond.database.reading(), [member.member_id], pond.time))[member.member_id]

    assert (shopper.level_bp, shopper.level_id, shopper.rights, shopper.tags) == (
        10_000,
        None,
        frozenset(),
        frozenset(),
    )


async def test_many_shoppers_are_one_statement(pond: Pond) -> None:
    members = [await a_member(pond) for _ in range(20)]
    ids = [one.member_id or UUID(int=0) for one in members]

    with statements() as log:
        found = await known_shoppers(pond.database.reading(), ids, pond.time)
        nobody = await known_shoppers(pond.database.reading(), [], pond.time)

    assert (len(found), nobody, len(log)) == (20, {}, 1)
