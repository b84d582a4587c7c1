"""Shoppers: all that prices depend on, in one statement for all buyers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import resolvers.tags
from domain.memberships import PlanKind
from domain.orders import LineKind
from domain.rights import Rights
from domain.tags import TagSource
from resolvers.shoppers import known_shoppers
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member
from tests.makers_plays import a_seckill, by_seckill, placed, tried
from tests.makers_promotions import OFF_20, a_promotion, line, place, price_of, quoted
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
    later = (await known_shoppers(reading, [member.member_id], now + timedelta(days=31)))[member.member_id].shopper

    shopper = known.shopper
    assert (shopper.level_id, shopper.level_bp, shopper.plan_id) == (level.id, 9_500, plan.id)
    assert shopper.rights == {"FREE_SHIPPING", "POINTS_MULTIPLIER", "PRIORITY_WINDOW"}
    assert (shopper.tags, known.points, known.points_bp, known.early) == (
        frozenset({green.id}),
        70,
        20_000,
        timedelta(minutes=30),
    )
    assert shopper.store_id == (await pond.select("SELECT store_id FROM guide"))[0][0]
    assert known.changes_at is not None
    assert known.changes_at.date().isoformat() == "2026-12-22"
    assert (later.plan_id, later.rights) == (None, frozenset({"FREE_SHIPPING"}))


async def test_somebody_without_anything_is_a_plain_shopper(pond: Pond) -> None:
    member = await a_member(pond)
    assert member.member_id is not None

    known = (await known_shoppers(pond.database.reading(), [member.member_id], pond.time))[member.member_id]

    shopper = known.shopper
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


async def test_a_right_lets_its_holders_into_a_flash_sale_before_others(pond: Pond) -> None:
    member, other = await a_member(pond), await a_member(pond)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 10_00, Rights(priority_minutes=30)))
    begins = pond.time + timedelta(minutes=20)
    sale = await a_seckill(pond, starts_at=begins, ends_at=begins + timedelta(minutes=5))
    variant_id, play = sale.terms.variant_id, by_seckill(sale)

    first = [await tried(pond, one, variant_id, play) for one in (other, member)]
    pond.time = begins
    then = await tried(pond, other, variant_id, play)

    assert (first, then) == (["NotStarted", "placed"], "placed")


async def test_a_right_begins_a_discount_before_it_does_for_others_and_no_other_promotion(pond: Pond) -> None:
    member, other = await a_member(pond), await a_member(pond)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 10_00, Rights(priority_minutes=30)))
    variant, begins = await a_variant(pond), pond.time + timedelta(minutes=20)
    times = {"startsAt": begins.isoformat(), "endsAt": (begins + timedelta(hours=1)).isoformat()}
    await a_promotion(pond, {"timeDiscount": {"prices": [price_of(variant, 149_00)]}}, **times)
    await a_promotion(pond, OFF_20, **times)

    before = [await quoted(pond, line(variant), who=one) for one in (other, member)]
    bought = await place(pond, member, line(variant), quoteId=before[1]["quoteId"])
    pond.time = begins
    then = await quoted(pond, line(variant), who=other)

    assert [one["total"]["minor"] for one in before] == [199_00, 149_00]
    assert (bought["userErrors"], bought["order"]["total"]["minor"]) == ([], 149_00)
    assert then["total"]["minor"] == 129_00


async def test_a_right_brings_a_gift_along_with_each_order(pond: Pond) -> None:
    member = await a_member(pond)
    meat, gift = await a_variant(pond), await a_variant(pond, "半斤肉", stock=1)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.MONTH, 10_00, Rights(gift_variant_id=gift.id)))

    orders = [await placed(pond, member, meat.id) for _ in range(2)]

    came_along = [[line.variant_id for line in one.lines if line.kind is LineKind.GIFT] for one in orders]
    assert came_along == [[gift.id], []], "while there are any"
    assert orders[0].total == orders[1].total
