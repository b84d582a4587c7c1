"""What operators do to price lists: save, publish, withdraw (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.catalogue
import db.outbox
import db.price_floors
import db.price_lists
import db.promotion_editions
from db.connection import Writing
from domain.catalogue import Audience
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.price_plans import PricePlan, check_list
from domain.promotions.price_lists import PriceList, share_of
from domain.promotions.publishing import check_prices, check_scope, floors_in_time
from domain.refusals import NotFound, WrongState, same_version
from resolvers import price_checks
from resolvers.context import Context


async def save(
    ctx: Context, prices: PriceList, *, list_id: UUID | None = None, expected: int | None = None
) -> PricePlan:
    """Keep a new price list, or replace one that no prices are made with.

    Raises:
        BadInput: something is out of bounds.
        NotFound: there is no such list, or a variant of it.
        WrongState: prices are made with it.
        StaleVersion: it changed since its author read it.
    """
    check_list(prices)
    check_scope(prices.scope, "input", "scope")
    async with ctx.database.writing() as tx:
        old = None if list_id is None else await _locked(tx, list_id)
        if old is not None and old.in_force:
            raise WrongState("PUBLISHED")
        same_version(old.version if old else 0, expected)
        known = await db.catalogue.variants_by_id(tx, Audience.STAFF, list(prices.prices))
        if len(known) < len(prices.prices):
            raise NotFound(path=("input", "entries"))
        plan = PricePlan(replace(prices, id=list_id or ctx.new_id()), False, old.version + 1 if old else 1)
        await _keep(ctx, tx, plan, "PriceListSaved")
    return plan


async def publish(ctx: Context, list_id: UUID, expected: int | None = None) -> PricePlan:
    """Make prices with a list, in its time.

    Raises:
        NotFound: there is no such list.
        WrongState: prices are made with it already.
        StaleVersion: it changed since the caller read it.
        Refusals of BelowFloor: a price is below a floor.
    """
    async with ctx.database.writing() as tx:
        plan = await _locked(tx, list_id)
        same_version(plan.version, expected)
        if plan.in_force:
            raise WrongState("PUBLISHED")
        await _check_floors(tx, plan.prices)
        return await _put(ctx, tx, plan, in_force=True)


async def _check_floors(tx: Writing, prices: PriceList) -> None:
    floors = floors_in_time(await db.price_floors.floors(tx), prices.starts_at, prices.ends_at)
    offered = {key: fen for key, fen in prices.prices.items() if key in floors}
    if prices.rest_bp is not None and floors:
        goods = await price_checks.goods_of(tx, floors.keys() - offered.keys())
        offered |= {
            key: share_of(good.price, prices.rest_bp) for key, good in goods.items() if prices.scope.covers(good)
        }
    check_prices(offered, floors, "input", "priceListId")


async def withdraw(ctx: Context, list_id: UUID, expected: int | None = None) -> PricePlan:
    """Make no prices with a list any more.

    Raises:
        NotFound, StaleVersion: as `publish`.
        WrongState: none were made with it.
    """
    async with ctx.database.writing() as tx:
        plan = await _locked(tx, list_id)
        same_version(plan.version, expected)
        if not plan.in_force:
            raise WrongState("DRAFT")
        return await _put(ctx, tx, plan, in_force=False)


async def _put(ctx: Context, tx: Writing, plan: PricePlan, *, in_force: bool) -> PricePlan:
    changed = replace(plan, in_force=in_force, version=plan.version + 1)
    await _keep(ctx, tx, changed, "PriceListPublished" if in_force else "PriceListWithdrawn")
    await db.promotion_editions.turn(tx)
    return changed


async def _keep(ctx: Context, tx: Writing, plan: PricePlan, fact: str) -> None:
    await db.price_lists.save(tx, plan, ctx.now())
    payload = {"priceList": plan.id.hex, "inForce": plan.in_force, "version": plan.version}
    await db.outbox.tell(tx, fact, "price_list", plan.id, payload, ctx.now())


async def _locked(tx: Writing, list_id: UUID) -> PricePlan:
    plan = await db.price_lists.lock(tx, list_id)
    if plan is None:
        raise NotFound(path=("input", "priceListId"))
    return plan


async def price_lists(ctx: Context, request: PageRequest) -> Page[PricePlan]:
    """A page of all price lists, the newest first."""
    return await db.price_lists.plans(ctx.reading, request)


async def price_lists_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, PricePlan]:
    """The price lists, for operators alone."""
    return await db.price_lists.plans_by_id(ctx.reading, list(dict.fromkeys(ids))) if ctx.holds(Scope.OPERATOR) else {}


async def price_list(ctx: Context, list_id: UUID) -> PricePlan | None:
    return (await price_lists_by_id(ctx, [list_id])).get(list_id)
