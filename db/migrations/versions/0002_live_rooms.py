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
    # So have those that wait to be told, and the answers to whoever asks again, a combo.
    "UPDATE outbox SET payload = jsonb_set(payload, '{room_events}', (SELECT jsonb_agg("
    "CASE WHEN e ->> 'kind' = 'REWARD' THEN jsonb_set(e, '{payload,reward,combo}',"
    " jsonb_build_object('id', e #> '{payload,reward,id}', 'count', e #> '{payload,reward,count}')) ELSE e END ORDER BY n)"
    " FROM jsonb_array_elements(payload -> 'room_events') WITH ORDINALITY AS told (e, n)))"
    " WHERE kind = 'RewardGiven' AND relayed_at IS NULL",
    "UPDATE idempotency_key SET answer = jsonb_set(answer, '{reward,combo}', jsonb_build_object("
    "'id', answer #> '{reward,id}', 'count', answer #> '{reward,count}')) WHERE answer #> '{reward,count}' IS NOT NULL",
    # Logs were trimmed from below before they had a floor.
    "UPDATE room_counter SET floor = coalesce((SELECT min(seq) - 1 FROM room_event e"
    " WHERE e.room_id = room_counter.room_id), seq)",
    "ALTER TABLE room_counter ADD CONSTRAINT ck_room_counter_floor_is_below_seq CHECK (floor BETWEEN 0 AND seq)",
    # Shelves: each product gets one of the 500 slots, and a room says where its picture comes from.
    "UPDATE live_product SET planned = allotted, slot = numbered.slot FROM (SELECT id, row_number() OVER"
    " (PARTITION BY live_room_id ORDER BY position, id) - 1 AS slot FROM live_product) numbered"
    " WHERE numbered.id = live_product.id",
    "ALTER TABLE live_product"
    " ADD CONSTRAINT ck_live_product_slot_is_one_of_the_shelf CHECK (slot BETWEEN 0 AND 499),"
    " ADD CONSTRAINT ck_live_product_it_has_a_slot_until_it_is_removed"
    " CHECK ((slot IS NULL) = (removed_at IS NOT NULL)),"
    " ADD CONSTRAINT ck_live_product_what_is_removed_is_hidden CHECK (removed_at IS NULL OR state = 'HIDDEN')",
    "ALTER TABLE live_room"
    " ADD CONSTRAINT ck_live_room_video_source_is_known CHECK (video_source IN ('NONE', 'STREAM', 'CHANNELS')),"
    " ADD CONSTRAINT ck_live_room_a_mirror_is_not_mirrored CHECK (mirror_of IS NULL OR NOT may_be_mirrored)",
    # Viewers are counted by who they are from now on, not by connection.
    "DELETE FROM room_presence",
    "UPDATE room_audience SET viewers = 0",
    "ALTER TABLE room_audience ADD CONSTRAINT ck_room_audience_viewers_are_within_the_peak"
    " CHECK (viewers BETWEEN 0 AND peak)",
]
BEFORE_DOWNGRADE = [
    "ALTER TABLE room_audience DROP CONSTRAINT ck_room_audience_viewers_are_within_the_peak",
    "DELETE FROM room_presence",
    "ALTER TABLE room_counter DROP CONSTRAINT ck_room_counter_floor_is_below_seq",
    "ALTER TABLE reward DROP CONSTRAINT ck_reward_shares_are_the_whole, DROP CONSTRAINT ck_reward_no_share_is_negative",
    "ALTER TABLE live_product DROP CONSTRAINT ck_live_product_slot_is_one_of_the_shelf,"
    " DROP CONSTRAINT ck_live_product_it_has_a_slot_until_it_is_removed,"
    " DROP CONSTRAINT ck_live_product_what_is_removed_is_hidden",
    "ALTER TABLE live_room DROP CONSTRAINT ck_live_room_video_source_is_known,"
    " DROP CONSTRAINT ck_live_room_a_mirror_is_not_mirrored",
]


def upgrade() -> None:
    op.create_table(
        "bullet_pace",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "member_id", name=op.f("pk_bullet_pace")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "bullet_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("sender_avatar_url", sa.Text(), nullable=True),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('SCROLL', 'TOP', 'BOTTOM')", name=op.f("ck_bullet_review_mode_is_known")),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 500", name=op.f("ck_bullet_review_text_is_within_bounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bullet_review")),
    )
    op.create_index(op.f("ix_bullet_review_room_id_id"), "bullet_review", ["room_id", "id"], unique=False)
    op.create_index(op.f("ix_bullet_review_room_id_sender_id"), "bullet_review", ["room_id", "sender_id"], unique=False)
    op.create_table(
        "bullet_show",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_bullet_show")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "live_room_rules",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("muted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("slow_mode_s", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reviewed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("slow_mode_s BETWEEN 0 AND 300", name=op.f("ck_live_room_rules_slow_mode_is_within_bounds")),
        sa.PrimaryKeyConstraint("live_room_id", name=op.f("pk_live_room_rules")),
    )
    op.create_table(
        "room_viewer",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("viewer", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "viewer", name=op.f("pk_room_viewer")),
    )
    op.create_index("ix_room_viewer_first_at", "room_viewer", ["first_at"], unique=False, postgresql_using="brin")
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
    op.create_table(
        "live_blacklist",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(reason) <= 200", name=op.f("ck_live_blacklist_reason_is_short")),
        sa.ForeignKeyConstraint(["by_member_id"], ["member.id"], name=op.f("fk_live_blacklist_by_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_live_blacklist")),
    )
    op.create_table(
        "message_quota",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.CheckConstraint("remaining BETWEEN 0 AND 20", name=op.f("ck_message_quota_remaining_is_bounded")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_message_quota_member_id")),
        sa.PrimaryKeyConstraint("member_id", "template_id", name=op.f("pk_message_quota")),
    )
    op.create_table(
        "guide_contact",
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("qr_url", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_guide_contact_guide_id")),
        sa.PrimaryKeyConstraint("guide_id", name=op.f("pk_guide_contact")),
    )
    op.create_table(
        "draw",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fairness", sa.Text(), nullable=False),
        sa.Column("most_wins", sa.Integer(), nullable=False),
        sa.Column("countdown_s", sa.Integer(), nullable=True),
        sa.Column("claim_hours", sa.Integer(), nullable=False),
        sa.Column("bound_to_host", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("has_ordered", sa.Boolean(), nullable=False),
        sa.Column("least_invited", sa.Integer(), nullable=False),
        sa.Column("sponsor", sa.Text(), nullable=False),
        sa.Column("sponsor_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.Text(), nullable=True),
        sa.Column("participants_hash", sa.Text(), nullable=True),
        sa.Column("opened_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entrants", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("winner_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'DRAWN') = (participants_hash IS NOT NULL)", name=op.f("ck_draw_drawn_has_a_hash")
        ),
        sa.CheckConstraint("fairness IN ('EQUAL', 'NON_WINNERS_FIRST')", name=op.f("ck_draw_fairness_is_known")),
        sa.CheckConstraint("kind IN ('LUCKY_BAG', 'LUCKY_DRAW')", name=op.f("ck_draw_kind_is_known")),
        sa.CheckConstraint("sponsor IN ('SELF', 'BRAND')", name=op.f("ck_draw_sponsor_is_known")),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'OPEN', 'CLOSED', 'DRAWN', 'WITHDRAWN')", name=op.f("ck_draw_state_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'WITHDRAWN') OR (seed IS NOT NULL AND commitment = encode(sha256(seed), 'hex'))",
            name=op.f("ck_draw_seed_is_bound"),
        ),
        sa.CheckConstraint("least_invited >= 0", name=op.f("ck_draw_least_invited_is_not_negative")),
        sa.CheckConstraint("most_wins BETWEEN 1 AND 99", name=op.f("ck_draw_most_wins_is_within_bounds")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_draw_live_room_id")),
        sa.ForeignKeyConstraint(["sponsor_id"], ["member.id"], name=op.f("fk_draw_sponsor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    op.create_index(op.f("ix_draw_live_room_id_id"), "draw", ["live_room_id", "id"], unique=False)
    op.create_index(
        "ix_draw_running", "draw", ["id"], unique=False, postgresql_where=sa.text("state IN ('OPEN', 'CLOSED')")
    )
    op.create_table(
        "live_bounty",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("invites", sa.Integer(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("coins BETWEEN 1 AND 100000", name=op.f("ck_live_bounty_coins_are_bounded")),
        sa.CheckConstraint("invites BETWEEN 1 AND 100000", name=op.f("ck_live_bounty_invites_are_bounded")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_bounty_live_room_id")),
        sa.PrimaryKeyConstraint("live_room_id", "invites", name=op.f("pk_live_bounty")),
    )
    op.create_table(
        "live_bounty_payout",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("invites", sa.Integer(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_bounty_payout_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_bounty_payout_member_id")),
        sa.PrimaryKeyConstraint("live_room_id", "member_id", "invites", name=op.f("pk_live_bounty_payout")),
    )
    op.create_table(
        "live_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'GUIDE_QR') = (target IS NULL)", name=op.f("ck_live_call_all_but_a_guides_code_have_a_target")
        ),
        sa.CheckConstraint(
            "kind IN ('OA_FOLLOW', 'GUIDE_QR', 'GROUP_QR', 'LINK')", name=op.f("ck_live_call_kind_is_known")
        ),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_call_live_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_call")),
    )
    op.create_index(op.f("ix_live_call_live_room_id_id"), "live_call", ["live_room_id", "id"], unique=False)
    op.create_index(
        "uq_live_call_one_shown",
        "live_call",
        ["live_room_id"],
        unique=True,
        postgresql_where=sa.text("hidden_at IS NULL"),
    )
    op.create_table(
        "live_deed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "action IN ('RULES_SET', 'MUTED', 'UNMUTED', 'KICKED', 'READMITTED', 'COMMENT_REMOVED', 'COMMENT_APPROVED', 'COMMENT_REJECTED')",
            name=op.f("ck_live_deed_action_is_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_live_deed_actor_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_deed_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_deed_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_deed")),
    )
    op.create_index(op.f("ix_live_deed_live_room_id_id"), "live_deed", ["live_room_id", "id"], unique=False)
    op.create_table(
        "live_invite",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=True),
        sa.Column("share_id", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("viewer", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "counted_at IS NULL OR inviter_id IS NOT NULL", name=op.f("ck_live_invite_an_inviter_is_counted")
        ),
        sa.CheckConstraint("inviter_id <> viewer_id", name=op.f("ck_live_invite_nobody_invites_oneself")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_live_invite_guide_id")),
        sa.ForeignKeyConstraint(["inviter_id"], ["member.id"], name=op.f("fk_live_invite_inviter_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_invite_live_room_id")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_live_invite_share_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_live_invite_store_id")),
        sa.ForeignKeyConstraint(["viewer_id"], ["member.id"], name=op.f("fk_live_invite_viewer_id")),
        sa.PrimaryKeyConstraint("live_room_id", "viewer_id", name=op.f("pk_live_invite")),
    )
    op.create_index(
        "ix_live_invite_uncounted",
        "live_invite",
        ["entered_at"],
        unique=False,
        postgresql_where=sa.text("counted_at IS NULL AND inviter_id IS NOT NULL"),
    )
    op.create_table(
        "live_inviter",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("invites", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sales_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(guide_id IS NULL) = (store_id IS NULL)", name=op.f("ck_live_inviter_a_guide_has_a_store")),
        sa.CheckConstraint("invites >= 0", name=op.f("ck_live_inviter_invites_are_not_negative")),
        sa.CheckConstraint("sales_minor >= 0", name=op.f("ck_live_inviter_sales_are_not_negative")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_live_inviter_guide_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_inviter_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_inviter_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_live_inviter_store_id")),
        sa.PrimaryKeyConstraint("live_room_id", "member_id", name=op.f("pk_live_inviter")),
    )
    op.create_table(
        "live_like",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("likes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("likes >= 0", name=op.f("ck_live_like_likes_are_not_negative")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_like_live_room_id")),
        sa.PrimaryKeyConstraint("live_room_id", name=op.f("pk_live_like")),
    )
    op.create_table(
        "live_push",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("push", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_push_live_room_id")),
        sa.PrimaryKeyConstraint("live_room_id", "push", name=op.f("pk_live_push")),
    )
    op.create_table(
        "live_reservation",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminder", sa.Text(), server_default=sa.text("'WAITING'"), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(reminder = 'WAITING') = (reminded_at IS NULL)",
            name=op.f("ck_live_reservation_what_was_reminded_has_a_time"),
        ),
        sa.CheckConstraint(
            "reminder IN ('WAITING', 'TAKEN', 'SENT', 'FAILED')", name=op.f("ck_live_reservation_reminder_is_known")
        ),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_reservation_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_reservation_member_id")),
        sa.PrimaryKeyConstraint("live_room_id", "member_id", name=op.f("pk_live_reservation")),
    )
    op.create_index(
        "ix_live_reservation_waiting",
        "live_reservation",
        ["live_room_id"],
        unique=False,
        postgresql_where=sa.text("reminder = 'WAITING'"),
    )
    op.create_table(
        "live_restriction",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind = 'KICK' OR until IS NOT NULL", name=op.f("ck_live_restriction_a_mute_ends")),
        sa.CheckConstraint("kind IN ('MUTE', 'KICK')", name=op.f("ck_live_restriction_kind_is_known")),
        sa.CheckConstraint("char_length(reason) <= 200", name=op.f("ck_live_restriction_reason_is_short")),
        sa.ForeignKeyConstraint(["by_member_id"], ["member.id"], name=op.f("fk_live_restriction_by_member_id")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_restriction_live_room_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_restriction_member_id")),
        sa.PrimaryKeyConstraint("live_room_id", "member_id", "kind", name=op.f("pk_live_restriction")),
    )
    op.create_index(op.f("ix_live_restriction_member_id"), "live_restriction", ["member_id"], unique=False)
    op.create_table(
        "live_stream",
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_the_room", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_stream_live_room_id")),
        sa.PrimaryKeyConstraint("live_room_id", name=op.f("pk_live_stream")),
        sa.UniqueConstraint("key", name=op.f("uq_live_stream_key")),
    )
    op.create_index(
        "ix_live_stream_waits",
        "live_stream",
        ["waits_since"],
        unique=False,
        postgresql_where=sa.text("waits_since IS NOT NULL"),
    )
    op.create_table(
        "red_packet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("greeting", sa.Text(), nullable=False),
        sa.Column("sponsor", sa.Text(), nullable=False),
        sa.Column("sponsor_id", sa.Uuid(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("bound_to_host", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("has_ordered", sa.Boolean(), nullable=False),
        sa.Column("least_invited", sa.Integer(), nullable=False),
        sa.Column("opened_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grabbed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("sponsor IN ('SELF', 'BRAND')", name=op.f("ck_red_packet_sponsor_is_known")),
        sa.CheckConstraint(
            "state IN ('WAITING', 'OPEN', 'GONE', 'EXPIRED')", name=op.f("ck_red_packet_state_is_known")
        ),
        sa.CheckConstraint("count BETWEEN 1 AND 2000", name=op.f("ck_red_packet_count_is_within_bounds")),
        sa.CheckConstraint("grabbed BETWEEN 0 AND count", name=op.f("ck_red_packet_grabbed_is_within_count")),
        sa.CheckConstraint("least_invited >= 0", name=op.f("ck_red_packet_least_invited_is_not_negative")),
        sa.CheckConstraint("total_minor >= count", name=op.f("ck_red_packet_total_is_one_for_each")),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_red_packet_live_room_id")),
        sa.ForeignKeyConstraint(["sponsor_id"], ["member.id"], name=op.f("fk_red_packet_sponsor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_red_packet")),
    )
    op.create_index(op.f("ix_red_packet_live_room_id_id"), "red_packet", ["live_room_id", "id"], unique=False)
    op.create_index(
        "ix_red_packet_running",
        "red_packet",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('WAITING', 'OPEN')"),
    )
    op.create_table(
        "draw_entry",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("ticket", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Text(), server_default=sa.text("'FIRST'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("turn IN ('FIRST', 'SECOND', 'NEVER')", name=op.f("ck_draw_entry_turn_is_known")),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_entry_draw_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_draw_entry_member_id")),
        sa.PrimaryKeyConstraint("draw_id", "member_id", name=op.f("pk_draw_entry")),
        sa.UniqueConstraint("draw_id", "ticket", name=op.f("uq_draw_entry_draw_id_ticket")),
    )
    op.create_table(
        "draw_prize",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'COINS') = (coins > 0) AND coins >= 0", name=op.f("ck_draw_prize_coins_have_a_number")
        ),
        sa.CheckConstraint(
            "(kind = 'GOODS') = (variant_id IS NOT NULL)", name=op.f("ck_draw_prize_goods_are_a_variant")
        ),
        sa.CheckConstraint("kind IN ('GOODS', 'COINS', 'NAMED')", name=op.f("ck_draw_prize_kind_is_known")),
        sa.CheckConstraint("count BETWEEN 1 AND 10000", name=op.f("ck_draw_prize_count_is_within_bounds")),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_prize_draw_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_draw_prize_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_prize")),
        sa.UniqueConstraint("draw_id", "position", name=op.f("uq_draw_prize_draw_id_position")),
    )
    op.create_table(
        "live_call_click",
        sa.Column("live_call_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("clicked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("converted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["live_call_id"], ["live_call.id"], name=op.f("fk_live_call_click_live_call_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_live_call_click_member_id")),
        sa.PrimaryKeyConstraint("live_call_id", "member_id", name=op.f("pk_live_call_click")),
    )
    op.create_table(
        "live_explanation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("live_room_id", sa.Uuid(), nullable=False),
        sa.Column("live_product_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_live_explanation_it_ends_after_it_began")),
        sa.ForeignKeyConstraint(
            ["live_product_id"], ["live_product.id"], name=op.f("fk_live_explanation_live_product_id")
        ),
        sa.ForeignKeyConstraint(["live_room_id"], ["live_room.id"], name=op.f("fk_live_explanation_live_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_explanation")),
    )
    op.create_index(
        op.f("ix_live_explanation_live_product_id_started_at"),
        "live_explanation",
        ["live_product_id", "started_at"],
        unique=False,
    )
    op.create_index(
        "uq_live_explanation_one_at_a_time",
        "live_explanation",
        ["live_room_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "red_packet_share",
        sa.Column("red_packet_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("grabbed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(member_id IS NULL) = (grabbed_at IS NULL)", name=op.f("ck_red_packet_share_grabbed_by_somebody")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_red_packet_share_amount_is_positive")),
        sa.CheckConstraint("member_id IS NULL OR NOT returned", name=op.f("ck_red_packet_share_grabbed_or_returned")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_red_packet_share_member_id")),
        sa.ForeignKeyConstraint(["red_packet_id"], ["red_packet.id"], name=op.f("fk_red_packet_share_red_packet_id")),
        sa.PrimaryKeyConstraint("red_packet_id", "position", name=op.f("pk_red_packet_share")),
    )
    op.create_index(
        "ix_red_packet_share_left",
        "red_packet_share",
        ["red_packet_id", "position"],
        unique=False,
        postgresql_where=sa.text("member_id IS NULL AND NOT returned"),
    )
    op.create_index("uq_red_packet_share_member", "red_packet_share", ["red_packet_id", "member_id"], unique=True)
    op.create_table(
        "draw_win",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("prize_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("won_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("claimed_at IS NULL OR lapsed_at IS NULL", name=op.f("ck_draw_win_claimed_or_lapsed")),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_win_draw_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_draw_win_member_id")),
        sa.ForeignKeyConstraint(["prize_id"], ["draw_prize.id"], name=op.f("fk_draw_win_prize_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_win")),
        sa.UniqueConstraint("draw_id", "member_id", name=op.f("uq_draw_win_draw_id_member_id")),
        sa.UniqueConstraint("draw_id", "position", name=op.f("uq_draw_win_draw_id_position")),
    )
    op.create_index(op.f("ix_draw_win_member_id_won_at"), "draw_win", ["member_id", "won_at"], unique=False)
    op.create_index(
        "ix_draw_win_waiting",
        "draw_win",
        ["claim_by"],
        unique=False,
        postgresql_where=sa.text("claimed_at IS NULL AND lapsed_at IS NULL"),
    )
    op.add_column("live_product", sa.Column("terms_version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("live_product", sa.Column("planned", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("live_product", sa.Column("slot", sa.SmallInteger(), nullable=True))
    op.add_column("live_product", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_live_product_live_room_id_variant_id"), "live_product", type_="unique")
    op.create_index(
        "uq_live_product_one_of_a_variant",
        "live_product",
        ["live_room_id", "variant_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index("uq_live_product_slot", "live_product", ["live_room_id", "slot"], unique=True)
    op.add_column("live_room", sa.Column("video_source", sa.Text(), server_default=sa.text("'NONE'"), nullable=False))
    op.add_column("live_room", sa.Column("mirror_of", sa.Uuid(), nullable=True))
    op.add_column(
        "live_room", sa.Column("may_be_mirrored", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("live_room", sa.Column("replay_url", sa.Text(), nullable=True))
    op.drop_index(
        op.f("uq_live_room_one_open"),
        table_name="live_room",
        postgresql_where="(state = ANY (ARRAY['LIVE'::text, 'PAUSED'::text]))",
    )
    op.create_index(
        "uq_live_room_one_hosted",
        "live_room",
        ["guide_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('LIVE', 'PAUSED') AND mirror_of IS NULL"),
    )
    op.create_index(
        "uq_live_room_one_mirror",
        "live_room",
        ["mirror_of", "guide_id"],
        unique=True,
        postgresql_where=sa.text("mirror_of IS NOT NULL"),
    )
    op.create_foreign_key(op.f("fk_live_room_mirror_of"), "live_room", "live_room", ["mirror_of"], ["id"])
    op.add_column(
        "live_room_state_change", sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("member", sa.Column("verified_birthday", sa.Date(), nullable=True))
    op.create_index(
        "ix_order_line_live_product_id",
        "order_line",
        ["live_product_id"],
        unique=False,
        postgresql_where=sa.text("live_product_id IS NOT NULL"),
    )
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
    op.add_column("room_audience", sa.Column("peak", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("room_audience", sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("room_counter", sa.Column("floor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_index(op.f("ix_room_event_at"), table_name="room_event", postgresql_using="brin")
    op.add_column(
        "room_presence",
        sa.Column("numbers", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.drop_column("room_presence", "viewers")
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.add_column(
        "room_presence",
        sa.Column("viewers", sa.INTEGER(), server_default=sa.text("0"), autoincrement=False, nullable=False),
    )
    op.drop_column("room_presence", "numbers")
    op.create_index(op.f("ix_room_event_at"), "room_event", ["at"], unique=False, postgresql_using="brin")
    op.drop_column("room_counter", "floor")
    op.drop_column("room_audience", "total")
    op.drop_column("room_audience", "peak")
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
    op.drop_index(
        "ix_order_line_live_product_id",
        table_name="order_line",
        postgresql_where=sa.text("live_product_id IS NOT NULL"),
    )
    op.drop_column("member", "verified_birthday")
    op.drop_column("live_room_state_change", "reason")
    op.drop_constraint(op.f("fk_live_room_mirror_of"), "live_room", type_="foreignkey")
    op.drop_index("uq_live_room_one_mirror", table_name="live_room", postgresql_where=sa.text("mirror_of IS NOT NULL"))
    op.drop_index(
        "uq_live_room_one_hosted",
        table_name="live_room",
        postgresql_where=sa.text("state IN ('LIVE', 'PAUSED') AND mirror_of IS NULL"),
    )
    op.create_index(
        op.f("uq_live_room_one_open"),
        "live_room",
        ["guide_id"],
        unique=True,
        postgresql_where="(state = ANY (ARRAY['LIVE'::text, 'PAUSED'::text]))",
    )
    op.drop_column("live_room", "replay_url")
    op.drop_column("live_room", "may_be_mirrored")
    op.drop_column("live_room", "mirror_of")
    op.drop_column("live_room", "video_source")
    op.drop_index("uq_live_product_slot", table_name="live_product")
    op.drop_index(
        "uq_live_product_one_of_a_variant", table_name="live_product", postgresql_where=sa.text("removed_at IS NULL")
    )
    op.create_unique_constraint(
        op.f("uq_live_product_live_room_id_variant_id"),
        "live_product",
        ["live_room_id", "variant_id"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("live_product", "removed_at")
    op.drop_column("live_product", "slot")
    op.drop_column("live_product", "planned")
    op.drop_column("live_product", "terms_version")
    op.drop_index(
        "ix_draw_win_waiting",
        table_name="draw_win",
        postgresql_where=sa.text("claimed_at IS NULL AND lapsed_at IS NULL"),
    )
    op.drop_index(op.f("ix_draw_win_member_id_won_at"), table_name="draw_win")
    op.drop_table("draw_win")
    op.drop_index("uq_red_packet_share_member", table_name="red_packet_share")
    op.drop_index(
        "ix_red_packet_share_left",
        table_name="red_packet_share",
        postgresql_where=sa.text("member_id IS NULL AND NOT returned"),
    )
    op.drop_table("red_packet_share")
    op.drop_index(
        "uq_live_explanation_one_at_a_time", table_name="live_explanation", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_live_explanation_live_product_id_started_at"), table_name="live_explanation")
    op.drop_table("live_explanation")
    op.drop_table("live_call_click")
    op.drop_table("draw_prize")
    op.drop_table("draw_entry")
    op.drop_index(
        "ix_red_packet_running", table_name="red_packet", postgresql_where=sa.text("state IN ('WAITING', 'OPEN')")
    )
    op.drop_index(op.f("ix_red_packet_live_room_id_id"), table_name="red_packet")
    op.drop_table("red_packet")
    op.drop_index("ix_live_stream_waits", table_name="live_stream", postgresql_where=sa.text("waits_since IS NOT NULL"))
    op.drop_table("live_stream")
    op.drop_index(op.f("ix_live_restriction_member_id"), table_name="live_restriction")
    op.drop_table("live_restriction")
    op.drop_index(
        "ix_live_reservation_waiting", table_name="live_reservation", postgresql_where=sa.text("reminder = 'WAITING'")
    )
    op.drop_table("live_reservation")
    op.drop_table("live_push")
    op.drop_table("live_like")
    op.drop_table("live_inviter")
    op.drop_index(
        "ix_live_invite_uncounted",
        table_name="live_invite",
        postgresql_where=sa.text("counted_at IS NULL AND inviter_id IS NOT NULL"),
    )
    op.drop_table("live_invite")
    op.drop_index(op.f("ix_live_deed_live_room_id_id"), table_name="live_deed")
    op.drop_table("live_deed")
    op.drop_index("uq_live_call_one_shown", table_name="live_call", postgresql_where=sa.text("hidden_at IS NULL"))
    op.drop_index(op.f("ix_live_call_live_room_id_id"), table_name="live_call")
    op.drop_table("live_call")
    op.drop_table("live_bounty_payout")
    op.drop_table("live_bounty")
    op.drop_index("ix_draw_running", table_name="draw", postgresql_where=sa.text("state IN ('OPEN', 'CLOSED')"))
    op.drop_index(op.f("ix_draw_live_room_id_id"), table_name="draw")
    op.drop_table("draw")
    op.drop_table("guide_contact")
    op.drop_table("message_quota")
    op.drop_table("live_blacklist")
    op.drop_table("gift_spending")
    op.drop_index("ix_room_viewer_first_at", table_name="room_viewer", postgresql_using="brin")
    op.drop_table("room_viewer")
    op.drop_table("live_room_rules")
    op.drop_table("bullet_show")
    op.drop_index(op.f("ix_bullet_review_room_id_sender_id"), table_name="bullet_review")
    op.drop_index(op.f("ix_bullet_review_room_id_id"), table_name="bullet_review")
    op.drop_table("bullet_review")
    op.drop_table("bullet_pace")
