"""Newcomers and campaigns

Revision: 0005
After: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


BEFORE_UPGRADE: list[str] = []
AFTER_UPGRADE: list[str] = []
BEFORE_DOWNGRADE: list[str] = []
AFTER_DOWNGRADE: list[str] = []

# A flash sale may be free (R45), and is limited for each member then.
AFTER_UPGRADE += [
    "ALTER TABLE seckill DROP CONSTRAINT ck_seckill_price_is_positive,"
    " ADD CONSTRAINT ck_seckill_price_is_not_negative CHECK (price_minor >= 0),"
    " ADD CONSTRAINT ck_seckill_what_is_free_is_limited CHECK (price_minor > 0 OR limit_per_member IS NOT NULL)",
]
# The version before knows none that is free: those cost a fen there.
BEFORE_DOWNGRADE += [
    "ALTER TABLE seckill DROP CONSTRAINT ck_seckill_price_is_not_negative,"
    " DROP CONSTRAINT ck_seckill_what_is_free_is_limited",
    "UPDATE seckill SET price_minor = 1 WHERE price_minor = 0",
    "ALTER TABLE seckill ADD CONSTRAINT ck_seckill_price_is_positive CHECK (price_minor > 0)",
]

# What an after-sale is about a unit for; before, it was asked for.
AFTER_UPGRADE += [
    "ALTER TABLE after_sale_unit ADD CONSTRAINT ck_after_sale_unit_role_is_known"
    " CHECK (role IN ('ASKED', 'ALONG', 'KEPT'))",
]

# Most orders of a stampede are credited to nobody: they stand in no index of those who are.
AFTER_UPGRADE += [
    "DROP INDEX ix_attribution_share_id_kind",
    "CREATE INDEX ix_attribution_share_id_kind ON attribution (share_id, kind) WHERE share_id IS NOT NULL",
    "DROP INDEX ix_attribution_guide_id_kind",
    "CREATE INDEX ix_attribution_guide_id_kind ON attribution (guide_id, kind) WHERE guide_id IS NOT NULL",
]
BEFORE_DOWNGRADE += [
    "DROP INDEX ix_attribution_share_id_kind",
    "CREATE INDEX ix_attribution_share_id_kind ON attribution (share_id, kind)",
    "DROP INDEX ix_attribution_guide_id_kind",
    "CREATE INDEX ix_attribution_guide_id_kind ON attribution (guide_id, kind)",
]


def upgrade() -> None:
    op.create_table(
        "newcomer_trace",
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_newcomer_trace")),
    )
    op.create_index(op.f("ix_newcomer_trace_order_id"), "newcomer_trace", ["order_id"], unique=False)
    op.add_column("after_sale_unit", sa.Column("role", sa.Text(), server_default=sa.text("'ASKED'"), nullable=False))
    op.add_column("bargain_offer", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_bargain_offer_campaign_id"), "bargain_offer", ["campaign_id"], unique=False)
    op.create_foreign_key(op.f("fk_bargain_offer_campaign_id"), "bargain_offer", "campaign", ["campaign_id"], ["id"])
    op.add_column("group_buy", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_group_buy_campaign_id"), "group_buy", ["campaign_id"], unique=False)
    op.create_foreign_key(op.f("fk_group_buy_campaign_id"), "group_buy", "campaign", ["campaign_id"], ["id"])
    op.add_column("guide_task", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_guide_task_campaign_id"), "guide_task", ["campaign_id"], unique=False)
    op.create_foreign_key(op.f("fk_guide_task_campaign_id"), "guide_task", "campaign", ["campaign_id"], ["id"])
    op.add_column("lottery", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_lottery_campaign_id"), "lottery", ["campaign_id"], unique=False)
    op.create_foreign_key(op.f("fk_lottery_campaign_id"), "lottery", "campaign", ["campaign_id"], ["id"])
    op.add_column(
        "order_refund_unit", sa.Column("is_along", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("points_offer", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_points_offer_campaign_id"), "points_offer", ["campaign_id"], unique=False)
    op.create_foreign_key(op.f("fk_points_offer_campaign_id"), "points_offer", "campaign", ["campaign_id"], ["id"])
    op.add_column("seckill", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_seckill_campaign_id"), "seckill", ["campaign_id"], unique=False)
    op.create_foreign_key(op.f("fk_seckill_campaign_id"), "seckill", "campaign", ["campaign_id"], ["id"])
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.drop_constraint(op.f("fk_seckill_campaign_id"), "seckill", type_="foreignkey")
    op.drop_index(op.f("ix_seckill_campaign_id"), table_name="seckill")
    op.drop_column("seckill", "campaign_id")
    op.drop_constraint(op.f("fk_points_offer_campaign_id"), "points_offer", type_="foreignkey")
    op.drop_index(op.f("ix_points_offer_campaign_id"), table_name="points_offer")
    op.drop_column("points_offer", "campaign_id")
    op.drop_column("order_refund_unit", "is_along")
    op.drop_constraint(op.f("fk_lottery_campaign_id"), "lottery", type_="foreignkey")
    op.drop_index(op.f("ix_lottery_campaign_id"), table_name="lottery")
    op.drop_column("lottery", "campaign_id")
    op.drop_constraint(op.f("fk_guide_task_campaign_id"), "guide_task", type_="foreignkey")
    op.drop_index(op.f("ix_guide_task_campaign_id"), table_name="guide_task")
    op.drop_column("guide_task", "campaign_id")
    op.drop_constraint(op.f("fk_group_buy_campaign_id"), "group_buy", type_="foreignkey")
    op.drop_index(op.f("ix_group_buy_campaign_id"), table_name="group_buy")
    op.drop_column("group_buy", "campaign_id")
    op.drop_constraint(op.f("fk_bargain_offer_campaign_id"), "bargain_offer", type_="foreignkey")
    op.drop_index(op.f("ix_bargain_offer_campaign_id"), table_name="bargain_offer")
    op.drop_column("bargain_offer", "campaign_id")
    op.drop_column("after_sale_unit", "role")
    op.drop_index(op.f("ix_newcomer_trace_order_id"), table_name="newcomer_trace")
    op.drop_table("newcomer_trace")
