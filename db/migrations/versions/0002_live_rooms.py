"""Live rooms

Revision: 0002
After: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


AFTER_UPGRADE = [
    # A gift that was given before went to the host as a whole, at once.
    "UPDATE reward SET combo_id = id, combo_count = count, host_coins = coins, store_coins = 0, brand_coins = 0,"
    " settled_at = at",
    "ALTER TABLE reward ALTER combo_id SET NOT NULL, ALTER combo_count SET NOT NULL, ALTER host_coins SET NOT NULL,"
    " ALTER store_coins SET NOT NULL, ALTER brand_coins SET NOT NULL,"
    " ADD CONSTRAINT ck_reward_shares_are_the_whole CHECK (coins = host_coins + store_coins + brand_coins),"
    " ADD CONSTRAINT ck_reward_no_share_is_negative CHECK (least(host_coins, store_coins, brand_coins) >= 0)",
    "UPDATE room_event SET payload = jsonb_set(payload, '{reward,combo}',"
    " jsonb_build_object('id', payload #> '{reward,id}', 'count', payload #> '{reward,count}')) WHERE kind = 'REWARD'",
    # Logs were trimmed from below before they had a floor.
    "UPDATE room_counter SET floor = coalesce((SELECT min(seq) - 1 FROM room_event e"
    " WHERE e.room_id = room_counter.room_id), seq)",
    "ALTER TABLE room_counter ADD CONSTRAINT ck_room_counter_floor_is_below_seq CHECK (floor BETWEEN 0 AND seq)",
]
BEFORE_DOWNGRADE = [
    "ALTER TABLE room_counter DROP CONSTRAINT ck_room_counter_floor_is_below_seq",
    "ALTER TABLE reward DROP CONSTRAINT ck_reward_shares_are_the_whole, DROP CONSTRAINT ck_reward_no_share_is_negative",
]


def upgrade() -> None:
    op.create_table(
        "gift_spending",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("span IN ('ONCE', 'DAY', 'MONTH')", name=op.f("ck_gift_spending_span_is_known")),
        sa.CheckConstraint("coins <= most", name=op.f("ck_gift_spending_most_is_kept")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_gift_spending_member_id")),
        sa.PrimaryKeyConstraint("member_id", "span", "since", name=op.f("pk_gift_spending")),
    )
    op.add_column("member", sa.Column("verified_birthday", sa.Date(), nullable=True))
    op.add_column("reward", sa.Column("combo_id", sa.Uuid()))
    op.add_column("reward", sa.Column("combo_count", sa.Integer()))
    op.add_column("reward", sa.Column("host_coins", sa.BigInteger()))
    op.add_column("reward", sa.Column("store_coins", sa.BigInteger()))
    op.add_column("reward", sa.Column("brand_coins", sa.BigInteger()))
    op.add_column("reward", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reward", sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_reward_member_id"), table_name="reward")
    op.create_index(
        "ix_reward_due",
        "reward",
        ["live_room_id"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL AND refunded_at IS NULL"),
    )
    op.create_index(
        op.f("ix_reward_member_id_live_room_id_gift_id_at"),
        "reward",
        ["member_id", "live_room_id", "gift_id", "at"],
        unique=False,
    )
    op.add_column("room_counter", sa.Column("floor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_index(op.f("ix_room_event_at"), table_name="room_event", postgresql_using="brin")
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.create_index(op.f("ix_room_event_at"), "room_event", ["at"], unique=False, postgresql_using="brin")
    op.drop_column("room_counter", "floor")
    op.drop_index(op.f("ix_reward_member_id_live_room_id_gift_id_at"), table_name="reward")
    op.drop_index(
        "ix_reward_due", table_name="reward", postgresql_where=sa.text("settled_at IS NULL AND refunded_at IS NULL")
    )
    op.create_index(op.f("ix_reward_member_id"), "reward", ["member_id"], unique=False)
    op.drop_column("reward", "refunded_at")
    op.drop_column("reward", "settled_at")
    op.drop_column("reward", "brand_coins")
    op.drop_column("reward", "store_coins")
    op.drop_column("reward", "host_coins")
    op.drop_column("reward", "combo_count")
    op.drop_column("reward", "combo_id")
    op.drop_column("member", "verified_birthday")
    op.drop_table("gift_spending")
