"""Block H of what is promised about attacks: guides, commissions and their money, as far as no scenario has it.

Elsewhere: H4, H5 in test_h_attribution.py; H8 in P6, P7; H11 in P8 and, with H13, in tests/schema/test_withdrawals.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import pytest

from domain.identity import Principal, Role
from domain.ledger import available_commission
from schema.ids import Kind, id_of, key_of
from tests.acceptance.guides import a_received_order, brings, earned, one, the_job_releases
from tests.acceptance.money import a_good, a_paid_order, pays_back, staff_token
from tests.acceptance.withdrawing import asks, asks_for, releases, wallet
from tests.deployments import Shop
from tests.makers_bindings import guide_id
from tests.makers_commissions import SET_RATE, a_customer_of
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, appointed, headquarters
from tests.makers_withdrawals import APPROVE, REQUEST, a_rich_guide, wish
from tests.schema.test_commissions import OF_GUIDE, RELEASE_HELD
from tests.schema.test_guides import decide

LOG = "query ($id: ID!) { guide(id: $id) { status statusChanges { toStatus reason } } }"


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def decides(shop: Shop, guide: Principal, mutation: str, reason: str) -> None:
    """An operator freezes, unfreezes or dismisses a guide."""
    wanted = {
        "guideId": await guide_id(shop.pond, guide),
        "expectedVersion": (await guide_of(shop.pond, guide)).version,
    }
    answer = await one(shop, decide(mutation), await staff_token(shop, Role.OPERATOR), **wanted, reason=reason)
    assert answer["userErrors"] == [], answer


async def test_h2_nobody_brings_those_who_brought_them(shop: Shop) -> None:
    first, second, third = [await a_guide(shop.pond) for _ in range(3)]

    assert await brings(shop, first, first) == ["GUIDE_CYCLE"]
    assert await brings(shop, first, second) == []
    assert await brings(shop, second, first) == ["GUIDE_CYCLE"]
    assert await brings(shop, second, third) == []
    assert await brings(shop, third, first) == ["GUIDE_CYCLE"]


async def test_h3_the_database_knows_no_third_level_either(shop: Shop) -> None:
    guide, member = await a_customer_of(shop.pond)
    order_id, _ = await a_paid_order(shop, await shop.a_token(member), (await a_good(shop, 100_00), 1))

    with pytest.raises(asyncpg.CheckViolationError, match="at_most_two_levels"):
        await shop.pond.select("UPDATE commission SET level = 3 WHERE order_id = $1", key_of(Kind.ORDER, order_id))
    assert [found["level"] for found in await earned(shop, guide)] == [1]


async def test_h7_rates_stay_within_the_cap_and_what_was_paid_keeps_its_own(shop: Shop) -> None:
    guide, inviter = await a_guide(shop.pond), await a_guide(shop.pond)
    member, finance, good = await a_member(shop.pond), await staff_token(shop), await a_good(shop, 100_00)
    await bound(shop.pond, member, guide)
    assert await brings(shop, inviter, guide) == []
    rule = {"scope": "VARIANT", "targetId": id_of(Kind.VARIANT, good.id)}
    for rate_bp in (-1, 5_001, 10_001):
        refused = await one(shop, SET_RATE, finance, **rule, level="FIRST", rateBp=rate_bp)
        assert codes(refused) == ["BAD_USER_INPUT"], rate_bp
    assert codes(await one(shop, SET_RATE, finance, **rule, level="FIRST", rateBp=4_500)) == []
    assert codes(await one(shop, SET_RATE, finance, **rule, level="SECOND", rateBp=1_000, understood=True)) == []

    order_id, _ = await a_paid_order(shop, await shop.a_token(member), (good, 1))
    assert codes(await one(shop, SET_RATE, finance, **rule, level="FIRST", rateBp=100)) == []

    (first,), (second,) = await earned(shop, guide), await earned(shop, inviter)
    assert (first["amount"]["minor"], second["amount"]["minor"]) == (45_00, 5_00), "half of it, the second level cut"
    assert (first["orderId"], first["rateBp"]) == (order_id, 4_500)


async def test_h8_what_goes_back_after_the_release_is_an_entry_of_its_own(shop: Shop) -> None:
    guide, member = await a_customer_of(shop.pond)
    token, buyer = await shop.a_token(guide), await shop.a_token(member)
    order_id, (line,) = await a_received_order(shop, buyer, (await a_good(shop, 100_00), 2))
    await releases(shop, order_id)
    before = await wallet(shop, token)

    given = await pays_back(shop, await staff_token(shop), order_id, (line, 1), ofSent=True)

    assert (codes(given), before, await wallet(shop, token)) == (
        [],
        {"available": 10_00, "balance": 10_00},
        {"available": 5_00, "balance": 5_00},
    )
    moved = await shop.pond.select(
        "SELECT amount_minor FROM ledger_posting WHERE business_key LIKE 'claw-back:%' AND source = $1",
        available_commission((await guide_of(shop.pond, guide)).id),
    )
    assert [tuple(row) for row in moved] == [(5_00,)]


async def test_h9_of_64_who_take_out_all_there_is_one_does(shop: Shop) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 100_00))

    answers = await asyncio.gather(*(asks(shop, token, 100_00) for _ in range(64)))

    assert Counter(map(str, map(codes, answers))) == {"[]": 1, "['INSUFFICIENT_BALANCE']": 63}
    assert await wallet(shop, token) == {"withdrawing": 100_00}


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        pytest.param({"minor": -1}, "BAD_USER_INPUT", id="less than nothing"),
        pytest.param({"minor": 0}, "BAD_USER_INPUT", id="nothing"),
        pytest.param({"minor": 100_01}, "INSUFFICIENT_BALANCE", id="more than there is"),
    ],
)
async def test_h10_only_what_there_is_is_taken_out(shop: Shop, amount: Any, code: str) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 100_00))

    answer = (await shop.ask(REQUEST, token, input=wish(0) | {"amount": amount}))["withdrawalRequest"]

    assert codes(answer) == [code]
    assert await wallet(shop, token) == {"available": 100_00, "balance": 100_00}


@pytest.mark.parametrize(
    "amount",
    [{"minor": "NaN"}, {"minor": "1e400"}, {"minor": 1.5}, {"minor": True}, {"minor": 1_00, "currency": "USD"}],
)
async def test_h10_what_is_no_number_of_fen_is_no_amount(shop: Shop, amount: Any) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 100_00))
    body = {"query": REQUEST, "variables": {"input": wish(0) | {"amount": amount}}}

    answer = (await shop.client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_h10_another_guides_wallet_does_not_exist(shop: Shop) -> None:
    rich, other = await a_rich_guide(shop.pond, 100_00), await a_rich_guide(shop.pond, 1_00)
    theirs = {"guideId": await guide_id(shop.pond, rich)}

    answer = (await shop.ask(REQUEST, await shop.a_token(other), input=wish(50_00, **theirs)))["withdrawalRequest"]

    assert codes(answer) == ["NOT_FOUND"]
    assert await wallet(shop, await shop.a_token(rich)) == {"available": 100_00, "balance": 100_00}


async def test_h12_nobody_approves_their_own_nor_anything_twice(shop: Shop) -> None:
    pond = shop.pond
    both = await appointed(pond, await a_rich_guide(pond, 300_00), Role.FINANCE, (await headquarters(pond)).id)
    token = await shop.a_token(both)
    asked = await asks_for(shop, token, 300_00)
    wanted = {"withdrawalId": asked["id"], "expectedVersion": asked["version"]}

    assert codes(await one(shop, APPROVE, token, **wanted)) == ["FOUR_EYES"]
    assert codes(await one(shop, APPROVE, await staff_token(shop), **wanted)) == []
    assert codes(await one(shop, APPROVE, await staff_token(shop), **wanted)) == ["INVALID_STATE"]


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE ledger_posting SET amount_minor = amount_minor + 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "UPDATE commission_claw_back SET amount_minor = 1",
        "DELETE FROM commission_claw_back",
        "TRUNCATE commission_claw_back",
    ],
)
async def test_h14_no_entry_is_changed_or_deleted(shop: Shop, wrong: str) -> None:
    """As the role that the product itself has in the database."""
    guide, member = await a_customer_of(shop.pond)
    good = await a_good(shop, 100_00)
    order_id, (line,) = await a_paid_order(shop, await shop.a_token(member), (good, 2))
    assert codes(await pays_back(shop, await staff_token(shop), order_id, (line, 1))) == []

    with pytest.raises(asyncpg.PostgresError, match="only ever added"):
        await shop.pond.select(wrong)
    assert [found["left"]["minor"] for found in await earned(shop, guide)] == [5_00]


async def test_h16_what_a_guide_earned_who_is_frozen_or_has_left_is_held_and_accounted_for(shop: Shop) -> None:
    guide, member = await a_customer_of(shop.pond)
    buyer, good = await shop.a_token(member), await a_good(shop, 100_00)
    token, finance = await shop.a_token(guide), await staff_token(shop)
    order_id, _ = await a_received_order(shop, buyer, (good, 1))
    await decides(shop, guide, "guideFreeze", "刷单嫌疑")
    await releases(shop, order_id)
    named = {"id": await guide_id(shop.pond, guide)}
    held = (await shop.ask(OF_GUIDE, finance, **named))["guideCommissions"]["nodes"]
    assert held == [{"state": "HELD", "amount": {"minor": 5_00}}]

    await decides(shop, guide, "guideUnfreeze", "已澄清")
    await the_job_releases(shop)
    assert await wallet(shop, token) == {"available": 5_00, "balance": 5_00}

    order_id, _ = await a_received_order(shop, buyer, (good, 1))
    await decides(shop, guide, "guideDismiss", "离职")
    await releases(shop, order_id)
    assert await wallet(shop, token) == {"available": 5_00, "balance": 5_00, "held": 5_00}
    assert codes(await one(shop, RELEASE_HELD, finance, guideId=named["id"], reason="离职结算")) == []
    assert await wallet(shop, token) == {"available": 10_00, "balance": 10_00}
    log = (await shop.ask(LOG, await staff_token(shop, Role.OPERATOR), **named))["guide"]
    assert {change["reason"] for change in log["statusChanges"]} >= {"刷单嫌疑", "已澄清", "离职"}
