"""Wallets and statements: every fen that a guide is owed is in one place, and every change of its own is a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

import db.ledger
import resolvers.guide_payouts
import resolvers.guide_statements
from app.downloads import DOWNLOADS
from app.workbooks import write
from domain.commissions import Wallet
from domain.guides import GuideAction
from domain.identity import Principal, Role
from domain.ledger import COMMISSION, available_commission, commission_debt, frozen_commission
from domain.money import Money
from domain.sheets import Sheet
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import a_customer_of, a_received_order, commissions, released
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import a_paid_order, an_order, refund
from tests.makers_withdrawals import (
    CANCEL,
    STATEMENT,
    a_rich_guide,
    known_by_wechat,
    paid,
    take_out,
    taken_out,
    terms,
    wallet_of,
)
from tests.pond import Pond, statements
from tests.schema.test_commissions import decided as guide_decided
from tests.schema.test_commissions import states

OF_GUIDE = "query ($id: ID!) { guide(id: $id) { wallet { available { minor } withdrawing { minor } } } }"
OF_GUIDES = "{ guides(first: 20) { nodes { id wallet { pending { minor } available { minor } } } } }"
PAYOUTS = """query ($month: String!) { guidePayouts(month: $month, first: 10) { nodes {
  guide { displayName kind } realName times amount { minor } fee { minor } paid { minor } } totalCount { value } } }"""
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}


async def statement(pond: Pond, who: Principal, **which: Any) -> Any:
    return (await pond.ask(STATEMENT, who, **{**NOVEMBER, **which}))["guideStatement"]


def lines_of(found: Any) -> list[tuple[str, int, int]]:
    return [(line["kind"], line["amount"]["minor"], line["balance"]["minor"]) for line in found["lines"]["nodes"]]


async def test_a_wallet_has_every_fen_in_one_place(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    variant = await a_variant(pond, price=Money(100_00), stock=20)
    await a_received_order(pond, member, (variant, 1))
    pond.later(days=7)
    await released(pond)
    await a_received_order(pond, member, (variant, 2))
    await a_paid_order(pond, member, (variant, 3))
    await an_order(pond, member, (variant, 4))
    await pond.project()

    owed = {"available": 8_00, "balance": 8_00, "frozen": 16_00, "pending": 24_00, "estimated": 32_00}
    assert await wallet_of(pond, guide) == owed
    await guide_decided(pond, guide, GuideAction.FREEZE)
    await a_received_order(pond, member, (variant, 1))
    await a_paid_order(pond, member, (variant, 1))
    assert await wallet_of(pond, guide) == {**owed, "held": 16_00}
    with statements() as log:
        await wallet_of(pond, guide)
    assert len(log) == 3


async def test_scenario_p7_a_debt_refuses_withdrawals_and_is_repaid_by_what_is_released(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    await known_by_wechat(pond, guide)
    order_id, (line,) = await a_received_order(pond, member, (await a_variant(pond, price=Money(135_86)), 2))
    pond.later(days=7)
    await released(pond)
    await paid(pond, guide, 16_73)
    assert await wallet_of(pond, guide) == {"available": 5_00, "balance": 5_00, "paid": 16_73}

    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    assert await wallet_of(pond, guide) == {"debt": -5_87, "balance": -5_87, "paid": 16_73}
    (error,) = (await take_out(pond, guide, 1_00))["userErrors"]
    assert (error["code"], error["balance"]) == ("INSUFFICIENT_BALANCE", {"minor": -5_87})

    await a_received_order(pond, member, (await a_variant(pond, price=Money(250_00)), 1))
    pond.later(days=7)
    await released(pond)
    assert await wallet_of(pond, guide) == {"available": 14_13, "balance": 14_13, "paid": 16_73}
    days = {"from": "2026-11-20", "to": "2026-12-31"}
    found = await statement(pond, guide, **days)
    assert lines_of(found) == [
        ("RELEASED", 21_73, 21_73),
        ("WITHDRAWAL", -16_73, 5_00),
        ("CLAWED_BACK", -5_00, 0),
        ("CLAWED_BACK", -5_87, -5_87),
        ("DEBT_REPAID", 5_87, 0),
        ("RELEASED", 14_13, 14_13),
    ]
    assert {one["kind"]: one["amount"]["minor"] for one in found["totals"]} == {
        "RELEASED": 35_86,
        "DEBT_REPAID": 5_87,
        "CLAWED_BACK": -10_87,
        "WITHDRAWAL": -16_73,
    }


async def test_what_was_paid_shows_on_the_oldest_commissions_and_is_still_clawed_back(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    await known_by_wechat(pond, guide)
    variant = await a_variant(pond, price=Money(100_00))
    orders = [await a_received_order(pond, member, (variant, 1)) for _ in range(3)]
    pond.later(days=7)
    await released(pond)

    await paid(pond, guide, 17_00)
    await pond.project()
    assert states(await commissions(pond, guide)) == ["WITHDRAWN", "WITHDRAWN", "AVAILABLE"]
    order_id, (line,) = orders[0]
    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    assert states(await commissions(pond, guide)) == ["CLAWED_BACK", "WITHDRAWN", "AVAILABLE"]
    assert await wallet_of(pond, guide) == {"debt": -1_00, "balance": -1_00, "paid": 17_00}


async def test_managers_and_finance_see_a_wallet_and_nobody_else(pond: Pond) -> None:
    store = await a_store(pond)
    guide = await a_rich_guide(pond, store_id=store)
    assert guide.guide_id is not None
    key = id_of(Kind.GUIDE, guide.guide_id)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store)
    other = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))

    for who in (guide, manager, await staff(pond, Role.FINANCE)):
        assert (await pond.ask(OF_GUIDE, who, id=key))["guide"]["wallet"]["available"] == {"minor": 100_00}
        assert (await statement(pond, who, id=key))["closing"] == {"minor": 100_00}
    for who in (await a_guide(pond), other, await a_member(pond), await staff(pond, Role.CONTENT)):
        assert (await pond.ask(OF_GUIDE, who, id=key))["guide"]["wallet"] is None
        assert await statement(pond, who, id=key) is None
    assert (await pond.execute(OF_GUIDE, id=key)).errors


async def test_many_wallets_are_two_statements(pond: Pond) -> None:
    store = await a_store(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store)
    for _ in range(5):
        await a_rich_guide(pond, store_id=store)
    with statements() as log:
        found = (await pond.ask(OF_GUIDES, manager))["guides"]["nodes"]

    assert [one["wallet"]["available"]["minor"] for one in found] == [100_00] * 5
    assert len(log) == 3


async def test_who_left_and_came_back_has_two_wallets(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 60_00)
    old = await guide_of(pond, guide)
    await guide_decided(pond, guide, GuideAction.DISMISS)
    again = await a_guide(pond, member=replace(guide, guide_id=None))
    everyone = "{ myWallets { guide { id } available { minor } } }"

    assert await wallet_of(pond, again) == {}
    assert await wallet_of(pond, again, id=id_of(Kind.GUIDE, old.id)) == {"available": 60_00, "balance": 60_00}
    found = (await pond.ask(everyone, again))["myWallets"]
    assert [one["available"]["minor"] for one in found] == [0, 60_00]
    member = await a_member(pond)
    assert (await pond.ask("{ myWallet { paid { minor } } myWallets { paid { minor } } }", member)) == {
        "myWallet": None,
        "myWallets": [],
    }


async def test_fees_and_what_came_back_are_lines_of_their_own(pond: Pond) -> None:
    terms(pond, fee_bp=100)
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 40_00)
    await pond.ask(CANCEL, guide, input={"withdrawalId": one["id"]})
    await taken_out(pond, guide, 50_00)
    found = await statement(pond, guide)

    assert lines_of(found) == [
        ("RELEASED", 100_00, 100_00),
        ("WITHDRAWAL", -39_60, 60_40),
        ("FEE", -40, 60_00),
        ("RETURNED", 39_60, 99_60),
        ("FEE_RETURNED", 40, 100_00),
        ("WITHDRAWAL", -49_50, 50_50),
        ("FEE", -50, 50_00),
    ]
    assert [line["sourceId"] for line in found["lines"]["nodes"]][1:5] == [one["id"]] * 4
    assert (found["opening"]["minor"], found["closing"]["minor"]) == (0, 50_00)


async def test_what_comes_back_repays_what_was_lost_meanwhile(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    assert guide.guide_id is not None
    one = await taken_out(pond, guide, 100_00)
    async with pond.database.writing() as tx:
        lost = Wallet(guide.guide_id, 0, 0).take(10_00, COMMISSION)
        await db.ledger.post(tx, "claw-back:a-test", lost, pond.time)
    assert await wallet_of(pond, guide) == {"debt": -10_00, "balance": -10_00, "withdrawing": 100_00}

    await pond.ask(CANCEL, guide, input={"withdrawalId": one["id"]})
    assert await wallet_of(pond, guide) == {"available": 90_00, "balance": 90_00}
    assert lines_of(await statement(pond, guide))[2:] == [
        ("CLAWED_BACK", -10_00, -10_00),
        ("RETURNED", 90_00, 80_00),
        ("DEBT_REPAID", 10_00, 90_00),
    ]


@pytest.mark.parametrize("seed", [1, 2])
async def test_days_add_up_to_the_ledger_whatever_happened(pond: Pond, seed: int) -> None:
    chance, guide = Random(seed), await a_guide(pond)
    assert guide.guide_id is not None
    own = Wallet(guide.guide_id, 0, 0)
    first = pond.time.date()
    for step in range(40):
        pond.later(hours=chance.randint(1, 9))
        minor, frozen = chance.randint(1, 50_00), frozen_commission(guide.guide_id)
        word = chance.choice(["release", "claw-back", "bonuses"])
        source = frozen if word == "release" else "brand:bonuses"
        postings = own.take(minor, COMMISSION) if word == "claw-back" else own.give(minor, source)
        async with pond.database.writing() as tx:
            await db.ledger.post(tx, f"{word}:{UUID(int=step).hex}", postings, pond.time)

    balance = 0
    for day in range((pond.time.date() - first).days + 2):
        on = (first + timedelta(days=day)).isoformat()
        found = await statement(pond, guide, **{"from": on, "to": on})
        assert found["opening"]["minor"] == balance
        balance += sum(line["amount"]["minor"] for line in found["lines"]["nodes"])
        assert found["closing"]["minor"] == balance
    accounts = [available_commission(guide.guide_id), commission_debt(guide.guide_id)]
    kept = await db.ledger.balances_of(pond.context().reading, accounts)
    assert balance == sum(kept.values()) == own.available + own.debt


async def test_lines_come_in_pages(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    for _ in range(3):
        await taken_out(pond, guide, 10_00)
    paged = """query ($first: Int, $after: String, $last: Int, $before: String) {
      guideStatement(firstDay: "2026-11-01", lastDay: "2026-11-30") {
        lines(first: $first, after: $after, last: $last, before: $before) {
          nodes { balance { minor } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def page(**which: Any) -> tuple[list[int], Any]:
        found = (await pond.ask(paged, guide, **which))["guideStatement"]["lines"]
        return [line["balance"]["minor"] for line in found["nodes"]], found["pageInfo"]

    one, info = await page(first=3)
    assert (one, info["hasNextPage"]) == ([100_00, 90_00, 80_00], True)
    assert (await page(first=3, after=info["endCursor"]))[0] == [70_00]
    last, info = await page(last=2)
    assert (last, info["hasPreviousPage"]) == ([80_00, 70_00], True)
    assert (await page(last=5, before=info["startCursor"]))[0] == [100_00, 90_00]


@pytest.mark.parametrize(("first", "last"), [("2026-11-02", "2026-11-01"), ("2025-01-01", "2026-02-01")])
async def test_days_that_are_none_or_too_many_are_refused(pond: Pond, first: str, last: str) -> None:
    guide = await a_rich_guide(pond)

    assert await pond.errors(STATEMENT, guide, **{"from": first, "to": last}) == ["BAD_USER_INPUT"]


def sums(sheet: Sheet, column: int) -> int:
    return sum(cell.minor for row in sheet.rows if isinstance(cell := row[column], Money))


async def test_the_workbook_has_every_line_and_every_commission(pond: Pond) -> None:
    guide, member = await a_customer_of(pond, tier_rank=2)
    await known_by_wechat(pond, guide)
    variant = await a_variant(pond, price=Money(100_00))
    order_id, (line,) = await a_received_order(pond, member, (variant, 3))
    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    pond.later(days=7)
    await released(pond)
    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    await taken_out(pond, guide, 8_00)
    assert guide.guide_id is not None
    path = (await statement(pond, guide))["downloadPath"]
    word, name = path.removeprefix("/exports/").removesuffix(".xlsx").split("/", 1)
    book = await DOWNLOADS[word](pond.context(guide), name)

    assert book is not None
    totals, lines, earned = book.sheets
    assert [row[-1] for row in totals.rows] == [Money(0), Money(16_00), Money(-8_00), Money(-8_00), Money(0)]
    assert sums(lines, 2) == 0
    assert [row[4:] for row in earned.rows] == [(Money(24_00), Money(8_00), Money(16_00))]
    with ZipFile(BytesIO(write(book, pond.services.rules.time_zone))) as file:
        assert len([one for one in file.namelist() if one.startswith("xl/worksheets/sheet")]) == 3
    assert await DOWNLOADS[word](pond.context(member), name) is None
    for odd in ("", "x/2026-11-01/2026-11-30", f"{name}/1", name.replace("2026-11-30", "2020-01-01")):
        assert await DOWNLOADS[word](pond.context(guide), odd) is None


async def test_a_month_says_what_those_were_paid_who_are_not_employed(pond: Pond) -> None:
    terms(pond, fee_bp=100)
    koc, employee = await a_rich_guide(pond, 150_00, name="Koko"), await a_rich_guide(pond)
    await pond.select("UPDATE guide SET kind = 'KOC' WHERE id = $1", koc.guide_id)
    choose = 'mutation { payoutAccountChoose(input: {realName: "王小美"}) { userErrors { code } } }'
    assert (await pond.ask(choose, koc))["payoutAccountChoose"]["userErrors"] == []
    for fen in (50_00, 20_00):
        await paid(pond, koc, fen)
    await paid(pond, employee, 100_00)
    await taken_out(pond, koc, 30_00)
    finance = await staff(pond, Role.FINANCE)

    with statements() as log:
        found = (await pond.ask(PAYOUTS, finance, month="2026-11"))["guidePayouts"]
    assert found["nodes"] == [
        {
            "guide": {"displayName": "Koko", "kind": "KOC"},
            "realName": "王小美",
            "times": 2,
            "amount": {"minor": 70_00},
            "fee": {"minor": 70},
            "paid": {"minor": 69_30},
        }
    ]
    assert (found["totalCount"]["value"], len(log)) == (1, 2)
    assert (await pond.ask(PAYOUTS, finance, month="2026-10"))["guidePayouts"]["nodes"] == []
    assert await pond.errors(PAYOUTS, finance, month="2026-13") == ["BAD_USER_INPUT"]
    assert await pond.errors(PAYOUTS, koc, month="2026-11") == ["FORBIDDEN"]

    book = await resolvers.guide_payouts.workbook(pond.context(finance), "2026-11")
    assert book is not None
    assert book.sheets[0].rows[0][:7] == ("Koko", "王小美", "KOC", 2, Money(70_00), Money(70), Money(69_30))
    assert await resolvers.guide_payouts.workbook(pond.context(koc), "2026-11") is None
    assert await resolvers.guide_payouts.workbook(pond.context(finance), "soon") is None
