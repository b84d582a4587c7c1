"""Taxes and invoices: parts that sum to the whole, numbers that are checked, and steps that are allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices import (
    TRANSITIONS,
    Invoice,
    InvoiceAction,
    InvoiceDraft,
    InvoiceKind,
    InvoiceState,
    NothingToInvoice,
    bill,
    check_invoice,
    fact_of,
    is_credit_code,
    issue,
    move,
    void,
)
from domain.money import Money
from domain.orders import Order, OrderLine, OrderState
from domain.refusals import BadInput, WrongState
from domain.taxes import order_summary, parts_of, summary, taxed

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
COMPANY = "91350100M000100Y43"
rates = st.sampled_from([0, 300, 600, 900, 1_300])


def a_line(unit_paid: tuple[int, ...], rate: int) -> OrderLine:
    return OrderLine(
        uuid4(), uuid4(), uuid4(), None, "茶", "50g", "tea", None, Money(9_999), len(unit_paid), Money(9_999),
        Money(sum(unit_paid)), unit_paid, tax_bp=rate,
    )  # fmt: skip


def an_order(*lines: OrderLine, shipping: int = 0, refunded: int = 0, state: OrderState = OrderState.PAID) -> Order:
    goods = sum(line.payable.minor for line in lines)
    return Order(
        uuid4(), "n", uuid4(), state, Money(goods + shipping), lines, None, "", None, None, None, NOON, NOON, NOON,
        None, None, 1, Money(goods), Money(shipping), paid=Money(goods + shipping), refunded=Money(refunded),
    )  # fmt: skip


lines = st.lists(
    st.builds(a_line, st.lists(st.integers(0, 10_000), min_size=1, max_size=4).map(tuple), rates),
    min_size=1,
    max_size=6,
)


@given(st.integers(0, 10**10), rates)
def test_tax_and_net_sum_to_the_amount_and_tax_is_the_nearest_fen(fen: int, rate: int) -> None:
    part = taxed(Money(fen), rate)

    assert part.net.minor + part.tax.minor == fen
    assert abs(2 * (part.tax.minor * (10_000 + rate) - fen * rate)) <= 10_000 + rate


@given(lines, st.integers(0, 2_000))
def test_the_summary_of_an_order_sums_to_its_total_for_each_rate_once(bought: list[OrderLine], shipping: int) -> None:
    """Scenario C32."""
    order = an_order(*bought, shipping=shipping)

    parts = order_summary(order, 1_300)

    assert sum(part.amount.minor for part in parts) == order.total.minor
    assert [part.rate_bp for part in parts] == sorted({part.rate_bp for part in parts})
    each = [part for _, part in parts_of(order, order.total, {})]
    assert sum(part.tax.minor for part in parts) == sum(part.tax.minor for part in each)
    assert summary(each, "CNY") == parts


@given(lines, st.integers(0, 2_000), st.data())
def test_an_invoice_says_what_was_paid_and_has_not_gone_back(
    bought: list[OrderLine], shipping: int, data: st.DataObject
) -> None:
    order = an_order(*bought, shipping=shipping)
    gone = {bought[0].id: (0,)}
    back = data.draw(st.integers(bought[0].unit_paid[0], order.total.minor))
    order = replace(order, refunded=Money(back))
    if back == order.total.minor:
        with pytest.raises(NothingToInvoice):
            bill(order, gone)
        return

    amount, said = bill(order, gone)

    assert amount.minor == order.total.minor - back == sum(line.amount for line in said)
    assert all(0 <= line.tax <= line.amount for line in said)


def test_an_order_without_lines_is_taxed_at_the_rate_of_the_brand_and_not_invoiced() -> None:
    order = replace(an_order(), total=Money(113), paid=Money(113))

    assert order_summary(order, 1_300) == [taxed(Money(113), 1_300)]
    with pytest.raises(NothingToInvoice):
        bill(order, {})


@pytest.mark.parametrize("state", [OrderState.PLACED, OrderState.CANCELLED, OrderState.REFUNDING])
def test_what_is_not_paid_is_not_invoiced(state: OrderState) -> None:
    with pytest.raises(WrongState):
        bill(an_order(a_line((100,), 1_300), state=state), {})


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91310000775785552L", "91440300708461136T"])
def test_real_credit_codes_are_known_and_one_wrong_sign_is_found(code: str) -> None:
    assert is_credit_code(code)
    for i in range(18):
        other = "1" if code[i] != "1" else "2"
        assert not is_credit_code(code[:i] + other + code[i + 1 :])
    assert not is_credit_code("I" + code[1:])


def test_who_an_invoice_is_for_is_checked() -> None:
    assert check_invoice(InvoiceDraft(InvoiceKind.COMPANY, " 茶行 ", "a@b.cn", COMPANY.lower())) == InvoiceDraft(
        InvoiceKind.COMPANY, "茶行", "a@b.cn", COMPANY
    )
    assert check_invoice(InvoiceDraft(InvoiceKind.PERSON, "梅", "a@b.cn", " ")).tax_number is None


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(InvoiceDraft(InvoiceKind.PERSON, "", "a@b.cn"), id="no title"),
        pytest.param(InvoiceDraft(InvoiceKind.PERSON, "梅", "a@b"), id="no host"),
        pytest.param(InvoiceDraft(InvoiceKind.PERSON, "梅", "a@b.cn", COMPANY), id="a person with a number"),
        pytest.param(InvoiceDraft(InvoiceKind.COMPANY, "茶行", "a@b.cn"), id="a company without"),
        pytest.param(InvoiceDraft(InvoiceKind.COMPANY, "茶行", "a@b.cn", COMPANY[:-1] + "5"), id="a wrong check digit"),
    ],
)
def test_what_is_wrong_is_refused(draft: InvoiceDraft) -> None:
    with pytest.raises(BadInput):
        check_invoice(draft)


def an_invoice(state: InvoiceState = InvoiceState.REQUESTED) -> Invoice:
    return Invoice(
        uuid4(), uuid4(), uuid4(), state, InvoiceKind.PERSON, "梅", None, "a@b.cn", Money(113), (), NOON
    )  # fmt: skip


def test_an_invoice_takes_the_steps_of_its_table_and_no_others() -> None:
    for state in InvoiceState:
        for action in InvoiceAction:
            if action in TRANSITIONS[state]:
                assert move(an_invoice(state), action).state is TRANSITIONS[state][action]
            else:
                with pytest.raises(WrongState):
                    move(an_invoice(state), action)


def test_an_issued_invoice_has_its_document_and_a_void_one_its_reason() -> None:
    issued = issue(an_invoice(), (Money(100), ()), " 0001 ", "/invoices/1.pdf", NOON)
    gone = void(issued, "退款", NOON)

    assert (issued.number, issued.amount, issued.issued_at) == ("0001", Money(100), NOON)
    assert (gone.state, gone.void_reason, fact_of(gone)["state"]) == (InvoiceState.VOIDED, "退款", "VOIDED")
    with pytest.raises(BadInput):
        issue(an_invoice(), (Money(100), ()), "1", "no link", NOON)
