"""Invoices (发票): what is asked for, and the data that an invoice is issued from; issuing is another system's work."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.links import check_link
from domain.money import Money
from domain.orders import Order, OrderState
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState, text_within
from domain.taxes import parts_of
from domain.units import Units, units_left

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits and letters of unified social credit codes: 31, without I, O, S, V and Z (GB 32100-2015)."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


BILLED = frozenset(
    {OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.COMPLETED, OrderState.REFUNDED}
)
"""Of an order that has gone back something may have been kept: what a gift was worth that its buyer keeps."""


class InvoiceKind(Enum):
    PERSON = "PERSON"
    COMPANY = "COMPANY"


class InvoiceState(Enum):
    REQUESTED = "REQUESTED"
    ISSUED = "ISSUED"
    OUTDATED = "OUTDATED"
    VOIDED = "VOIDED"


class InvoiceAction(Enum):
    ISSUE = "ISSUE"
    OUTDATE = "OUTDATE"
    VOID = "VOID"


_S, _A = InvoiceState, InvoiceAction
TRANSITIONS: Mapping[InvoiceState, Mapping[InvoiceAction, InvoiceState]] = {
    _S.REQUESTED: {_A.ISSUE: _S.ISSUED, _A.VOID: _S.VOIDED},
    _S.ISSUED: {_A.OUTDATE: _S.OUTDATED, _A.VOID: _S.VOIDED},
    # It says more than was paid in the end: it has to be voided before another is asked for.
    _S.OUTDATED: {_A.VOID: _S.VOIDED},
    _S.VOIDED: {},
}
"""Where an invoice may go, and by what."""


@record
class InvoiceDraft:
    """Who an invoice is for; `tax_number` is a company's unified social credit code."""

    kind: InvoiceKind
    title: str
    email: str
    tax_number: str | None = None


@record
class InvoiceLine:
    """What an invoice says of one line: units, amount and the tax in it. A share of shipping is in the amount."""

    line_id: UUID
    name: str
    sku: str
    quantity: int
    rate_bp: int
    amount: int
    tax: int
    """Both in fen."""


@record
class Invoice:
    """One invoice about one order. `number` and `url` are those of the document once it was issued."""

    id: UUID
    order_id: UUID
    member_id: UUID
    state: InvoiceState
    kind: InvoiceKind
    title: str
    tax_number: str | None
    email: str
    amount: Money
    lines: tuple[InvoiceLine, ...]
    requested_at: datetime
    number: str = ""
    url: str = ""
    issued_at: datetime | None = None
    voided_at: datetime | None = None
    void_reason: str = ""
    version: int = 1


@dataclass(eq=False)
class InvoiceIsOpen(Refusal):
    """There is an invoice about the order that is not void."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class NothingToInvoice(Refusal):
    """Nothing of what was paid is left, or the order buys what is invoiced when it is spent."""

    code = ErrorCode.INVALID_STATE


def check_invoice(draft: InvoiceDraft) -> InvoiceDraft:
    """Who the invoice is for, in the form in which it is kept.

    Raises:
        BadInput: a text is empty, too long, or not what it should be.
    """
    title = text_within(draft.title, 100, "input", "title")
    email = text_within(draft.email, 200, "input", "email")
    if _EMAIL.fullmatch(email) is None:
        raise BadInput("an e-mail address", "应为有效的电子邮箱", path=("input", "email"))
    number = (draft.tax_number or "").strip().upper() or None
    if (draft.kind is InvoiceKind.COMPANY) != (number is not None):
        raise BadInput(
            "a tax number for companies, and none for persons",
            "企业须填写税号,个人无需填写",
            path=("input", "taxNumber"),
        )
    if number is not None and not is_credit_code(number):
        raise BadInput(
            "a unified social credit code of 18 characters",
            "应为有效的 18 位统一社会信用代码",
            path=("input", "taxNumber"),
        )
    return InvoiceDraft(draft.kind, title, email, number)


def is_credit_code(code: str) -> bool:
    """Whether this is a unified social credit code with its right check digit (GB 32100-2015).

    >>> is_credit_code("91350100M000100Y43"), is_credit_code("91350100M000100Y44"), is_credit_code("913501")
    (True, False, False)
    """
    if len(code) != 18 or any(sign not in _SIGNS for sign in code):
        return False
    weighted = sum(_SIGNS.index(sign) * pow(3, i, 31) for i, sign in enumerate(code[:17]))
    return _SIGNS[-weighted % 31] == code[17]


def bill(order: Order, gone: Units) -> tuple[Money, tuple[InvoiceLine, ...]]:
    """What an invoice about an order says now: what was paid and has not gone back, line by line.

    Raises:
        WrongState: the order is not paid.
        NothingToInvoice: nothing is left of what was paid, or it buys a balance or a membership.
    """
    if order.state not in BILLED:
        raise WrongState(order.state.value, path=("input", "orderId"))
    amount = Money(order.paid.minor - order.refunded.minor, order.total.currency)
    if amount.minor <= 0 or not order.lines:
        raise NothingToInvoice(path=("input", "orderId"))
    lines = tuple(
        InvoiceLine(
            line.id,
            f"{line.name} {line.variant_name}".strip(),
            line.sku,
            len(units_left(line, gone)),
            part.rate_bp,
            part.amount.minor,
            part.tax.minor,
        )
        for line, part in parts_of(order, amount, gone)
        if part.amount.minor
    )
    return amount, lines


def move(invoice: Invoice, action: InvoiceAction) -> Invoice:
    """The invoice after a step.

    Raises:
        WrongState: it cannot take this step where it stands.
    """
    state = TRANSITIONS[invoice.state].get(action)
    if state is None:
        raise WrongState(invoice.state.value, path=("input", "invoiceId"))
    return replace(invoice, state=state, version=invoice.version + 1)


def issue(
    invoice: Invoice, billed: tuple[Money, Sequence[InvoiceLine]], number: str, url: str, at: datetime
) -> Invoice:
    """The invoice with its document, and what that says.

    Raises:
        WrongState: it was issued or voided before.
        BadInput: the number is empty or too long, or the address is no link.
    """
    moved = move(invoice, InvoiceAction.ISSUE)
    amount, lines = billed
    return replace(
        moved,
        amount=amount,
        lines=tuple(lines),
        number=text_within(number, 40, "input", "number"),
        url=check_link(url, "input", "url"),
        issued_at=at,
    )


def void(invoice: Invoice, reason: str, at: datetime) -> Invoice:
    """The invoice after it was voided; another can be asked for.

    Raises:
        WrongState: it was voided before.
        BadInput: the reason is empty or longer than 200 characters.
    """
    said = text_within(reason, 200, "input", "reason")
    return replace(move(invoice, InvoiceAction.VOID), voided_at=at, void_reason=said)


def fact_of(invoice: Invoice) -> dict[str, Any]:
    """What the outbox tells of an invoice; who it is for is for those who issue it."""
    return {
        "invoice": invoice.id.hex,
        "order": invoice.order_id.hex,
        "member": invoice.member_id.hex,
        "state": invoice.state.value,
        "amount_minor": invoice.amount.minor,
        "number": invoice.number,
        "version": invoice.version,
    }
