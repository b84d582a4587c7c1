"""What operators do to campaigns, and what came of them (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.campaign_figures
import db.campaigns
import db.outbox
import db.promotion_editions
from db.connection import Writing
from domain.campaigns import Campaign, Figures, check_campaign
from domain.content import Post
from domain.identity import Scope
from domain.live import LiveRoom
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, same_version
from resolvers import content, live
from resolvers.context import Context

NEW = UUID(int=0)
"""The id of a campaign that is not kept yet."""


async def save(ctx: Context, campaign: Campaign, expected: int | None = None) -> Campaign:
    """Keep a new campaign, or replace one with all that belongs to it.

    Raises:
        BadInput: something is out of bounds, or the budget is below what is spent.
        NotFound: there is no such campaign, post or live room.
        StaleVersion: it changed since its author read it.
    """
    check_campaign(campaign)
    # Before the transaction: many who hold a connection and want another one would wait for each other.
    await _check_parts(ctx, campaign)
    async with ctx.database.writing() as tx:
        old = None if campaign.id == NEW else await _locked(tx, campaign.id)
        same_version(old.version if old else 0, expected)
        kept = replace(
            campaign,
            id=old.id if old else ctx.new_id(),
            created_at=old.created_at if old else ctx.now(),
            spent=old.spent if old else 0,
            version=old.version + 1 if old else 1,
        )
        check_campaign(kept)
        await db.campaigns.save(tx, kept)
        payload = {"campaign": kept.id.hex, "theme": kept.theme, "version": kept.version}
        await db.outbox.tell(tx, "CampaignSaved", "campaign", kept.id, payload, ctx.now())
        await db.promotion_editions.turn(tx)
    return kept


async def _locked(tx: Writing, campaign_id: UUID) -> Campaign:
    found = await db.campaigns.lock(tx, campaign_id)
    if found is None:
        raise NotFound(path=("input", "campaignId"))
    return found


async def _check_parts(ctx: Context, campaign: Campaign) -> None:
    posts = await content.posts_by_id(ctx, campaign.post_ids) if campaign.post_ids else {}
    rooms = await live.rooms_by_id(ctx, campaign.live_room_ids) if campaign.live_room_ids else {}
    for found, wanted, name in ((posts, campaign.post_ids, "postIds"), (rooms, campaign.live_room_ids, "liveRoomIds")):
        if any(key not in found for key in wanted):
            raise NotFound(path=("input", name))


async def campaigns(ctx: Context, request: PageRequest) -> Page[Campaign]:
    """A page of all campaigns, the newest first."""
    return await db.campaigns.campaigns(ctx.reading, request)


async def campaigns_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Campaign]:
    """The campaigns, for operators alone."""
    return (
        await db.campaigns.campaigns_by_id(ctx.reading, list(dict.fromkeys(ids))) if ctx.holds(Scope.OPERATOR) else {}
    )


async def campaign(ctx: Context, campaign_id: UUID) -> Campaign | None:
    return (await campaigns_by_id(ctx, [campaign_id])).get(campaign_id)


async def figures_of(ctx: Context, found: Sequence[Campaign]) -> list[Figures]:
    """What came of each campaign: one statement for all of them."""
    figures = await db.campaign_figures.figures_of(ctx.reading, [one.id for one in found])
    return [figures[one.id] for one in found]


async def posts_of(ctx: Context, found: Sequence[Campaign]) -> list[list[Post]]:
    """The posts of each campaign that the caller may see."""
    posts = await content.posts_by_id(ctx, [key for one in found for key in one.post_ids])
    return [[posts[key] for key in one.post_ids if key in posts] for one in found]


async def rooms_of(ctx: Context, found: Sequence[Campaign]) -> list[list[LiveRoom]]:
    """The live rooms of each campaign that the caller may see."""
    rooms = await live.rooms_by_id(ctx, [key for one in found for key in one.live_room_ids])
    return [[rooms[key] for key in one.live_room_ids if key in rooms] for one in found]
