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


def upgrade() -> None:
    op.create_table(
        "newcomer_trace",
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_newcomer_trace")),
    )
    op.create_index(op.f("ix_newcomer_trace_order_id"), "newcomer_trace", ["order_id"], unique=False)
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.drop_index(op.f("ix_newcomer_trace_order_id"), table_name="newcomer_trace")
    op.drop_table("newcomer_trace")
