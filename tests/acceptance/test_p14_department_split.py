"""P14: departments share an order of 314.91 by 30, 50 and 20 %; after a full refund each has nothing; Σ is 10,000 bp."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

from domain.identity import Role
from domain.splits import department
from schema.ids import Kind, key_of
from tests.acceptance.money import a_good, a_paid_order, pays_back, staff_token
from tests.deployments import Shop
from tests.makers_channels import SET_RULE, a_channel, a_department, a_hook, who_came_by

BPS = (3_000, 5_000, 2_000)
ENTRIES = """query ($id: ID!) { splitEntries(orderId: $id) {
  ruleId source amount { minor } department { id name } } }"""
REPORT = """query ($channel: ID!) { splitReport(by: CHANNEL, channelId: $channel) {
  department { id } channel { id } sales { minor } returned { minor } net { minor } orders } }"""


async def set_rule(shop: Shop, channel: str, departments: list[str], bps: tuple[int, ...]) -> Any:
    shares = [{"departmentId": one, "bp": bp} for one, bp in zip(departments, bps, strict=True)]
    wanted = {"channelId": channel, "shares": shares, "periodDays": 365}
    return (await shop.ask(SET_RULE, await staff_token(shop), input=wanted))["splitRuleSet"]


async def entries(shop: Shop, order_id: str) -> list[Any]:
    """What was entered of an order, once the followers have seen it."""
    await shop.pond.project()
    return list((await shop.ask(ENTRIES, await staff_token(shop), id=order_id))["splitEntries"])


def sums(found: list[Any], departments: list[str]) -> list[int]:
    return [sum(one["amount"]["minor"] for one in found if one["department"]["id"] == each) for each in departments]


async def test_departments_share_to_the_fen_and_have_nothing_after_a_full_refund(shop: Shop) -> None:
    departments = [await a_department(shop.pond) for _ in BPS]
    channel = await a_channel(shop.pond, "ECOMMERCE", departments[0])
    hook = await a_hook(shop.pond, channel)
    assert (await set_rule(shop, channel, departments, BPS))["userErrors"] == []
    token = await shop.a_token(await who_came_by(shop.pond, hook["code"]))
    good = await a_good(shop, 104_97, stock=30)

    order_id, (line,) = await a_paid_order(shop, token, (good, 3))
    paid = await entries(shop, order_id)
    finance = await staff_token(shop)
    halfway = []
    for _ in range(3):
        assert (await pays_back(shop, finance, order_id, (line, 1)))["userErrors"] == []
        halfway.append(sums(await entries(shop, order_id), departments))

    assert [one["amount"]["minor"] for one in paid] == [94_47, 157_46, 62_98]
    assert [sum(one) for one in halfway] == [209_94, 104_97, 0]
    assert halfway[-1] == [0, 0, 0]
    rows = (await shop.ask(REPORT, finance, channel=channel))["splitReport"]
    assert {(row["sales"]["minor"], row["returned"]["minor"], row["orders"]) for row in rows} == {
        (94_47, -94_47, 1),
        (157_46, -157_46, 1),
        (62_98, -62_98, 1),
    }
    for one in departments:
        books = department(key_of(Kind.DEPARTMENT, one))
        (row,) = await shop.pond.select(
            "SELECT sum(CASE destination WHEN $1 THEN amount_minor ELSE -amount_minor END) AS minor"
            " FROM ledger_posting WHERE $1 IN (source, destination)",
            books,
        )
        assert row["minor"] == 0


async def test_whatever_order_refunds_come_in_nothing_is_left(shop: Shop) -> None:
    departments = [await a_department(shop.pond) for _ in BPS]
    channel = await a_channel(shop.pond, "ADS", departments[0])
    await set_rule(shop, channel, departments, BPS)
    hook, finance = await a_hook(shop.pond, channel), await staff_token(shop)
    token = await shop.a_token(await who_came_by(shop.pond, hook["code"]))
    goods = [await a_good(shop, fen, stock=30) for fen in (1, 99_99, 214_91)]

    for turns in list(permutations(range(3)))[::2]:
        order_id, lines = await a_paid_order(shop, token, *((good, 1) for good in goods))
        for turn in turns:
            assert (await pays_back(shop, finance, order_id, (lines[turn], 1)))["userErrors"] == []
        assert sums(await entries(shop, order_id), departments) == [0, 0, 0]


async def test_a_rule_that_is_one_basis_point_short_is_refused(shop: Shop) -> None:
    departments = [await a_department(shop.pond) for _ in BPS]
    channel = await a_channel(shop.pond, "OFFLINE", departments[0])

    (refusal,) = (await set_rule(shop, channel, departments, (3_000, 5_000, 1_999)))["userErrors"]

    assert (refusal["code"], refusal["path"]) == ("BAD_USER_INPUT", ["input", "shares"])
    assert "9999" in refusal["message"]


async def test_an_order_keeps_the_rule_by_which_it_was_paid(shop: Shop) -> None:
    departments = [await a_department(shop.pond) for _ in BPS]
    channel = await a_channel(shop.pond, "CONTENT", departments[0])
    first = await set_rule(shop, channel, departments, BPS)
    hook, finance = await a_hook(shop.pond, channel), await staff_token(shop)
    token = await shop.a_token(await who_came_by(shop.pond, hook["code"]))
    good = await a_good(shop, 100_00, stock=30)
    before, (line,) = await a_paid_order(shop, token, (good, 2))

    second = await set_rule(shop, channel, departments, (1_000, 8_000, 1_000))
    after, _ = await a_paid_order(shop, token, (good, 2))
    await pays_back(shop, finance, before, (line, 1))

    old, new = await entries(shop, before), await entries(shop, after)
    assert sums(old, departments) == [30_00, 50_00, 20_00]
    assert sums(new, departments) == [20_00, 160_00, 20_00]
    assert {one["ruleId"] for one in old} == {first["rule"]["id"]}
    assert {one["ruleId"] for one in new} == {second["rule"]["id"]}


async def test_followers_that_run_at_once_enter_an_order_once(shop: Shop) -> None:
    departments = [await a_department(shop.pond) for _ in BPS]
    channel = await a_channel(shop.pond, "REFERRAL", departments[0])
    await set_rule(shop, channel, departments, BPS)
    hook = await a_hook(shop.pond, channel)
    token = await shop.a_token(await who_came_by(shop.pond, hook["code"]))
    order_id, _ = await a_paid_order(shop, token, (await a_good(shop, 314_91), 1))

    await asyncio.gather(*(shop.pond.project() for _ in range(4)))

    assert sums(await entries(shop, order_id), departments) == [94_47, 157_46, 62_98]


async def test_who_came_by_no_channel_is_shared_by_nobody_and_only_finance_may_set_rules(shop: Shop) -> None:
    order_id, _ = await a_paid_order(shop, await shop.a_token(), (await a_good(shop, 50_00), 1))
    clerk = await staff_token(shop, Role.CONTENT)

    assert await entries(shop, order_id) == []
    headers = {"authorization": f"Bearer {clerk}"}
    wanted = {"channelId": "x", "shares": []}
    asked = {"query": SET_RULE, "variables": {"input": wanted}}
    answer = (await shop.client.post("/graphql", json=asked, headers=headers)).json()
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
