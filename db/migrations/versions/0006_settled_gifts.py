"""Settled gifts

Revision: 0006
After: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


BEFORE_UPGRADE: list[str] = []
AFTER_UPGRADE: list[str] = []
BEFORE_DOWNGRADE: list[str] = []
AFTER_DOWNGRADE: list[str] = []

# What was settled before: by after-sales as they say, by staff what less went back than the units had cost.
AFTER_UPGRADE += [
    "ALTER TABLE order_refund ADD CONSTRAINT ck_order_refund_deducted_is_not_negative CHECK (deducted_minor >= 0)",
    "UPDATE order_refund SET deducted_minor = after_sale.deducted_minor FROM after_sale"
    " WHERE after_sale.id = order_refund.after_sale_id AND after_sale.deducted_minor > 0",
    "UPDATE order_refund SET deducted_minor = worth.minor - (amount_minor - shipping_minor) FROM ("
    "  SELECT u.order_refund_id, sum((l.priced -> 'unit_paid' ->> u.unit)::bigint) AS minor"
    "  FROM order_refund_unit u JOIN order_line l ON l.id = u.order_line_id GROUP BY 1) worth"
    " WHERE worth.order_refund_id = order_refund.id AND after_sale_id IS NULL"
    " AND worth.minor > amount_minor - shipping_minor",
]


def upgrade() -> None:
    op.add_column(
        "order_refund", sa.Column("deducted_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("order_refund", "deducted_minor")
