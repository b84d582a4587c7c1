"""Tiers, as guides and finance see them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import resolvers.tiers
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import a_customer_of, a_received_order, commissions, released
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import staff
from tests.makers_payments import refund
from tests.pond import Pond, statements

SAVE = """mutation ($input: GuideTierSaveInput!) { guideTierSave(input: $input) {
  rung { tier { id rank rateBp } version } userErrors { code path } } }"""
SET = """mutation ($input: GuideTierSetInput!) { guideTierSet(input: $input) {
  guide { version tierChanges { reason note fromTier { rank } toTier { rank } } } userErrors { code path } } }"""
LADDER = (
    "{ guideTiers { tier { id rank } upgrade { match window conditions { metric least } } keep { window } version } }"
)
MINE = """{ myGuide { tier { rank rateBp } tierChanges { reason fromTier { rank } toTier { rank } } }
  myTierProgress { nextTier { rank } isLocked figures { window metric value } } }"""


async def a_ladder(pond: Pond, least: int, *, keep: int | None = None) -> None:
    """Finance sets what it takes to reach the second tier (8 %) from the first (5 %), and to keep it in a month."""
    finance = await staff(pond, Role.FINANCE)
    (_, second, _) = (await pond.ask(LADDER, finance))["guideTiers"]
    takes = {"match": "ALL", "conditions": [{"metric": "NET_SALES", "least": least}]}
    wanted = {
        "tierId": second["tier"]["id"],
        "expectedVersion": 1,
        "rank": 2,
        "name": "资深导购",
        "rateBp": 800,
        "upgrade": takes | {"window": "LIFETIME"},
        "keep": None
        if keep is None
        else {"match": "ALL", "window": "MONTH", "conditions": [{"metric": "NET_SALES", "least": keep}]},
    }
    assert await pond.refused(SAVE, finance, input=wanted) == []


async def mine(pond: Pond, guide: Principal) -> Any:
    return await pond.ask(MINE, guide)


async def review(pond: Pond) -> None:
    """Let the job look at all guides."""
    while await resolvers.tiers.review_due(pond.context()):
        pass


async def sales(pond: Pond, guide: Principal) -> int:
    figures = (await mine(pond, guide))["myTierProgress"]["figures"]
    (found,) = [one["value"] for one in figures if (one["window"], one["metric"]) == ("LIFETIME", "NET_SALES")]
    return int(found)


async def test_scenario_p12_a_guide_rises_with_what_was_released_and_later_orders_earn_more(pond: Pond) -> None:
    await a_ladder(pond, 500_00)
    guide, member = await a_customer_of(pond)
    await a_received_order(pond, member, (await a_variant(pond, price=Money(499_00)), 1))
    pond.later(days=7)
    await released(pond)
    await pond.project()
    assert (await mine(pond, guide))["myGuide"]["tier"]["rank"] == 1

    variant = await a_variant(pond, price=Money(300_00))
    await a_received_order(pond, member, (variant, 1))
    await pond.project()
    assert (await mine(pond, guide))["myGuide"]["tier"]["rank"] == 1, "it may still come back"
    pond.later(days=7)
    await released(pond)
    await pond.project()
    await a_received_order(pond, member, (variant, 1))

    seen = await mine(pond, guide)
    assert seen["myGuide"] == {
        "tier": {"rank": 2, "rateBp": 800},
        "tierChanges": [{"reason": "ROSE", "fromTier": {"rank": 1}, "toTier": {"rank": 2}}],
    }
    earned = [one["amount"]["minor"] for one in await commissions(pond, guide)]
    assert earned == [24_95, 15_00, 24_00]


async def test_scenario_p12_what_is_refunded_counts_no_more_and_nobody_falls_before_the_month_ends(pond: Pond) -> None:
    await a_ladder(pond, 500_00, keep=500_00)
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(300_00))
    await a_received_order(pond, member, (await a_variant(pond, price=Money(499_00)), 1))
    order_id, (line,) = await a_received_order(pond, member, (variant, 1))
    await review(pond)
    pond.later(days=7)
    await released(pond)
    await pond.project()
    assert (await mine(pond, guide))["myGuide"]["tier"]["rank"] == 2

    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    await pond.project()
    assert await sales(pond, guide) == 499_00
    await review(pond)
    assert (await mine(pond, guide))["myGuide"]["tier"]["rank"] == 2

    pond.later(days=3)
    await review(pond)
    changes = (await mine(pond, guide))["myGuide"]["tierChanges"]
    assert [one["reason"] for one in changes] == ["ROSE", "FELL"]
    await review(pond)
    assert len((await mine(pond, guide))["myGuide"]["tierChanges"]) == 2


async def test_a_refund_before_the_release_never_counted(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    order_id, (line,) = await a_received_order(pond, member, (await a_variant(pond, price=Money(300_00)), 1))

    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    pond.later(days=7)
    await released(pond)

    assert await sales(pond, guide) == 0


async def test_a_guide_that_is_locked_stays_where_it_was_put(pond: Pond) -> None:
    await a_ladder(pond, 1_00)
    guide, member = await a_customer_of(pond)
    found = await guide_of(pond, guide)
    finance = await staff(pond, Role.FINANCE)
    tiers = (await pond.ask(LADDER, finance))["guideTiers"]
    wanted = {
        "guideId": id_of(Kind.GUIDE, found.id),
        "tierId": tiers[0]["tier"]["id"],
        "isLocked": True,
        "expectedVersion": found.version,
        "reason": "约定",
    }
    as_finance = replace(finance, member_id=guide.member_id)
    assert (await pond.refused(SET, as_finance, input=wanted))[0]["code"] == "FORBIDDEN", "nobody's own"
    answer = (await pond.ask(SET, finance, input=wanted))["guideTierSet"]
    assert answer["guide"]["tierChanges"][0]["note"] == "约定"
    assert (await pond.refused(SET, finance, input=wanted))[0]["code"] == "STALE_VERSION"

    await a_received_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    pond.later(days=7)
    await released(pond)
    await pond.project()
    await review(pond)

    assert (await mine(pond, guide))["myGuide"]["tier"]["rank"] == 1
    assert (await mine(pond, guide))["myTierProgress"]["isLocked"]


async def test_only_finance_sets_the_ladder_and_no_two_tiers_have_a_rank(pond: Pond) -> None:
    wanted = {"rank": 2, "name": "又一级", "rateBp": 100}

    assert await pond.errors(SAVE, await a_guide(pond), input=wanted) == ["FORBIDDEN"]
    refused = await pond.refused(SAVE, await staff(pond, Role.FINANCE), input=wanted)
    assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", "rank"]}]


async def test_looking_at_two_hundred_guides_takes_as_many_statements_as_at_one(pond: Pond) -> None:
    await a_ladder(pond, 500_00)
    counts = []
    for _ in range(2):
        for _ in range(3):
            await a_guide(pond)
        pond.later(days=1)
        with statements() as run:
            await resolvers.tiers.review_due(pond.context())
        counts.append(len(run))

    assert counts[0] == counts[1] == 4


async def test_a_release_raises_any_number_of_guides_some_at_a_time(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.tiers, "MOST_AT_ONCE", 1)
    await a_ladder(pond, 100_00)
    variant, guides = await a_variant(pond, price=Money(300_00)), []
    for _ in range(2):
        guide, member = await a_customer_of(pond)
        await a_received_order(pond, member, (variant, 1))
        guides.append(guide)
    pond.later(days=7)
    await released(pond)
    await pond.project()

    assert [(await mine(pond, guide))["myGuide"]["tier"]["rank"] for guide in guides] == [2, 2]
