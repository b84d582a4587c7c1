"""Guides

Revision: 0004
After: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


BEFORE_UPGRADE: list[str] = []
AFTER_UPGRADE: list[str] = []
BEFORE_DOWNGRADE: list[str] = []
AFTER_DOWNGRADE: list[str] = []


def upgrade() -> None:
    op.create_table(
        "projection",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("horizon_upto", sa.BigInteger(), nullable=True),
        sa.Column("horizon_next", sa.BigInteger(), nullable=True),
        sa.Column("horizon_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projection")),
    )


def downgrade() -> None:
    op.drop_table("projection")
