"""After-sales: tables of what buyers ask to be put right, of the units that it is about, and of each step of it.

That no unit is claimed twice is a unique index over those that are; giving an after-sale up frees its units.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.metadata import amount, key, metadata, moment, one_of, refers_to, words
from domain.after_sales import AfterSaleAction, AfterSaleKind, AfterSaleState, UnitRole

_OPEN = "state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING')"

after_sale = Table(
    "after_sale",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    refers_to("member", "member_id"),
    *one_of("kind", AfterSaleKind),
    *one_of("state", AfterSaleState),
    amount("amount_minor"),
    amount("deducted_minor"),
    words("reason"),
    Column("pictures", ARRAY(Text()), nullable=False),
    words("answer"),
    words("carrier"),
    words("tracking_number"),
    Column("restock", Boolean()),
    Column("replacement_order_id", Uuid(), ForeignKey("order.id"), unique=True),
    Column("unsent", Boolean(), nullable=False),
    moment("created_at"),
    moment("due_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("amount_minor >= 0", name="amount_is_not_negative"),
    CheckConstraint("deducted_minor BETWEEN 0 AND amount_minor", name="no_more_is_deducted_than_goes_back"),
    Index("ix_after_sale_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_after_sale_open", "order_id", postgresql_where=text(_OPEN)),
    Index(None, "member_id", "id"),
    Index(None, "state", "id"),
)

IS_OPEN = text(f"after_sale.{_OPEN}")
"""Whether an after-sale is going on."""

after_sale_unit = Table(
    "after_sale_unit",
    metadata,
    refers_to("after_sale", "after_sale_id"),
    refers_to("order_line", "order_line_id"),
    Column("unit", Integer(), nullable=False),
    *one_of("role", UnitRole, default=UnitRole.ASKED),
    # False once the after-sale was given up: the unit is free for another one.
    Column("is_claimed", Boolean(), nullable=False, server_default=true()),
    PrimaryKeyConstraint("after_sale_id", "order_line_id", "unit"),
    Index("uq_after_sale_unit_claimed", "order_line_id", "unit", unique=True, postgresql_where=text("is_claimed")),
)

after_sale_change = Table(
    "after_sale_change",
    metadata,
    refers_to("after_sale", "after_sale_id", index=True),
    *one_of("from_state", AfterSaleState, optional=True),
    *one_of("to_state", AfterSaleState),
    *one_of("action", AfterSaleAction, optional=True),
    Column("actor_id", Uuid()),
    moment("at"),
)
