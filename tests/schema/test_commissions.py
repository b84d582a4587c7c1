"""Commissions through their whole life: what a guide sees, what the ledger holds, and what finance decides."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import db.ledger
import db.orders
import resolvers.bindings
import resolvers.commissions
import resolvers.guides
from domain.commissions import CommissionTerms
from domain.guides import GuideAction
from domain.identity import Principal, Role
from domain.ledger import Posting, available_commission, clearing
from domain.money import Money
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import (
    SET_RATE,
    a_customer_of,
    a_rate,
    a_received_order,
    commissions,
    released,
    wallet,
)
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import CANCEL, a_paid_order, an_order, begun, confirm, ledger_of, refund
from tests.makers_value import a_plan
from tests.pond import Pond, statements
from tests.schema.test_after_sales import REJECT, applied, step
from tests.schema.test_memberships import buy

END_RATE = """mutation ($input: CommissionRateEndInput!) { commissionRateEnd(input: $input) {
  rate { endsAt version } userErrors { code } } }"""
SIGN = """mutation ($input: CommissionContractSignInput!) { commissionContractSign(input: $input) {
  contract { id rateBp productIds version } userErrors { code path } } }"""
RELEASE_HELD = """mutation ($input: HeldCommissionsReleaseInput!) { heldCommissionsRelease(input: $input) {
  commissions { state amount { minor } } userErrors { code path } } }"""
OF_GUIDE = "query ($id: ID!) { guideCommissions(first: 5, guideId: $id) { nodes { state amount { minor } } } }"


def states(found: list[Any]) -> list[str]:
    return [one["state"] for one in found]


def amounts(found: list[Any]) -> list[int]:
    return [one["amount"]["minor"] for one in found]


async def decided(pond: Pond, guide: Principal, action: GuideAction) -> None:
    """A manager's decision about a guide."""
    found = await guide_of(pond, guide)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=found.store_id)
    await resolvers.guides.change_status(pond.context(manager), found.id, action, found.version)


async def brought(pond: Pond, guide: Principal, by: Principal) -> None:
    """The one guide was brought by the other."""
    await pond.select("UPDATE guide SET inviter_id = $1 WHERE id = $2", by.guide_id, guide.guide_id)


async def test_a_commission_goes_its_way_from_an_order_to_the_guides_own_money(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    variant = await a_variant(pond, price=Money(100_00))
    order_id, _ = await an_order(pond, member, (variant, 2))
    await pond.project()
    assert states(await commissions(pond, guide)) == ["ESTIMATED"]

    await pond.ask(CANCEL, member, id=order_id)
    assert states(await commissions(pond, guide)) == ["CANCELLED"]

    order_id, (line_id,) = await a_paid_order(pond, member, (variant, 2))
    (_, earned) = await commissions(pond, guide)
    assert earned == {
        "orderId": order_id,
        "lineId": line_id,
        "level": 1,
        "base": {"minor": 200_00},
        "rateBp": 800,
        "rateSource": "GUIDE_TIER",
        "amount": {"minor": 16_00},
        "isCut": False,
        "state": "PENDING",
        "releaseAt": None,
        "releasedAt": None,
        "refunded": {"minor": 0},
        "clawedBack": {"minor": 0},
        "left": {"minor": 16_00},
    }
    assert await wallet(pond, guide.guide_id) == (0, 0)


async def test_an_estimate_becomes_what_was_earned(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    order_id, _ = await an_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    await pond.project()
    (estimated,) = await commissions(pond, guide)

    await asyncio.gather(pond.project(), a_paid_order(pond, member, (await a_variant(pond), 1)))
    await pond.project()

    assert states(await commissions(pond, guide)) == ["ESTIMATED", "PENDING"]
    assert estimated["orderId"] == order_id


async def test_nothing_is_left_of_an_estimate_once_the_order_is_another_guides(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    other = await a_guide(pond, "Lin")
    order_id, _ = await an_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    await pond.project()
    assert states(await commissions(pond, guide)) == ["ESTIMATED"]

    assert member.member_id is not None
    assert other.guide_id is not None
    operator = pond.context(await staff(pond, Role.OPERATOR))
    await resolvers.bindings.transfer(operator, member.member_id, other.guide_id, "门店调整")
    await confirm(pond, await begun(pond, member, order_id))
    await pond.project()

    assert await commissions(pond, guide) == []
    assert states(await commissions(pond, other)) == ["PENDING"]


async def test_scenario_p5_it_is_released_when_the_goods_can_no_longer_be_given_back(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    await a_received_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    assert states(await commissions(pond, guide)) == ["FROZEN"]

    pond.later(days=7, seconds=-60)
    assert await released(pond) == 0
    pond.later(seconds=60)
    assert await released(pond) == 1

    assert states(await commissions(pond, guide)) == ["AVAILABLE"]
    assert await wallet(pond, guide.guide_id) == (5_00, 0)
    assert await released(pond) == 0


async def test_scenario_p5_it_waits_while_an_after_sale_is_open(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    order_id, (line,) = await a_received_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    pond.later(days=6)
    sale = await applied(pond, member, order_id, (line, 1))

    pond.later(days=1)
    assert await released(pond) == 0
    assert states(await commissions(pond, guide)) == ["FROZEN"]

    await step(pond, REJECT, await staff(pond, Role.OPERATOR), afterSaleId=sale, answer="已超出质量问题范围")
    assert await released(pond) == 1
    assert states(await commissions(pond, guide)) == ["AVAILABLE"]


async def test_scenario_p6_what_goes_back_takes_its_share_along_though_the_tier_changed(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    order_id, (line,) = await a_paid_order(pond, member, (await a_variant(pond, price=Money(135_86)), 2))
    await pond.select("UPDATE guide_tier SET rate_bp = 1000")

    lost = []
    for _ in range(2):
        await refund(pond, order_id, lines=[(line, 1)])
        (one,) = await commissions(pond, guide)
        lost.append(one["clawedBack"]["minor"])

    assert lost == [10_87, 21_73]
    assert (one["state"], one["left"]["minor"]) == ("CANCELLED", 0)
    assert "brand:commission" not in await ledger_of(pond)


async def test_scenario_p7_what_goes_back_after_it_was_taken_out_is_a_debt(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    order_id, (line,) = await a_received_order(pond, member, (await a_variant(pond, price=Money(135_86)), 2))
    pond.later(days=7)
    await released(pond)
    assert await wallet(pond, guide.guide_id) == (21_73, 0)
    await taken_out(pond, guide.guide_id, 16_73)

    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    assert await wallet(pond, guide.guide_id) == (0, -5_87)

    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    pond.later(days=7)
    await released(pond)
    assert await wallet(pond, guide.guide_id) == (14_13, 0)


async def taken_out(pond: Pond, guide_id: UUID | None, fen: int) -> None:
    """The guide took money out."""
    assert guide_id is not None
    async with pond.database.writing() as tx:
        paid = [Posting(available_commission(guide_id), clearing("sandbox"), Money(fen))]
        await db.ledger.post(tx, f"out:{guide_id.hex}", paid, pond.time)


async def test_what_goes_back_after_the_release_is_logged_as_such(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    order_id, (line,) = await a_received_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    pond.later(days=7)
    await released(pond)

    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)

    (one,) = await commissions(pond, guide)
    assert (one["state"], one["releasedAt"] is not None) == ("CLAWED_BACK", True)
    assert await wallet(pond, guide.guide_id) == (0, 0)
    (row,) = await pond.select("SELECT amount_minor, after_release FROM commission_claw_back")
    assert tuple(row) == (5_00, True)
    with pytest.raises(asyncpg.PostgresError, match="only ever added"):
        await pond.select("DELETE FROM commission_claw_back")


async def test_lines_go_back_one_after_the_other_after_the_release(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    wanted = [(await a_variant(pond, price=Money(fen)), 1) for fen in (100_00, 60_00)]
    order_id, (first, second) = await a_received_order(pond, member, *wanted)
    pond.later(days=7)
    await released(pond)

    await refund(pond, order_id, lines=[(first, 1)], ofSent=True)
    assert sorted(states(await commissions(pond, guide))) == ["AVAILABLE", "CLAWED_BACK"]
    await refund(pond, order_id, amount=20_00)
    assert await wallet(pond, guide.guide_id) == (2_00, 0), "money is for what did not go back before"
    await refund(pond, order_id, lines=[(second, 1)], ofSent=True)

    assert states(await commissions(pond, guide)) == ["CLAWED_BACK", "CLAWED_BACK"]
    assert await wallet(pond, guide.guide_id) == (0, 0)


async def test_what_was_earned_by_an_order_as_a_whole_goes_back_by_units(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    order_id, (line,) = await a_paid_order(pond, member, (await a_variant(pond, price=Money(100_00)), 2))
    await pond.select("UPDATE commission SET line_id = NULL")  # as they were before they were of lines

    await refund(pond, order_id, lines=[(line, 1)])

    (one,) = await commissions(pond, guide)
    assert one["left"]["minor"] == 5_00


async def test_a_debt_cannot_be_overpaid_nor_an_own_account_overdrawn(pond: Pond) -> None:
    guide = await a_guide(pond)
    assert guide.guide_id is not None
    with pytest.raises(asyncpg.CheckViolationError, match="not_negative"):
        await taken_out(pond, guide.guide_id, 1)


async def test_64_releases_and_claw_backs_at_once_leave_every_balance_right(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    orders = [await a_received_order(pond, member, (variant, 1)) for _ in range(6)]
    pond.later(days=7)

    finance = await staff(pond, Role.FINANCE)
    await asyncio.gather(
        *(refund(pond, order_id, by=finance, lines=[(line, 1)], ofSent=True) for order_id, (line,) in orders[:3]),
        *(released(pond) for _ in range(8)),
    )
    await released(pond)

    assert sorted(states(await commissions(pond, guide)))[:3] == ["AVAILABLE"] * 3
    assert await wallet(pond, guide.guide_id) == (15_00, 0)
    assert sum((await ledger_of(pond)).values()) == 0


async def test_what_a_frozen_guide_earns_is_held_and_released_when_it_sells_again(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await a_received_order(pond, member, (variant, 1))
    await decided(pond, guide, GuideAction.FREEZE)
    await a_received_order(pond, member, (variant, 1))
    assert states(await commissions(pond, guide)) == ["FROZEN", "HELD"]

    pond.later(days=7)
    await released(pond)
    assert states(await commissions(pond, guide)) == ["HELD", "HELD"]
    assert await wallet(pond, guide.guide_id) == (0, 0)

    await decided(pond, guide, GuideAction.UNFREEZE)
    await released(pond)
    assert states(await commissions(pond, guide)) == ["AVAILABLE", "AVAILABLE"]
    assert await wallet(pond, guide.guide_id) == (10_00, 0)


async def test_what_was_held_while_its_guide_began_to_sell_again_is_not_held_for_ever(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await a_received_order(pond, member, (variant, 1))
    await a_paid_order(pond, member, (variant, 1))
    await pond.select("UPDATE commission SET state = 'HELD'")  # by a payment that saw the guide frozen

    await released(pond)
    assert states(await commissions(pond, guide)) == ["FROZEN", "PENDING"]
    pond.later(days=7)
    await released(pond)

    assert states(await commissions(pond, guide)) == ["AVAILABLE", "PENDING"]


async def test_finance_lets_one_who_left_have_what_can_no_longer_come_back(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    await a_received_order(pond, member, (variant, 1))
    await a_paid_order(pond, member, (variant, 1))
    guide_id = id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)
    finance = await staff(pond, Role.FINANCE)
    early = await pond.ask(RELEASE_HELD, finance, input={"guideId": guide_id, "reason": "离职结算"})
    assert early["heldCommissionsRelease"]["userErrors"][0]["code"] == "INVALID_STATE"

    await decided(pond, guide, GuideAction.DISMISS)
    pond.later(days=7)
    await released(pond)
    answer = await pond.ask(RELEASE_HELD, finance, input={"guideId": guide_id, "reason": "离职结算"})

    assert answer["heldCommissionsRelease"]["commissions"] == [{"state": "AVAILABLE", "amount": {"minor": 5_00}}]
    assert await wallet(pond, guide.guide_id) == (5_00, 0)


async def test_h12_nobody_releases_what_is_held_of_oneself(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    await a_received_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    guide_id = id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)
    await decided(pond, guide, GuideAction.DISMISS)
    pond.later(days=7)
    await released(pond)
    finance = await staff(pond, Role.FINANCE)
    as_finance = replace(finance, member_id=guide.member_id)

    refused = await pond.refused(RELEASE_HELD, as_finance, input={"guideId": guide_id, "reason": "离职结算"})

    assert refused == [{"code": "FOUR_EYES", "path": ["input", "guideId"]}]
    assert await wallet(pond, guide.guide_id) == (0, 0)


async def test_scenario_p4_a_second_level_earns_once_finance_has_switched_it_on(pond: Pond) -> None:
    inviter, (guide, member) = await a_guide(pond, "Lin"), await a_customer_of(pond, tier_rank=2)
    await brought(pond, guide, inviter)
    variant = await a_variant(pond, price=Money(135_86))
    await a_paid_order(pond, member, (variant, 2))
    assert await commissions(pond, inviter) == []

    rule = {"scope": "EVERYTHING", "level": "SECOND", "rateBp": 200}
    refused = await pond.refused(SET_RATE, await staff(pond, Role.FINANCE), input=rule)
    assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", "understood"]}]
    await a_rate(pond, **rule, understood=True)
    await a_paid_order(pond, member, (variant, 2))

    assert amounts(await commissions(pond, guide)) == [21_73, 21_73]
    (second,) = await commissions(pond, inviter)
    assert (second["level"], second["amount"]["minor"], second["rateSource"]) == (2, 5_43, "BRAND")


async def test_scenario_p4_a_third_level_cannot_be_said(pond: Pond) -> None:
    rule = {"scope": "EVERYTHING", "level": "THIRD", "rateBp": 200}

    result = await pond.execute(SET_RATE, await staff(pond, Role.FINANCE), input=rule)

    assert result.errors


async def test_rules_go_before_the_tier_and_orders_keep_the_rate_of_their_payment(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    rate = await a_rate(pond, scope="PRODUCT", targetId=id_of(Kind.PRODUCT, variant.product_id), rateBp=1_000)
    await a_paid_order(pond, member, (variant, 1))
    fixed = {"scope": "VARIANT", "targetId": id_of(Kind.VARIANT, variant.id), "fixed": {"minor": 2_50}}
    await a_rate(pond, **fixed)
    await a_paid_order(pond, member, (variant, 2))
    ended = {"rateId": rate["id"], "expectedVersion": 1}
    assert (await pond.refused(END_RATE, await staff(pond, Role.FINANCE), input=ended)) == []

    found = await commissions(pond, guide)
    assert [(one["rateSource"], one["amount"]["minor"]) for one in found] == [("PRODUCT", 10_00), ("SKU_FIXED", 5_00)]


async def test_a_category_and_those_above_it_have_rates(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    above, below = UUID(int=7_001), UUID(int=7_002)
    insert = "INSERT INTO category (id, slug, name, parent_id, position) VALUES ($1, $2, $2, $3, 0)"
    for key, name, parent in ((above, "food", None), (below, "fruit", above)):
        await pond.select(insert, key, name, parent)
    await pond.select("UPDATE product SET category_id = $1", below)
    await a_rate(pond, scope="CATEGORY", targetId=id_of(Kind.CATEGORY, above), rateBp=700)

    await a_paid_order(pond, member, (variant, 1))

    assert [(one["rateSource"], one["rateBp"]) for one in await commissions(pond, guide)] == [("CATEGORY", 700)]


async def test_h7_a_rate_beyond_what_a_line_may_cost_is_refused_by_us_and_by_the_database(pond: Pond) -> None:
    finance = await staff(pond, Role.FINANCE)
    for bp in (5_001, -1):
        refused = await pond.refused(SET_RATE, finance, input={"scope": "EVERYTHING", "rateBp": bp})
        assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", "rateBp"]}]
    await a_rate(pond, scope="EVERYTHING", rateBp=5_000)

    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE commission_rate SET rate_bp = 10001")


async def test_only_finance_sets_rates_and_signs_contracts(pond: Pond) -> None:
    for role in (Role.OPERATOR, Role.STORE_MANAGER):
        other = await staff(pond, role, unit_id=await a_store(pond) if role is Role.STORE_MANAGER else None)
        codes = await pond.errors(SET_RATE, other, input={"scope": "EVERYTHING", "rateBp": 1})
        assert codes == (["FORBIDDEN"] if role is Role.STORE_MANAGER else []), role


async def test_a_contract_is_for_anchors(pond: Pond) -> None:
    guide = await a_guide(pond)
    wanted = {"guideId": id_of(Kind.GUIDE, (await guide_of(pond, guide)).id), "rateBp": 2_000}
    finance = await staff(pond, Role.FINANCE)
    assert (await pond.refused(SIGN, finance, input=wanted))[0]["code"] == "INVALID_STATE"

    await pond.select("UPDATE guide SET kind = 'ANCHOR'")

    assert await pond.refused(SIGN, finance, input=wanted) == []


async def test_managers_of_the_store_and_finance_see_what_a_guide_earned_and_nobody_else(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    await a_paid_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    found = await guide_of(pond, guide)
    asked = {"id": id_of(Kind.GUIDE, found.id)}

    for who in (await staff(pond, Role.STORE_MANAGER, unit_id=found.store_id), await staff(pond, Role.FINANCE)):
        data = await pond.ask(OF_GUIDE, who, **asked)
        assert amounts(data["guideCommissions"]["nodes"]) == [5_00]
    elsewhere = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond, "Another"))
    assert await pond.errors(OF_GUIDE, elsewhere, **asked) == ["NOT_FOUND"]
    assert await pond.errors(OF_GUIDE, await a_member(pond), **asked) == ["FORBIDDEN"]


async def test_an_order_edited_below_its_floor_earns_nothing(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    variant = await a_variant(pond, price=Money(100_00))
    order_id, _ = await an_order(pond, member, (variant, 1))
    key = key_of(Kind.ORDER, order_id)
    await pond.select(
        "INSERT INTO order_edit (id, order_id, actor_id, actor, at, edited)"
        " VALUES (gen_random_uuid(), $1, $2, 'STAFF', now(), '{}')",
        key,
        member.member_id,
    )
    await pond.select(
        "INSERT INTO price_floor (id, variant_id, least, place) VALUES (gen_random_uuid(), $1, 10001, 0)", variant.id
    )
    await confirm(pond, await begun(pond, member, order_id))

    assert await commissions(pond, guide) == []


async def test_paying_an_order_of_two_levels_takes_no_more_statements(pond: Pond) -> None:
    inviter, (guide, member) = await a_guide(pond, "Lin"), await a_customer_of(pond)
    await brought(pond, guide, inviter)
    await a_rate(pond, scope="EVERYTHING", level="SECOND", rateBp=200, understood=True)
    orders = [await an_order(pond, member, (await a_variant(pond), 1))]

    with statements() as run:
        async with pond.database.writing() as tx:
            order = await db.orders.lock(tx, key_of(Kind.ORDER, orders[0][0]))
            assert order is not None
            assert len(await resolvers.commissions.earned(pond.context(), tx, order, {})) == 2

    assert len(run) - 2 == 1, "two lock the order"


async def test_the_sale_of_a_membership_earns_where_the_brand_says_so_and_at_once(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    plan = await a_plan(pond)
    bought = await buy(pond, member, plan)
    await confirm(pond, await begun(pond, member, bought["order"]["id"]))
    assert await commissions(pond, guide) == [], "not unless the brand says so"

    terms = CommissionTerms(membership_bp=1_000)
    pond.services = replace(pond.services, rules=replace(pond.services.rules, commission=terms))
    other = await a_member(pond)
    await bound(pond, other, guide)
    bought = await buy(pond, other, plan)
    await confirm(pond, await begun(pond, other, bought["order"]["id"]))

    (one,) = await commissions(pond, guide)
    assert (one["state"], one["rateSource"], one["lineId"]) == ("FROZEN", "MEMBERSHIP", None)
    assert one["amount"]["minor"] == plan.price.minor // 10
    pond.later(days=7)
    await released(pond)
    assert await wallet(pond, guide.guide_id) == (plan.price.minor // 10, 0)
