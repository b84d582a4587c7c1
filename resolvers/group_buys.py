"""What can be asked of group buys (拼团): publish and end one, and see those that run."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.coupon_templates
import db.group_buys
import db.outbox
from db.connection import Writing
from domain import group_buys
from domain.activities import AlreadyPublished
from domain.catalogue import Product
from domain.group_buys import GroupBuy, GroupBuyTerms
from domain.pages import Page, PageRequest
from domain.refusals import NotFound
from resolvers import activities
from resolvers.context import Context
from resolvers.turns import each_alone


async def publish(ctx: Context, terms: GroupBuyTerms) -> GroupBuy:
    """Let members begin groups.

    Raises:
        BadInput, NotFound: a term is out of bounds, or there is no such variant or campaign.
        BelowFloor: a price is below what the variant may ever be sold for.
        AlreadyPublished: the product is in a group buy already.
    """
    terms = group_buys.check_terms(terms, ctx.now())
    async with ctx.database.writing() as tx:
        await activities.check_campaign(tx, terms.campaign_id)
        product_id = await activities.product_of(tx, [one.variant_id for one in terms.prices], "input", "prices")
        consolation = terms.consolation_id
        if consolation and not await db.coupon_templates.templates_by_id(tx, [consolation]):
            raise NotFound(path=("input", "consolationTemplateId"))
        lowest = {one.variant_id: one.leader_price or one.price for one in terms.prices}
        await activities.check_floors(tx, lowest, terms.starts_at, terms.ends_at, "input", "prices")
        new = group_buys.publish(ctx.new_id(), product_id, terms)
        if not await db.group_buys.add(tx, new):
            raise AlreadyPublished(path=("input", "prices"))
        await _tell(ctx, tx, "GroupBuyPublished", new)
    return new


async def end(ctx: Context, group_buy_id: UUID) -> GroupBuy:
    """Let nobody begin a group any more; those that were begun go on.

    Raises:
        NotFound: there is no such group buy.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        found = await db.group_buys.lock(tx, group_buy_id)
        if found is None:
            raise NotFound(path=("input", "groupBuyId"))
        await _end(ctx, tx, found)
    return group_buys.end(found)


async def end_over(ctx: Context) -> int:
    """End group buys whose time is over; returns how many, which is at most 50."""
    return await each_alone(ctx, db.group_buys.lock_over, _end)


async def _end(ctx: Context, tx: Writing, one: GroupBuy) -> None:
    ended = group_buys.end(one)
    await db.group_buys.save_state(tx, ended)
    await _tell(ctx, tx, "GroupBuyEnded", ended)


async def _tell(ctx: Context, tx: Writing, kind: str, one: GroupBuy) -> None:
    fact = {"group_buy": one.id.hex, "product": one.product_id.hex, "state": one.state.value}
    await db.outbox.tell(tx, kind, "group_buy", one.id, fact, ctx.now())


async def group_buys_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, GroupBuy]:
    """Those of the group buys whose products the caller may know of."""
    return await db.group_buys.group_buys_seen(ctx.reading, ctx.viewer, list(dict.fromkeys(ids)))


async def group_buy_of(ctx: Context, products: Sequence[Product]) -> list[GroupBuy | None]:
    """The group buy of each product that runs or is to come."""
    found = await db.group_buys.group_buys_of(ctx.reading, [one.id for one in products], ctx.now())
    return [found.get(one.id) for one in products]


async def running(ctx: Context, request: PageRequest) -> Page[GroupBuy]:
    """A page of the group buys that run or are to come, the first to end first."""
    return await db.group_buys.group_buys(ctx.reading, ctx.viewer, ctx.now(), request)
