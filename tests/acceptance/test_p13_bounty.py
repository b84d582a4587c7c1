"""P13: three bounties a day and no more, and none for one who was here before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.acceptance.guides import one
from tests.acceptance.money import staff_token
from tests.deployments import Shop
from tests.makers_guides import a_guide
from tests.pond import Pond
from tests.schema.test_bounties import MINE, SET, registers

END = """mutation ($input: BountyRuleEndInput!) { bountyRuleEnd(input: $input) { userErrors { code } } }"""
RULES = "{ bountyRules(first: 20) { nodes { id spent { minor } version } } }"


async def test_five_people_in_a_day_are_worth_15_and_a_returnee_nothing(shop: Shop) -> None:
    here, guide, finance = Pond(shop.pond.database), await a_guide(shop.pond), await staff_token(shop)
    here.time = datetime.now(UTC)
    gone = await registers(here, "p13-returnee", guide)
    await here.project()
    await here.select("DELETE FROM member_identity WHERE member_id = $1", gone.member_id)  # the account is deleted
    money = {"amount": {"minor": 5_00}, "budget": {"minor": 100_00}}
    rule = (await one(shop, SET, finance, event="REGISTERED", **money, dailyCap=3))["rule"]

    here.time = datetime.now(UTC)
    came = await asyncio.gather(*(registers(here, f"p13-{user}", guide) for user in ("returnee", "a", "b", "c", "d")))
    await here.project()
    spent = {found["id"]: found for found in (await shop.ask(RULES, finance))["bountyRules"]["nodes"]}[rule["id"]]
    ended = await one(shop, END, finance, ruleId=rule["id"], expectedVersion=spent["version"])

    found: list[Any] = (await shop.ask(MINE, await shop.a_token(guide)))["myBounties"]["nodes"]
    assert [(each["event"], each["amount"]["minor"], each["state"]) for each in found] == [
        ("REGISTERED", 5_00, "FROZEN")
    ] * 3
    assert (spent["spent"], ended["userErrors"]) == ({"minor": 15_00}, [])
    rewarded = await here.select("SELECT member_id FROM bounty WHERE guide_id = $1", guide.guide_id)
    assert came[0].member_id not in {row[0] for row in rewarded}
