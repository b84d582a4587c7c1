"""Splits: which rule holds for an order, what the database itself refuses, and what departments see of it (R31)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import uuid_utils.compat

from domain.identity import Role
from domain.splits import department
from schema.ids import Kind, key_of
from tests.makers_attribution import bought
from tests.makers_channels import a_channel, a_department, a_hook, a_rule, who_came_by
from tests.makers_members import a_member, staff
from tests.makers_payments import ledger_of, refund
from tests.pond import Pond, statements

ENTRIES = """query ($id: ID!) { splitEntries(orderId: $id) { source amount { minor } day department { id } } }"""
REPORT = """query ($by: SplitBy!, $department: ID) { splitReport(by: $by, departmentId: $department) {
  department { id name } day sales { minor } returned { minor } net { minor } orders } }"""
RULES = """query { channels(first: 50) { nodes { id splitRules(first: 5) { nodes {
  periodDays shares { bp department { name } } } } } } }"""


async def a_shared_channel(pond: Pond, *bps: int, **other: Any) -> tuple[str, list[str], str]:
    """A channel whose departments share, those departments, and the code of a hook."""
    departments = [await a_department(pond) for _ in bps]
    channel = await a_channel(pond, department=departments[0])
    assert (await a_rule(pond, channel, *bps, departments=departments, **other))["userErrors"] == []
    return channel, departments, (await a_hook(pond, channel))["code"]


async def entries(pond: Pond, order_id: str) -> list[Any]:
    await pond.project()
    return list((await pond.ask(ENTRIES, await staff(pond, Role.FINANCE), id=order_id))["splitEntries"])


async def test_orders_are_shared_for_so_many_days_after_the_member_came(pond: Pond) -> None:
    _, _, code = await a_shared_channel(pond, 6_000, 4_000, periodDays=30)
    mei = await who_came_by(pond, code)

    pond.later(days=29)
    within = await entries(pond, await bought(pond, mei, fen=99_99))
    pond.later(days=1)
    beyond = await entries(pond, await bought(pond, mei, fen=99_99))

    assert [one["amount"]["minor"] for one in within] == [59_99, 40_00]
    assert beyond == []


async def test_a_rule_to_come_holds_from_its_time_on_and_one_of_no_days_ends_the_split(pond: Pond) -> None:
    channel, departments, code = await a_shared_channel(pond, 10_000)
    later, still_later = (pond.time + timedelta(days=days) for days in (1, 2))
    await a_rule(pond, channel, 5_000, 5_000, departments=[departments[0], await a_department(pond)],
                 effectiveFrom=later.isoformat())  # fmt: skip
    await a_rule(pond, channel, 10_000, departments=departments, effectiveFrom=still_later.isoformat(), periodDays=0)
    mei = await who_came_by(pond, code)

    amounts = []
    for _ in range(3):
        found = await entries(pond, await bought(pond, mei, fen=100_00))
        amounts.append([one["amount"]["minor"] for one in found])
        pond.later(days=1)

    assert amounts == [[100_00], [50_00, 50_00], []]


async def test_refunds_by_amount_move_what_is_left_and_the_books_are_at_zero(pond: Pond) -> None:
    _, departments, code = await a_shared_channel(pond, 3_333, 3_333, 3_334)
    mei = await who_came_by(pond, code)
    order_id = await bought(pond, mei, fen=100_01)
    for fen in (1, 33_33, 66_67):
        await refund(pond, order_id, amount=fen)

    found = await entries(pond, order_id)
    books = await ledger_of(pond)

    assert {
        sum(one["amount"]["minor"] for one in found if one["department"]["id"] == each) for each in departments
    } == {0}
    assert {books.get(department(key_of(Kind.DEPARTMENT, each)), 0) for each in departments} == {0}
    assert sum(books.values()) == 0


async def test_what_departments_gained_and_lost_is_told_in_one_statement(pond: Pond) -> None:
    _, (first, _), code = await a_shared_channel(pond, 7_000, 3_000)
    mei, finance = await who_came_by(pond, code), await staff(pond, Role.FINANCE)
    order_id = await bought(pond, mei, fen=100_00)
    await bought(pond, mei, fen=50_00)
    pond.later(days=1)
    await refund(pond, order_id, amount=10_00)
    await pond.project()

    (row,) = (await pond.ask(REPORT, finance, by="DEPARTMENT", department=first))["splitReport"]
    days = (await pond.ask(REPORT, finance, by="DAY", department=first))["splitReport"]
    with statements() as made:
        await pond.ask(REPORT.replace("department { id name }", ""), finance, by="CHANNEL")

    money = [row[name]["minor"] for name in ("sales", "returned", "net")]
    assert (money, row["orders"]) == ([105_00, -7_00, 98_00], 2)
    assert [one["net"]["minor"] for one in days] == [105_00, -7_00]
    assert len(made) == 1


async def test_following_the_outbox_takes_five_statements_whatever_was_paid(pond: Pond) -> None:
    _, _, code = await a_shared_channel(pond, 7_000, 3_000)
    await pond.project()
    buyers = [await who_came_by(pond, code) for _ in range(4)]
    for one in buyers:
        await bought(pond, one)

    with statements() as made:
        await pond.project()

    concerned = [one for one in made if "split_" in one or "department:" in one]
    assert len(concerned) == 3


async def test_the_database_itself_refuses_a_rule_that_is_no_whole_and_any_change(pond: Pond) -> None:
    channel, departments, _ = await a_shared_channel(pond, 10_000)
    insert = """WITH rule AS (INSERT INTO split_rule VALUES ($1, $2, now() + interval '1 year', 1, now()) RETURNING id)
      INSERT INTO split_share SELECT $1, 0, $3, 9999"""
    keys = key_of(Kind.CHANNEL, channel), key_of(Kind.DEPARTMENT, departments[0])

    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select(insert, uuid_utils.compat.uuid7(), *keys)
    for change in ("UPDATE split_share SET bp = 1", "DELETE FROM split_rule", "DELETE FROM split_share"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pond.select(change)


async def test_rules_are_read_for_many_channels_at_once(pond: Pond) -> None:
    for _ in range(3):
        await a_shared_channel(pond, 4_000, 6_000)
    finance = await staff(pond, Role.FINANCE)

    with statements() as made:
        found = (await pond.ask(RULES, finance))["channels"]["nodes"]

    assert [one["bp"] for one in found[-1]["splitRules"]["nodes"][0]["shares"]] == [4_000, 6_000]
    assert len(made) == 4


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        pytest.param({"effectiveFrom": "2020-01-01T00:00:00Z"}, ["input", "effectiveFrom"], id="from a time past"),
        pytest.param({"periodDays": 3_651}, ["input", "periodDays"], id="for too long"),
        pytest.param({"departments": ["dep_" + "0" * 32]}, ["input", "shares", "0", "departmentId"], id="nobody's"),
    ],
)
async def test_a_rule_out_of_bounds_is_refused(pond: Pond, wanted: Any, path: list[str]) -> None:
    (refusal,) = (await a_rule(pond, await a_channel(pond), 10_000, **wanted))["userErrors"]

    assert refusal["path"] == path


async def test_what_departments_have_is_for_finance(pond: Pond) -> None:
    assert await pond.errors(REPORT, await a_member(pond), by="DEPARTMENT") == ["FORBIDDEN"]
