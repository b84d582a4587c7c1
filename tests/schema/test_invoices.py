"""Invoices: asked for once for each order, issued, outdated by refunds, and taxes to the fen, through GraphQL."""

from __future__ import annotations

import asyncio
from typing import Any

from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_members import a_member, staff
from tests.makers_payments import a_paid_order, an_order, refund
from tests.makers_stock import a_template
from tests.pond import Pond, statements
from tests.schema.test_after_sales import received
from tests.schema.test_extras import with_a_gift
from tests.schema.test_order_edits import an_address
from tests.schema.test_orders import line, paid

SHOWN = """invoice { id state amount { minor } number taxNumber lines { quantity amount { minor } tax { minor } rateBp } }
  userErrors { code path }"""
REQUEST = "mutation ($input: InvoiceRequestInput!) { invoiceRequest(input: $input) { " + SHOWN + " } }"
ISSUE = "mutation ($input: InvoiceIssueInput!) { invoiceIssue(input: $input) { " + SHOWN + " } }"
VOID = "mutation ($input: InvoiceVoidInput!) { invoiceVoid(input: $input) { " + SHOWN + " } }"
TAXES = """query ($id: ID!) { order(id: $id) { total { minor } invoices { state }
  taxSummary { rateBp amount { minor } tax { minor } net { minor } } } }"""


async def asked(pond: Pond, who: Principal, order_id: str, **more: Any) -> Any:
    """The answer to `invoiceRequest`."""
    wanted = {"orderId": order_id, "kind": "PERSON", "title": "梅", "email": "mei@example.cn", **more}
    return (await pond.ask(REQUEST, who, input=wanted))["invoiceRequest"]


async def issued(pond: Pond, finance: Principal, invoice_id: str) -> Any:
    wanted = {"invoiceId": invoice_id, "number": "26312000001", "url": "/invoices/1.pdf"}
    return (await pond.ask(ISSUE, finance, input=wanted))["invoiceIssue"]


async def voided(pond: Pond, finance: Principal, invoice_id: str) -> Any:
    return (await pond.ask(VOID, finance, input={"invoiceId": invoice_id, "reason": "退款"}))["invoiceVoid"]


async def test_c32_prices_include_tax_and_the_summary_sums_to_the_total(pond: Pond) -> None:
    """Scenario C32: tax at the rate of each product, on goods and their share of shipping."""
    await a_template(pond, fee=8_00)
    mei = await a_member(pond)
    tea = (await variants_of(pond, await a_product(pond, price=Money(109_00), tax_bp=900)))[0]
    pot = await a_variant(pond, price=Money(226_00))
    order_id = await paid(pond, mei, line(tea), line(pot), addressId=await an_address(pond, mei))

    shown = (await pond.ask(TAXES, mei, id=order_id))["order"]

    summary = {one["rateBp"]: one for one in shown["taxSummary"]}
    assert list(summary) == [900, 1_300]
    assert sum(one["amount"]["minor"] for one in summary.values()) == shown["total"]["minor"] == 343_00
    assert all(one["net"]["minor"] + one["tax"]["minor"] == one["amount"]["minor"] for one in summary.values())
    assert summary[900]["amount"]["minor"] == 109_00 + 2_60
    assert summary[900]["tax"]["minor"] == round(111_60 * 900 / 10_900)


async def test_a_rate_that_changes_later_does_not_change_what_was_bought(pond: Pond) -> None:
    mei = await a_member(pond)
    tea = await a_variant(pond, price=Money(113_00))
    order_id, _ = await a_paid_order(pond, mei, (tea, 1))
    await pond.select("UPDATE product SET tax_bp = 0")

    (summary,) = (await pond.ask(TAXES, mei, id=order_id))["order"]["taxSummary"]

    assert (summary["rateBp"], summary["tax"]["minor"]) == (1_300, 13_00)
    rate = "query ($id: ID!) { node(id: $id) { ... on Product { taxBp } } }"
    product_id = id_of(Kind.PRODUCT, tea.product_id)
    assert (await pond.ask(rate, await staff(pond, Role.CONTENT), id=product_id))["node"] == {"taxBp": 0}


async def test_an_invoice_is_asked_for_and_issued(pond: Pond) -> None:
    mei, finance = await a_member(pond), await staff(pond, Role.FINANCE)
    order_id, _ = await a_paid_order(pond, mei, (await a_variant(pond, price=Money(113_00)), 2))

    wanted = await asked(pond, mei, order_id, kind="COMPANY", title="某某茶行", taxNumber="91350100m000100y43")
    done = await issued(pond, finance, wanted["invoice"]["id"])

    assert (wanted["invoice"]["state"], wanted["invoice"]["taxNumber"]) == ("REQUESTED", "91350100M000100Y43")
    assert (done["invoice"]["state"], done["invoice"]["number"]) == ("ISSUED", "26312000001")
    assert done["invoice"]["lines"] == [
        {"quantity": 2, "amount": {"minor": 226_00}, "tax": {"minor": 26_00}, "rateBp": 1_300}
    ]
    document = "query { invoices(first: 5, where: { state: { eq: ISSUED } }) { nodes { id } } }"
    assert (await pond.ask(document, finance))["invoices"]["nodes"] == [{"id": wanted["invoice"]["id"]}]
    assert await pond.errors(document, mei) == ["FORBIDDEN"]


async def test_a_refund_outdates_what_was_issued_and_the_next_says_what_is_left(pond: Pond) -> None:
    mei, finance = await a_member(pond), await staff(pond, Role.FINANCE)
    order_id, (tea_line,) = await a_paid_order(pond, mei, (await a_variant(pond, price=Money(113_00)), 3))
    first = (await asked(pond, mei, order_id))["invoice"]["id"]
    await issued(pond, finance, first)

    await refund(pond, order_id, by=finance, lines=[(tea_line, 1)])
    states = [one["state"] for one in (await pond.ask(TAXES, mei, id=order_id))["order"]["invoices"]]
    refused = await asked(pond, mei, order_id)
    await voided(pond, finance, first)
    again = await asked(pond, mei, order_id)
    await refund(pond, order_id, by=finance, amount=100)
    last = await issued(pond, finance, again["invoice"]["id"])

    assert (states, refused["userErrors"][0]["code"]) == (["OUTDATED"], "CONFLICT")
    assert again["invoice"]["amount"]["minor"] == 226_00
    assert last["invoice"]["amount"]["minor"] == 225_00
    assert sum(one["amount"]["minor"] for one in last["invoice"]["lines"]) == 225_00


async def test_what_a_gift_was_worth_whose_goods_all_went_back_is_invoiced_as_that(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    await order.came_back(await order.applied((order.line, 2)))

    wanted = (await asked(pond, order.member, order.order_id))["invoice"]
    last = (await issued(pond, await staff(pond, Role.FINANCE), wanted["id"]))["invoice"]

    assert (await order.money(), last["amount"]["minor"]) == (("REFUNDED", 175_00), 25_00)
    assert [one["amount"]["minor"] for one in last["lines"]] == [25_00]
    assert await pond.select("SELECT lines -> 0 ->> 'quantity' FROM invoice") == [("1",)]


async def test_of_64_wishes_for_an_invoice_one_is_kept(pond: Pond) -> None:
    mei = await a_member(pond)
    order_id, _ = await a_paid_order(pond, mei, (await a_variant(pond), 1))

    answers = await asyncio.gather(*(asked(pond, mei, order_id) for _ in range(64)))

    assert sum(one["invoice"] is not None for one in answers) == 1
    assert {one["userErrors"][0]["code"] for one in answers if one["userErrors"]} == {"CONFLICT"}


async def test_who_looks_and_then_asks_gets_many_invoices(pond: Pond) -> None:
    """The negative control of the race above: without the key, all that looked before any wrote write."""
    mei = await a_member(pond)
    await a_paid_order(pond, mei, (await a_variant(pond), 1))
    await pond.select("DROP INDEX uq_invoice_open")
    looked = asyncio.Barrier(8)

    async def careless() -> None:
        known = await pond.select("SELECT count(*) FROM invoice")
        await looked.wait()
        if known[0][0] == 0:
            await pond.select(
                "INSERT INTO invoice (id, order_id, member_id, state, kind, title, email, amount_minor, lines,"
                " requested_at, number, url, void_reason, version) SELECT gen_random_uuid(), id, member_id,"
                " 'REQUESTED', 'PERSON', 'x', 'x', 1, '[]', now(), '', '', '', 1 FROM \"order\""
            )

    await asyncio.gather(*(careless() for _ in range(8)))

    assert (await pond.select("SELECT count(*) FROM invoice"))[0][0] == 8


async def test_what_is_unpaid_is_of_another_member_or_has_a_wrong_number_is_refused(pond: Pond) -> None:
    mei, tea = await a_member(pond), await a_variant(pond)
    unpaid, _ = await an_order(pond, mei, (tea, 1))
    order_id, _ = await a_paid_order(pond, mei, (tea, 1))

    refusals = [
        await asked(pond, mei, unpaid),
        await asked(pond, await a_member(pond), order_id),
        await asked(pond, mei, order_id, kind="COMPANY", taxNumber="91350100M000100Y44"),
        await asked(pond, mei, order_id, email="x"),
    ]

    codes = [one["userErrors"][0]["code"] for one in refusals]
    assert codes == ["INVALID_STATE", "NOT_FOUND", "BAD_USER_INPUT", "BAD_USER_INPUT"]
    finance = await staff(pond, Role.FINANCE)
    assert (await issued(pond, finance, id_of(Kind.INVOICE, tea.id)))["userErrors"][0]["code"] == "NOT_FOUND"


async def test_invoices_are_for_their_members_and_for_finance(pond: Pond) -> None:
    mei = await a_member(pond)
    order_id, _ = await a_paid_order(pond, mei, (await a_variant(pond), 1))
    key = (await asked(pond, mei, order_id))["invoice"]["id"]
    node = "query ($id: ID!) { node(id: $id) { id } }"

    readers = (mei, await staff(pond, Role.FINANCE), await a_member(pond), await staff(pond, Role.CONTENT))
    seen = [(await pond.ask(node, who, id=key))["node"] is not None for who in readers]

    assert seen == [True, True, False, False]


async def test_taxes_of_a_list_of_orders_take_no_statement(pond: Pond) -> None:
    mei = await a_member(pond)
    await a_paid_order(pond, mei, (await a_variant(pond), 1))

    with statements() as log:
        await pond.ask("{ myOrders(first: 100) { nodes { taxSummary { tax { minor } } invoices { state } } } }", mei)

    assert len(log) == 3
