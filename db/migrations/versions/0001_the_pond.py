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
    op.create_index("ix_outbox_waiting", "outbox", ["id"], unique=False, postgresql_where=sa.text("relayed_at IS NULL"))
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


def downgrade() -> None:
    op.drop_table("stock_level")
    op.drop_index(op.f("ix_variant_product_id_position"), table_name="variant")
    op.drop_table("variant")
    op.drop_index(op.f("ix_media_product_id_position"), table_name="media")
    op.drop_table("media")
    op.drop_index(op.f("ix_product_search"), table_name="product", postgresql_using="gin")
    op.drop_index(op.f("ix_product_role_id"), table_name="product")
    op.drop_index(op.f("ix_product_price_minimum_minor_id"), table_name="product")
    op.drop_index(op.f("ix_product_created_at_id"), table_name="product")
    op.drop_index(op.f("ix_product_category_id_id"), table_name="product")
    op.drop_index(op.f("ix_product_brand_id_id"), table_name="product")
    op.drop_table("product")
    op.drop_index("ix_outbox_waiting", table_name="outbox", postgresql_where=sa.text("relayed_at IS NULL"))
    op.drop_index(op.f("ix_outbox_aggregate_id_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_idempotency_key_created_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("ix_category_parent_id"), table_name="category")
    op.drop_table("category")
    op.drop_table("brand")
