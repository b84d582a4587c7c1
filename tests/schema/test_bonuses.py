"""Bonuses, from the plan that finance sets to the guide's own money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import resolvers.bonuses
from domain.evidence import AttributionPolicy
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import a_customer_of, a_received_order, released, wallet
from tests.makers_guides import a_guide, a_share, guide_of, opened
from tests.makers_members import headquarters, staff
from tests.makers_payments import ledger_of, refund
from tests.pond import Pond

SET = """mutation ($input: BonusPlanSetInput!) { bonusPlanSet(input: $input) {
  plan { id version } userErrors { code path } } }"""
MINE = """{ myBonuses(first: 9) { nodes { month base { minor } amount { minor } } }
  myBonusProgress { base { minor } amount { minor } nextStep { least { minor } } } }"""
STEPS = [{"least": {"minor": 100_00}, "bp": 100}, {"least": {"minor": 200_00}, "bp": 500}]


async def a_plan(pond: Pond, kind: str = "STEP", unit_id: UUID | None = None, **more: Any) -> None:
    """A plan that holds from the month on that begins now."""
    unit_id = unit_id or (await headquarters(pond)).id
    wanted = {
        "name": "月度阶梯",
        "kind": kind,
        "mode": "WHOLE",
        "unitId": id_of(Kind.ORG_UNIT, unit_id),
        "steps": STEPS,
    }
    finance = await staff(pond, Role.FINANCE)
    assert await pond.refused(SET, finance, input=wanted | more) == []


async def mine(pond: Pond, guide: Principal) -> Any:
    return await pond.ask(MINE, guide)


async def paid(pond: Pond) -> int:
    total = 0
    while many := await resolvers.bonuses.pay_due(pond.context()):
        total += many
    return total


@pytest.fixture
def december(pond: Pond) -> Pond:
    """The first moment of December in Shanghai."""
    pond.time = datetime(2026, 11, 30, 16, tzinfo=UTC)
    return pond


async def test_a_month_is_paid_when_nothing_of_it_can_come_back(december: Pond) -> None:
    pond = december
    await a_plan(pond)
    guide, member = await a_customer_of(pond)
    pond.later(days=28)
    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    (so_far,) = (await mine(pond, guide))["myBonusProgress"]
    assert so_far == {"base": {"minor": 250_00}, "amount": {"minor": 12_50}, "nextStep": None}

    pond.later(days=5)
    assert await paid(pond) == 0, "it can still be given back"
    pond.later(days=3)
    await released(pond)
    before, _ = await wallet(pond, guide.guide_id)
    assert await paid(pond) == 1
    assert await paid(pond) == 0

    (bonus,) = (await mine(pond, guide))["myBonuses"]["nodes"]
    assert bonus == {"month": "2026-12-01", "base": {"minor": 250_00}, "amount": {"minor": 12_50}}
    assert await wallet(pond, guide.guide_id) == (before + 12_50, 0)
    assert (await ledger_of(pond))["brand:bonuses"] == -12_50


async def test_what_went_back_is_not_sold(december: Pond) -> None:
    pond = december
    await a_plan(pond)
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(150_00))
    order_id, (line,) = await a_received_order(pond, member, (variant, 2))
    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    pond.later(days=40)
    await released(pond)

    await paid(pond)

    (bonus,) = (await mine(pond, guide))["myBonuses"]["nodes"]
    assert (bonus["base"]["minor"], bonus["amount"]["minor"]) == (150_00, 1_50)


async def test_a_team_bonus_is_for_an_employed_manager_of_the_unit_and_its_sales_alone(december: Pond) -> None:
    pond = december
    guide, member = await a_customer_of(pond)
    store_id = (await guide_of(pond, guide)).store_id
    manager = await a_guide(pond, "店长", store_id=store_id)
    free = await a_guide(pond, "分销员", store_id=store_id)
    await pond.select("UPDATE guide SET kind = 'DISTRIBUTOR' WHERE id = $1", free.guide_id)
    for one in (manager, free):
        await pond.select(
            "INSERT INTO staff_duty (id, member_id, unit_id, role, since)"
            " VALUES (gen_random_uuid(), $1, $2, 'STORE_MANAGER', now())",
            one.member_id,
            store_id,
        )
    await a_plan(pond, "TEAM", store_id)
    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    pond.later(days=40)
    await released(pond)

    assert await paid(pond) == 1

    (bonus,) = (await mine(pond, manager))["myBonuses"]["nodes"]
    assert (bonus["base"]["minor"], bonus["amount"]["minor"]) == (250_00, 12_50)
    assert (await mine(pond, free))["myBonuses"]["nodes"] == []


async def a_manager(pond: Pond, store_id: UUID) -> Principal:
    """An employed guide who manages a store."""
    manager = await a_guide(pond, "店长", store_id=store_id)
    await pond.select(
        "INSERT INTO staff_duty (id, member_id, unit_id, role, since)"
        " VALUES (gen_random_uuid(), $1, $2, 'STORE_MANAGER', now())",
        manager.member_id,
        store_id,
    )
    return manager


async def test_what_is_held_of_one_who_left_holds_up_no_bonus_of_the_team(december: Pond) -> None:
    pond = december
    guide, member = await a_customer_of(pond)
    manager = await a_manager(pond, (await guide_of(pond, guide)).store_id)
    await a_plan(pond, "TEAM")
    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    await pond.select("UPDATE guide SET status = 'LEFT' WHERE id = $1", guide.guide_id)
    pond.later(days=40)
    await released(pond)

    await paid(pond)

    (bonus,) = (await mine(pond, manager))["myBonuses"]["nodes"]
    assert (bonus["base"]["minor"], bonus["amount"]["minor"]) == (250_00, 12_50)


async def test_what_is_sold_with_an_assist_is_sold_once_by_whom_it_is_credited_to(december: Pond) -> None:
    pond = december
    pond.services.rules = replace(pond.services.rules, attribution=AttributionPolicy(assist_bp=3_000))
    guide, member = await a_customer_of(pond)
    store_id = (await guide_of(pond, guide)).store_id
    manager, toucher = await a_manager(pond, store_id), await a_guide(pond, "小李", store_id=store_id)
    await opened(pond, await a_share(pond, toucher, store_id), member)
    await a_plan(pond)
    await a_plan(pond, "TEAM")
    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    (so_far,) = (await mine(pond, toucher))["myBonusProgress"]
    pond.later(days=40)
    await released(pond)

    await paid(pond)

    assert so_far["base"]["minor"] == 0
    assert (await mine(pond, toucher))["myBonuses"]["nodes"] == []
    for one in (guide, manager):
        (bonus,) = (await mine(pond, one))["myBonuses"]["nodes"]
        assert bonus["base"]["minor"] == 250_00


async def test_a_month_is_paid_once_whoever_pays(december: Pond) -> None:
    pond = december
    await a_plan(pond)
    _, member = await a_customer_of(pond)
    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    pond.later(days=40)
    await released(pond)
    await paid(pond)

    with pytest.raises(asyncpg.UniqueViolationError):
        await pond.select(
            """INSERT INTO bonus SELECT gen_random_uuid(), plan_id, month, unit_id, guide_id, base_minor, amount_minor,
               currency, paid_at FROM bonus"""
        )


async def test_only_finance_sets_plans(pond: Pond) -> None:
    assert await pond.errors(SET, await a_guide(pond), input={
        "name": "x", "kind": "STEP", "mode": "WHOLE", "unitId": "org_x", "steps": STEPS,
    }) == ["FORBIDDEN"]  # fmt: skip
