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


BEFORE_UPGRADE: list[str] = []
AFTER_UPGRADE = [
    "ALTER TABLE product DROP CONSTRAINT ck_product_visibility_is_known,"
    " ADD CONSTRAINT ck_product_visibility_is_known CHECK (visibility IN ('PUBLIC', 'MEMBERS', 'PRIVATE')),"
    " ADD CONSTRAINT ck_product_only_what_is_private_admits_some CHECK (visibility = 'PRIVATE' OR admits = '{}')",
    # What a member is, as `domain.private_products` tells it. A function: a list of products asks it once, as the
    # one value of a subquery, and only where it comes upon a private product.
    """CREATE FUNCTION member_passes(of_member uuid, at timestamptz) RETURNS text[] LANGUAGE sql STABLE AS $$
        SELECT array_agg(kind || pass) FROM (
            SELECT 'LEVEL' AS kind, level.id FROM (
                SELECT id FROM member_level
                WHERE growth_threshold <= GREATEST(
                    COALESCE((SELECT growth FROM member_growth WHERE member_id = of_member), 0),
                    (SELECT held FROM member_growth WHERE member_id = of_member AND held_until > at)
                )
                ORDER BY growth_threshold DESC LIMIT 1
            ) AS level
            UNION ALL SELECT 'PAID_CARD', period.plan_id FROM (
                SELECT plan_id FROM membership_period
                WHERE member_id = of_member AND refunded_at IS NULL
                    AND starts_at <= at AND (ends_at IS NULL OR ends_at > at)
                ORDER BY starts_at DESC LIMIT 1
            ) AS period
            UNION ALL SELECT 'TAG', tag_id FROM member_tag WHERE member_id = of_member AND removed_at IS NULL
            UNION ALL SELECT 'STORE', guide.store_id FROM binding JOIN guide ON guide.id = binding.guide_id
                WHERE binding.member_id = of_member AND binding.ended_at IS NULL
                    AND (binding.expires_at IS NULL OR binding.expires_at > at)
        ) AS own
        CROSS JOIN LATERAL (VALUES (''), (':' || replace(own.id::text, '-', ''))) AS told(pass)
        WHERE of_member IS NOT NULL
    $$""",
    # An order of before was paid by one payment; what is pending was asked for.
    'UPDATE "order" SET paid_minor = total_minor, asked_minor = total_minor WHERE paid_at IS NOT NULL',
    "UPDATE \"order\" SET asked_minor = total_minor WHERE state = 'PLACED'"
    " AND id IN (SELECT order_id FROM payment WHERE state = 'PENDING')",
    "UPDATE payment SET check_at = created_at WHERE state = 'PENDING'",
    'ALTER TABLE "order" ADD CONSTRAINT ck_order_no_more_is_paid_than_is_due'
    " CHECK (0 <= paid_minor AND paid_minor <= asked_minor AND asked_minor <= total_minor)",
    "ALTER TABLE payment DROP CONSTRAINT ck_payment_provider_is_known, DROP CONSTRAINT ck_payment_state_is_known,"
    " ADD CONSTRAINT ck_payment_provider_is_known CHECK (provider IN ('SANDBOX', 'WECHAT_PAY', 'ALIPAY', 'BALANCE',"
    " 'GIFT_CARD')),"
    " ADD CONSTRAINT ck_payment_state_is_known CHECK (state IN ('UNKNOWN', 'PENDING', 'CLOSING', 'CLOSED', 'PAID',"
    " 'REFUND_DUE')),"
    " ADD CONSTRAINT ck_payment_pay_by_is_known CHECK (pay_by IN ('SANDBOX', 'WECHAT_JSAPI', 'WECHAT_H5',"
    " 'WECHAT_NATIVE', 'ALIPAY_PAGE', 'ALIPAY_WAP', 'ALIPAY_QR', 'BALANCE', 'GIFT_CARD')),"
    " ADD CONSTRAINT ck_payment_no_more_is_refunded_than_was_paid CHECK (refunded_minor BETWEEN 0 AND amount_minor),"
    " ADD CONSTRAINT ck_payment_refunds_are_bounded CHECK (refunds BETWEEN 0 AND 50),"
    " ADD CONSTRAINT ck_payment_only_what_was_paid_is_refunded"
    " CHECK (refunded_minor = 0 OR state IN ('PAID', 'REFUND_DUE'))",
    "ALTER TABLE commission"
    " ADD CONSTRAINT ck_commission_no_more_is_refunded_than_its_base"
    " CHECK (refunded_minor BETWEEN 0 AND base_minor),"
    " ADD CONSTRAINT ck_commission_no_more_is_clawed_back_than_was_earned"
    " CHECK (clawed_back_minor BETWEEN 0 AND amount_minor)",
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
    # What came too late was noted and not sent back before.
    "INSERT INTO refund (id, order_id, payment_id, provider, state, amount_minor, total_minor, currency, reason,"
    " failure, attempts, next_try_at, created_at) SELECT gen_random_uuid(), order_id, id, provider, 'REQUESTED',"
    " amount_minor, amount_minor, currency, '订单不需要这笔付款', '', 0, now(), now() FROM payment"
    " WHERE state = 'REFUND_DUE'",
    "UPDATE payment SET refunded_minor = amount_minor, refunds = 1 WHERE state = 'REFUND_DUE'",
    # Whoever repeats a request of before gets the answer of then, as it is read now.
    "UPDATE idempotency_key SET answer = jsonb_set(answer, '{order}', answer->'order' || jsonb_build_object("
    "'goods', answer->'order'->'total',"
    " 'shipping', jsonb_build_object('minor', 0, 'currency', answer->'order'->'total'->'currency'),"
    " 'lines', (SELECT jsonb_agg(line || jsonb_build_object('list_price', line->'unit_price',"
    " 'payable', jsonb_set(line->'unit_price', '{minor}', to_jsonb(price * quantity)),"
    " 'unit_paid', to_jsonb(array_fill(price, ARRAY[quantity]))) ORDER BY place)"
    " FROM jsonb_array_elements(answer->'order'->'lines') WITH ORDINALITY AS lines(line, place),"
    " LATERAL (SELECT (line->'unit_price'->>'minor')::bigint AS price, (line->>'quantity')::int AS quantity) AS told)))"
    " WHERE jsonb_typeof(answer->'order'->'lines') = 'array'",
    "UPDATE idempotency_key SET answer = jsonb_build_object('payment', answer)"
    " WHERE jsonb_typeof(answer) = 'object' AND answer ? 'order_id' AND answer ? 'provider'",
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
    """CREATE FUNCTION value_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'entries of points and growth are only ever added' USING ERRCODE = 'restrict_violation';
    END $$""",
    """CREATE TRIGGER points_entry_is_immutable BEFORE UPDATE OR DELETE ON points_entry
    FOR EACH ROW EXECUTE FUNCTION value_is_append_only()""",
    """CREATE TRIGGER points_entry_is_kept BEFORE TRUNCATE ON points_entry
    FOR EACH STATEMENT EXECUTE FUNCTION value_is_append_only()""",
    """CREATE TRIGGER growth_entry_is_immutable BEFORE UPDATE OR DELETE ON growth_entry
    FOR EACH ROW EXECUTE FUNCTION value_is_append_only()""",
    """CREATE TRIGGER growth_entry_is_kept BEFORE TRUNCATE ON growth_entry
    FOR EACH STATEMENT EXECUTE FUNCTION value_is_append_only()""",
]
BEFORE_DOWNGRADE = [
    # How an answer was given then cannot be told of all of them.
    "DELETE FROM idempotency_key WHERE jsonb_typeof(answer) = 'object' AND answer ? 'payment'",
    "DROP FUNCTION member_passes",
    # What was private was unknown before: it must not come to be seen by more.
    "UPDATE product SET visibility = 'MEMBERS', state = 'ARCHIVED', admits = '{}' WHERE visibility = 'PRIVATE'",
    "ALTER TABLE product DROP CONSTRAINT ck_product_only_what_is_private_admits_some,"
    " DROP CONSTRAINT ck_product_visibility_is_known,"
    " ADD CONSTRAINT ck_product_visibility_is_known CHECK (visibility IN ('PUBLIC', 'MEMBERS'))",
    # Providers and states that were not known before, as far as they can be told: what was taken stays taken.
    "ALTER TABLE payment DROP CONSTRAINT ck_payment_provider_is_known, DROP CONSTRAINT ck_payment_state_is_known",
    "UPDATE payment SET provider = 'SANDBOX'",
    "DELETE FROM refund",
    "DELETE FROM payment WHERE state IN ('UNKNOWN', 'PENDING', 'CLOSING', 'CLOSED')",
    "ALTER TABLE payment"
    " ADD CONSTRAINT ck_payment_provider_is_known CHECK (provider IN ('SANDBOX')),"
    " ADD CONSTRAINT ck_payment_state_is_known CHECK (state IN ('PENDING', 'PAID', 'REFUND_DUE'))",
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
    "DROP FUNCTION value_is_append_only()",
]
DEFAULT_WAREHOUSE = (
    "INSERT INTO stock_location (id, kind, name, priority, ships, picks_up, active)"
    " VALUES ('00000000-0000-7000-8000-000000000001', 'WAREHOUSE', '默认仓库', 100, true, false, true)"
)


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("spent_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("spent_minor >= 0 AND spent_minor <= budget_minor", name=op.f("ck_campaign_budget_is_kept")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_campaign_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "gift_card_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_gift_card_batch_count_is_positive")),
        sa.CheckConstraint("face_minor > 0", name=op.f("ck_gift_card_batch_face_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_batch")),
    )
    op.create_table(
        "lottery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_daily", sa.Integer(), nullable=False),
        sa.Column("points_daily", sa.Integer(), nullable=False),
        sa.Column("points_cost", sa.Integer(), nullable=False),
        sa.Column("per_order", sa.Integer(), nullable=False),
        sa.Column("order_from", sa.BigInteger(), nullable=False),
        sa.Column("share_daily", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('DRAFT', 'PUBLISHED', 'ENDED')", name=op.f("ck_lottery_state_is_known")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_lottery_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery")),
    )
    op.create_index(
        "ix_lottery_published", "lottery", ["ends_at"], unique=False, postgresql_where=sa.text("state = 'PUBLISHED'")
    )
    op.create_table(
        "member_level",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("growth_threshold", sa.BigInteger(), nullable=False),
        sa.Column("discount_bp", sa.Integer(), nullable=False),
        sa.Column("rights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("discount_bp BETWEEN 1 AND 10000", name=op.f("ck_member_level_discount_is_a_share")),
        sa.CheckConstraint("growth_threshold >= 0", name=op.f("ck_member_level_growth_threshold_is_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_level")),
        sa.UniqueConstraint("growth_threshold", name=op.f("uq_member_level_growth_threshold")),
        sa.UniqueConstraint("rank", name=op.f("uq_member_level_rank")),
    )
    op.create_table(
        "membership_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trial_days", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("on_sale", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("(kind = 'TRIAL') = (trial_days > 0)", name=op.f("ck_membership_plan_a_trial_has_days")),
        sa.CheckConstraint(
            "kind IN ('TRIAL', 'MONTH', 'QUARTER', 'YEAR', 'LIFETIME')", name=op.f("ck_membership_plan_kind_is_known")
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_membership_plan_price_is_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_plan")),
    )
    op.create_table(
        "membership_trial",
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_membership_trial")),
    )
    op.create_index(
        "ix_membership_trial_order_id",
        "membership_trial",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "newcomer_use",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_newcomer_use")),
        sa.UniqueConstraint("order_id", name=op.f("uq_newcomer_use_order_id")),
    )
    op.create_table(
        "price_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rest_bp", sa.Integer(), nullable=True),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_force", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("rest_bp BETWEEN 1 AND 10000", name=op.f("ck_price_list_rest_is_a_share")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_price_list_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
    )
    op.create_table(
        "promotion_edition",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("edition", sa.Uuid(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_promotion_edition_there_is_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_promotion_edition")),
    )
    op.create_table(
        "shipping_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("charging", sa.Text(), nullable=False),
        sa.Column("zones", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "charging IN ('PIECE', 'WEIGHT', 'FIXED')", name=op.f("ck_shipping_template_charging_is_known")
        ),
        sa.CheckConstraint("jsonb_typeof(zones) = 'array'", name=op.f("ck_shipping_template_zones_are_a_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_template")),
    )
    op.create_index(
        "uq_shipping_template_one_default",
        "shipping_template",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
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
    op.create_index(op.f("ix_stock_movement_location_id_id"), "stock_movement", ["location_id", "id"], unique=False)
    op.create_index(op.f("ix_stock_movement_variant_id_id"), "stock_movement", ["variant_id", "id"], unique=False)
    op.create_table(
        "tag_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_group")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_group_name")),
    )
    op.create_table(
        "top_up_offer",
        sa.Column("amount_minor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bonus_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("bonus_minor BETWEEN 0 AND amount_minor", name=op.f("ck_top_up_offer_bonus_is_a_part")),
        sa.PrimaryKeyConstraint("amount_minor", name=op.f("pk_top_up_offer")),
    )
    op.create_table(
        "activity_use",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 0 AND most", name=op.f("ck_activity_use_quantity_is_within_the_limit")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_activity_use_member_id")),
        sa.PrimaryKeyConstraint("activity_id", "member_id", name=op.f("pk_activity_use")),
    )
    op.create_table(
        "campaign_order",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_order_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "order_id", name=op.f("pk_campaign_order")),
    )
    op.create_table(
        "coupon_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("off_bp", sa.Integer(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("excluded_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("order_wide", sa.Boolean(), nullable=False),
        sa.Column("take_by", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_days", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("gift_from_minor", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('FIXED', 'PERCENT', 'FREE_SHIPPING', 'EXCHANGE')", name=op.f("ck_coupon_template_kind_is_known")
        ),
        sa.CheckConstraint(
            "scope IN ('ALL', 'CATEGORY', 'PRODUCT', 'STORE', 'COMMUNITY', 'GUIDE')",
            name=op.f("ck_coupon_template_scope_is_known"),
        ),
        sa.CheckConstraint("state IN ('DRAFT', 'PUBLISHED', 'ENDED')", name=op.f("ck_coupon_template_state_is_known")),
        sa.CheckConstraint(
            "(days IS NULL) = (ends_at IS NOT NULL)", name=op.f("ck_coupon_template_it_is_good_until_an_end")
        ),
        sa.CheckConstraint(
            "least(amount_minor, cap_minor, threshold_minor, gift_from_minor) >= 0",
            name=op.f("ck_coupon_template_amounts_are_sums"),
        ),
        sa.CheckConstraint("off_bp BETWEEN 0 AND 9999", name=op.f("ck_coupon_template_off_is_a_share")),
        sa.CheckConstraint("per_person BETWEEN 1 AND 100", name=op.f("ck_coupon_template_per_person_is_within_bounds")),
        sa.CheckConstraint(
            "taken >= 0 AND taken <= total", name=op.f("ck_coupon_template_no_more_are_taken_than_there_are")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_coupon_template_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_template")),
    )
    op.create_index(op.f("ix_coupon_template_campaign_id"), "coupon_template", ["campaign_id"], unique=False)
    op.create_index(
        "ix_coupon_template_published",
        "coupon_template",
        ["take_by"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_table(
        "gift_card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(member_id IS NULL) = (bound_at IS NULL)", name=op.f("ck_gift_card_bound_by_somebody")),
        sa.ForeignKeyConstraint(["batch_id"], ["gift_card_batch.id"], name=op.f("fk_gift_card_batch_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_gift_card_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_gift_card_code_hash")),
    )
    op.create_index(op.f("ix_gift_card_batch_id"), "gift_card", ["batch_id"], unique=False)
    op.create_index(
        "ix_gift_card_expiring",
        "gift_card",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("member_id IS NOT NULL AND emptied_at IS NULL"),
    )
    op.create_index(
        "ix_gift_card_member_id",
        "gift_card",
        ["member_id", "id"],
        unique=False,
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_table(
        "lottery_use",
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "source IN ('FREE', 'POINTS', 'ORDER', 'SHARE', 'ALL')", name=op.f("ck_lottery_use_source_is_known")
        ),
        sa.CheckConstraint("used BETWEEN 0 AND most", name=op.f("ck_lottery_use_used_is_within_most")),
        sa.ForeignKeyConstraint(["lottery_id"], ["lottery.id"], name=op.f("fk_lottery_use_lottery_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_lottery_use_member_id")),
        sa.PrimaryKeyConstraint("lottery_id", "member_id", "source", "reference", name=op.f("pk_lottery_use")),
    )
    op.create_table(
        "member_growth",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("growth", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("held", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("growth >= 0", name=op.f("ck_member_growth_growth_is_not_negative")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_growth_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_growth")),
    )
    op.create_index(
        "ix_member_growth_held_until",
        "member_growth",
        ["held_until"],
        unique=False,
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.create_table(
        "membership",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("for_life", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_membership_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_membership")),
    )
    op.create_table(
        "membership_card_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["membership_plan.id"], name=op.f("fk_membership_card_batch_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_card_batch")),
    )
    op.create_table(
        "points_account",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("available", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("owed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("available = 0 OR owed = 0", name=op.f("ck_points_account_holds_or_owes")),
        sa.CheckConstraint("available >= 0", name=op.f("ck_points_account_available_is_not_negative")),
        sa.CheckConstraint("owed >= 0", name=op.f("ck_points_account_owed_is_not_negative")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_points_account_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_points_account")),
    )
    op.create_table(
        "promotion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("shown_as_discount", sa.Boolean(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("most_uses_per_member", sa.Integer(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'PUBLISHED', 'PAUSED', 'ENDED')", name=op.f("ck_promotion_state_is_known")
        ),
        sa.CheckConstraint("most_uses_per_member > 0", name=op.f("ck_promotion_a_member_has_a_use")),
        sa.CheckConstraint(
            "spent_minor >= 0 AND spent_minor <= budget_minor", name=op.f("ck_promotion_budget_is_kept")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_promotion_starts_before_it_ends")),
        sa.CheckConstraint("used >= 0 AND used <= most_uses", name=op.f("ck_promotion_uses_are_within_the_limit")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_promotion_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index(op.f("ix_promotion_campaign_id"), "promotion", ["campaign_id"], unique=False)
    op.create_index(
        "ix_promotion_published", "promotion", ["id"], unique=False, postgresql_where=sa.text("state = 'PUBLISHED'")
    )
    op.create_index(op.f("ix_promotion_state_id"), "promotion", ["state", "id"], unique=False)
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
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["tag_group.id"], name=op.f("fk_tag_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_index("uq_tag_name", "tag", ["group_id", "name"], unique=True, postgresql_where=sa.text("NOT retired"))
    op.create_table(
        "campaign_post",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_post_campaign_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_campaign_post_post_id")),
        sa.PrimaryKeyConstraint("campaign_id", "post_id", name=op.f("pk_campaign_post")),
    )
    op.create_index(op.f("ix_campaign_post_post_id"), "campaign_post", ["post_id"], unique=False)
    op.create_table(
        "coupon",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'UNUSED'"), nullable=False),
        sa.Column("take_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'REVOKED') = (revoke_reason IS NOT NULL)", name=op.f("ck_coupon_revoked_has_a_reason")
        ),
        sa.CheckConstraint("(state = 'USED') = (used_at IS NOT NULL)", name=op.f("ck_coupon_used_has_a_time")),
        sa.CheckConstraint(
            "(state IN ('LOCKED', 'USED')) = (order_id IS NOT NULL)", name=op.f("ck_coupon_an_order_holds_it")
        ),
        sa.CheckConstraint(
            "state IN ('UNUSED', 'LOCKED', 'USED', 'EXPIRED', 'REVOKED')", name=op.f("ck_coupon_state_is_known")
        ),
        sa.CheckConstraint(
            "take_by IN ('USER', 'GIFT_BY_GUIDE', 'REGISTER', 'ORDER_GIFT', 'CODE', 'LIVE', 'PRIZE')",
            name=op.f("ck_coupon_take_by_is_known"),
        ),
        sa.CheckConstraint("seq BETWEEN 1 AND per_person", name=op.f("ck_coupon_nobody_has_more_than_one_may")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_coupon_it_is_good_for_a_while")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_coupon_guide_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_coupon_member_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["member.id"], name=op.f("fk_coupon_revoked_by")),
        sa.ForeignKeyConstraint(["template_id"], ["coupon_template.id"], name=op.f("fk_coupon_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("template_id", "member_id", "seq", name=op.f("uq_coupon_template_id_member_id_seq")),
    )
    op.create_index(
        "ix_coupon_code", "coupon", ["code", "member_id"], unique=False, postgresql_where=sa.text("code IS NOT NULL")
    )
    op.create_index(
        "ix_coupon_ending", "coupon", ["ends_at"], unique=False, postgresql_where=sa.text("state = 'UNUSED'")
    )
    op.create_index(
        "ix_coupon_given_by", "coupon", ["given_by"], unique=False, postgresql_where=sa.text("given_by IS NOT NULL")
    )
    op.create_index(op.f("ix_coupon_member_id_id"), "coupon", ["member_id", "id"], unique=False)
    op.create_index(op.f("ix_coupon_template_id_state"), "coupon", ["template_id", "state"], unique=False)
    op.create_table(
        "coupon_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("redeemed_by", sa.Uuid(), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(redeemed_by IS NULL) = (redeemed_at IS NULL)", name=op.f("ck_coupon_code_redeemed_by_somebody")
        ),
        sa.CheckConstraint("NOT is_shared OR redeemed_by IS NULL", name=op.f("ck_coupon_code_a_shared_one_is_nobodys")),
        sa.ForeignKeyConstraint(["redeemed_by"], ["member.id"], name=op.f("fk_coupon_code_redeemed_by")),
        sa.ForeignKeyConstraint(["template_id"], ["coupon_template.id"], name=op.f("fk_coupon_code_template_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_coupon_code")),
    )
    op.create_index(op.f("ix_coupon_code_template_id"), "coupon_code", ["template_id"], unique=False)
    op.create_table(
        "group_buy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("lasts_s", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit_per_order", sa.Integer(), nullable=True),
        sa.Column("limit_per_member", sa.Integer(), nullable=True),
        sa.Column("virtual_from_bp", sa.Integer(), nullable=True),
        sa.Column("winners", sa.Integer(), nullable=True),
        sa.Column("late_opens", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('PUBLISHED', 'ENDED')", name=op.f("ck_group_buy_state_is_known")),
        sa.CheckConstraint("size BETWEEN 2 AND 50", name=op.f("ck_group_buy_size_is_within_bounds")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_group_buy_it_ends_after_it_starts")),
        sa.CheckConstraint(
            "winners BETWEEN 1 AND size - 1", name=op.f("ck_group_buy_somebody_wins_and_somebody_does_not")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_group_buy_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_buy")),
    )
    op.create_index(
        "ix_group_buy_running",
        "group_buy",
        ["ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_index(
        "uq_group_buy_one_of_a_product",
        "group_buy",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_table(
        "lottery_prize",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight_bp", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("left", sa.Integer(), nullable=True),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("is_consolation", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('COUPON', 'PRODUCT', 'POINTS', 'NONE')", name=op.f("ck_lottery_prize_kind_is_known")
        ),
        sa.CheckConstraint('"left" BETWEEN 0 AND stock', name=op.f("ck_lottery_prize_left_is_within_stock")),
        sa.CheckConstraint(
            '(stock IS NULL) = ("left" IS NULL)', name=op.f("ck_lottery_prize_what_is_stocked_is_counted")
        ),
        sa.CheckConstraint("weight_bp BETWEEN 0 AND 10000", name=op.f("ck_lottery_prize_weight_is_a_share")),
        sa.CheckConstraint("worth BETWEEN 0 AND 5000000", name=op.f("ck_lottery_prize_worth_is_lawful")),
        sa.ForeignKeyConstraint(["lottery_id"], ["lottery.id"], name=op.f("fk_lottery_prize_lottery_id")),
        sa.ForeignKeyConstraint(["template_id"], ["coupon_template.id"], name=op.f("fk_lottery_prize_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery_prize")),
        sa.UniqueConstraint("lottery_id", "position", name=op.f("uq_lottery_prize_lottery_id_position")),
    )
    op.create_index(
        "uq_lottery_prize_consolation",
        "lottery_prize",
        ["lottery_id"],
        unique=True,
        postgresql_where=sa.text("is_consolation"),
    )
    op.create_table(
        "member_tag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("exclusive_group_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("source IN ('GUIDE', 'OPERATOR', 'RULE')", name=op.f("ck_member_tag_source_is_known")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_tag_member_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_member_tag_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_tag")),
    )
    op.create_index(op.f("ix_member_tag_member_id_id"), "member_tag", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_member_tag_tag",
        "member_tag",
        ["tag_id", "member_id"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "uq_member_tag_exclusive",
        "member_tag",
        ["member_id", "exclusive_group_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "uq_member_tag_open",
        "member_tag",
        ["member_id", "tag_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "membership_card",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(member_id IS NULL) = (activated_at IS NULL)", name=op.f("ck_membership_card_activated_by_somebody")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["membership_card_batch.id"], name=op.f("fk_membership_card_batch_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_membership_card_member_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_membership_card")),
    )
    op.create_index(op.f("ix_membership_card_batch_id"), "membership_card", ["batch_id"], unique=False)
    op.create_table(
        "points_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "remaining BETWEEN 0 AND points", name=op.f("ck_points_batch_remaining_is_within_the_batch")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["points_account.member_id"], name=op.f("fk_points_batch_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_batch")),
    )
    op.create_index(
        "ix_points_batch_expiring",
        "points_batch",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_points_batch_left",
        "points_batch",
        ["member_id", "expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "product_rating",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reviews >= 0", name=op.f("ck_product_rating_reviews_are_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_rating_product_id")),
        sa.PrimaryKeyConstraint("product_id", "stars", name=op.f("pk_product_rating")),
    )
    op.create_table(
        "product_shipping",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_shipping_product_id")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["shipping_template.id"], name=op.f("fk_product_shipping_template_id")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_shipping")),
    )
    op.create_index(op.f("ix_product_shipping_template_id"), "product_shipping", ["template_id"], unique=False)
    op.create_table(
        "promotion_state_change",
        sa.Column("promotion_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_state IN ('DRAFT', 'PUBLISHED', 'PAUSED', 'ENDED')",
            name=op.f("ck_promotion_state_change_from_state_is_known"),
        ),
        sa.CheckConstraint(
            "to_state IN ('DRAFT', 'PUBLISHED', 'PAUSED', 'ENDED')",
            name=op.f("ck_promotion_state_change_to_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_state_change_promotion_id")
        ),
    )
    op.create_index(
        op.f("ix_promotion_state_change_promotion_id"), "promotion_state_change", ["promotion_id"], unique=False
    )
    op.create_table(
        "promotion_use",
        sa.Column("promotion_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.CheckConstraint("uses >= 0 AND uses <= most", name=op.f("ck_promotion_use_uses_are_within_the_limit")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_promotion_use_member_id")),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_use_promotion_id")),
        sa.PrimaryKeyConstraint("promotion_id", "member_id", name=op.f("pk_promotion_use")),
    )
    op.create_index(op.f("ix_promotion_use_member_id"), "promotion_use", ["member_id"], unique=False)
    op.create_table(
        "tender_hold",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("bonus_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'GIFT_CARD') = (card_id IS NOT NULL)", name=op.f("ck_tender_hold_a_card_or_a_balance")
        ),
        sa.CheckConstraint("kind IN ('GIFT_CARD', 'BALANCE')", name=op.f("ck_tender_hold_kind_is_known")),
        sa.CheckConstraint(
            "refunded_minor = 0 OR state = 'CAPTURED'", name=op.f("ck_tender_hold_only_what_was_captured_comes_back")
        ),
        sa.CheckConstraint("state IN ('HELD', 'CAPTURED', 'RELEASED')", name=op.f("ck_tender_hold_state_is_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_tender_hold_amount_is_positive")),
        sa.CheckConstraint("bonus_minor BETWEEN 0 AND amount_minor", name=op.f("ck_tender_hold_bonus_is_a_part")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_tender_hold_no_more_comes_back_than_was_taken")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["gift_card.id"], name=op.f("fk_tender_hold_card_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_tender_hold_member_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_tender_hold")),
    )
    op.create_index(op.f("ix_tender_hold_card_id"), "tender_hold", ["card_id"], unique=False)
    op.create_table(
        "bargain_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_minor", sa.BigInteger(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("helpers", sa.Integer(), nullable=False),
        sa.Column("lasts_s", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("helps_per_member", sa.Integer(), nullable=True),
        sa.Column("only_at_floor", sa.Boolean(), nullable=False),
        sa.Column("starter_cuts", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('PUBLISHED', 'ENDED')", name=op.f("ck_bargain_offer_state_is_known")),
        sa.CheckConstraint(
            "first_minor - floor_minor >= helpers", name=op.f("ck_bargain_offer_one_fen_for_each_helper")
        ),
        sa.CheckConstraint("floor_minor >= 0", name=op.f("ck_bargain_offer_floor_is_not_negative")),
        sa.CheckConstraint("helpers BETWEEN 1 AND 200", name=op.f("ck_bargain_offer_helpers_are_within_bounds")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_bargain_offer_it_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_bargain_offer_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_bargain_offer_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bargain_offer")),
    )
    op.create_index(
        "ix_bargain_offer_of_product",
        "bargain_offer",
        ["product_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_index(
        "ix_bargain_offer_running",
        "bargain_offer",
        ["ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_index(
        "uq_bargain_offer_one_of_a_variant",
        "bargain_offer",
        ["variant_id"],
        unique=True,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_table(
        "buying_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_buy_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("lasts_s", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("formed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("virtual", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("winners", sa.Integer(), nullable=True),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("participants_hash", sa.Text(), nullable=True),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(formed_at IS NULL) = (state = 'WAITING') OR state = 'FAILED'",
            name=op.f("ck_buying_group_it_forms_by_a_payment"),
        ),
        sa.CheckConstraint(
            "(over_at IS NULL) = (state IN ('WAITING', 'FORMING'))",
            name=op.f("ck_buying_group_what_is_over_has_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('WAITING', 'FORMING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_buying_group_state_is_known")
        ),
        sa.CheckConstraint("(winners IS NULL) = (seed IS NULL)", name=op.f("ck_buying_group_a_draw_has_a_seed")),
        sa.CheckConstraint("size BETWEEN 2 AND 50", name=op.f("ck_buying_group_size_is_within_bounds")),
        sa.CheckConstraint("virtual BETWEEN 0 AND size - 1", name=op.f("ck_buying_group_somebody_is_real")),
        sa.ForeignKeyConstraint(["group_buy_id"], ["group_buy.id"], name=op.f("fk_buying_group_group_buy_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_buying_group_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buying_group")),
        sa.UniqueConstraint("id", "size", name=op.f("uq_buying_group_id_size")),
    )
    op.create_index(
        "ix_buying_group_expiring",
        "buying_group",
        ["expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('WAITING', 'FORMING')"),
    )
    op.create_index(
        op.f("ix_buying_group_group_buy_id_expires_at_id"),
        "buying_group",
        ["group_buy_id", "expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'FORMING'"),
    )
    op.create_index(
        "ix_buying_group_to_settle",
        "buying_group",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('SUCCEEDED', 'FAILED') AND NOT settled"),
    )
    op.create_table(
        "campaign_room",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_room_campaign_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_campaign_room_live_room_id")),
        sa.PrimaryKeyConstraint("campaign_id", "live_room_id", name=op.f("pk_campaign_room")),
    )
    op.create_index(op.f("ix_campaign_room_live_room_id"), "campaign_room", ["live_room_id"], unique=False)
    op.create_table(
        "entitlement_terms",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("base_months", sa.Integer(), nullable=False),
        sa.Column("extension_months", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('EXTENDED_WARRANTY', 'FREE_SERVICE')", name=op.f("ck_entitlement_terms_kind_is_known")
        ),
        sa.CheckConstraint(
            "least(base_months, extension_months) >= 0", name=op.f("ck_entitlement_terms_months_are_not_negative")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_entitlement_terms_variant_id")),
        sa.PrimaryKeyConstraint("variant_id", "kind", name=op.f("pk_entitlement_terms")),
    )
    op.create_table(
        "lottery_draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lottery_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("drawn_id", sa.Uuid(), nullable=False),
        sa.Column("prize_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source IN ('FREE', 'POINTS', 'ORDER', 'SHARE', 'ALL')", name=op.f("ck_lottery_draw_source_is_known")
        ),
        sa.CheckConstraint("number BETWEEN 0 AND 9999", name=op.f("ck_lottery_draw_number_is_one_of_ten_thousand")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_lottery_draw_coupon_id")),
        sa.ForeignKeyConstraint(["drawn_id"], ["lottery_prize.id"], name=op.f("fk_lottery_draw_drawn_id")),
        sa.ForeignKeyConstraint(["lottery_id"], ["lottery.id"], name=op.f("fk_lottery_draw_lottery_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_lottery_draw_member_id")),
        sa.ForeignKeyConstraint(["prize_id"], ["lottery_prize.id"], name=op.f("fk_lottery_draw_prize_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery_draw")),
    )
    op.create_index(op.f("ix_lottery_draw_lottery_id_id"), "lottery_draw", ["lottery_id", "id"], unique=False)
    op.create_index(op.f("ix_lottery_draw_member_id_id"), "lottery_draw", ["member_id", "id"], unique=False)
    op.create_table(
        "points_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('PUBLISHED', 'ENDED')", name=op.f("ck_points_offer_state_is_known")),
        sa.CheckConstraint("per_person > 0", name=op.f("ck_points_offer_per_person_is_positive")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_offer_points_are_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_points_offer_price_is_not_negative")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_points_offer_starts_before_it_ends")),
        sa.CheckConstraint("taken BETWEEN 0 AND quota", name=op.f("ck_points_offer_no_more_are_taken_than_there_are")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_points_offer_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_offer")),
    )
    op.create_index(
        "ix_points_offer_open",
        "points_offer",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_index(op.f("ix_points_offer_variant_id"), "points_offer", ["variant_id"], unique=False)
    op.create_table(
        "price_floor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("channel IN ('SHOP', 'LIVE')", name=op.f("ck_price_floor_channel_is_known")),
        sa.CheckConstraint("least > 0", name=op.f("ck_price_floor_least_is_positive")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_price_floor_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_price_floor_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_floor")),
    )
    op.create_index(op.f("ix_price_floor_variant_id_id"), "price_floor", ["variant_id", "id"], unique=False)
    op.create_table(
        "price_list_entry",
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_price_list_entry_price_is_not_negative")),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_list.id"], name=op.f("fk_price_list_entry_price_list_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_price_list_entry_variant_id")),
        sa.PrimaryKeyConstraint("price_list_id", "variant_id", name=op.f("pk_price_list_entry")),
    )
    op.create_index(op.f("ix_price_list_entry_variant_id"), "price_list_entry", ["variant_id"], unique=False)
    op.create_table(
        "seckill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit_per_order", sa.Integer(), nullable=True),
        sa.Column("limit_per_member", sa.Integer(), nullable=True),
        sa.Column("pay_s", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("returned", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("state = 'PUBLISHED' OR remaining = 0", name=op.f("ck_seckill_what_is_over_holds_nothing")),
        sa.CheckConstraint("state IN ('PUBLISHED', 'ENDED')", name=op.f("ck_seckill_state_is_known")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_seckill_price_is_positive")),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_seckill_remaining_is_not_negative")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_seckill_reserved_is_not_negative")),
        sa.CheckConstraint("returned >= 0", name=op.f("ck_seckill_returned_is_not_negative")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_seckill_sold_is_not_negative")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_seckill_it_ends_after_it_starts")),
        sa.CheckConstraint("stock = remaining + reserved + sold + returned", name=op.f("ck_seckill_nothing_is_lost")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_seckill_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_seckill_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seckill")),
    )
    op.create_index(
        "ix_seckill_of_product",
        "seckill",
        ["product_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_index(
        "ix_seckill_running",
        "seckill",
        ["ends_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_index(
        op.f("ix_seckill_variant_id"),
        "seckill",
        ["variant_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_table(
        "after_sale",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("deducted_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("restock", sa.Boolean(), nullable=True),
        sa.Column("replacement_order_id", sa.Uuid(), nullable=True),
        sa.Column("unsent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('REFUND_ONLY', 'RETURN_REFUND', 'EXCHANGE')", name=op.f("ck_after_sale_kind_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING', 'COMPLETED', 'CANCELLED_BY_BUYER', 'REJECTED', 'REFUSED')",
            name=op.f("ck_after_sale_state_is_known"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_after_sale_amount_is_not_negative")),
        sa.CheckConstraint(
            "deducted_minor BETWEEN 0 AND amount_minor", name=op.f("ck_after_sale_no_more_is_deducted_than_goes_back")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_after_sale_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_after_sale_order_id")),
        sa.ForeignKeyConstraint(
            ["replacement_order_id"], ["order.id"], name=op.f("fk_after_sale_replacement_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_after_sale")),
        sa.UniqueConstraint("replacement_order_id", name=op.f("uq_after_sale_replacement_order_id")),
    )
    op.create_index(
        "ix_after_sale_due", "after_sale", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(op.f("ix_after_sale_member_id_id"), "after_sale", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_after_sale_open",
        "after_sale",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING')"),
    )
    op.create_index(op.f("ix_after_sale_order_id"), "after_sale", ["order_id"], unique=False)
    op.create_index(op.f("ix_after_sale_state_id"), "after_sale", ["state", "id"], unique=False)
    op.create_table(
        "balance_top_up",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("cash_minor", sa.BigInteger(), nullable=False),
        sa.Column("bonus_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("credited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("bonus_minor BETWEEN 0 AND cash_minor", name=op.f("ck_balance_top_up_bonus_is_a_part")),
        sa.CheckConstraint("cash_minor > 0", name=op.f("ck_balance_top_up_cash_is_positive")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_balance_top_up_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_balance_top_up_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_balance_top_up")),
    )
    op.create_index(op.f("ix_balance_top_up_member_id"), "balance_top_up", ["member_id"], unique=False)
    op.create_table(
        "bargain",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("first_minor", sa.BigInteger(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("helpers", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("only_at_floor", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(order_id IS NOT NULL) = (state IN ('ORDERED', 'BOUGHT'))",
            name=op.f("ck_bargain_what_is_ordered_has_an_order"),
        ),
        sa.CheckConstraint("state IN ('OPEN', 'ORDERED', 'BOUGHT', 'EXPIRED')", name=op.f("ck_bargain_state_is_known")),
        sa.CheckConstraint(
            "(helped = helpers) = (price_minor = floor_minor)",
            name=op.f("ck_bargain_the_last_helper_reaches_the_floor"),
        ),
        sa.CheckConstraint("helped BETWEEN 0 AND helpers", name=op.f("ck_bargain_no_more_help_than_it_takes")),
        sa.CheckConstraint(
            "price_minor BETWEEN floor_minor AND first_minor", name=op.f("ck_bargain_price_is_not_below_the_floor")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_bargain_member_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["bargain_offer.id"], name=op.f("fk_bargain_offer_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_bargain_order_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bargain")),
        sa.UniqueConstraint("order_id", name=op.f("uq_bargain_order_id")),
    )
    op.create_index(
        "ix_bargain_expiring", "bargain", ["expires_at", "id"], unique=False, postgresql_where=sa.text("state = 'OPEN'")
    )
    op.create_index(op.f("ix_bargain_member_id_id"), "bargain", ["member_id", "id"], unique=False)
    op.create_index(
        "uq_bargain_one_open",
        "bargain",
        ["offer_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('OPEN', 'ORDERED')"),
    )
    op.create_table(
        "cart",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("coupon_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("coupon_codes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("lines", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(coupon_ids) + cardinality(coupon_codes) <= 10", name=op.f("ck_cart_coupons_have_their_limit")
        ),
        sa.CheckConstraint("lines <= 100", name=op.f("ck_cart_has_its_limit")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_cart_member_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["cart.id"], name=op.f("fk_cart_merged_into_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_cart_order_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sa.UniqueConstraint("order_id", name=op.f("uq_cart_order_id")),
    )
    op.create_index(
        "ix_cart_forgettable",
        "cart",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("member_id IS NULL OR merged_into_id IS NOT NULL"),
    )
    op.create_index(
        "ix_cart_merged_into_id",
        "cart",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_index(
        "uq_cart_one_open",
        "cart",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("order_id IS NULL AND merged_into_id IS NULL"),
    )
    op.create_table(
        "group_seat",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("group_buy_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("won", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(number IS NULL) = (state = 'LEFT')", name=op.f("ck_group_seat_who_left_has_no_number")),
        sa.CheckConstraint("state <> 'HELD' OR taken_at IS NULL", name=op.f("ck_group_seat_what_is_held_is_unpaid")),
        sa.CheckConstraint("state IN ('HELD', 'TAKEN', 'KEPT', 'LEFT')", name=op.f("ck_group_seat_state_is_known")),
        sa.CheckConstraint("number BETWEEN 1 AND size", name=op.f("ck_group_seat_number_is_one_of_the_group")),
        sa.ForeignKeyConstraint(["group_buy_id"], ["group_buy.id"], name=op.f("fk_group_seat_group_buy_id")),
        sa.ForeignKeyConstraint(
            ["group_id", "size"], ["buying_group.id", "buying_group.size"], name=op.f("fk_group_seat_group_id_size")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_group_seat_member_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_group_seat_order_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_group_seat")),
        sa.UniqueConstraint("group_id", "number", name=op.f("uq_group_seat_group_id_number")),
    )
    op.create_index(
        "uq_group_seat_member",
        "group_seat",
        ["group_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'LEFT'"),
    )
    op.create_index(
        "uq_group_seat_one_forming",
        "group_seat",
        ["group_buy_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('HELD', 'TAKEN')"),
    )
    op.create_table(
        "growth_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("growth", sa.BigInteger(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("growth <> 0", name=op.f("ck_growth_entry_growth_moves")),
        sa.ForeignKeyConstraint(["member_id"], ["member_growth.member_id"], name=op.f("fk_growth_entry_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_growth_entry_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_growth_entry")),
        sa.UniqueConstraint("business_key", name=op.f("uq_growth_entry_business_key")),
    )
    op.create_index(op.f("ix_growth_entry_member_id"), "growth_entry", ["member_id"], unique=False)
    op.create_index(op.f("ix_growth_entry_order_id"), "growth_entry", ["order_id"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'COMPANY') = (tax_number IS NOT NULL)", name=op.f("ck_invoice_companies_have_a_tax_number")
        ),
        sa.CheckConstraint("(state = 'VOIDED') = (voided_at IS NOT NULL)", name=op.f("ck_invoice_voided_has_a_time")),
        sa.CheckConstraint("kind IN ('PERSON', 'COMPANY')", name=op.f("ck_invoice_kind_is_known")),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'ISSUED', 'OUTDATED', 'VOIDED')", name=op.f("ck_invoice_state_is_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('ISSUED', 'OUTDATED') OR issued_at IS NOT NULL", name=op.f("ck_invoice_issued_has_a_time")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_invoice_amount_is_positive")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_invoice_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_invoice_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    op.create_index(op.f("ix_invoice_member_id_id"), "invoice", ["member_id", "id"], unique=False)
    op.create_index(op.f("ix_invoice_order_id"), "invoice", ["order_id"], unique=False)
    op.create_index(op.f("ix_invoice_state_id"), "invoice", ["state", "id"], unique=False)
    op.create_index(
        "uq_invoice_open", "invoice", ["order_id"], unique=True, postgresql_where=sa.text("state <> 'VOIDED'")
    )
    op.create_table(
        "membership_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('BOUGHT', 'CARD', 'TRIAL')", name=op.f("ck_membership_period_source_is_known")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_membership_period_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["member_id"], ["membership.member_id"], name=op.f("fk_membership_period_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_membership_period_order_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["membership_plan.id"], name=op.f("fk_membership_period_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_period")),
        sa.UniqueConstraint("order_id", name=op.f("uq_membership_period_order_id")),
    )
    op.create_index(
        "ix_membership_period_kept",
        "membership_period",
        ["member_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("refunded_at IS NULL"),
    )
    op.create_table(
        "membership_purchase",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_membership_purchase_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_membership_purchase_order_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["membership_plan.id"], name=op.f("fk_membership_purchase_plan_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_membership_purchase")),
    )
    op.create_index(
        "uq_membership_purchase_open",
        "membership_purchase",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "order_edit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("actor IN ('MEMBER', 'STAFF', 'SYSTEM')", name=op.f("ck_order_edit_actor_is_known")),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_order_edit_actor_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_edit_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_edit")),
    )
    op.create_index(op.f("ix_order_edit_order_id"), "order_edit", ["order_id"], unique=False)
    op.create_table(
        "order_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 500", name=op.f("ck_order_note_text_is_within_500")),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_order_note_author_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_note_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_note")),
    )
    op.create_index(op.f("ix_order_note_order_id_id"), "order_note", ["order_id", "id"], unique=False)
    op.create_table(
        "points_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('EARNED', 'SPENT', 'RETURNED', 'REVERSED', 'EXPIRED', 'GRANTED', 'DEDUCTED')",
            name=op.f("ck_points_entry_kind_is_known"),
        ),
        sa.CheckConstraint("points <> 0", name=op.f("ck_points_entry_points_move")),
        sa.ForeignKeyConstraint(["member_id"], ["points_account.member_id"], name=op.f("fk_points_entry_member_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_points_entry_order_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entry")),
        sa.UniqueConstraint("business_key", name=op.f("uq_points_entry_business_key")),
    )
    op.create_index(op.f("ix_points_entry_member_id_id"), "points_entry", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_points_entry_order_id",
        "points_entry",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "shipment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('SENT', 'RECEIVED', 'CANCELLED')", name=op.f("ck_shipment_state_is_known")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_shipment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False)
    op.create_table(
        "after_sale_change",
        sa.Column("after_sale_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action IN ('APPLY', 'AGREE', 'REJECT', 'CANCEL', 'SHIP_BACK', 'RECEIVE', 'REFUSE', 'SETTLE')",
            name=op.f("ck_after_sale_change_action_is_known"),
        ),
        sa.CheckConstraint(
            "from_state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING', 'COMPLETED', 'CANCELLED_BY_BUYER', 'REJECTED', 'REFUSED')",
            name=op.f("ck_after_sale_change_from_state_is_known"),
        ),
        sa.CheckConstraint(
            "to_state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING', 'COMPLETED', 'CANCELLED_BY_BUYER', 'REJECTED', 'REFUSED')",
            name=op.f("ck_after_sale_change_to_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["after_sale_id"], ["after_sale.id"], name=op.f("fk_after_sale_change_after_sale_id")),
    )
    op.create_index(op.f("ix_after_sale_change_after_sale_id"), "after_sale_change", ["after_sale_id"], unique=False)
    op.create_table(
        "after_sale_unit",
        sa.Column("after_sale_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("is_claimed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["after_sale_id"], ["after_sale.id"], name=op.f("fk_after_sale_unit_after_sale_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_after_sale_unit_order_line_id")),
        sa.PrimaryKeyConstraint("after_sale_id", "order_line_id", "unit", name=op.f("pk_after_sale_unit")),
    )
    op.create_index(
        "uq_after_sale_unit_claimed",
        "after_sale_unit",
        ["order_line_id", "unit"],
        unique=True,
        postgresql_where=sa.text("is_claimed"),
    )
    op.create_table(
        "bargain_help",
        sa.Column("bargain_id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cut_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cut_minor >= 1", name=op.f("ck_bargain_help_a_cut_is_one_fen_at_least")),
        sa.ForeignKeyConstraint(["bargain_id"], ["bargain.id"], name=op.f("fk_bargain_help_bargain_id")),
        sa.ForeignKeyConstraint(["helper_id"], ["member.id"], name=op.f("fk_bargain_help_helper_id")),
        sa.PrimaryKeyConstraint("bargain_id", "helper_id", name=op.f("pk_bargain_help")),
        sa.UniqueConstraint("bargain_id", "position", name=op.f("uq_bargain_help_bargain_id_position")),
    )
    op.create_table(
        "cart_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("add_on_of", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("added_price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("ck_cart_line_quantity_is_within_bounds")),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cart_line_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
        sa.UniqueConstraint(
            "cart_id",
            "variant_id",
            "add_on_of",
            name=op.f("uq_cart_line_cart_id_variant_id_add_on_of"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("live_room_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("after_sale_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('RESOLVED', 'CLOSED')) = (resolved_at IS NOT NULL)",
            name=op.f("ck_complaint_resolved_has_a_time"),
        ),
        sa.CheckConstraint(
            "answer_by IS NULL OR state IN ('NEW', 'ASSIGNED', 'REOPENED')",
            name=op.f("ck_complaint_waits_only_unanswered"),
        ),
        sa.CheckConstraint("severity IN ('LOW', 'NORMAL', 'HIGH')", name=op.f("ck_complaint_severity_is_known")),
        sa.CheckConstraint(
            "state IN ('NEW', 'ASSIGNED', 'IN_DIALOG', 'ESCALATED', 'RESOLVED', 'CLOSED', 'REOPENED', 'CANCELLED')",
            name=op.f("ck_complaint_state_is_known"),
        ),
        sa.CheckConstraint(
            "subject IN ('ORDER', 'GUIDE', 'STORE', 'LIVE_ROOM', 'CONTENT')", name=op.f("ck_complaint_subject_is_known")
        ),
        sa.CheckConstraint(
            "num_nonnulls(order_id, guide_id, store_id, live_room_id, post_id) > 0",
            name=op.f("ck_complaint_is_about_something"),
        ),
        sa.ForeignKeyConstraint(["after_sale_id"], ["after_sale.id"], name=op.f("fk_complaint_after_sale_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["member.id"], name=op.f("fk_complaint_assignee_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["org_unit.id"], name=op.f("fk_complaint_desk_id")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_complaint_guide_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_complaint_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_complaint_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_complaint_order_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_complaint_order_line_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_complaint_post_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_complaint_store_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_complaint_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
    )
    op.create_index(
        "ix_complaint_answer_by",
        "complaint",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("answer_by IS NOT NULL"),
    )
    op.create_index(
        "ix_complaint_guide_id",
        "complaint",
        ["guide_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("guide_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_complaint_member_id_id"), "complaint", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_complaint_order_id",
        "complaint",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_complaint_resolved_at",
        "complaint",
        ["resolved_at"],
        unique=False,
        postgresql_where=sa.text("state = 'RESOLVED'"),
    )
    op.create_index(op.f("ix_complaint_state_id"), "complaint", ["state", "id"], unique=False)
    op.create_index(op.f("ix_complaint_unit_id_id"), "complaint", ["unit_id", "id"], unique=False)
    op.create_index(
        "uq_complaint_open",
        "complaint",
        ["member_id", "subject", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('NEW', 'ASSIGNED', 'IN_DIALOG', 'ESCALATED', 'REOPENED')"),
    )
    op.create_table(
        "line_sent",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.CheckConstraint("sent BETWEEN 0 AND ordered", name=op.f("ck_line_sent_no_more_is_sent_than_was_ordered")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_line_sent_line_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_line_sent")),
    )
    op.create_table(
        "order_refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("after_sale_id", sa.Uuid(), nullable=True),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("of_sent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_order_refund_amount_is_not_negative")),
        sa.CheckConstraint(
            "shipping_minor BETWEEN 0 AND amount_minor", name=op.f("ck_order_refund_shipping_is_a_part")
        ),
        sa.ForeignKeyConstraint(["after_sale_id"], ["after_sale.id"], name=op.f("fk_order_refund_after_sale_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_refund_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_refund")),
    )
    op.create_index(op.f("ix_order_refund_after_sale_id"), "order_refund", ["after_sale_id"], unique=False)
    op.create_index(op.f("ix_order_refund_order_id"), "order_refund", ["order_id"], unique=False)
    op.create_table(
        "points_earning",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND base_minor", name=op.f("ck_points_earning_no_more_comes_back_than_was_paid")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["points_batch.id"], name=op.f("fk_points_earning_batch_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["points_entry.id"], name=op.f("fk_points_earning_entry_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_points_earning_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_points_earning")),
    )
    op.create_table(
        "points_use",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_use_points_is_positive")),
        sa.CheckConstraint("returned BETWEEN 0 AND points", name=op.f("ck_points_use_no_more_comes_back_than_went")),
        sa.ForeignKeyConstraint(["batch_id"], ["points_batch.id"], name=op.f("fk_points_use_batch_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["points_entry.id"], name=op.f("fk_points_use_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "batch_id", name=op.f("pk_points_use")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('PENDING', 'APPROVED', 'REJECTED')", name=op.f("ck_review_state_is_known")),
        sa.CheckConstraint("cardinality(pictures) <= 9", name=op.f("ck_review_pictures_are_nine_at_most")),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_review_stars_are_one_to_five")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_review_member_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_review_order_line_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_review_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_review_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_member_id_id"), "review", ["member_id", "id"], unique=False)
    op.create_index(op.f("ix_review_product_id_id"), "review", ["product_id", "id"], unique=False)
    op.create_index(op.f("ix_review_product_id_stars_id"), "review", ["product_id", "stars", "id"], unique=False)
    op.create_index(op.f("ix_review_state_id"), "review", ["state", "id"], unique=False)
    op.create_index("uq_review_order_line_id", "review", ["order_line_id"], unique=True)
    op.create_table(
        "service_entitlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('EXTENDED_WARRANTY', 'FREE_SERVICE')", name=op.f("ck_service_entitlement_kind_is_known")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_service_entitlement_ends_after_it_begins")),
        sa.CheckConstraint("units >= 0", name=op.f("ck_service_entitlement_units_are_not_negative")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_service_entitlement_line_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_service_entitlement_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_service_entitlement_order_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_service_entitlement_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_entitlement")),
        sa.UniqueConstraint("line_id", "kind", name=op.f("uq_service_entitlement_line_id_kind")),
    )
    op.create_index(
        op.f("ix_service_entitlement_member_id_id"), "service_entitlement", ["member_id", "id"], unique=False
    )
    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_is_positive")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_shipment_line_line_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id")),
        sa.PrimaryKeyConstraint("shipment_id", "line_id", name=op.f("pk_shipment_line")),
    )
    op.create_index(op.f("ix_shipment_line_line_id"), "shipment_line", ["line_id"], unique=False)
    op.create_table(
        "complaint_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_complaint_message_author_id")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_message_complaint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_message")),
    )
    op.create_index(
        op.f("ix_complaint_message_complaint_id_id"), "complaint_message", ["complaint_id", "id"], unique=False
    )
    op.create_table(
        "complaint_step",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action IN ('OPEN', 'ASSIGN', 'ANSWER', 'ESCALATE', 'RESOLVE', 'CLOSE', 'REOPEN', 'CANCEL')",
            name=op.f("ck_complaint_step_action_is_known"),
        ),
        sa.CheckConstraint(
            "from_state IN ('NEW', 'ASSIGNED', 'IN_DIALOG', 'ESCALATED', 'RESOLVED', 'CLOSED', 'REOPENED', 'CANCELLED')",
            name=op.f("ck_complaint_step_from_state_is_known"),
        ),
        sa.CheckConstraint(
            "to_state IN ('NEW', 'ASSIGNED', 'IN_DIALOG', 'ESCALATED', 'RESOLVED', 'CLOSED', 'REOPENED', 'CANCELLED')",
            name=op.f("ck_complaint_step_to_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_step_complaint_id")),
    )
    op.create_index(op.f("ix_complaint_step_complaint_id"), "complaint_step", ["complaint_id"], unique=False)
    op.create_table(
        "order_refund_unit",
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("order_refund_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("unit >= 0", name=op.f("ck_order_refund_unit_unit_is_a_number")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_line.id"], name=op.f("fk_order_refund_unit_order_line_id")),
        sa.ForeignKeyConstraint(
            ["order_refund_id"], ["order_refund.id"], name=op.f("fk_order_refund_unit_order_refund_id")
        ),
        sa.PrimaryKeyConstraint("order_line_id", "unit", name=op.f("pk_order_refund_unit")),
    )
    op.create_index(
        op.f("ix_order_refund_unit_order_refund_id"), "order_refund_unit", ["order_refund_id"], unique=False
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_refund_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('SUCCEEDED', 'FAILED')) = (finished_at IS NOT NULL)", name=op.f("ck_refund_final_has_a_time")
        ),
        sa.CheckConstraint(
            "provider IN ('SANDBOX', 'WECHAT_PAY', 'ALIPAY', 'BALANCE', 'GIFT_CARD')",
            name=op.f("ck_refund_provider_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'UNKNOWN', 'PROCESSING', 'ABNORMAL', 'SUCCEEDED', 'FAILED')",
            name=op.f("ck_refund_state_is_known"),
        ),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND total_minor", name=op.f("ck_refund_amount_is_a_part")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["order_refund_id"], ["order_refund.id"], name=op.f("fk_refund_order_refund_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(
        "ix_refund_due", "refund", ["next_try_at"], unique=False, postgresql_where=sa.text("next_try_at IS NOT NULL")
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index(op.f("ix_refund_order_refund_id"), "refund", ["order_refund_id"], unique=False)
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_index(
        "uq_refund_of_what_was_not_due",
        "refund",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("order_refund_id IS NULL AND state <> 'FAILED'"),
    )
    op.create_table(
        "review_addition",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('PENDING', 'APPROVED', 'REJECTED')", name=op.f("ck_review_addition_state_is_known")
        ),
        sa.CheckConstraint("cardinality(pictures) <= 9", name=op.f("ck_review_addition_pictures_are_nine_at_most")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_addition_review_id")),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_addition")),
    )
    op.add_column(
        "commission", sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "commission", sa.Column("clawed_back_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
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
    op.add_column("order", sa.Column("asked_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("order", sa.Column("paid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("order", sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order", sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order", sa.Column("unpaid_place", sa.Integer(), nullable=True))
    op.create_index(
        "ix_order_guide_id", "order", ["guide_id", "id"], unique=False, postgresql_where=sa.text("guide_id IS NOT NULL")
    )
    op.create_index(
        "ix_order_live_room_id",
        "order",
        ["live_room_id"],
        unique=False,
        postgresql_where=sa.text("live_room_id IS NOT NULL"),
    )
    op.create_index(
        "ix_order_pick_up_store_id",
        "order",
        ["pick_up_store_id", "id"],
        unique=False,
        postgresql_where=sa.text("pick_up_store_id IS NOT NULL"),
    )
    op.create_index("ix_order_placed_at", "order", ["placed_at"], unique=False, postgresql_using="brin")
    op.create_index(
        "ix_order_received_at", "order", ["received_at"], unique=False, postgresql_where=sa.text("state = 'RECEIVED'")
    )
    op.create_index(
        "ix_order_shipped_at", "order", ["shipped_at"], unique=False, postgresql_where=sa.text("state = 'SHIPPED'")
    )
    op.create_index(op.f("ix_order_state_id"), "order", ["state", "id"], unique=False)
    op.create_index(
        "ix_order_store_id", "order", ["store_id", "id"], unique=False, postgresql_where=sa.text("store_id IS NOT NULL")
    )
    op.create_index(
        "uq_order_unpaid_place",
        "order",
        ["member_id", "unpaid_place"],
        unique=True,
        postgresql_where=sa.text("state = 'PLACED' AND unpaid_place IS NOT NULL"),
    )
    op.create_foreign_key(op.f("fk_order_pick_up_store_id"), "order", "org_unit", ["pick_up_store_id"], ["id"])
    op.add_column("order_line", sa.Column("list_price_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_line", sa.Column("payable_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_line", sa.Column("priced", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("order_line", sa.Column("kind", sa.Text(), server_default=sa.text("'GOODS'"), nullable=False))
    op.add_column("order_line", sa.Column("activity_kind", sa.Text(), nullable=True))
    op.add_column("order_line", sa.Column("activity_id", sa.Uuid(), nullable=True))
    op.add_column("order_line", sa.Column("promotion_id", sa.Uuid(), nullable=True))
    op.add_column("order_line", sa.Column("tax_bp", sa.Integer(), server_default=sa.text("1300"), nullable=False))
    op.create_index(
        "ix_order_line_activity_id",
        "order_line",
        ["activity_id"],
        unique=False,
        postgresql_where=sa.text("activity_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_order_line_product_id_order_id"), "order_line", ["product_id", "order_id"], unique=False)
    op.add_column("payment", sa.Column("pay_by", sa.Text(), server_default=sa.text("'SANDBOX'"), nullable=False))
    op.add_column("payment", sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("payment", sa.Column("refunds", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("payment", sa.Column("code_url", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("jsapi", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("payment", sa.Column("gift_card_id", sa.Uuid(), nullable=True))
    op.add_column("payment", sa.Column("check_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("uq_payment_pending"), table_name="payment", postgresql_where="(state = 'PENDING'::text)")
    op.create_index(
        "ix_payment_unsettled",
        "payment",
        ["check_at"],
        unique=False,
        postgresql_where=sa.text("payment.state IN ('UNKNOWN', 'PENDING', 'CLOSING')"),
    )
    op.add_column(
        "product", sa.Column("admits", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("product", sa.Column("tax_bp", sa.Integer(), nullable=True))
    op.add_column(
        "stock_level",
        sa.Column("location_id", sa.Uuid(), server_default="00000000-0000-7000-8000-000000000001", nullable=False),
    )
    op.add_column(
        "stock_level", sa.Column("pushed_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.execute(DEFAULT_WAREHOUSE)
    op.create_foreign_key(op.f("fk_stock_level_location_id"), "stock_level", "stock_location", ["location_id"], ["id"])
    op.add_column("variant", sa.Column("weight_g", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.drop_column("variant", "weight_g")
    op.drop_constraint(op.f("fk_stock_level_location_id"), "stock_level", type_="foreignkey")
    op.drop_column("stock_level", "pushed_version")
    op.drop_column("stock_level", "location_id")
    op.drop_column("product", "tax_bp")
    op.drop_column("product", "admits")
    op.drop_index(
        "ix_payment_unsettled",
        table_name="payment",
        postgresql_where=sa.text("payment.state IN ('UNKNOWN', 'PENDING', 'CLOSING')"),
    )
    op.create_index(
        op.f("uq_payment_pending"), "payment", ["order_id"], unique=True, postgresql_where="(state = 'PENDING'::text)"
    )
    op.drop_column("payment", "check_at")
    op.drop_column("payment", "gift_card_id")
    op.drop_column("payment", "jsapi")
    op.drop_column("payment", "code_url")
    op.drop_column("payment", "refunds")
    op.drop_column("payment", "refunded_minor")
    op.drop_column("payment", "pay_by")
    op.drop_index(op.f("ix_order_line_product_id_order_id"), table_name="order_line")
    op.drop_index(
        "ix_order_line_activity_id", table_name="order_line", postgresql_where=sa.text("activity_id IS NOT NULL")
    )
    op.drop_column("order_line", "tax_bp")
    op.drop_column("order_line", "promotion_id")
    op.drop_column("order_line", "activity_id")
    op.drop_column("order_line", "activity_kind")
    op.drop_column("order_line", "kind")
    op.drop_column("order_line", "priced")
    op.drop_column("order_line", "payable_minor")
    op.drop_column("order_line", "list_price_minor")
    op.drop_constraint(op.f("fk_order_pick_up_store_id"), "order", type_="foreignkey")
    op.drop_index(
        "uq_order_unpaid_place",
        table_name="order",
        postgresql_where=sa.text("state = 'PLACED' AND unpaid_place IS NOT NULL"),
    )
    op.drop_index("ix_order_store_id", table_name="order", postgresql_where=sa.text("store_id IS NOT NULL"))
    op.drop_index(op.f("ix_order_state_id"), table_name="order")
    op.drop_index("ix_order_shipped_at", table_name="order", postgresql_where=sa.text("state = 'SHIPPED'"))
    op.drop_index("ix_order_received_at", table_name="order", postgresql_where=sa.text("state = 'RECEIVED'"))
    op.drop_index("ix_order_placed_at", table_name="order", postgresql_using="brin")
    op.drop_index(
        "ix_order_pick_up_store_id", table_name="order", postgresql_where=sa.text("pick_up_store_id IS NOT NULL")
    )
    op.drop_index("ix_order_live_room_id", table_name="order", postgresql_where=sa.text("live_room_id IS NOT NULL"))
    op.drop_index("ix_order_guide_id", table_name="order", postgresql_where=sa.text("guide_id IS NOT NULL"))
    op.drop_column("order", "unpaid_place")
    op.drop_column("order", "completed_at")
    op.drop_column("order", "received_at")
    op.drop_column("order", "shipped_at")
    op.drop_column("order", "paid_minor")
    op.drop_column("order", "asked_minor")
    op.drop_column("order", "refunded_minor")
    op.drop_column("order", "hold")
    op.drop_column("order", "pick_up_store_id")
    op.drop_column("order", "delivery")
    op.drop_column("order", "priced")
    op.drop_column("order", "points_used")
    op.drop_column("order", "shipping_minor")
    op.drop_column("order", "goods_minor")
    op.drop_column("commission", "clawed_back_minor")
    op.drop_column("commission", "refunded_minor")
    op.drop_table("review_addition")
    op.drop_index(
        "uq_refund_of_what_was_not_due",
        table_name="refund",
        postgresql_where=sa.text("order_refund_id IS NULL AND state <> 'FAILED'"),
    )
    op.drop_index(op.f("ix_refund_payment_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_order_refund_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_order_id"), table_name="refund")
    op.drop_index("ix_refund_due", table_name="refund", postgresql_where=sa.text("next_try_at IS NOT NULL"))
    op.drop_table("refund")
    op.drop_index(op.f("ix_order_refund_unit_order_refund_id"), table_name="order_refund_unit")
    op.drop_table("order_refund_unit")
    op.drop_index(op.f("ix_complaint_step_complaint_id"), table_name="complaint_step")
    op.drop_table("complaint_step")
    op.drop_index(op.f("ix_complaint_message_complaint_id_id"), table_name="complaint_message")
    op.drop_table("complaint_message")
    op.drop_index(op.f("ix_shipment_line_line_id"), table_name="shipment_line")
    op.drop_table("shipment_line")
    op.drop_index(op.f("ix_service_entitlement_member_id_id"), table_name="service_entitlement")
    op.drop_table("service_entitlement")
    op.drop_index("uq_review_order_line_id", table_name="review")
    op.drop_index(op.f("ix_review_state_id"), table_name="review")
    op.drop_index(op.f("ix_review_product_id_stars_id"), table_name="review")
    op.drop_index(op.f("ix_review_product_id_id"), table_name="review")
    op.drop_index(op.f("ix_review_member_id_id"), table_name="review")
    op.drop_table("review")
    op.drop_table("points_use")
    op.drop_table("points_earning")
    op.drop_index(op.f("ix_order_refund_order_id"), table_name="order_refund")
    op.drop_index(op.f("ix_order_refund_after_sale_id"), table_name="order_refund")
    op.drop_table("order_refund")
    op.drop_table("line_sent")
    op.drop_index(
        "uq_complaint_open",
        table_name="complaint",
        postgresql_where=sa.text("state IN ('NEW', 'ASSIGNED', 'IN_DIALOG', 'ESCALATED', 'REOPENED')"),
    )
    op.drop_index(op.f("ix_complaint_unit_id_id"), table_name="complaint")
    op.drop_index(op.f("ix_complaint_state_id"), table_name="complaint")
    op.drop_index("ix_complaint_resolved_at", table_name="complaint", postgresql_where=sa.text("state = 'RESOLVED'"))
    op.drop_index("ix_complaint_order_id", table_name="complaint", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index(op.f("ix_complaint_member_id_id"), table_name="complaint")
    op.drop_index("ix_complaint_guide_id", table_name="complaint", postgresql_where=sa.text("guide_id IS NOT NULL"))
    op.drop_index("ix_complaint_answer_by", table_name="complaint", postgresql_where=sa.text("answer_by IS NOT NULL"))
    op.drop_table("complaint")
    op.drop_table("cart_line")
    op.drop_table("bargain_help")
    op.drop_index("uq_after_sale_unit_claimed", table_name="after_sale_unit", postgresql_where=sa.text("is_claimed"))
    op.drop_table("after_sale_unit")
    op.drop_index(op.f("ix_after_sale_change_after_sale_id"), table_name="after_sale_change")
    op.drop_table("after_sale_change")
    op.drop_index(op.f("ix_shipment_order_id"), table_name="shipment")
    op.drop_table("shipment")
    op.drop_index(
        "ix_points_entry_order_id", table_name="points_entry", postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.drop_index(op.f("ix_points_entry_member_id_id"), table_name="points_entry")
    op.drop_table("points_entry")
    op.drop_index(op.f("ix_order_note_order_id_id"), table_name="order_note")
    op.drop_table("order_note")
    op.drop_index(op.f("ix_order_edit_order_id"), table_name="order_edit")
    op.drop_table("order_edit")
    op.drop_index("uq_membership_purchase_open", table_name="membership_purchase", postgresql_where=sa.text("open"))
    op.drop_table("membership_purchase")
    op.drop_index(
        "ix_membership_period_kept", table_name="membership_period", postgresql_where=sa.text("refunded_at IS NULL")
    )
    op.drop_table("membership_period")
    op.drop_index("uq_invoice_open", table_name="invoice", postgresql_where=sa.text("state <> 'VOIDED'"))
    op.drop_index(op.f("ix_invoice_state_id"), table_name="invoice")
    op.drop_index(op.f("ix_invoice_order_id"), table_name="invoice")
    op.drop_index(op.f("ix_invoice_member_id_id"), table_name="invoice")
    op.drop_table("invoice")
    op.drop_index(op.f("ix_growth_entry_order_id"), table_name="growth_entry")
    op.drop_index(op.f("ix_growth_entry_member_id"), table_name="growth_entry")
    op.drop_table("growth_entry")
    op.drop_index(
        "uq_group_seat_one_forming", table_name="group_seat", postgresql_where=sa.text("state IN ('HELD', 'TAKEN')")
    )
    op.drop_index("uq_group_seat_member", table_name="group_seat", postgresql_where=sa.text("state <> 'LEFT'"))
    op.drop_table("group_seat")
    op.drop_index(
        "uq_cart_one_open", table_name="cart", postgresql_where=sa.text("order_id IS NULL AND merged_into_id IS NULL")
    )
    op.drop_index("ix_cart_merged_into_id", table_name="cart", postgresql_where=sa.text("merged_into_id IS NOT NULL"))
    op.drop_index(
        "ix_cart_forgettable",
        table_name="cart",
        postgresql_where=sa.text("member_id IS NULL OR merged_into_id IS NOT NULL"),
    )
    op.drop_table("cart")
    op.drop_index("uq_bargain_one_open", table_name="bargain", postgresql_where=sa.text("state IN ('OPEN', 'ORDERED')"))
    op.drop_index(op.f("ix_bargain_member_id_id"), table_name="bargain")
    op.drop_index("ix_bargain_expiring", table_name="bargain", postgresql_where=sa.text("state = 'OPEN'"))
    op.drop_table("bargain")
    op.drop_index(op.f("ix_balance_top_up_member_id"), table_name="balance_top_up")
    op.drop_table("balance_top_up")
    op.drop_index(op.f("ix_after_sale_state_id"), table_name="after_sale")
    op.drop_index(op.f("ix_after_sale_order_id"), table_name="after_sale")
    op.drop_index(
        "ix_after_sale_open",
        table_name="after_sale",
        postgresql_where=sa.text("state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING')"),
    )
    op.drop_index(op.f("ix_after_sale_member_id_id"), table_name="after_sale")
    op.drop_index("ix_after_sale_due", table_name="after_sale", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_table("after_sale")
    op.drop_index(op.f("ix_seckill_variant_id"), table_name="seckill", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_index("ix_seckill_running", table_name="seckill", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_index("ix_seckill_of_product", table_name="seckill", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_table("seckill")
    op.drop_index(op.f("ix_price_list_entry_variant_id"), table_name="price_list_entry")
    op.drop_table("price_list_entry")
    op.drop_index(op.f("ix_price_floor_variant_id_id"), table_name="price_floor")
    op.drop_table("price_floor")
    op.drop_index(op.f("ix_points_offer_variant_id"), table_name="points_offer")
    op.drop_index("ix_points_offer_open", table_name="points_offer", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_table("points_offer")
    op.drop_index(op.f("ix_lottery_draw_member_id_id"), table_name="lottery_draw")
    op.drop_index(op.f("ix_lottery_draw_lottery_id_id"), table_name="lottery_draw")
    op.drop_table("lottery_draw")
    op.drop_table("entitlement_terms")
    op.drop_index(op.f("ix_campaign_room_live_room_id"), table_name="campaign_room")
    op.drop_table("campaign_room")
    op.drop_index(
        "ix_buying_group_to_settle",
        table_name="buying_group",
        postgresql_where=sa.text("state IN ('SUCCEEDED', 'FAILED') AND NOT settled"),
    )
    op.drop_index(
        op.f("ix_buying_group_group_buy_id_expires_at_id"),
        table_name="buying_group",
        postgresql_where=sa.text("state = 'FORMING'"),
    )
    op.drop_index(
        "ix_buying_group_expiring",
        table_name="buying_group",
        postgresql_where=sa.text("state IN ('WAITING', 'FORMING')"),
    )
    op.drop_table("buying_group")
    op.drop_index(
        "uq_bargain_offer_one_of_a_variant", table_name="bargain_offer", postgresql_where=sa.text("state = 'PUBLISHED'")
    )
    op.drop_index(
        "ix_bargain_offer_running", table_name="bargain_offer", postgresql_where=sa.text("state = 'PUBLISHED'")
    )
    op.drop_index(
        "ix_bargain_offer_of_product", table_name="bargain_offer", postgresql_where=sa.text("state = 'PUBLISHED'")
    )
    op.drop_table("bargain_offer")
    op.drop_index(op.f("ix_tender_hold_card_id"), table_name="tender_hold")
    op.drop_table("tender_hold")
    op.drop_index(op.f("ix_promotion_use_member_id"), table_name="promotion_use")
    op.drop_table("promotion_use")
    op.drop_index(op.f("ix_promotion_state_change_promotion_id"), table_name="promotion_state_change")
    op.drop_table("promotion_state_change")
    op.drop_index(op.f("ix_product_shipping_template_id"), table_name="product_shipping")
    op.drop_table("product_shipping")
    op.drop_table("product_rating")
    op.drop_index("ix_points_batch_left", table_name="points_batch", postgresql_where=sa.text("remaining > 0"))
    op.drop_index("ix_points_batch_expiring", table_name="points_batch", postgresql_where=sa.text("remaining > 0"))
    op.drop_table("points_batch")
    op.drop_index(op.f("ix_membership_card_batch_id"), table_name="membership_card")
    op.drop_table("membership_card")
    op.drop_index("uq_member_tag_open", table_name="member_tag", postgresql_where=sa.text("removed_at IS NULL"))
    op.drop_index("uq_member_tag_exclusive", table_name="member_tag", postgresql_where=sa.text("removed_at IS NULL"))
    op.drop_index("ix_member_tag_tag", table_name="member_tag", postgresql_where=sa.text("removed_at IS NULL"))
    op.drop_index(op.f("ix_member_tag_member_id_id"), table_name="member_tag")
    op.drop_table("member_tag")
    op.drop_index(
        "uq_lottery_prize_consolation", table_name="lottery_prize", postgresql_where=sa.text("is_consolation")
    )
    op.drop_table("lottery_prize")
    op.drop_index(
        "uq_group_buy_one_of_a_product", table_name="group_buy", postgresql_where=sa.text("state = 'PUBLISHED'")
    )
    op.drop_index("ix_group_buy_running", table_name="group_buy", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_table("group_buy")
    op.drop_index(op.f("ix_coupon_code_template_id"), table_name="coupon_code")
    op.drop_table("coupon_code")
    op.drop_index(op.f("ix_coupon_template_id_state"), table_name="coupon")
    op.drop_index(op.f("ix_coupon_member_id_id"), table_name="coupon")
    op.drop_index("ix_coupon_given_by", table_name="coupon", postgresql_where=sa.text("given_by IS NOT NULL"))
    op.drop_index("ix_coupon_ending", table_name="coupon", postgresql_where=sa.text("state = 'UNUSED'"))
    op.drop_index("ix_coupon_code", table_name="coupon", postgresql_where=sa.text("code IS NOT NULL"))
    op.drop_table("coupon")
    op.drop_index(op.f("ix_campaign_post_post_id"), table_name="campaign_post")
    op.drop_table("campaign_post")
    op.drop_index("uq_tag_name", table_name="tag", postgresql_where=sa.text("NOT retired"))
    op.drop_table("tag")
    op.drop_index(
        "uq_stock_location_one_of_a_store", table_name="stock_location", postgresql_where=sa.text("kind = 'STORE'")
    )
    op.drop_table("stock_location")
    op.drop_index(op.f("ix_promotion_state_id"), table_name="promotion")
    op.drop_index("ix_promotion_published", table_name="promotion", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_index(op.f("ix_promotion_campaign_id"), table_name="promotion")
    op.drop_table("promotion")
    op.drop_table("points_account")
    op.drop_table("membership_card_batch")
    op.drop_table("membership")
    op.drop_index(
        "ix_member_growth_held_until", table_name="member_growth", postgresql_where=sa.text("held_until IS NOT NULL")
    )
    op.drop_table("member_growth")
    op.drop_table("lottery_use")
    op.drop_index("ix_gift_card_member_id", table_name="gift_card", postgresql_where=sa.text("member_id IS NOT NULL"))
    op.drop_index(
        "ix_gift_card_expiring",
        table_name="gift_card",
        postgresql_where=sa.text("member_id IS NOT NULL AND emptied_at IS NULL"),
    )
    op.drop_index(op.f("ix_gift_card_batch_id"), table_name="gift_card")
    op.drop_table("gift_card")
    op.drop_index(
        "ix_coupon_template_published",
        table_name="coupon_template",
        postgresql_using="gin",
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.drop_index(op.f("ix_coupon_template_campaign_id"), table_name="coupon_template")
    op.drop_table("coupon_template")
    op.drop_table("campaign_order")
    op.drop_table("activity_use")
    op.drop_table("top_up_offer")
    op.drop_table("tag_group")
    op.drop_index(op.f("ix_stock_movement_variant_id_id"), table_name="stock_movement")
    op.drop_index(op.f("ix_stock_movement_location_id_id"), table_name="stock_movement")
    op.drop_index(
        "ix_stock_movement_cause_id", table_name="stock_movement", postgresql_where=sa.text("cause_id IS NOT NULL")
    )
    op.drop_table("stock_movement")
    op.drop_index(
        "uq_shipping_template_one_default", table_name="shipping_template", postgresql_where=sa.text("is_default")
    )
    op.drop_table("shipping_template")
    op.drop_table("promotion_edition")
    op.drop_table("price_list")
    op.drop_table("newcomer_use")
    op.drop_index(
        "ix_membership_trial_order_id", table_name="membership_trial", postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.drop_table("membership_trial")
    op.drop_table("membership_plan")
    op.drop_table("member_level")
    op.drop_index("ix_lottery_published", table_name="lottery", postgresql_where=sa.text("state = 'PUBLISHED'"))
    op.drop_table("lottery")
    op.drop_table("gift_card_batch")
    op.drop_table("campaign")
    for statement in AFTER_DOWNGRADE:
        op.execute(statement)
