"""Bounties, from the rule that finance sets to the guide's own money."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

import resolvers.bounties
from domain.guides import GuideAction
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import wallet
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member, staff, wx_code
from tests.makers_payments import a_paid_order, ledger_of, refund
from tests.pond import Pond, as_member, statements
from tests.schema.test_commissions import RELEASE_HELD, decided

SET = """mutation ($input: BountyRuleSetInput!) { bountyRuleSet(input: $input) {
  rule { id event spent { minor } version } userErrors { code path } } }"""
RULES = "{ bountyRules(first: 9) { nodes { event spent { minor } } } }"
MINE = "{ myBounties(first: 50) { nodes { event amount { minor } state releasedAt } } }"
LOGIN = """mutation ($input: MemberLoginByWechatInput!) { memberLoginByWechat(input: $input) {
  registered member { id } userErrors { code } } }"""


async def a_rule(pond: Pond, event: str = "REGISTERED", **more: Any) -> None:
    wanted = {"event": event, "amount": {"minor": 5_00}, "budget": {"minor": 100_00}, **more}
    assert await pond.refused(SET, await staff(pond, Role.FINANCE), input=wanted) == []


async def registers(pond: Pond, user: str, guide: Principal) -> Principal:
    """A person registers by WeChat through the guide's code."""
    code = (await guide_of(pond, guide)).share_code
    wanted = {"code": await wx_code(pond, user), "shareCode": code}
    answer = (await pond.ask(LOGIN, input=wanted))["memberLoginByWechat"]
    assert answer["registered"], answer
    return as_member(UUID(hex=answer["member"]["id"][4:]), await a_member(pond))


async def bounties(pond: Pond, guide: Principal) -> list[Any]:
    nodes: list[Any] = (await pond.ask(MINE, guide))["myBounties"]["nodes"]
    return nodes[::-1]


async def test_scenario_p13_three_bounties_a_day_and_none_for_who_comes_back(pond: Pond) -> None:
    guide = await a_guide(pond)
    gone = await registers(pond, "returnee", guide)
    await pond.project()
    await pond.select("DELETE FROM member_identity WHERE member_id = $1", gone.member_id)  # the account is deleted
    pond.later(days=7)
    await a_rule(pond, dailyCap=3)

    came = [await registers(pond, user, guide) for user in ("returnee", "a", "b", "c", "d")]
    await pond.project()

    found = await bounties(pond, guide)
    assert [(one["event"], one["amount"]["minor"], one["state"]) for one in found] == [
        ("REGISTERED", 5_00, "FROZEN")
    ] * 3
    (rule,) = (await pond.ask(RULES, await staff(pond, Role.FINANCE)))["bountyRules"]["nodes"]
    assert rule["spent"] == {"minor": 15_00}
    rows = await pond.select("SELECT member_id FROM bounty ORDER BY id")
    assert [row[0] for row in rows] == [one.member_id for one in came[1:4]]


async def test_a_bounty_becomes_the_guides_own_after_its_days(pond: Pond) -> None:
    guide = await a_guide(pond)
    await a_rule(pond)
    await registers(pond, "a", guide)
    await pond.project()
    assert await wallet(pond, guide.guide_id) == (0, 0)

    pond.later(days=7)
    assert await resolvers.bounties.release_due(pond.context()) == 1
    assert await resolvers.bounties.release_due(pond.context()) == 0

    assert await wallet(pond, guide.guide_id) == (5_00, 0)
    assert (await bounties(pond, guide))[0]["state"] == "AVAILABLE"
    assert sum((await ledger_of(pond)).values()) == 0


async def test_what_belongs_to_a_frozen_guide_is_held(pond: Pond) -> None:
    guide = await a_guide(pond)
    await a_rule(pond)
    await registers(pond, "a", guide)
    await pond.project()
    await decided(pond, guide, GuideAction.FREEZE)
    pond.later(days=7)
    await resolvers.bounties.release_due(pond.context())
    assert (await bounties(pond, guide))[0]["state"] == "HELD"

    await decided(pond, guide, GuideAction.UNFREEZE)
    await resolvers.bounties.release_due(pond.context())
    assert await wallet(pond, guide.guide_id) == (5_00, 0)


async def test_what_was_held_while_its_guide_began_to_sell_again_is_not_held_for_ever(pond: Pond) -> None:
    guide = await a_guide(pond)
    await a_rule(pond)
    await registers(pond, "a", guide)
    await pond.project()
    await pond.select("UPDATE bounty SET state = 'HELD'")  # by a projection that saw the guide frozen

    pond.later(days=7)
    await resolvers.bounties.release_due(pond.context())

    assert await wallet(pond, guide.guide_id) == (5_00, 0)


@pytest.mark.parametrize("released", [False, True])
async def test_the_bounty_of_a_first_order_goes_back_with_it(pond: Pond, *, released: bool) -> None:
    guide = await a_guide(pond)
    await a_rule(pond, "FIRST_ORDER")
    member = await registers(pond, "a", guide)
    variant = await a_variant(pond, price=Money(100_00))
    order_id, (line,) = await a_paid_order(pond, member, (variant, 1))
    await a_paid_order(pond, member, (variant, 1))
    await pond.project()
    assert len(await bounties(pond, guide)) == 1
    if released:
        pond.later(days=7)
        await resolvers.bounties.release_due(pond.context())

    await refund(pond, order_id, lines=[(line, 1)])
    await pond.project()

    assert [one["state"] for one in await bounties(pond, guide)] == ["CLAWED_BACK" if released else "CANCELLED"]
    assert await wallet(pond, guide.guide_id) == (0, 0)
    assert "brand:bounties" not in await ledger_of(pond)


async def test_the_database_holds_a_budget_a_day_and_a_member_to_their_limits(pond: Pond) -> None:
    guide = await a_guide(pond)
    await a_rule(pond, dailyCap=1)
    await registers(pond, "a", guide)
    await pond.project()

    for careless in (
        "UPDATE bounty_rule SET spent_minor = budget_minor + 1",
        "UPDATE bounty_day SET given = given + 1",
        """INSERT INTO bounty SELECT gen_random_uuid(), rule_id, member_id, guide_id, event, amount_minor, currency,
           state, created_at, release_at FROM bounty""",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await pond.select(careless)


async def test_a_crowd_of_newcomers_takes_a_few_statements(pond: Pond) -> None:
    guide = await a_guide(pond)
    await a_rule(pond)
    counts = []
    for crowd in (2, 6):
        for n in range(crowd):
            await registers(pond, f"{crowd}-{n}", guide)
        with statements() as run:
            await pond.project()
        counts.append(sum("bounty" in one or "person_trace" in one for one in run))

    assert counts[0] == counts[1] <= 10


async def test_only_finance_sets_rules(pond: Pond) -> None:
    wanted = {"event": "REGISTERED", "amount": {"minor": 1}, "budget": {"minor": 1}}
    assert await pond.errors(SET, await a_guide(pond), input=wanted) == ["FORBIDDEN"]


async def test_who_came_before_traces_were_kept_is_known_again(pond: Pond) -> None:
    guide = await a_guide(pond)
    gone = await registers(pond, "returnee", guide)
    await pond.project()
    await pond.select("DELETE FROM person_trace")  # as after an upgrade
    while await resolvers.bounties.know_everybody(pond.context()):
        pass
    await pond.select("DELETE FROM member_identity WHERE member_id = $1", gone.member_id)
    await a_rule(pond)

    await registers(pond, "returnee", guide)
    await pond.project()

    assert await bounties(pond, guide) == []


async def test_who_left_gets_bounties_that_were_held_from_finance(pond: Pond) -> None:
    guide = await a_guide(pond)
    found = await guide_of(pond, guide)
    await a_rule(pond)
    await registers(pond, "a", guide)
    await pond.project()
    await decided(pond, guide, GuideAction.DISMISS)
    pond.later(days=7)
    await resolvers.bounties.release_due(pond.context())
    wanted = {"guideId": id_of(Kind.GUIDE, found.id), "reason": "离职结算"}

    assert await pond.refused(RELEASE_HELD, await staff(pond, Role.FINANCE), input=wanted) == []

    assert await wallet(pond, found.id) == (5_00, 0)
