"""Invoices: what clients see of them and of taxes, and how they are asked for and issued."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import invoices as rules
from domain import money, pages
from domain.identity import Scope
from domain.invoices import InvoiceDraft, InvoiceKind, InvoiceState
from resolvers import invoices
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money
from schema.node import Node

described(InvoiceKind, "Who an invoice is for.", PERSON="A person.", COMPANY="A company, with its tax number.")
described(
    InvoiceState,
    "Where an invoice stands.",
    REQUESTED="It waits to be issued.",
    ISSUED="There is a document.",
    OUTDATED="Something went back after it was issued: it says too much, and has to be voided.",
    VOIDED="It holds no more, or was declined; another can be asked for.",
)


@object_type(scope=Scope.MEMBER, description="How much of an amount is tax, at one rate. Prices include tax.")
class TaxSummary:
    rate_bp: int = attribute("The rate, in basis points of the price without tax.")
    amount: Money = attribute("What is to be paid at this rate. Over all rates it sums to the whole.")
    tax: Money = attribute("The tax in it, rounded half up line by line.")
    net: Money = attribute("What is left of it without tax.")


@object_type(scope=Scope.MEMBER, description="What an invoice says of one line of the order.")
class InvoiceLine:
    order_line_id: strawberry.ID = identifier(Kind.ORDER_LINE, "line_id", description="Which line.")
    name: str = attribute("What was bought.")
    sku: str = attribute("The brand's own key of it.")
    quantity: int = attribute("How many units that did not go back.")
    rate_bp: int = attribute("The rate of tax, in basis points of the price without tax.")
    amount: Money = derived(
        lambda line: money.Money(line.amount), "What was paid for them, with their share of shipping and with tax."
    )
    tax: Money = derived(lambda line: money.Money(line.tax), "The tax in it.")


@object_type(scope=Scope.MEMBER, description="An invoice about an order (发票).", record=rules.Invoice)
class Invoice(Node):
    id: strawberry.ID = identifier(Kind.INVOICE)
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="About which order.")
    state: InvoiceState = attribute("Where it stands.")
    kind: InvoiceKind = attribute("Who it is for.")
    title: str = attribute("The name that stands on it (抬头).")
    tax_number: str | None = attribute("The company's unified social credit code; null for a person.")
    email: str = attribute("Where it is sent.")
    amount: Money = attribute("What was paid and had not gone back when it was asked for, or issued.")
    lines: list[InvoiceLine] = attribute("Line by line; they sum to `amount`. At most 100.")
    number: str = attribute("The document's number; empty before it was issued.")
    url: str = attribute("Where the document is; empty before it was issued.")
    requested_at: datetime = attribute("When it was asked for.")
    issued_at: datetime | None = attribute("When it was issued.")
    voided_at: datetime | None = attribute("When it was voided.")
    void_reason: str = attribute("Why it was voided; empty unless it was.")
    version: int = attribute("Rises with each step.")


@strawberry.input(description="An invoice that a member asks for.")
class InvoiceRequestInput:
    order_id: strawberry.ID = strawberry.field(description="One's own paid order.")
    kind: InvoiceKind = strawberry.field(description="Who it is for.")
    title: str = strawberry.field(description="The name that stands on it, 1 to 100 characters.")
    email: str = strawberry.field(description="Where it is to be sent.")
    tax_number: str | None = strawberry.field(
        default=None, description="A company's unified social credit code, 18 characters; none for a person."
    )


@strawberry.input(description="The document of an invoice.")
class InvoiceIssueInput:
    invoice_id: strawberry.ID = strawberry.field(description="Which invoice.")
    number: str = strawberry.field(description="The document's number, 1 to 40 characters.")
    url: str = strawberry.field(description="Where the document is: http, https, or a path on this host.")


@strawberry.input(description="An invoice that holds no more, or is not issued.")
class InvoiceVoidInput:
    invoice_id: strawberry.ID = strawberry.field(description="Which invoice.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; the member reads it.")


@object_type(scope=Scope.MEMBER, description="The answer to mutations of invoices.")
class InvoicePayload(Payload):
    invoice: Invoice | None = attribute("The invoice as it is now.", default=None)


@strawberry.input(description="Which invoices; all conditions must hold. AND, OR and NOT nest to depth 3.")
class InvoiceWhere:
    state: EnumFilter[InvoiceState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    member_id: IdFilter | None = strawberry.field(default=UNSET, description="Who asked for it.")
    AND: list[InvoiceWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[InvoiceWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[InvoiceWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


async def _request(ctx: Context, *, input: InvoiceRequestInput) -> Any:
    key = key_of(Kind.ORDER, input.order_id, "input", "orderId")
    draft = InvoiceDraft(input.kind, input.title, input.email, input.tax_number)
    return InvoicePayload.of(invoice=await invoices.request(ctx, key, draft))


async def _issue(ctx: Context, *, input: InvoiceIssueInput) -> Any:
    key = key_of(Kind.INVOICE, input.invoice_id, "input", "invoiceId")
    return InvoicePayload.of(invoice=await invoices.issue(ctx, key, input.number, input.url))


async def _void(ctx: Context, *, input: InvoiceVoidInput) -> Any:
    key = key_of(Kind.INVOICE, input.invoice_id, "input", "invoiceId")
    return InvoicePayload.of(invoice=await invoices.void(ctx, key, input.reason))


async def _invoices(
    ctx: Context,
    *,
    where: Annotated[InvoiceWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    condition = condition_of(where, {"memberId": Kind.MEMBER}, {"state": "state", "member_id": "memberId"})
    return await invoices.invoices(ctx, pages.page_request(first, after, last, before), condition)


@strawberry.type
class InvoicesQuery:
    invoices: Connection[Invoice] = query(
        _invoices, "What members asked for and what was issued, the newest first.", scope=Scope.FINANCE
    )


@strawberry.type
class InvoicesMutation:
    invoice_request: InvoicePayload | None = mutation(
        _request, InvoicePayload, "Ask for an invoice about one's own paid order.", scope=Scope.MEMBER
    )
    invoice_issue: InvoicePayload | None = mutation(
        _issue, InvoicePayload, "Keep the document that was issued for an invoice.", scope=Scope.FINANCE
    )
    invoice_void: InvoicePayload | None = mutation(
        _void, InvoicePayload, "Void an invoice, or decline to issue it.", scope=Scope.FINANCE
    )


NODES = {Kind.INVOICE: invoices.invoices_by_id}
