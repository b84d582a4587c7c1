"""Orders: tables of orders, their lines and the changes of their states."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.metadata import amount, key, metadata, moment, one_of, refers_to, words
from domain.orders import CancelReason, Delivery, LineKind, OrderHold, OrderState

order = Table(
    "order",
    metadata,
    key(),
    Column("number", Text(), nullable=False, unique=True),
    refers_to("member", "member_id"),
    *one_of("state", OrderState),
    amount("goods_minor"),
    amount("shipping_minor"),
    amount("total_minor"),
    words("currency"),
    Column("points_used", Integer(), nullable=False, server_default=text("0")),
    Column("priced", JSONB(), nullable=False, server_default=text("'{}'")),
    *one_of("delivery", Delivery, default=Delivery.SHIP),
    refers_to("org_unit", "pick_up_store_id", optional=True),
    Column("address", JSONB()),
    words("note"),
    refers_to("live_room", "live_room_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    moment("placed_at"),
    moment("pay_before"),
    moment("paid_at", optional=True),
    moment("cancelled_at", optional=True),
    *one_of("cancel_reason", CancelReason, optional=True),
    *one_of("hold", OrderHold, optional=True),
    Column("refunded_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("asked_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("paid_minor", BigInteger(), nullable=False, server_default=text("0")),
    moment("shipped_at", optional=True),
    moment("received_at", optional=True),
    moment("completed_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("total_minor >= 0", name="total_is_not_negative"),
    CheckConstraint("total_minor = goods_minor + shipping_minor", name="total_is_the_sum"),
    CheckConstraint("refunded_minor BETWEEN 0 AND total_minor", name="no_more_is_refunded_than_was_paid"),
    CheckConstraint(
        "0 <= paid_minor AND paid_minor <= asked_minor AND asked_minor <= total_minor",
        name="no_more_is_paid_than_is_due",
    ),
    CheckConstraint("(state IN ('PLACED', 'CANCELLED')) = (paid_at IS NULL)", name="paid_has_a_time"),
    CheckConstraint("points_used >= 0", name="points_are_not_negative"),
    Index(None, "member_id", "id"),
    Index("ix_order_live_room_id", "live_room_id", postgresql_where=text("live_room_id IS NOT NULL")),
    Index("ix_order_placed_at", "placed_at", postgresql_using="brin"),
    Index("ix_order_unpaid", "pay_before", postgresql_where=text("state = 'PLACED'")),
)

order_line = Table(
    "order_line",
    metadata,
    key(),
    refers_to("order", "order_id"),
    Column("position", Integer(), nullable=False),
    refers_to("variant", "variant_id"),
    refers_to("product", "product_id"),
    refers_to("live_product", "live_product_id", optional=True),
    words("name"),
    words("variant_name"),
    words("sku"),
    words("picture_url", optional=True),
    amount("list_price_minor"),
    Column("unit_price_minor", BigInteger(), nullable=False),
    Column("quantity", Integer(), nullable=False),
    amount("payable_minor"),
    Column("priced", JSONB(), nullable=False),
    *one_of("kind", LineKind, default=LineKind.GOODS),
    words("activity_kind", optional=True),
    Column("activity_id", Uuid()),
    Column("promotion_id", Uuid()),
    CheckConstraint("quantity > 0", name="quantity_is_positive"),
    CheckConstraint("unit_price_minor >= 0", name="unit_price_is_not_negative"),
    CheckConstraint("payable_minor BETWEEN 0 AND unit_price_minor * quantity", name="payable_is_within_the_price"),
    UniqueConstraint("order_id", "position"),
    Index("ix_order_line_activity_id", "activity_id", postgresql_where=text("activity_id IS NOT NULL")),
    Index("ix_order_line_live_product_id", "live_product_id", postgresql_where=text("live_product_id IS NOT NULL")),
)

order_state_change = Table(
    "order_state_change",
    metadata,
    refers_to("order", "order_id", index=True),
    *one_of("from_state", OrderState),
    *one_of("to_state", OrderState),
    Column("actor_id", Uuid()),
    words("reason"),
    moment("at"),
)
