"""Selling to the cent

Revision: 0003
After: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


BEFORE_UPGRADE = []
AFTER_UPGRADE = [
    # An order of before cost what its lines cost, and nothing for shipping.
    'UPDATE "order" SET goods_minor = total_minor, shipping_minor = 0',
    'ALTER TABLE "order" ALTER goods_minor SET NOT NULL, ALTER shipping_minor SET NOT NULL,'
    " DROP CONSTRAINT ck_order_state_is_known, DROP CONSTRAINT ck_order_paid_has_a_time,"
    " ADD CONSTRAINT ck_order_state_is_known CHECK (state IN ('PLACED', 'PAID', 'SHIPPED', 'RECEIVED', 'COMPLETED',"
    " 'REFUNDING', 'REFUNDED', 'CANCELLED')),"
    " ADD CONSTRAINT ck_order_paid_has_a_time CHECK ((state IN ('PLACED', 'CANCELLED')) = (paid_at IS NULL)),"
    " ADD CONSTRAINT ck_order_total_is_the_sum CHECK (total_minor = goods_minor + shipping_minor),"
    " ADD CONSTRAINT ck_order_no_more_is_refunded_than_was_paid CHECK (refunded_minor BETWEEN 0 AND total_minor),"
    " ADD CONSTRAINT ck_order_points_are_not_negative CHECK (points_used >= 0),"
    " ADD CONSTRAINT ck_order_delivery_is_known CHECK (delivery IN ('SHIP', 'PICK_UP')),"
    " ADD CONSTRAINT ck_order_hold_is_known CHECK (hold IN ('GROUP_FORMING', 'GROUP_DRAW'))",
    "ALTER TABLE order_state_change DROP CONSTRAINT ck_order_state_change_from_state_is_known,"
    " DROP CONSTRAINT ck_order_state_change_to_state_is_known,"
    " ADD CONSTRAINT ck_order_state_change_from_state_is_known CHECK (from_state IN ('PLACED', 'PAID', 'SHIPPED',"
    " 'RECEIVED', 'COMPLETED', 'REFUNDING', 'REFUNDED', 'CANCELLED')),"
    " ADD CONSTRAINT ck_order_state_change_to_state_is_known CHECK (to_state IN ('PLACED', 'PAID', 'SHIPPED',"
    " 'RECEIVED', 'COMPLETED', 'REFUNDING', 'REFUNDED', 'CANCELLED'))",
    "UPDATE order_line SET list_price_minor = unit_price_minor, payable_minor = unit_price_minor * quantity,"
    " priced = jsonb_build_object('unit_paid', to_jsonb(array_fill(unit_price_minor, ARRAY[quantity])))",
    "ALTER TABLE order_line ALTER list_price_minor SET NOT NULL, ALTER payable_minor SET NOT NULL,"
    " ALTER priced SET NOT NULL,"
    " ADD CONSTRAINT ck_order_line_payable_is_within_the_price"
    " CHECK (payable_minor BETWEEN 0 AND unit_price_minor * quantity),"
    " ADD CONSTRAINT ck_order_line_kind_is_known CHECK (kind IN ('GOODS', 'GIFT', 'ADD_ON'))",
]
BEFORE_DOWNGRADE = [
    'ALTER TABLE "order" DROP CONSTRAINT ck_order_state_is_known, DROP CONSTRAINT ck_order_paid_has_a_time',
    # What was paid stays paid: the states that came after it were not known before.
    "UPDATE \"order\" SET state = 'PAID' WHERE paid_at IS NOT NULL",
    'ALTER TABLE "order"'
    " ADD CONSTRAINT ck_order_state_is_known CHECK (state IN ('PLACED', 'PAID', 'CANCELLED')),"
    " ADD CONSTRAINT ck_order_paid_has_a_time CHECK ((state = 'PAID') = (paid_at IS NOT NULL))",
    "DELETE FROM order_state_change WHERE NOT (from_state IN ('PLACED', 'PAID', 'CANCELLED')"
    " AND to_state IN ('PLACED', 'PAID', 'CANCELLED'))",
    "ALTER TABLE order_state_change DROP CONSTRAINT ck_order_state_change_from_state_is_known,"
    " DROP CONSTRAINT ck_order_state_change_to_state_is_known,"
    " ADD CONSTRAINT ck_order_state_change_from_state_is_known CHECK (from_state IN ('PLACED', 'PAID', 'CANCELLED')),"
    " ADD CONSTRAINT ck_order_state_change_to_state_is_known CHECK (to_state IN ('PLACED', 'PAID', 'CANCELLED'))",
]
AFTER_DOWNGRADE = []


def upgrade() -> None:
    op.add_column("order", sa.Column("goods_minor", sa.BigInteger(), nullable=True))
    op.add_column("order", sa.Column("shipping_minor", sa.BigInteger(), nullable=True))
    op.add_column("order", sa.Column("points_used", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "order",
        sa.Column("priced", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("order", sa.Column("delivery", sa.Text(), server_default=sa.text("'SHIP'"), nullable=False))
    op.add_column("order", sa.Column("pick_up_store_id", sa.Uuid(), nullable=True))
    op.add_column("order", sa.Column("hold", sa.Text(), nullable=True))
    op.add_column("order", sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("order", sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order", sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_order_pick_up_store_id"), "order", "org_unit", ["pick_up_store_id"], ["id"])
    op.add_column("order_line", sa.Column("list_price_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_line", sa.Column("payable_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_line", sa.Column("priced", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("order_line", sa.Column("kind", sa.Text(), server_default=sa.text("'GOODS'"), nullable=False))
    op.add_column("order_line", sa.Column("activity_kind", sa.Text(), nullable=True))
    op.add_column("order_line", sa.Column("activity_id", sa.Uuid(), nullable=True))
    op.add_column("order_line", sa.Column("promotion_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_order_line_activity_id",
        "order_line",
        ["activity_id"],
        unique=False,
        postgresql_where=sa.text("activity_id IS NOT NULL"),
    )
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.drop_index(
        "ix_order_line_activity_id", table_name="order_line", postgresql_where=sa.text("activity_id IS NOT NULL")
    )
    op.drop_column("order_line", "promotion_id")
    op.drop_column("order_line", "activity_id")
    op.drop_column("order_line", "activity_kind")
    op.drop_column("order_line", "kind")
    op.drop_column("order_line", "priced")
    op.drop_column("order_line", "payable_minor")
    op.drop_column("order_line", "list_price_minor")
    op.drop_constraint(op.f("fk_order_pick_up_store_id"), "order", type_="foreignkey")
    op.drop_column("order", "completed_at")
    op.drop_column("order", "received_at")
    op.drop_column("order", "shipped_at")
    op.drop_column("order", "refunded_minor")
    op.drop_column("order", "hold")
    op.drop_column("order", "pick_up_store_id")
    op.drop_column("order", "delivery")
    op.drop_column("order", "priced")
    op.drop_column("order", "points_used")
    op.drop_column("order", "shipping_minor")
    op.drop_column("order", "goods_minor")
