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
    # Stock: what there was is in the default warehouse, and its movements begin with what orders and plays hold of it.
    "ALTER TABLE stock_level DROP CONSTRAINT pk_stock_level,"
    " ADD CONSTRAINT pk_stock_level PRIMARY KEY (variant_id, location_id)",
    "INSERT INTO stock_movement (id, kind, variant_id, location_id, source, target, quantity, cause_id, line_id, at)"
    " WITH promised AS (SELECT l.id, l.order_id, l.variant_id, l.quantity, o.paid_at IS NOT NULL AS paid"
    ' FROM order_line l JOIN "order" o ON o.id = l.order_id'
    " WHERE l.live_product_id IS NULL AND o.cancelled_at IS NULL),"
    " given AS (SELECT s.*, s.sold - coalesce((SELECT sum(quantity) FROM promised p"
    " WHERE p.variant_id = s.variant_id AND p.paid), 0) AS given_away FROM stock_level s),"
    " moved AS (SELECT 1 AS step, 'OPENING' AS kind, variant_id, NULL AS source, 'SELLABLE' AS target,"
    " received AS quantity, NULL::uuid AS cause_id, NULL::uuid AS line_id FROM given"
    " UNION ALL SELECT 2, 'CARVE', variant_id, 'SELLABLE', 'CARVED', carved + given_away, NULL, NULL FROM given"
    " UNION ALL SELECT 3, 'GIVE_AWAY', variant_id, 'CARVED', 'SOLD', given_away, NULL, NULL FROM given"
    " UNION ALL SELECT 4, 'RESERVE', variant_id, 'SELLABLE', 'RESERVED', quantity, order_id, id FROM promised"
    " UNION ALL SELECT 5, 'SELL', variant_id, 'RESERVED', 'SOLD', quantity, order_id, id FROM promised WHERE paid)"
    # An id begins with its moment and sorts by it.
    " SELECT overlay(overlay(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')"
    " || lpad(to_hex(row_number() OVER (ORDER BY step, variant_id, line_id)), 20, '0')"
    " PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid,"
    " kind, variant_id, '00000000-0000-7000-8000-000000000001', source, target, quantity, cause_id, line_id, now()"
    " FROM moved WHERE quantity > 0",
    """CREATE FUNCTION stock_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'movements of stock are only ever added';
    END $$""",
    """CREATE TRIGGER stock_movement_is_immutable BEFORE UPDATE OR DELETE ON stock_movement
    FOR EACH ROW EXECUTE FUNCTION stock_is_append_only()""",
    """CREATE TRIGGER stock_movement_is_kept BEFORE TRUNCATE ON stock_movement
    FOR EACH STATEMENT EXECUTE FUNCTION stock_is_append_only()""",
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
    # Of each variant, all that there is goes to one place.
    "UPDATE stock_level l SET received = s.received, sellable = s.sellable, reserved = s.reserved, carved = s.carved,"
    " sold = s.sold FROM (SELECT variant_id, min(location_id::text)::uuid AS location_id, sum(received) AS received,"
    " sum(sellable) AS sellable, sum(reserved) AS reserved, sum(carved) AS carved, sum(sold) AS sold FROM stock_level"
    " GROUP BY variant_id) s WHERE (l.variant_id, l.location_id) = (s.variant_id, s.location_id)",
    "DELETE FROM stock_level l USING stock_level o WHERE o.variant_id = l.variant_id AND o.location_id < l.location_id",
    "ALTER TABLE stock_level DROP CONSTRAINT pk_stock_level, ADD CONSTRAINT pk_stock_level PRIMARY KEY (variant_id)",
]
AFTER_DOWNGRADE = [
    "DROP FUNCTION stock_is_append_only()",
]
DEFAULT_WAREHOUSE = (
    "INSERT INTO stock_location (id, kind, name, priority, ships, picks_up, active)"
    " VALUES ('00000000-0000-7000-8000-000000000001', 'WAREHOUSE', '默认仓库', 100, true, false, true)"
)


def upgrade() -> None:
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('OPENING', 'RECEIVE', 'ADJUST_UP', 'ADJUST_DOWN', 'TRANSFER_OUT', 'TRANSFER_IN', 'RESERVE', 'RELEASE', 'SELL', 'CARVE', 'UNCARVE', 'GIVE_AWAY', 'RETURN', 'WRITE_OFF')",
            name=op.f("ck_stock_movement_kind_is_known"),
        ),
        sa.CheckConstraint(
            "source IN ('SELLABLE', 'RESERVED', 'CARVED', 'SOLD')", name=op.f("ck_stock_movement_source_is_known")
        ),
        sa.CheckConstraint(
            "target IN ('SELLABLE', 'RESERVED', 'CARVED', 'SOLD')", name=op.f("ck_stock_movement_target_is_known")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_movement_quantity_is_positive")),
        sa.CheckConstraint("source IS DISTINCT FROM target", name=op.f("ck_stock_movement_goes_somewhere_else")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
    )
    op.create_index(
        "ix_stock_movement_cause_id",
        "stock_movement",
        ["cause_id"],
        unique=False,
        postgresql_where=sa.text("cause_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_stock_movement_variant_id_id"), "stock_movement", ["variant_id", "id"], unique=False)
    op.create_table(
        "stock_location",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ships", sa.Boolean(), nullable=False),
        sa.Column("picks_up", sa.Boolean(), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "id <> '00000000-0000-7000-8000-000000000001' OR (active AND kind = 'WAREHOUSE')",
            name=op.f("ck_stock_location_default_is_an_active_warehouse"),
        ),
        sa.CheckConstraint(
            "kind = 'STORE' OR NOT picks_up", name=op.f("ck_stock_location_only_stores_are_fetched_from")
        ),
        sa.CheckConstraint(
            "kind = 'WAREHOUSE' OR unit_id IS NOT NULL", name=op.f("ck_stock_location_store_has_a_unit")
        ),
        sa.CheckConstraint("kind IN ('WAREHOUSE', 'STORE')", name=op.f("ck_stock_location_kind_is_known")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_stock_location_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_location")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_stock_location_external_reference")),
    )
    op.create_index(
        "uq_stock_location_one_of_a_store",
        "stock_location",
        ["unit_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'STORE'"),
    )
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
    op.add_column(
        "stock_level",
        sa.Column("location_id", sa.Uuid(), server_default="00000000-0000-7000-8000-000000000001", nullable=False),
    )
    op.add_column(
        "stock_level", sa.Column("pushed_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.execute(DEFAULT_WAREHOUSE)
    op.create_foreign_key(op.f("fk_stock_level_location_id"), "stock_level", "stock_location", ["location_id"], ["id"])
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.drop_constraint(op.f("fk_stock_level_location_id"), "stock_level", type_="foreignkey")
    op.drop_column("stock_level", "pushed_version")
    op.drop_column("stock_level", "location_id")
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
    op.drop_index(
        "uq_stock_location_one_of_a_store", table_name="stock_location", postgresql_where=sa.text("kind = 'STORE'")
    )
    op.drop_table("stock_location")
    op.drop_index(op.f("ix_stock_movement_variant_id_id"), table_name="stock_movement")
    op.drop_index(
        "ix_stock_movement_cause_id", table_name="stock_movement", postgresql_where=sa.text("cause_id IS NOT NULL")
    )
    op.drop_table("stock_movement")
    for statement in AFTER_DOWNGRADE:
        op.execute(statement)
