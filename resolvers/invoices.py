"""What can be asked of invoices: ask for one, issue it, void it; and what a refund does to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.invoices
import db.orders
import db.outbox
import db.refunds
from db.connection import Writing
from domain import invoices as rules
from domain import taxes
from domain.filters import Condition, check_depth
from domain.identity import Scope
from domain.invoices import Invoice, InvoiceDraft, InvoiceIsOpen, InvoiceState
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.refunds import OrderRefund
from domain.refusals import NotFound
from domain.taxes import Taxed
from resolvers.context import Context


async def request(ctx: Context, order_id: UUID, draft: InvoiceDraft) -> Invoice:
    """Ask for an invoice about one's own paid order.

    Raises:
        BadInput: the title, the tax number or the e-mail address is not what it should be.
        NotFound: the caller has no such order.
        WrongState, NothingToInvoice: there is nothing to be invoiced.
        InvoiceIsOpen: there is an invoice about it that is not void.
    """
    draft = rules.check_invoice(draft)
    async with ctx.database.writing() as tx:
        order = await db.orders.lock(tx, order_id)
        if order is None or order.member_id != ctx.member_id:
            raise NotFound(path=("input", "orderId"))
        amount, lines = rules.bill(order, await db.refunds.gone(tx, order.id))
        new = Invoice(
            ctx.new_id(),
            order.id,
            ctx.member_id,
            InvoiceState.REQUESTED,
            draft.kind,
            draft.title,
            draft.tax_number,
            draft.email,
            amount,
            lines,
            ctx.now(),
        )
        if not await db.invoices.add(tx, new):
            raise InvoiceIsOpen(path=("input", "orderId"))
        await _tell(ctx, tx, "InvoiceRequested", new)
    return new


async def issue(ctx: Context, invoice_id: UUID, number: str, url: str) -> Invoice:
    """Keep the document that was issued; it says what was paid and has not gone back by now.

    Raises:
        NotFound: there is no such invoice.
        WrongState, NothingToInvoice: it was issued or voided before, or nothing is left to be invoiced.
        BadInput: the number is empty or too long, or the address is no link.
    """
    async with ctx.database.writing() as tx:
        invoice, order = await _lock(tx, invoice_id)
        billed = rules.bill(order, await db.refunds.gone(tx, order.id))
        after = rules.issue(invoice, billed, number, url, ctx.now())
        await db.invoices.save(tx, after)
        await _tell(ctx, tx, "InvoiceIssued", after)
    return after


async def void(ctx: Context, invoice_id: UUID, reason: str) -> Invoice:
    """Void an invoice, or decline to issue it; its member can ask for another.

    Raises:
        NotFound: there is no such invoice.
        WrongState: it was voided before.
        BadInput: the reason is empty or longer than 200 characters.
    """
    async with ctx.database.writing() as tx:
        invoice, _ = await _lock(tx, invoice_id)
        after = rules.void(invoice, reason, ctx.now())
        await db.invoices.save(tx, after)
        await _tell(ctx, tx, "InvoiceVoided", after)
    return after


async def _lock(tx: Writing, invoice_id: UUID) -> tuple[Invoice, Order]:
    """An invoice as it is once its order is locked: whoever changes it holds the order."""
    known = (await db.invoices.invoices_by_id(tx, [invoice_id])).get(invoice_id)
    if known is None:
        raise NotFound(path=("input", "invoiceId"))
    order = await db.orders.lock(tx, known.order_id)
    assert order is not None, f"invoice {known.id} has no order"
    return (await db.invoices.invoices_by_id(tx, [invoice_id]))[invoice_id], order


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:  # noqa: ARG001
    """Money went back: an invoice that was issued says too much now. One that was only asked for is billed anew."""
    if not order.lines or refund.amount.minor == 0:
        return {}
    outdated = await db.invoices.outdate(tx, order.id)
    return {} if outdated is None else {"invoice_outdated": outdated.hex}


async def _tell(ctx: Context, tx: Writing, kind: str, invoice: Invoice) -> None:
    await db.outbox.tell(tx, kind, "order", invoice.order_id, rules.fact_of(invoice), ctx.now())


async def invoices(ctx: Context, page: PageRequest, where: Condition) -> Page[Invoice]:
    """A page of all invoices, the newest first."""
    check_depth(where)
    return await db.invoices.invoices(ctx.reading, page, where)


async def invoices_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Invoice]:
    """Those of the invoices that are the caller's own, or that finance may see."""
    found = await db.invoices.invoices_by_id(ctx.reading, list(dict.fromkeys(ids)))
    return {key: one for key, one in found.items() if _is_seen(ctx, one.member_id)}


async def invoices_of(ctx: Context, found: Sequence[Order]) -> list[list[Invoice]]:
    """The invoices about each order, the oldest first, for its buyer and for finance."""
    seen = [one.id for one in found if _is_seen(ctx, one.member_id)]
    invoices = await db.invoices.invoices_of(ctx.reading, seen) if seen else {}
    return [invoices.get(one.id, []) for one in found]


def _is_seen(ctx: Context, member_id: UUID) -> bool:
    return member_id == ctx.principal.member_id or ctx.holds(Scope.FINANCE)


def tax_summaries_of(ctx: Context, found: Sequence[Order]) -> list[list[Taxed]]:
    """The tax that the total of each order includes, for each rate."""
    return [taxes.order_summary(one, ctx.services.rules.tax_bp) for one in found]
