"""Campaigns: tables of campaigns and of what belongs to them, and how they are kept (R49)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Integer, PrimaryKeyConstraint, Table, text

from db.metadata import amount, key, metadata, moment, refers_to, words

campaign = Table(
    "campaign",
    metadata,
    key(),
    words("theme"),
    moment("starts_at", optional=True),
    moment("ends_at", optional=True),
    amount("budget_minor", optional=True),
    Column("spent_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("used_up", Boolean(), nullable=False, server_default=text("false")),
    moment("created_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    CheckConstraint("spent_minor >= 0 AND spent_minor <= budget_minor", name="budget_is_kept"),
)

campaign_post = Table(
    "campaign_post",
    metadata,
    refers_to("campaign", "campaign_id"),
    refers_to("post", "post_id", index=True),
    PrimaryKeyConstraint("campaign_id", "post_id"),
)

campaign_room = Table(
    "campaign_room",
    metadata,
    refers_to("campaign", "campaign_id"),
    refers_to("live_room", "live_room_id", index=True),
    PrimaryKeyConstraint("campaign_id", "live_room_id"),
)
