"""Invoices: what members asked for and what was issued, one that is not void for each order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.filters import Condition
from domain.invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from domain.money import CNY, Money
from domain.pages import Page, PageRequest
from domain.payloads import plain, reader_of

_OPEN = "state <> 'VOIDED'"

invoice = Table(
    "invoice",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    refers_to("member", "member_id"),
    *one_of("state", InvoiceState),
    *one_of("kind", InvoiceKind),
    words("title"),
    words("tax_number", optional=True),
    words("email"),
    amount("amount_minor"),
    Column("lines", JSONB(), nullable=False),
    moment("requested_at"),
    words("number"),
    words("url"),
    moment("issued_at", optional=True),
    moment("voided_at", optional=True),
    words("void_reason"),
    Column("version", Integer(), nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("(kind = 'COMPANY') = (tax_number IS NOT NULL)", name="companies_have_a_tax_number"),
    CheckConstraint("(state = 'VOIDED') = (voided_at IS NOT NULL)", name="voided_has_a_time"),
    CheckConstraint("state NOT IN ('ISSUED', 'OUTDATED') OR issued_at IS NOT NULL", name="issued_has_a_time"),
    Index("uq_invoice_open", "order_id", unique=True, postgresql_where=text(_OPEN)),
    Index(None, "state", "id"),
    Index(None, "member_id", "id"),
)

_COLUMNS = tuple(invoice.c)
_MUTABLE = (
    "state", "amount_minor", "lines", "number", "url", "issued_at", "voided_at", "void_reason", "version",
)  # fmt: skip
_INVOICES: Select[Any] = select(*_COLUMNS)
_LINES = reader_of(tuple[InvoiceLine, ...])


def _invoice(row: Row) -> Invoice:
    return Invoice(
        row["id"],
        row["order_id"],
        row["member_id"],
        InvoiceState(row["state"]),
        InvoiceKind(row["kind"]),
        row["title"],
        row["tax_number"],
        row["email"],
        Money(row["amount_minor"], CNY),
        _LINES(row["lines"]),
        row["requested_at"],
        row["number"],
        row["url"],
        row["issued_at"],
        row["voided_at"],
        row["void_reason"],
        row["version"],
    )


def _values(one: Invoice) -> dict[str, Any]:
    own = {column.name: getattr(one, column.name) for column in _COLUMNS if column.name != "amount_minor"}
    return {
        **own,
        "state": one.state.value,
        "kind": one.kind.value,
        "amount_minor": one.amount.minor,
        "lines": plain(one.lines),
    }


_ADD = prepared(
    insert(invoice)
    .values({one.name: bindparam(one.name, type_=one.type) for one in _COLUMNS})
    .on_conflict_do_nothing(index_elements=["order_id"], index_where=text(_OPEN))
)
_SAVE = prepared(
    update(invoice)
    .where(invoice.c.id == bindparam("of_invoice", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=invoice.c[name].type) for name in _MUTABLE})
)
_OUTDATE = prepared(
    update(invoice)
    .where(invoice.c.order_id == bindparam("of_order", type_=Uuid()), invoice.c.state == literal_column("'ISSUED'"))
    .values(state="OUTDATED", version=invoice.c.version + 1)
    .returning(invoice.c.id)
)
_BY_ID = prepared(_INVOICES.where(invoice.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_ORDERS = prepared(
    _INVOICES.where(invoice.c.order_id == any_(bindparam("ids", type_=UUIDS))).order_by(
        invoice.c.order_id, invoice.c.id
    )
)
_LISTING = Listing(
    _INVOICES, _invoice, id=invoice.c.id, filters={"state": invoice.c.state, "memberId": invoice.c.member_id}
)


async def add(tx: Writing, new: Invoice) -> bool:
    """Keep a new invoice; False when there is one about the order that is not void."""
    return bool(await tx.execute(_ADD, **_values(new)))


async def save(tx: Writing, after: Invoice) -> None:
    """Keep what became of an invoice of a locked order."""
    values = _values(after)
    await tx.execute(_SAVE, of_invoice=after.id, **{f"new_{name}": values[name] for name in _MUTABLE})


async def outdate(tx: Writing, order_id: UUID) -> UUID | None:
    """Mark the invoice that was issued about a locked order as saying too much; None when there is none."""
    found: UUID | None = await tx.value(_OUTDATE, of_order=order_id)
    return found


async def invoices_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Invoice]:
    return {row["id"]: _invoice(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def invoices_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[Invoice]]:
    """The invoices about each order, the oldest first."""
    return by_key(await reading.rows(_OF_ORDERS, ids=list(order_ids)), "order_id", _invoice)


async def invoices(reading: Reading, request: PageRequest, where: Condition) -> Page[Invoice]:
    """A page of all invoices, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)
