"""Campaigns: tables of campaigns and of what belongs to them, and how they are kept (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    any_,
    bindparam,
    func,
    select,
    text,
)

from db.connection import Reading
from db.metadata import UUIDS, amount, key, metadata, moment, refers_to, words
from db.statements import prepared

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

_COUNT = prepared(select(func.count()).where(campaign.c.id == any_(bindparam("ids", type_=UUIDS))))


async def exist(reading: Reading, ids: Sequence[UUID]) -> bool:
    """Whether there are all these campaigns; no id stands twice."""
    return bool(await reading.value(_COUNT, ids=list(ids)) == len(ids))
