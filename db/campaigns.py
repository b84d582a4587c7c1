"""Campaigns: tables of campaigns and of what belongs to them, and how they are kept (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    all_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, refers_to, words
from db.statements import Statement, prepared
from domain.campaigns import Campaign
from domain.pages import Page, PageRequest

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
campaign_order = Table(
    "campaign_order",
    metadata,
    refers_to("campaign", "campaign_id"),
    Column("order_id", Uuid(), nullable=False),
    PrimaryKeyConstraint("campaign_id", "order_id"),
)
"""Orders that have a promotion of a campaign; without those that gave it back."""

_COUNT = prepared(select(func.count()).where(campaign.c.id == any_(bindparam("ids", type_=UUIDS))))


async def exist(reading: Reading, ids: Sequence[UUID]) -> bool:
    """Whether there are all these campaigns; no id stands twice."""
    return bool(await reading.value(_COUNT, ids=list(ids)) == len(ids))


def _parts(table: Table, name: str) -> Any:
    """The keys of what belongs to a campaign, in order."""
    return func.array(
        select(table.c[name])
        .where(table.c.campaign_id == campaign.c.id)
        .order_by(table.c[name])
        .correlate(campaign)
        .scalar_subquery(),
        type_=UUIDS,
    ).label(f"{name}s")


_CAMPAIGNS = select(
    campaign.c.id,
    campaign.c.theme,
    campaign.c.starts_at,
    campaign.c.ends_at,
    campaign.c.budget_minor,
    campaign.c.created_at,
    _parts(campaign_post, "post_id"),
    _parts(campaign_room, "live_room_id"),
    campaign.c.spent_minor,
    campaign.c.version,
)
_BY_ID = prepared(_CAMPAIGNS.where(campaign.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    _CAMPAIGNS.where(campaign.c.id == bindparam("id", type_=Uuid())).with_for_update(of=campaign, key_share=True)
)


def _campaign(row: Row) -> Campaign:
    id_, theme, starts_at, ends_at, budget, created_at, posts, rooms, spent, version, *_ = row
    return Campaign(id_, theme, starts_at, ends_at, budget, created_at, tuple(posts), tuple(rooms), spent, version)


_LISTING = Listing(_CAMPAIGNS, _campaign, id=campaign.c.id)


async def campaigns_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Campaign]:
    return {row["id"]: _campaign(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def campaigns(reading: Reading, request: PageRequest) -> Page[Campaign]:
    """A page of all campaigns, the newest first."""
    return await _LISTING.page(reading, request, descending=True)


async def lock(tx: Writing, campaign_id: UUID) -> Campaign | None:
    """Find a campaign and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=campaign_id)
    return None if row is None else _campaign(row)


_KEPT = ("id", "theme", "starts_at", "ends_at", "budget_minor", "created_at", "version")
_new = insert(campaign).values({name: bindparam(name, type_=campaign.c[name].type) for name in _KEPT})
_SAVE = prepared(
    _new.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _new.excluded[name] for name in _KEPT if name not in ("id", "created_at")}
        | {"used_up": func.coalesce(campaign.c.spent_minor >= _new.excluded.budget_minor, literal_column("false"))},
    )
)


def _replace(table: Table, name: str) -> tuple[Statement, Statement]:
    """Statements that take out what no longer belongs to a campaign, and bring in what is new."""
    ids, of = bindparam("ids", type_=UUIDS), bindparam("of_campaign", type_=Uuid())
    given = func.unnest(ids).table_valued("id", name="given").render_derived()
    out = delete(table).where(table.c.campaign_id == of, table.c[name] != all_(ids))
    return prepared(out), prepared(
        insert(table).from_select(["campaign_id", name], select(of, given.c.id)).on_conflict_do_nothing()
    )


_REPLACE = [
    (_replace(campaign_post, "post_id"), "post_ids"),
    (_replace(campaign_room, "live_room_id"), "live_room_ids"),
]


async def save(tx: Writing, changed: Campaign) -> None:
    """Keep a new campaign, or one that is locked, with what belongs to it; what it has spent stays as it is."""
    values = {name: getattr(changed, name) for name in _KEPT if name != "budget_minor"}
    await tx.execute(_SAVE, **values, budget_minor=changed.budget)
    for (out, into), name in _REPLACE:
        ids = list(getattr(changed, name))
        await tx.execute(out, of_campaign=changed.id, ids=ids)
        if ids:
            await tx.execute(into, of_campaign=changed.id, ids=ids)
