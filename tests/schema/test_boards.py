"""Boards: who did most in a store, a region and the nation, refunds taken off, one's own line always (R12)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

import resolvers.boards
import resolvers.guides
from domain.boards import BoardPeriod, BoardScope, Metric
from domain.catalogue import Variant
from domain.guides import GuideAction
from domain.identity import Principal, Role
from domain.money import Money
from domain.refusals import NotFound
from domain.stores import OrgUnit
from resolvers.boards import Asked
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store, headquarters, staff
from tests.makers_payments import a_paid_order, refund
from tests.makers_tasks import a_region, board, published, recruited
from tests.makers_value import a_tag_group
from tests.pond import Pond, statements
from tests.schema.test_store_places import a_tree, moved
from tests.schema.test_tags import tag

AS_OF = """query ($unit: ID!, $at: DateTime) {
  leaderboard(metric: POSTS, scope: REGION, unitId: $unit, at: $at) { entries { value } } }"""


async def sold(pond: Pond, guide: Principal, variant: Variant, many: int = 1) -> tuple[str, list[str]]:
    """A customer of the guide buys."""
    buyer = await a_member(pond)
    await bound(pond, buyer, guide)
    return await a_paid_order(pond, buyer, (variant, many))


def lines(found: Any) -> list[tuple[int, str, int]]:
    return [(one["rank"], one["name"], one["value"]) for one in found["entries"]]


async def test_a_refund_lowers_the_board_of_the_day_on_which_the_order_was_paid(pond: Pond) -> None:
    variant = await a_variant(pond, price=Money(100_00), stock=20)
    east, store_id = await a_region(pond)
    _, south_store = await a_region(pond, "华南")
    wang = await a_guide(pond, "小王", store_id=store_id)
    li = await a_guide(pond, "小李", store_id=store_id)
    zhang = await a_guide(pond, "小张", store_id=south_store)
    order_id, (line_id,) = await sold(pond, wang, variant, 3)
    pond.later(minutes=1)
    await sold(pond, li, variant, 2)
    await sold(pond, zhang, variant, 4)
    await pond.project()
    before = await board(pond, wang, "SALES", "NATION"), await board(pond, wang, "SALES", "REGION")
    pond.later(days=1)
    await refund(pond, order_id, lines=[(line_id, 2)])
    await pond.project()

    today = await board(pond, wang, "SALES", "NATION")
    week = await board(pond, wang, "SALES", "NATION", period="MONTH")
    orders = await board(pond, wang, "ORDERS", "STORE", period="MONTH")

    assert lines(before[0]) == [(1, "小张", 400_00), (2, "小王", 300_00), (3, "小李", 200_00)]
    assert lines(before[1]) == [(1, "小王", 300_00), (2, "小李", 200_00)]
    assert before[1]["unitName"] == east.name
    assert today["entries"] == []
    assert lines(week) == [(1, "小张", 400_00), (2, "小李", 200_00), (3, "小王", 100_00)]
    assert week["entries"][0]["amount"] == {"minor": 400_00}
    assert lines(orders) == [(1, "小王", 1), (2, "小李", 1)]


async def test_commission_that_is_clawed_back_leaves_the_board(pond: Pond) -> None:
    guide = await a_guide(pond, "小王")
    order_id, (line_id,) = await sold(pond, guide, await a_variant(pond, price=Money(100_00)), 2)
    await pond.project()
    earned = lines(await board(pond, guide, "COMMISSION", "NATION"))
    await refund(pond, order_id, lines=[(line_id, 1)])
    await pond.project()
    half = lines(await board(pond, guide, "COMMISSION", "NATION"))

    ((_, _, whole),) = earned
    assert whole > 0
    assert half == [(1, "小王", whole // 2)]


async def test_who_helped_another_guide_to_sell_has_an_assist(pond: Pond) -> None:
    guide, helper = await a_guide(pond, "小王"), await a_guide(pond, "小李")
    order_id, (line_id,) = await sold(pond, guide, await a_variant(pond))
    await pond.select(
        "INSERT INTO assist (order_id, guide_id, reason, at) VALUES ($1, $2, 'SHARE_TOUCH', $3)",
        key_of(Kind.ORDER, order_id),
        (await guide_of(pond, helper)).id,
        pond.time,
    )
    await pond.project()
    helped = lines(await board(pond, helper, "ASSISTS", "NATION"))
    await refund(pond, order_id, lines=[(line_id, 1)])
    await pond.project()

    assert helped == [(1, "小李", 1)]
    assert lines(await board(pond, helper, "ASSISTS", "NATION")) == []


async def test_who_was_first_at_a_value_is_before_who_came_later(pond: Pond) -> None:
    store_id = await a_store(pond)
    guides = [await a_guide(pond, name, store_id=store_id) for name in ("一", "二", "三")]
    for guide in (guides[1], guides[0]):
        await published(pond, guide)
        pond.later(seconds=1)
    await published(pond, guides[2], 2)
    await pond.project()

    assert lines(await board(pond, guides[0], "POSTS", "STORE")) == [(1, "三", 2), (2, "二", 1), (3, "一", 1)]


async def test_equals_share_a_rank_and_the_next_has_the_next(pond: Pond) -> None:
    store_id = await a_store(pond)
    guides = [await a_guide(pond, name, store_id=store_id) for name in ("一", "二", "三")]
    for guide in guides[:2]:
        await published(pond, guide, 2)
    await pond.project()
    pond.later(minutes=1)
    await published(pond, guides[2])
    await pond.project()

    found = lines(await board(pond, guides[0], "POSTS", "STORE"))

    assert [rank for rank, _, _ in found] == [1, 1, 2]


async def test_each_guide_sees_the_own_line_below_those_that_are_shown(pond: Pond) -> None:
    store_id = await a_store(pond)
    first, last = await a_guide(pond, "一", store_id=store_id), await a_guide(pond, "二", store_id=store_id)
    nobody = await a_guide(pond, "三", store_id=store_id)
    await recruited(pond, first, 2)
    await recruited(pond, last, 1)
    await pond.project()

    with statements() as log:
        mine = await board(pond, last, "NEW_MEMBERS", "NATION", first=1)
    nothing = await board(pond, nobody, "NEW_MEMBERS", "NATION", first=1)

    assert lines(mine) == [(1, "一", 2)]
    assert mine["mine"] == {"rank": 2, "value": 1}
    assert nothing["mine"] is None
    assert len(log) == 3


async def test_stores_are_ranked_by_what_their_guides_did_together(pond: Pond) -> None:
    region, store_id = await a_region(pond)
    other_store = await a_store(pond, "二店", parent=region)
    for guide_store, many in ((store_id, 1), (store_id, 1), (other_store, 3)):
        await published(pond, await a_guide(pond, store_id=guide_store), many)
    await pond.project()
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=region.id)

    found = await board(pond, manager, "POSTS", "REGION", of="STORES")

    assert lines(found) == [(1, "二店", 3), (2, "华东一店", 2)]


async def test_the_boards_of_other_units_do_not_exist_for_a_guide(pond: Pond) -> None:
    east, store_id = await a_region(pond)
    south, south_store = await a_region(pond, "华南")
    guide = await a_guide(pond, store_id=store_id)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=south.id)

    async def exists(who: Principal, scope: str, kind: Kind, key: Any) -> bool:
        return await board(pond, who, "SALES", scope, unit=id_of(kind, key)) is not None

    assert await exists(guide, "STORE", Kind.STORE, store_id)
    assert await exists(guide, "REGION", Kind.ORG_UNIT, east.id)
    assert not await exists(guide, "NATION", Kind.ORG_UNIT, east.id)
    assert not await exists(guide, "REGION", Kind.ORG_UNIT, south.id)
    assert not await exists(guide, "STORE", Kind.STORE, south_store)
    assert await exists(manager, "STORE", Kind.STORE, south_store)
    assert await board(pond, await a_member(pond), "SALES", "NATION") is None
    with pytest.raises(NotFound):
        await resolvers.boards.follow(
            pond.context(guide), Asked(Metric.SALES, BoardScope.REGION, BoardPeriod.DAY, unit_id=south.id)
        )


async def test_own_purchases_raise_nobody(pond: Pond) -> None:
    variant = await a_variant(pond)
    other = await a_guide(pond, "小李")
    guide = await a_guide(pond, "小王")
    await bound(pond, await a_member(pond), other)
    await a_paid_order(pond, guide, (variant, 1))
    await pond.project()

    assert (await board(pond, guide, "SALES", "NATION"))["entries"] == []


async def test_what_a_guide_did_stays_theirs_when_they_sell_elsewhere(pond: Pond) -> None:
    _, store_id = await a_region(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    guide, customer = await a_guide(pond, "小王", store_id=store_id), await a_member(pond)
    await bound(pond, customer, guide)
    green, black = await a_tag_group(pond, "绿茶", "红茶")
    await tag(pond, guide, customer, green)
    await pond.project()
    pond.later(minutes=1)
    known = await guide_of(pond, guide)
    await resolvers.guides.change_status(pond.context(manager), known.id, GuideAction.DISMISS, known.version)
    pond.later(minutes=1)
    await a_guide(pond, "小王二号", member=replace(guide, guide_id=None))

    await tag(pond, await staff(pond, Role.OPERATOR), customer, black)
    await pond.project()

    assert lines(await board(pond, manager, "TAGS", "STORE")) == [(1, "小王", 1)]
    assert lines(await board(pond, manager, "TAGS", "NATION")) == [(1, "小王", 1)]


async def test_a_store_that_moves_takes_nothing_along_of_a_day_that_is_over(pond: Pond) -> None:
    east, west, _, shop = await a_tree(pond)
    guide = await a_guide(pond, "小王", store_id=shop.id)
    await published(pond, guide, 2)
    await pond.project()
    yesterday = pond.time.isoformat()
    pond.later(days=1)
    await moved(pond, shop, west)
    await published(pond, guide)
    await pond.project()
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=(await headquarters(pond)).id)

    async def posts(unit: OrgUnit, at: str | None = None) -> list[int]:
        found = await pond.ask(AS_OF, manager, unit=id_of(Kind.ORG_UNIT, unit.id), at=at)
        return [one["value"] for one in found["leaderboard"]["entries"]]

    assert (await posts(east, yesterday), await posts(west, yesterday)) == ([2], [])
    assert (await posts(east), await posts(west)) == ([], [1])


async def test_what_is_told_twice_counts_once(pond: Pond) -> None:
    guide = await a_guide(pond)
    await published(pond, guide, 2)
    await pond.project()
    await pond.select("DELETE FROM projection WHERE name = 'guide deeds'")

    await pond.project()

    assert lines(await board(pond, guide, "POSTS", "NATION")) == [(1, "Xiao Wang", 2)]


async def test_who_follows_a_board_gets_it_and_then_each_change_that_is_told(pond: Pond) -> None:
    guide = await a_guide(pond)
    feeds = pond.services.feeds
    asked = Asked(Metric.POSTS, BoardScope.NATION, BoardPeriod.DAY)
    states = [await resolvers.boards.follow(pond.context(guide), asked) for _ in range(3)]
    async with aclosing(states[0]), aclosing(states[1]), aclosing(states[2]):
        first = [await anext(one) for one in states]
        await published(pond, guide)
        await pond.project()
        (told,) = await pond.select("SELECT payload FROM outbox WHERE kind = 'GuidesMoved'")
        feeds.tell(told["payload"]["topics"])
        async with asyncio.timeout(5):
            second = [await anext(one) for one in states]

    assert [len(one.value.entries) for one in first] == [0, 0, 0]
    assert [[line.value for line in one.value.entries] for one in second] == [[1], [1], [1]]
    assert len({id(one) for one in second}) == 1
    assert not feeds._feeds, "nobody follows it any more"


async def test_who_has_a_line_below_the_top_hears_of_it_although_the_top_stays_as_it_is(pond: Pond) -> None:
    best, guide = await a_guide(pond, "榜首"), await a_guide(pond, "小王")
    await published(pond, best, 3)
    await pond.project()
    asked = Asked(Metric.POSTS, BoardScope.NATION, BoardPeriod.DAY, first=1)
    states = await resolvers.boards.follow(pond.context(guide), asked)
    async with aclosing(states):
        first = await anext(states)
        await published(pond, guide)
        await pond.project()
        pond.services.feeds.doubt()
        async with asyncio.timeout(5):
            second = await anext(states)

    assert first.value.entries == second.value.entries
    (mine,) = await resolvers.boards.mine_of(pond.context(guide), [second.value])
    assert mine is not None
    assert (mine.rank, mine.value) == (2, 1)
