"""Settlements through GraphQL: how stores settle, their bills from hand to hand, and races for what is in them (R03)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import db.settlements
import db.store_flows
import resolvers.settlements
from app.workbooks import write
from domain.identity import Role
from domain.money import Money
from domain.settlements import payable_to
from resolvers.projections import go_on
from resolvers.settlement_books import workbook
from resolvers.store_flows import STORE_FLOWS
from schema.ids import Kind, id_of, key_of
from tests.makers_fulfilment import RECEIVE, sent
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import a_paid_order, ledger_of, refund
from tests.makers_settlements import (
    ADJUST,
    CHECK,
    DISPUTE,
    ISSUE,
    PAY_BILL,
    Dealer,
    a_dealer,
    a_profile,
    billed,
    completed,
    moved,
    sold,
    totals,
)
from tests.pond import Pond, statements
from tests.schema.test_after_sales import RECEIVE as RECEIVE_BACK
from tests.schema.test_after_sales import received, returned, step

BILLS = """query ($where: SettlementBillWhere) { settlementBills(first: 5, where: $where) { nodes {
  id store { id } amount { minor } totals { kind amount { minor } } flows(first: 20) { nodes {
  kind amount { minor } orderId lineId note } totalCount { value } } changes { fromState toState version reason } } } }"""
PROFILES = "query ($id: ID!) { settlementProfiles(storeId: $id) { version platformFeeBp since } }"
P15 = {
    "ORDER": 10_000_00,
    "REFUND": -800_00,
    "PLATFORM_FEE": -200_00,
    "PLATFORM_FEE_RETURN": 16_00,
    "COMMISSION": -600_00,
    "COMMISSION_CLAWBACK": 48_00,
    "COUPON_SUBSIDY": 300_00,
    "COUPON_SUBSIDY_REVERSAL": -24_00,
}
DAY, NEXT_DAY = "2026-11-22", "2026-11-23"


async def p15(pond: Pond, **other: Any) -> tuple[Dealer, str]:
    """A dealer who sold for 10,000.00 after a coupon of 300.00, of which 800.00 came back; and the order."""
    dealer = await a_dealer(pond, **other)
    order_id, line_id = await sold(pond, dealer)
    assert (await refund(pond, order_id, lines=[(line_id, 2)]))["userErrors"] == []
    await pond.project()
    pond.later(days=1)
    return dealer, order_id


async def a_bill(pond: Pond, dealer: Dealer) -> Any:
    answer = await billed(pond, dealer.store_id, DAY, DAY)
    assert answer["userErrors"] == [], answer
    return answer["bill"]


async def test_a_bill_is_the_sum_of_its_flows_line_by_line(pond: Pond) -> None:
    dealer, order_id = await p15(pond)
    bill = await a_bill(pond, dealer)

    with statements() as run:
        (seen,) = (await pond.ask(BILLS, dealer.manager))["settlementBills"]["nodes"]

    assert (bill["amount"]["minor"], totals(bill), bill["flowCount"]) == (8_740_00, P15, 8)
    assert [one["kind"] for one in bill["totals"]] == list(P15)
    assert seen["store"]["id"] == id_of(Kind.STORE, dealer.store_id)
    flows = seen["flows"]["nodes"]
    assert sum(flow["amount"]["minor"] for flow in flows) == 8_740_00
    assert {flow["orderId"] for flow in flows} == {order_id}
    assert {flow["kind"]: flow["amount"]["minor"] for flow in flows} == P15
    assert len(run) <= 7


async def test_projecting_again_makes_no_flow_twice(pond: Pond) -> None:
    dealer, _ = await p15(pond)
    await pond.select("UPDATE projection SET position = 0, horizon_upto = NULL, horizon_next = NULL, horizon_at = NULL "
                      "WHERE name = 'store flows'")  # fmt: skip
    await pond.project()

    assert (await a_bill(pond, dealer))["flowCount"] == 8


async def test_the_store_checks_and_the_brand_pays(pond: Pond) -> None:
    dealer, _ = await p15(pond)
    finance, bill = await staff(pond, Role.FINANCE), await a_bill(pond, dealer)
    before = await ledger_of(pond)
    out = (await moved(pond, ISSUE, finance, bill, expectedVersion=1))["bill"]
    owed = await ledger_of(pond)
    checked = (await moved(pond, CHECK, dealer.manager, bill, expectedVersion=1))["bill"]
    key = uuid4().hex
    paid = await moved(pond, PAY_BILL, finance, bill, reference="T-2026", idempotencyKey=key)
    again = await moved(pond, PAY_BILL, finance, bill, reference="T-2026", idempotencyKey=key)
    after = await ledger_of(pond)

    assert [one["state"] for one in (out, checked, paid["bill"])] == ["OUT", "CHECKED", "PAID"]
    assert owed[payable_to(dealer.store_id)] == 8_740_00
    assert owed["brand:platform_fees"] == 184_00
    assert (before["brand:commission"], "brand:commission" in owed) == (-552_00, False)
    assert (before["brand:sales"], "brand:sales" in owed) == (9_200_00, False)
    assert owed["brand:marketing"] == -276_00
    assert (payable_to(dealer.store_id) in after, after["brand:bank"]) == (False, 8_740_00)
    assert (again["replayed"], again["bill"]["reference"]) == (True, "T-2026")
    assert sum(after.values()) == 0


async def test_a_dispute_begins_a_new_version_with_the_same_flows(pond: Pond) -> None:
    dealer, _ = await p15(pond)
    finance, bill = await staff(pond, Role.FINANCE), await a_bill(pond, dealer)
    await moved(pond, ISSUE, finance, bill)
    back = (await moved(pond, DISPUTE, dealer.manager, bill, expectedVersion=1, reason="少算一单"))["bill"]
    withdrawn = await ledger_of(pond)
    key = uuid4().hex
    given = {"amount": {"minor": 40_00}, "reason": "补差", "idempotencyKey": key}
    more = await moved(pond, ADJUST, finance, bill, **given)
    again = await moved(pond, ADJUST, finance, bill, **given)
    stale = await moved(pond, ISSUE, finance, bill, expectedVersion=1)
    out = (await moved(pond, ISSUE, finance, bill, expectedVersion=2))["bill"]
    (seen,) = (await pond.ask(BILLS, finance))["settlementBills"]["nodes"]

    assert (back["state"], back["version"], back["flowCount"]) == ("DRAFT", 2, 8)
    assert payable_to(dealer.store_id) not in withdrawn
    assert (more["replayed"], again["replayed"]) == (False, True)
    assert totals(again["bill"]) == P15 | {"ADJUSTMENT": 40_00}
    assert [one["code"] for one in stale["userErrors"]] == ["STALE_VERSION"]
    assert (out["amount"]["minor"], out["version"]) == (8_780_00, 2)
    assert (await ledger_of(pond))[payable_to(dealer.store_id)] == 8_780_00
    assert seen["flows"]["nodes"][-1]["note"] == "补差"
    assert [(one["fromState"], one["toState"], one["version"], one["reason"]) for one in seen["changes"]] == [
        (None, "DRAFT", 1, ""),
        ("DRAFT", "OUT", 1, ""),
        ("OUT", "DRAFT", 2, "少算一单"),
        ("DRAFT", "DRAFT", 2, "补差"),
        ("DRAFT", "OUT", 2, ""),
    ]


async def test_a_bill_goes_only_where_it_may(pond: Pond) -> None:
    dealer, _ = await p15(pond)
    finance, bill = await staff(pond, Role.FINANCE), await a_bill(pond, dealer)
    paying = {"reference": "T1", "idempotencyKey": uuid4().hex}

    async def codes(document: str, **given: Any) -> list[str]:
        by = dealer.manager if document in (CHECK, DISPUTE) else finance
        return [one["code"] for one in (await moved(pond, document, by, bill, **given))["userErrors"]]

    assert await codes(CHECK) == ["INVALID_STATE"]
    assert await codes(DISPUTE, reason="不对") == ["INVALID_STATE"]
    assert await codes(PAY_BILL, **paying) == ["INVALID_STATE"]
    assert await codes(ISSUE) == []
    assert await codes(ISSUE) == ["INVALID_STATE"]
    assert await codes(ADJUST, amount={"minor": 1}, reason="x", idempotencyKey="k") == ["INVALID_STATE"]
    assert await codes(DISPUTE, reason=" ") == ["BAD_USER_INPUT"]


async def test_a_stores_accounts_are_for_its_managers_and_finance(pond: Pond) -> None:
    dealer, _ = await p15(pond)
    bill, elsewhere = await a_bill(pond, dealer), await a_store(pond, "别家店")
    stranger, clerk = await staff(pond, Role.STORE_MANAGER, unit_id=elsewhere), await staff(pond, Role.CONTENT)
    ask = "query ($id: ID!) { settlementBill(id: $id) { id } node(id: $id) { id } }"
    store = id_of(Kind.STORE, dealer.store_id)

    for other in (stranger, clerk):
        assert await pond.ask(ask, other, id=bill["id"]) == {"settlementBill": None, "node": None}
        assert (await pond.ask(BILLS, other))["settlementBills"]["nodes"] == []
        assert (await pond.ask(PROFILES, other, id=store))["settlementProfiles"] == []
        assert [one["code"] for one in (await moved(pond, CHECK, other, bill))["userErrors"]] == ["NOT_FOUND"]
        assert await workbook(pond.context(other), key_of(Kind.SETTLEMENT_BILL, bill["id"])) is None
    assert [one["code"] for one in (await moved(pond, ISSUE, dealer.manager, bill))["userErrors"]] == ["FORBIDDEN"]
    refused = await a_profile(pond, dealer.store_id, by=dealer.manager)
    assert [one["code"] for one in refused["userErrors"]] == ["FORBIDDEN"]
    by_another = await moved(pond, CHECK, await staff(pond, Role.FINANCE), bill)
    assert [one["code"] for one in by_another["userErrors"]] == ["FORBIDDEN"]
    assert await pond.errors(BILLS, await a_member(pond)) == ["FORBIDDEN"]
    assert (await pond.ask(ask, dealer.manager, id=bill["id"]))["node"] == {"id": bill["id"]}


async def test_what_was_sold_keeps_the_rates_of_its_time(pond: Pond) -> None:
    dealer = await a_dealer(pond)
    order_id, line_id = await sold(pond, dealer, coupon_fen=0)
    pond.later(minutes=1)
    changed = await a_profile(pond, dealer.store_id, expectedVersion=1, platformFeeBp=1_000, commissionBearer="HQ")
    await refund(pond, order_id, lines=[(line_id, 25)])
    await sold(pond, dealer, quantity=1, coupon_fen=0)
    await pond.project()
    pond.later(days=1)

    assert changed["profile"]["version"] == 2
    stale = await a_profile(pond, dealer.store_id, expectedVersion=1)
    assert [one["code"] for one in stale["userErrors"]] == ["STALE_VERSION"]
    versions = (await pond.ask(PROFILES, dealer.manager, id=id_of(Kind.STORE, dealer.store_id)))["settlementProfiles"]
    assert [(one["version"], one["platformFeeBp"]) for one in versions] == [(2, 1_000), (1, 200)]
    sums = totals(await a_bill(pond, dealer))
    assert sums["PLATFORM_FEE"] + sums["PLATFORM_FEE_RETURN"] == -41_20
    assert sums["COMMISSION"] + sums["COMMISSION_CLAWBACK"] == 0
    assert sums["ORDER"] + sums["REFUND"] == 412_00


async def test_a_store_that_does_not_settle_has_no_bills(pond: Pond) -> None:
    dealer = await a_dealer(pond, settles=False)
    await sold(pond, dealer, 1, 0)
    await pond.project()
    pond.later(days=1)

    answer = await billed(pond, dealer.store_id, DAY, DAY)
    assert [(one["code"], one["path"]) for one in answer["userErrors"]] == [("BAD_USER_INPUT", ["input", "storeId"])]
    # What it sold before it settled stays the brand's.
    await a_profile(pond, dealer.store_id)
    nothing = await billed(pond, dealer.store_id, DAY, DAY)
    assert [one["code"] for one in nothing["userErrors"]] == ["NONE_LEFT"]
    early = await billed(pond, dealer.store_id, DAY, NEXT_DAY)
    assert [(one["code"], one["path"]) for one in early["userErrors"]] == [("BAD_USER_INPUT", ["input", "lastDay"])]


async def test_by_finality_an_order_waits_until_it_cannot_be_given_back(pond: Pond) -> None:
    dealer = await a_dealer(pond, cutOff="FINALITY")
    order_id, line_id = await sold(pond, dealer, 2, 0)
    await sent(pond, order_id)
    await pond.ask(RECEIVE, dealer.customer, id=order_id)
    whole, its_line = await sold(pond, dealer, 1, 0)
    await refund(pond, whole, lines=[(its_line, 1)])
    await pond.project()
    pond.later(days=1)
    refunded = (await billed(pond, dealer.store_id, DAY, DAY))["bill"]
    pond.later(days=15)
    await completed(pond)
    pond.later(days=1)
    await pond.project()
    done = (await billed(pond, dealer.store_id, "2026-11-23", "2026-12-08"))["bill"]
    await refund(pond, order_id, lines=[(line_id, 1)], ofSent=True)
    await pond.project()
    pond.later(days=1)
    late = (await billed(pond, dealer.store_id, "2026-12-09", "2026-12-09"))["bill"]

    assert refunded["amount"]["minor"] == 0
    assert totals(refunded)["ORDER"] == 412_00
    assert totals(done)["ORDER"] == 824_00
    assert totals(late)["REFUND"] == -412_00


async def test_a_store_that_takes_the_money_itself_owes_what_is_the_brands(pond: Pond) -> None:
    dealer, _ = await p15(pond, mode="STORE_COLLECT")
    finance, bill = await staff(pond, Role.FINANCE), await a_bill(pond, dealer)
    await moved(pond, ISSUE, finance, bill)
    await moved(pond, CHECK, dealer.manager, bill)
    await moved(pond, PAY_BILL, finance, bill, reference="T1", idempotencyKey=uuid4().hex)

    assert totals(bill) == P15 | {"COLLECTED": -10_000_00, "COLLECTED_RETURN": 800_00}
    assert bill["amount"]["minor"] == 8_740_00 - 9_200_00
    assert (await ledger_of(pond))["brand:bank"] == -460_00


async def test_the_job_makes_each_bill_once_when_its_period_is_over(pond: Pond) -> None:
    monthly, daily = await a_dealer(pond), await a_dealer(pond, "日结店", cycle="T_PLUS_N", days=2)
    for dealer in (monthly, daily):
        await sold(pond, dealer, 1, 0)
    await pond.project()
    made = [await resolvers.settlements.make_due(pond.context())]
    for days in (1, 1, 7):
        pond.later(days=days)
        made.append(await resolvers.settlements.make_due(pond.context()))
        made.append(await resolvers.settlements.make_due(pond.context()))

    rows = await pond.select("SELECT store_id, first_day, last_day, flows FROM settlement_bill ORDER BY made_at")
    assert made == [0, 0, 0, 1, 0, 1, 0]
    assert [tuple(row) for row in rows] == [
        (daily.store_id, date(2026, 11, 22), date(2026, 11, 22), 3),
        (monthly.store_id, date(2026, 11, 1), date(2026, 11, 30), 3),
    ]


async def test_a_bill_of_many_flows_takes_them_some_at_a_time(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.store_flows, "take", partial(db.store_flows.take, most=3))
    dealer, _ = await p15(pond)
    with statements() as log:
        bill = await a_bill(pond, dealer)

    assert totals(bill) == P15
    assert len([one for one in log if "UPDATE store_flow" in one]) == 3


async def test_what_comes_late_enters_the_next_bill(pond: Pond) -> None:
    dealer = await a_dealer(pond)
    await sold(pond, dealer, 1, 0)
    await pond.project()
    await sold(pond, dealer, 2, 0)
    pond.later(days=1)
    first = await a_bill(pond, dealer)
    await pond.project()
    pond.later(days=1)
    same, second = await a_bill(pond, dealer), (await billed(pond, dealer.store_id, NEXT_DAY, NEXT_DAY))["bill"]

    assert same == first
    assert (totals(first)["ORDER"], totals(second)["ORDER"]) == (412_00, 824_00)


async def raced(pond: Pond, dealer: Dealer) -> list[UUID]:
    """Sixty-four bills of overlapping periods are made at once; those that came about."""
    finance = await staff(pond, Role.FINANCE)
    days = [(f"2026-10-{n % 28 + 1:02}", f"2026-11-{21 + n // 28:02}") for n in range(64)]
    pond.later(days=3)
    answers = await asyncio.gather(*(billed(pond, dealer.store_id, first, last, finance) for first, last in days))
    assert {one["code"] for answer in answers for one in answer["userErrors"]} <= {"NONE_LEFT"}
    return [key_of(Kind.SETTLEMENT_BILL, answer["bill"]["id"]) for answer in answers if answer["bill"]]


async def test_of_bills_that_overlap_each_flow_is_in_one(pond: Pond) -> None:
    dealer = await a_dealer(pond)
    for _ in range(3):
        await sold(pond, dealer, 1, 0)
    await pond.project()

    bills = await raced(pond, dealer)
    flows = await pond.select("SELECT bill_id, amount_minor FROM store_flow")
    sums = await pond.select("SELECT sum(amount_minor), sum(flows) FROM settlement_bill")

    assert bills
    assert {row["bill_id"] for row in flows} <= set(bills)
    assert tuple(sums[0]) == (sum(row["amount_minor"] for row in flows), 9)


async def test_bills_that_look_first_and_take_then_count_flows_twice(pond: Pond) -> None:
    """The control: with the guard off, two bills that are made at once hold the same money."""
    dealer = await a_dealer(pond)
    await sold(pond, dealer, 1, 0)
    await pond.project()
    pond.later(days=3)
    both = asyncio.Barrier(2)

    async def careless() -> int:
        rows = await pond.select("SELECT id, amount_minor FROM store_flow WHERE bill_id IS NULL")
        await both.wait()
        return sum(row["amount_minor"] for row in rows)

    first, second = await asyncio.gather(careless(), careless())
    assert first == second == 412_00 - 8_24 - 24_72


async def test_a_flow_is_never_changed(pond: Pond) -> None:
    dealer, _ = await p15(pond)
    await a_bill(pond, dealer)

    for change in (
        "UPDATE store_flow SET amount_minor = amount_minor + 1",
        "UPDATE store_flow SET bill_id = NULL",
        "DELETE FROM store_flow",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pond.select(change)


async def test_a_bill_is_a_workbook_in_which_text_is_text(pond: Pond) -> None:
    dealer, order_id = await p15(pond)
    finance, bill = await staff(pond, Role.FINANCE), await a_bill(pond, dealer)
    given = {"amount": {"minor": -1_00}, "reason": "=HYPERLINK(1)", "idempotencyKey": uuid4().hex}
    await moved(pond, ADJUST, finance, bill, **given)

    found = await workbook(pond.context(dealer.manager), key_of(Kind.SETTLEMENT_BILL, bill["id"]))

    assert found is not None
    summary, lines = found.sheets
    assert summary.rows[-1][1:] == (9, Money(8_739_00))
    assert sum(row[4].minor for row in lines.rows) == 8_739_00  # type: ignore[union-attr]
    (number,) = (await pond.select('SELECT number FROM "order" WHERE id = $1', key_of(Kind.ORDER, order_id)))[0]
    assert lines.rows[0][3] == number
    assert write(found, pond.services.rules.time_zone)[:2] == b"PK"


async def test_the_stores_that_wait_for_a_bill_are_found_in_one_statement(pond: Pond) -> None:
    await p15(pond)

    with statements() as run:
        (one,) = await db.settlements.waiting(pond.context().reading)

    assert len(run) == 1
    assert one.billed is None


async def test_a_member_without_a_guide_buys_of_the_brand(pond: Pond) -> None:
    dealer = await a_dealer(pond)
    await a_paid_order(pond, await a_member(pond), (dealer.variant, 1))
    await pond.project()

    assert await pond.select("SELECT id FROM store_flow") == []


async def test_many_orders_make_their_flows_in_as_many_statements_as_one(pond: Pond) -> None:
    dealer, counts = await a_dealer(pond), []
    for many in (1, 5):
        for _ in range(many):
            await sold(pond, dealer, 1, 0)
        with statements() as run:
            await go_on(STORE_FLOWS, pond.context(), timedelta(0))
        counts.append(len(run))

    assert counts[1] <= counts[0] <= 10


async def test_an_after_sale_gives_back_what_was_charged_for_its_units(pond: Pond) -> None:
    dealer = await a_dealer(pond)
    order_id, line_id = await sold(pond, dealer)
    await received(pond, order_id)
    sale = await returned(pond, dealer.customer, order_id, line_id)
    await step(pond, RECEIVE_BACK, await staff(pond, Role.OPERATOR), afterSaleId=sale)
    await pond.project()
    pond.later(days=1)

    sums = totals(await a_bill(pond, dealer))
    assert (sums["REFUND"], sums["PLATFORM_FEE_RETURN"], sums["COUPON_SUBSIDY_REVERSAL"]) == (-400_00, 8_00, -12_00)
    assert sums["COMMISSION_CLAWBACK"] == 24_00
