"""The pond

Revision: 0001
After: None
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TRIGGERS = [
    """CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'ledger postings are only ever added' USING ERRCODE = 'restrict_violation';
    END $$""",
    """CREATE TRIGGER ledger_posting_is_immutable BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()""",
    """CREATE TRIGGER ledger_posting_is_kept BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()""",
    """CREATE FUNCTION ledger_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE ledger_account SET balance_minor = balance_minor - NEW.amount_minor
        WHERE code = NEW.source AND guarded;
        UPDATE ledger_account SET balance_minor = balance_minor + NEW.amount_minor
        WHERE code = NEW.destination AND guarded;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER ledger_posting_moves_balances AFTER INSERT ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_move()""",
    # A loop can only close at a member who is a guide; such bindings take turns until they are committed.
    """CREATE FUNCTION binding_refuses_loops() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE above uuid := NEW.guide_member_id;
    BEGIN
        IF NOT EXISTS (SELECT FROM guide WHERE member_id = NEW.member_id AND status <> 'LEFT') THEN
            RETURN NEW;
        END IF;
        PERFORM pg_advisory_xact_lock(1651073648);
        FOR step IN 1..2 LOOP
            SELECT guide_member_id INTO above FROM binding WHERE member_id = above AND ended_at IS NULL;
            IF above = NEW.member_id THEN
                RAISE EXCEPTION 'a loop of bindings'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_binding_no_loops';
            END IF;
        END LOOP;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER binding_has_no_loops BEFORE INSERT ON binding
    FOR EACH ROW EXECUTE FUNCTION binding_refuses_loops()""",
    """INSERT INTO guide_tier (id, rank, name, rate_bp) VALUES
    ('01930000-0000-7000-8000-000000000001', 1, '见习导购', 500),
    ('01930000-0000-7000-8000-000000000002', 2, '资深导购', 800),
    ('01930000-0000-7000-8000-000000000003', 3, '金牌导购', 1000)""",
]
DROP_TRIGGERS = [
    "DROP TRIGGER binding_has_no_loops ON binding",
    "DROP FUNCTION binding_refuses_loops()",
    "DROP TRIGGER ledger_posting_moves_balances ON ledger_posting",
    "DROP TRIGGER ledger_posting_is_kept ON ledger_posting",
    "DROP TRIGGER ledger_posting_is_immutable ON ledger_posting",
    "DROP FUNCTION ledger_move()",
    "DROP FUNCTION ledger_is_append_only()",
]


def upgrade() -> None:
    op.create_table(
        "brand",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_brand_external_reference")),
        sa.UniqueConstraint("slug", name=op.f("uq_brand_slug")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_category_external_reference")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
    )
    op.create_index(op.f("ix_category_parent_id"), "category", ["parent_id"], unique=False)
    op.create_table(
        "gift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("icon_url", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("coins > 0", name=op.f("ck_gift_coins_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
        sa.UniqueConstraint("code", name=op.f("uq_gift_code")),
    )
    op.create_table(
        "guide_tier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_guide_tier_rate_is_a_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_tier")),
        sa.UniqueConstraint("rank", name=op.f("uq_guide_tier_rank")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "ledger_account",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("balance_minor >= 0", name=op.f("ck_ledger_account_balance_is_not_negative")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("code", "unit", name=op.f("uq_ledger_account_code_unit")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.CheckConstraint("phone ~ '^[+][0-9]{7,15}$'", name=op.f("ck_member_phone_is_e164")),
        sa.CheckConstraint("status IN ('ACTIVE', 'CLOSED')", name=op.f("ck_member_status_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_member_external_reference")),
        sa.UniqueConstraint("phone", name=op.f("uq_member_phone")),
    )
    op.create_table(
        "org_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'HQ') = (parent_id IS NULL)", name=op.f("ck_org_unit_only_headquarters_has_no_parent")
        ),
        sa.CheckConstraint(
            "kind IN ('HQ', 'REGION', 'CHANNEL', 'DEALER', 'STORE')", name=op.f("ck_org_unit_kind_is_known")
        ),
        sa.CheckConstraint("path ~ '^([a-z0-9-]+[.])+$'", name=op.f("ck_org_unit_path_is_of_slugs")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_org_unit_position_is_whole")),
        sa.ForeignKeyConstraint(["parent_id"], ["org_unit.id"], name=op.f("fk_org_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_unit")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_org_unit_external_reference")),
        sa.UniqueConstraint("path", name=op.f("uq_org_unit_path")),
    )
    op.create_index(op.f("ix_org_unit_parent_id_id"), "org_unit", ["parent_id", "id"], unique=False)
    op.create_index("ix_org_unit_stores", "org_unit", ["id"], unique=False, postgresql_where=sa.text("kind = 'STORE'"))
    op.create_index(
        "uq_org_unit_one_headquarters", "org_unit", ["kind"], unique=True, postgresql_where=sa.text("kind = 'HQ'")
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("relayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_aggregate_id_id"), "outbox", ["aggregate_id", "id"], unique=False)
    op.create_index("ix_outbox_at", "outbox", ["at"], unique=False, postgresql_using="brin")
    op.create_index("ix_outbox_waiting", "outbox", ["id"], unique=False, postgresql_where=sa.text("relayed_at IS NULL"))
    op.create_table(
        "payment_notification",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("notification", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "notification", name=op.f("pk_payment_notification")),
    )
    op.create_index("ix_payment_notification_at", "payment_notification", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "phone_code",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts BETWEEN 0 AND 5", name=op.f("ck_phone_code_attempts_are_few")),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_phone_code")),
    )
    op.create_table(
        "room_audience",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("viewers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_room_audience")),
    )
    op.create_table(
        "room_counter",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_room_counter")),
    )
    op.create_table(
        "room_event",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "seq", name=op.f("pk_room_event")),
    )
    op.create_index("ix_room_event_at", "room_event", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "room_presence",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("viewers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "process_id", name=op.f("pk_room_presence")),
    )
    op.create_table(
        "address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_address_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_member_id_id"), "address", ["member_id", "id"], unique=False)
    op.create_index(
        "uq_address_one_default", "address", ["member_id"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "guide",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("tier_id", sa.Uuid(), nullable=False),
        sa.Column("share_code", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('EMPLOYEE', 'DISTRIBUTOR', 'ANCHOR', 'KOC')", name=op.f("ck_guide_kind_is_known")),
        sa.CheckConstraint("status IN ('APPLIED', 'ACTIVE', 'FROZEN', 'LEFT')", name=op.f("ck_guide_status_is_known")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_guide_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_guide_store_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["guide_tier.id"], name=op.f("fk_guide_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide")),
        sa.UniqueConstraint("share_code", name=op.f("uq_guide_share_code")),
    )
    op.create_index(op.f("ix_guide_status_id"), "guide", ["status", "id"], unique=False)
    op.create_index(op.f("ix_guide_store_id_id"), "guide", ["store_id", "id"], unique=False)
    op.create_index(
        "uq_guide_one_open", "guide", ["member_id"], unique=True, postgresql_where=sa.text("status <> 'LEFT'")
    )
    op.create_table(
        "ledger_posting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_posting_amount_is_positive")),
        sa.CheckConstraint("source <> destination", name=op.f("ck_ledger_posting_goes_somewhere_else")),
        sa.ForeignKeyConstraint(
            ["destination", "unit"],
            ["ledger_account.code", "ledger_account.unit"],
            name=op.f("fk_ledger_posting_destination_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["source", "unit"],
            ["ledger_account.code", "ledger_account.unit"],
            name=op.f("fk_ledger_posting_source_unit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_posting")),
        sa.UniqueConstraint("business_key", "position", name=op.f("uq_ledger_posting_business_key_position")),
    )
    op.create_index(op.f("ix_ledger_posting_destination"), "ledger_posting", ["destination"], unique=False)
    op.create_index(op.f("ix_ledger_posting_source"), "ledger_posting", ["source"], unique=False)
    op.create_table(
        "member_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "provider IN ('WX_MP', 'WX_OA', 'WECOM')", name=op.f("ck_member_identity_provider_is_known")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_identity_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_identity")),
    )
    op.create_index(op.f("ix_member_identity_member_id"), "member_identity", ["member_id"], unique=False)
    op.create_index(op.f("ix_member_identity_unionid"), "member_identity", ["unionid"], unique=False)
    op.create_index("uq_member_identity_openid", "member_identity", ["provider", "app_id", "openid"], unique=True)
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("cover_url", sa.Text(), nullable=True),
        sa.Column("blocks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author_member_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("like_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("comment_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "genre IN ('CUSTOMER_CASE', 'EXPERT', 'GOSSIP', 'SELLING_POINT')", name=op.f("ck_post_genre_is_known")
        ),
        sa.CheckConstraint(
            "kind IN ('TEXT', 'IMAGE', 'ARTICLE', 'AUDIO', 'VIDEO')", name=op.f("ck_post_kind_is_known")
        ),
        sa.CheckConstraint(
            "purpose IN ('KNOWLEDGE', 'CAMPAIGN', 'INTERACTION', 'SHOPPING')", name=op.f("ck_post_purpose_is_known")
        ),
        sa.CheckConstraint(
            "state <> 'PUBLISHED' OR published_at IS NOT NULL", name=op.f("ck_post_published_at_some_time")
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'REVIEWING', 'PUBLISHED', 'HIDDEN', 'ARCHIVED')", name=op.f("ck_post_state_is_known")
        ),
        sa.CheckConstraint("comment_count >= 0", name=op.f("ck_post_comment_count_is_not_negative")),
        sa.CheckConstraint("like_count >= 0", name=op.f("ck_post_like_count_is_not_negative")),
        sa.ForeignKeyConstraint(["author_member_id"], ["member.id"], name=op.f("fk_post_author_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_post_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_post_external_reference")),
    )
    op.create_index(op.f("ix_post_author_member_id_id"), "post", ["author_member_id", "id"], unique=False)
    op.create_index(op.f("ix_post_genre_listed_at_id"), "post", ["genre", "listed_at", "id"], unique=False)
    op.create_index(op.f("ix_post_kind_listed_at_id"), "post", ["kind", "listed_at", "id"], unique=False)
    op.create_index(op.f("ix_post_like_count_id"), "post", ["like_count", "id"], unique=False)
    op.create_index(op.f("ix_post_listed_at_id"), "post", ["listed_at", "id"], unique=False)
    op.create_index(op.f("ix_post_purpose_listed_at_id"), "post", ["purpose", "listed_at", "id"], unique=False)
    op.create_index(op.f("ix_post_state_listed_at_id"), "post", ["state", "listed_at", "id"], unique=False)
    op.create_index(op.f("ix_post_store_id_id"), "post", ["store_id", "id"], unique=False)
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("detail_html", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("price_minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_maximum_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("brand_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''"), nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "role IN ('TRAFFIC', 'STAR', 'BESTSELLER', 'POTENTIAL', 'NEW_ARRIVAL')",
            name=op.f("ck_product_role_is_known"),
        ),
        sa.CheckConstraint("state IN ('DRAFT', 'ON_SALE', 'ARCHIVED')", name=op.f("ck_product_state_is_known")),
        sa.CheckConstraint("visibility IN ('PUBLIC', 'MEMBERS')", name=op.f("ck_product_visibility_is_known")),
        sa.CheckConstraint(
            "price_minimum_minor BETWEEN 0 AND price_maximum_minor", name=op.f("ck_product_price_range")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brand.id"], name=op.f("fk_product_brand_id")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_product_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_product_external_reference")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
    )
    op.create_index(op.f("ix_product_brand_id_id"), "product", ["brand_id", "id"], unique=False)
    op.create_index(op.f("ix_product_category_id_id"), "product", ["category_id", "id"], unique=False)
    op.create_index(op.f("ix_product_created_at_id"), "product", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_product_price_minimum_minor_id"), "product", ["price_minimum_minor", "id"], unique=False)
    op.create_index(op.f("ix_product_role_id"), "product", ["role", "id"], unique=False)
    op.create_index(op.f("ix_product_search"), "product", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("access_hash", sa.LargeBinary(), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_session_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("access_hash", name=op.f("uq_session_access_hash")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_session_refresh_hash")),
        sa.UniqueConstraint("replaced_by", name=op.f("uq_session_replaced_by")),
    )
    op.create_index(op.f("ix_session_family"), "session", ["family"], unique=False)
    op.create_index(op.f("ix_session_member_id"), "session", ["member_id"], unique=False)
    op.create_index(op.f("ix_session_refresh_expires_at"), "session", ["refresh_expires_at"], unique=False)
    op.create_table(
        "staff_duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('OPERATOR', 'CONTENT', 'MODERATOR', 'STORE_MANAGER', 'FINANCE')",
            name=op.f("ck_staff_duty_role_is_known"),
        ),
        sa.CheckConstraint("until >= since", name=op.f("ck_staff_duty_ends_after_it_began")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_staff_duty_member_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_staff_duty_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_duty")),
    )
    op.create_index(op.f("ix_staff_duty_unit_id_id"), "staff_duty", ["unit_id", "id"], unique=False)
    op.create_index(
        "uq_staff_duty_open",
        "staff_duty",
        ["member_id", "unit_id", "role"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("reply_to_id", sa.Uuid(), nullable=True),
        sa.Column("author_member_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('PENDING', 'APPROVED', 'REJECTED')", name=op.f("ck_comment_state_is_known")),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 500", name=op.f("ck_comment_text_is_within_500")),
        sa.CheckConstraint("parent_id IS NULL OR NOT pinned", name=op.f("ck_comment_only_threads_are_pinned")),
        sa.CheckConstraint(
            "reply_to_id IS NULL OR parent_id IS NOT NULL", name=op.f("ck_comment_replies_are_in_a_thread")
        ),
        sa.ForeignKeyConstraint(["author_member_id"], ["member.id"], name=op.f("fk_comment_author_member_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["comment.id"], name=op.f("fk_comment_parent_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_comment_post_id")),
        sa.ForeignKeyConstraint(
            ["reply_to_id"], ["comment.id"], name=op.f("fk_comment_reply_to_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_author_member_id_id"), "comment", ["author_member_id", "id"], unique=False)
    op.create_index(op.f("ix_comment_parent_id_id"), "comment", ["parent_id", "id"], unique=False)
    op.create_index(op.f("ix_comment_reply_to_id"), "comment", ["reply_to_id"], unique=False)
    op.create_index(op.f("ix_comment_state_id"), "comment", ["state", "id"], unique=False)
    op.create_index(
        "ix_comment_threads",
        "comment",
        ["post_id", sa.literal_column("CAST(pinned AS INTEGER)"), "id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "guide_status_change",
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_status IN ('APPLIED', 'ACTIVE', 'FROZEN', 'LEFT')",
            name=op.f("ck_guide_status_change_from_status_is_known"),
        ),
        sa.CheckConstraint(
            "to_status IN ('APPLIED', 'ACTIVE', 'FROZEN', 'LEFT')",
            name=op.f("ck_guide_status_change_to_status_is_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_guide_status_change_actor_id")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_guide_status_change_guide_id")),
        sa.PrimaryKeyConstraint("guide_id", "version", name=op.f("pk_guide_status_change")),
    )
    op.create_table(
        "live_room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cover_url", sa.Text(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("store_path", sa.Text(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SCHEDULED', 'LIVE', 'PAUSED', 'ENDED', 'CANCELLED', 'EXPIRED', 'BANNED')",
            name=op.f("ck_live_room_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_live_room_guide_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_live_room_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_room")),
    )
    op.create_index(op.f("ix_live_room_state_id"), "live_room", ["state", "id"], unique=False)
    op.create_index(op.f("ix_live_room_store_id_id"), "live_room", ["store_id", "id"], unique=False)
    op.create_index(
        "uq_live_room_one_open",
        "live_room",
        ["guide_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('LIVE', 'PAUSED')"),
    )
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("kind IN ('IMAGE', 'VIDEO')", name=op.f("ck_media_kind_is_known")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_media_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_product_id_position"), "media", ["product_id", "position"], unique=False)
    op.create_table(
        "post_like",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_post_like_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_like_post_id")),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_post_like")),
    )
    op.create_index(op.f("ix_post_like_member_id_post_id"), "post_like", ["member_id", "post_id"], unique=False)
    op.create_table(
        "post_product",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_product_post_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_post_product_product_id")),
        sa.PrimaryKeyConstraint("post_id", "product_id", name=op.f("pk_post_product")),
    )
    op.create_index(op.f("ix_post_product_product_id_post_id"), "post_product", ["product_id", "post_id"], unique=False)
    op.create_table(
        "post_state_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_member_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_state IN ('DRAFT', 'REVIEWING', 'PUBLISHED', 'HIDDEN', 'ARCHIVED')",
            name=op.f("ck_post_state_change_from_state_is_known"),
        ),
        sa.CheckConstraint(
            "to_state IN ('DRAFT', 'REVIEWING', 'PUBLISHED', 'HIDDEN', 'ARCHIVED')",
            name=op.f("ck_post_state_change_to_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["actor_member_id"], ["member.id"], name=op.f("fk_post_state_change_actor_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_state_change_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_state_change")),
    )
    op.create_index(op.f("ix_post_state_change_post_id_id"), "post_state_change", ["post_id", "id"], unique=False)
    op.create_table(
        "share",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sharer_member_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "channel IN ('CHAT', 'GROUP', 'MOMENTS', 'CHANNELS', 'OA', 'POSTER', 'LINK')",
            name=op.f("ck_share_channel_is_known"),
        ),
        sa.CheckConstraint(
            "target_kind IN ('PRODUCT', 'POST', 'LIVE_ROOM', 'STORE', 'GUIDE')",
            name=op.f("ck_share_target_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_share_guide_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["share.id"], name=op.f("fk_share_parent_id")),
        sa.ForeignKeyConstraint(["sharer_member_id"], ["member.id"], name=op.f("fk_share_sharer_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_share_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("code", name=op.f("uq_share_code")),
    )
    op.create_index(op.f("ix_share_parent_id_id"), "share", ["parent_id", "id"], unique=False)
    op.create_index(op.f("ix_share_sharer_member_id_id"), "share", ["sharer_member_id", "id"], unique=False)
    op.create_index(
        "uq_share_same",
        "share",
        ["sharer_member_id", "target_kind", "target_id", "channel", "parent_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "variant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("option_values", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("list_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("removed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_variant_price_is_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_variant_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_variant_external_reference")),
        sa.UniqueConstraint("sku", name=op.f("uq_variant_sku")),
    )
    op.create_index(op.f("ix_variant_product_id_position"), "variant", ["product_id", "position"], unique=False)
    op.create_table(
        "binding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("guide_member_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("protected_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("source_share_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("end_reason IN ('EXPIRED', 'TRANSFERRED')", name=op.f("ck_binding_end_reason_is_known")),
        sa.CheckConstraint("mode IN ('PERMANENT', 'TIMED')", name=op.f("ck_binding_mode_is_known")),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_binding_an_end_has_a_reason")),
        sa.CheckConstraint("member_id <> guide_member_id", name=op.f("ck_binding_nobody_is_bound_to_oneself")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_binding_guide_id")),
        sa.ForeignKeyConstraint(["guide_member_id"], ["member.id"], name=op.f("fk_binding_guide_member_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_binding_member_id")),
        sa.ForeignKeyConstraint(["source_share_id"], ["share.id"], name=op.f("fk_binding_source_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding")),
    )
    op.create_index(op.f("ix_binding_guide_id_id"), "binding", ["guide_id", "id"], unique=False)
    op.create_index(op.f("ix_binding_member_id"), "binding", ["member_id"], unique=False)
    op.create_index(
        "uq_binding_one_open", "binding", ["member_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "live_product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("allotted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("remaining", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("limit_per_member", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('HIDDEN', 'ON_SHELF', 'EXPLAINING', 'SOLD_OUT')", name=op.f("ck_live_product_state_is_known")
        ),
        sa.CheckConstraint("allotted = remaining + reserved + sold", name=op.f("ck_live_product_nothing_is_lost")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_live_product_price_is_positive")),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_live_product_remaining_is_not_negative")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_live_product_reserved_is_not_negative")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_live_product_sold_is_not_negative")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_product_live_room_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_live_product_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_product")),
        sa.UniqueConstraint("live_room_id", "variant_id", name=op.f("uq_live_product_live_room_id_variant_id")),
    )
    op.create_index(
        "uq_live_product_one_explained",
        "live_product",
        ["live_room_id"],
        unique=True,
        postgresql_where=sa.text("state = 'EXPLAINING'"),
    )
    op.create_table(
        "live_room_state_change",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_state IN ('DRAFT', 'SCHEDULED', 'LIVE', 'PAUSED', 'ENDED', 'CANCELLED', 'EXPIRED', 'BANNED')",
            name=op.f("ck_live_room_state_change_from_state_is_known"),
        ),
        sa.CheckConstraint(
            "to_state IN ('DRAFT', 'SCHEDULED', 'LIVE', 'PAUSED', 'ENDED', 'CANCELLED', 'EXPIRED', 'BANNED')",
            name=op.f("ck_live_room_state_change_to_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["live_room_id"], ["live_room.id"], name=op.f("fk_live_room_state_change_live_room_id")
        ),
    )
    op.create_index(
        op.f("ix_live_room_state_change_live_room_id"), "live_room_state_change", ["live_room_id"], unique=False
    )
    op.create_table(
        "order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(state = 'PAID') = (paid_at IS NOT NULL)", name=op.f("ck_order_paid_has_a_time")),
        sa.CheckConstraint(
            "cancel_reason IN ('BY_MEMBER', 'NOT_PAID_IN_TIME')", name=op.f("ck_order_cancel_reason_is_known")
        ),
        sa.CheckConstraint("state IN ('PLACED', 'PAID', 'CANCELLED')", name=op.f("ck_order_state_is_known")),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_order_total_is_not_negative")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_order_guide_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_order_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_order_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_order_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("number", name=op.f("uq_order_number")),
    )
    op.create_index(op.f("ix_order_member_id_id"), "order", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_order_unpaid", "order", ["pay_before"], unique=False, postgresql_where=sa.text("state = 'PLACED'")
    )
    op.create_table(
        "reward",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("gift_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_reward_count_is_positive")),
        sa.ForeignKeyConstraint(["gift_id"], ["gift.id"], name=op.f("fk_reward_gift_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_reward_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_reward_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward")),
    )
    op.create_index(op.f("ix_reward_live_room_id"), "reward", ["live_room_id"], unique=False)
    op.create_index(op.f("ix_reward_member_id"), "reward", ["member_id"], unique=False)
    op.create_table(
        "share_visit",
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_key", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("views > 0", name=op.f("ck_share_visit_someone_viewed")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_share_visit_member_id")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_visit_share_id")),
        sa.PrimaryKeyConstraint("share_id", "visitor_key", "day", name=op.f("pk_share_visit")),
    )
    op.create_index(op.f("ix_share_visit_member_id_last_at"), "share_visit", ["member_id", "last_at"], unique=False)
    op.create_table(
        "stock_level",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("received", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sellable", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("carved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("carved >= 0", name=op.f("ck_stock_level_carved_is_not_negative")),
        sa.CheckConstraint(
            "received = sellable + reserved + carved + sold", name=op.f("ck_stock_level_nothing_is_lost")
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_level_reserved_is_not_negative")),
        sa.CheckConstraint("sellable >= 0", name=op.f("ck_stock_level_sellable_is_not_negative")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_stock_level_sold_is_not_negative")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_level_variant_id")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock_level")),
    )
    op.create_table(
        "attribution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("share_id", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'ORDER') = (order_id IS NOT NULL)", name=op.f("ck_attribution_an_order_has_its_id")
        ),
        sa.CheckConstraint("kind IN ('REGISTRATION', 'ORDER')", name=op.f("ck_attribution_kind_is_known")),
        sa.CheckConstraint(
            "reason IN ('EXPLICIT_CODE', 'LIVE_ROOM', 'SHARE_TOUCH', 'BINDING', 'CHANNEL', 'NONE')",
            name=op.f("ck_attribution_reason_is_known"),
        ),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_attribution_guide_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_attribution_member_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_attribution_order_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_attribution_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribution")),
        sa.UniqueConstraint("order_id", name=op.f("uq_attribution_order_id")),
    )
    op.create_index(op.f("ix_attribution_guide_id_kind"), "attribution", ["guide_id", "kind"], unique=False)
    op.create_index(op.f("ix_attribution_share_id_kind"), "attribution", ["share_id", "kind"], unique=False)
    op.create_index(
        "uq_attribution_one_registration",
        "attribution",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'REGISTRATION'"),
    )
    op.create_table(
        "commission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("rate_source", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rate_source IN ('GUIDE_TIER')", name=op.f("ck_commission_rate_source_is_known")),
        sa.CheckConstraint("state IN ('PENDING', 'HELD')", name=op.f("ck_commission_state_is_known")),
        sa.CheckConstraint(
            "amount_minor BETWEEN 1 AND base_minor", name=op.f("ck_commission_amount_is_within_its_base")
        ),
        sa.CheckConstraint("level IN (1, 2)", name=op.f("ck_commission_at_most_two_levels")),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_commission_rate_is_a_share")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_commission_guide_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_commission_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission")),
        sa.UniqueConstraint("order_id", "guide_id", "level", name=op.f("uq_commission_order_id_guide_id_level")),
    )
    op.create_index(op.f("ix_commission_guide_id_id"), "commission", ["guide_id", "id"], unique=False)
    op.create_table(
        "live_purchase",
        sa.Column("live_product_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_live_purchase_quantity_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["live_product_id"], ["live_product.id"], name=op.f("fk_live_purchase_live_product_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_purchase_member_id")),
        sa.PrimaryKeyConstraint("live_product_id", "member_id", name=op.f("pk_live_purchase")),
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("live_product_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("variant_name", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity_is_positive")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_order_line_unit_price_is_not_negative")),
        sa.ForeignKeyConstraint(["live_product_id"], ["live_product.id"], name=op.f("fk_order_line_live_product_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_order_line_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_line_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_line_order_id_position")),
    )
    op.create_table(
        "order_state_change",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_state IN ('PLACED', 'PAID', 'CANCELLED')", name=op.f("ck_order_state_change_from_state_is_known")
        ),
        sa.CheckConstraint(
            "to_state IN ('PLACED', 'PAID', 'CANCELLED')", name=op.f("ck_order_state_change_to_state_is_known")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_state_change_order_id")),
    )
    op.create_index(op.f("ix_order_state_change_order_id"), "order_state_change", ["order_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=True),
        sa.Column("confirm_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("provider IN ('SANDBOX')", name=op.f("ck_payment_provider_is_known")),
        sa.CheckConstraint("state IN ('PENDING', 'PAID', 'REFUND_DUE')", name=op.f("ck_payment_state_is_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_amount_is_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_payment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"], unique=False)
    op.create_index(
        "uq_payment_pending", "payment", ["order_id"], unique=True, postgresql_where=sa.text("state = 'PENDING'")
    )
    op.create_index("uq_payment_provider_reference", "payment", ["provider", "provider_reference"], unique=True)
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DROP_TRIGGERS:
        op.execute(statement)
    op.drop_index("uq_payment_provider_reference", table_name="payment")
    op.drop_index("uq_payment_pending", table_name="payment", postgresql_where=sa.text("state = 'PENDING'"))
    op.drop_index(op.f("ix_payment_order_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_order_state_change_order_id"), table_name="order_state_change")
    op.drop_table("order_state_change")
    op.drop_table("order_line")
    op.drop_table("live_purchase")
    op.drop_index(op.f("ix_commission_guide_id_id"), table_name="commission")
    op.drop_table("commission")
    op.drop_index(
        "uq_attribution_one_registration", table_name="attribution", postgresql_where=sa.text("kind = 'REGISTRATION'")
    )
    op.drop_index(op.f("ix_attribution_share_id_kind"), table_name="attribution")
    op.drop_index(op.f("ix_attribution_guide_id_kind"), table_name="attribution")
    op.drop_table("attribution")
    op.drop_table("stock_level")
    op.drop_index(op.f("ix_share_visit_member_id_last_at"), table_name="share_visit")
    op.drop_table("share_visit")
    op.drop_index(op.f("ix_reward_member_id"), table_name="reward")
    op.drop_index(op.f("ix_reward_live_room_id"), table_name="reward")
    op.drop_table("reward")
    op.drop_index("ix_order_unpaid", table_name="order", postgresql_where=sa.text("state = 'PLACED'"))
    op.drop_index(op.f("ix_order_member_id_id"), table_name="order")
    op.drop_table("order")
    op.drop_index(op.f("ix_live_room_state_change_live_room_id"), table_name="live_room_state_change")
    op.drop_table("live_room_state_change")
    op.drop_index(
        "uq_live_product_one_explained", table_name="live_product", postgresql_where=sa.text("state = 'EXPLAINING'")
    )
    op.drop_table("live_product")
    op.drop_index("uq_binding_one_open", table_name="binding", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index(op.f("ix_binding_member_id"), table_name="binding")
    op.drop_index(op.f("ix_binding_guide_id_id"), table_name="binding")
    op.drop_table("binding")
    op.drop_index(op.f("ix_variant_product_id_position"), table_name="variant")
    op.drop_table("variant")
    op.drop_index("uq_share_same", table_name="share", postgresql_nulls_not_distinct=True)
    op.drop_index(op.f("ix_share_sharer_member_id_id"), table_name="share")
    op.drop_index(op.f("ix_share_parent_id_id"), table_name="share")
    op.drop_table("share")
    op.drop_index(op.f("ix_post_state_change_post_id_id"), table_name="post_state_change")
    op.drop_table("post_state_change")
    op.drop_index(op.f("ix_post_product_product_id_post_id"), table_name="post_product")
    op.drop_table("post_product")
    op.drop_index(op.f("ix_post_like_member_id_post_id"), table_name="post_like")
    op.drop_table("post_like")
    op.drop_index(op.f("ix_media_product_id_position"), table_name="media")
    op.drop_table("media")
    op.drop_index(
        "uq_live_room_one_open", table_name="live_room", postgresql_where=sa.text("state IN ('LIVE', 'PAUSED')")
    )
    op.drop_index(op.f("ix_live_room_store_id_id"), table_name="live_room")
    op.drop_index(op.f("ix_live_room_state_id"), table_name="live_room")
    op.drop_table("live_room")
    op.drop_table("guide_status_change")
    op.drop_index("ix_comment_threads", table_name="comment", postgresql_where=sa.text("parent_id IS NULL"))
    op.drop_index(op.f("ix_comment_state_id"), table_name="comment")
    op.drop_index(op.f("ix_comment_reply_to_id"), table_name="comment")
    op.drop_index(op.f("ix_comment_parent_id_id"), table_name="comment")
    op.drop_index(op.f("ix_comment_author_member_id_id"), table_name="comment")
    op.drop_table("comment")
    op.drop_index("uq_staff_duty_open", table_name="staff_duty", postgresql_where=sa.text("until IS NULL"))
    op.drop_index(op.f("ix_staff_duty_unit_id_id"), table_name="staff_duty")
    op.drop_table("staff_duty")
    op.drop_index(op.f("ix_session_refresh_expires_at"), table_name="session")
    op.drop_index(op.f("ix_session_member_id"), table_name="session")
    op.drop_index(op.f("ix_session_family"), table_name="session")
    op.drop_table("session")
    op.drop_index(op.f("ix_product_search"), table_name="product", postgresql_using="gin")
    op.drop_index(op.f("ix_product_role_id"), table_name="product")
    op.drop_index(op.f("ix_product_price_minimum_minor_id"), table_name="product")
    op.drop_index(op.f("ix_product_created_at_id"), table_name="product")
    op.drop_index(op.f("ix_product_category_id_id"), table_name="product")
    op.drop_index(op.f("ix_product_brand_id_id"), table_name="product")
    op.drop_table("product")
    op.drop_index(op.f("ix_post_store_id_id"), table_name="post")
    op.drop_index(op.f("ix_post_state_listed_at_id"), table_name="post")
    op.drop_index(op.f("ix_post_purpose_listed_at_id"), table_name="post")
    op.drop_index(op.f("ix_post_listed_at_id"), table_name="post")
    op.drop_index(op.f("ix_post_like_count_id"), table_name="post")
    op.drop_index(op.f("ix_post_kind_listed_at_id"), table_name="post")
    op.drop_index(op.f("ix_post_genre_listed_at_id"), table_name="post")
    op.drop_index(op.f("ix_post_author_member_id_id"), table_name="post")
    op.drop_table("post")
    op.drop_index("uq_member_identity_openid", table_name="member_identity")
    op.drop_index(op.f("ix_member_identity_unionid"), table_name="member_identity")
    op.drop_index(op.f("ix_member_identity_member_id"), table_name="member_identity")
    op.drop_table("member_identity")
    op.drop_index(op.f("ix_ledger_posting_source"), table_name="ledger_posting")
    op.drop_index(op.f("ix_ledger_posting_destination"), table_name="ledger_posting")
    op.drop_table("ledger_posting")
    op.drop_index("uq_guide_one_open", table_name="guide", postgresql_where=sa.text("status <> 'LEFT'"))
    op.drop_index(op.f("ix_guide_store_id_id"), table_name="guide")
    op.drop_index(op.f("ix_guide_status_id"), table_name="guide")
    op.drop_table("guide")
    op.drop_index("uq_address_one_default", table_name="address", postgresql_where=sa.text("is_default"))
    op.drop_index(op.f("ix_address_member_id_id"), table_name="address")
    op.drop_table("address")
    op.drop_table("room_presence")
    op.drop_index("ix_room_event_at", table_name="room_event", postgresql_using="brin")
    op.drop_table("room_event")
    op.drop_table("room_counter")
    op.drop_table("room_audience")
    op.drop_table("phone_code")
    op.drop_index("ix_payment_notification_at", table_name="payment_notification", postgresql_using="brin")
    op.drop_table("payment_notification")
    op.drop_index("ix_outbox_waiting", table_name="outbox", postgresql_where=sa.text("relayed_at IS NULL"))
    op.drop_index("ix_outbox_at", table_name="outbox", postgresql_using="brin")
    op.drop_index(op.f("ix_outbox_aggregate_id_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("uq_org_unit_one_headquarters", table_name="org_unit", postgresql_where=sa.text("kind = 'HQ'"))
    op.drop_index("ix_org_unit_stores", table_name="org_unit", postgresql_where=sa.text("kind = 'STORE'"))
    op.drop_index(op.f("ix_org_unit_parent_id_id"), table_name="org_unit")
    op.drop_table("org_unit")
    op.drop_table("member")
    op.drop_table("ledger_account")
    op.drop_index(op.f("ix_idempotency_key_created_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("guide_tier")
    op.drop_table("gift")
    op.drop_index(op.f("ix_category_parent_id"), table_name="category")
    op.drop_table("category")
    op.drop_table("brand")
