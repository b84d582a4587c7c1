"""Whom orders are shown to beside their buyers: operators see all, who runs a store or a region sees those of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.order_lists
import db.stores
from db.connection import Reading
from domain.filters import Condition, check_depth
from domain.identity import Role, Scope
from domain.members import masked
from domain.orders import Order
from domain.pages import Page, PageRequest
from resolvers.context import Context


async def units_run(ctx: Context) -> list[UUID] | None:
    """The units that the caller runs; None: all of the brand's."""
    if ctx.holds(Scope.OPERATOR):
        return None
    return await db.stores.units_below(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER))


async def orders(ctx: Context, request: PageRequest, where: Condition) -> Page[Order]:
    """A page of the orders that the caller works on, the newest first."""
    check_depth(where)
    page = await db.order_lists.orders(ctx.reading, request, where, await units_run(ctx))
    return page if ctx.holds(Scope.OPERATOR) else page.mapped(_without_phone, page.count)


async def run_by_caller(ctx: Context, reading: Reading, orders: Sequence[Order]) -> dict[UUID, Order]:
    """Those of the orders that the caller works on, by id; the buyer's phone is for operators alone."""
    if ctx.holds(Scope.OPERATOR):
        return {one.id: one for one in orders}
    stores = {key for one in orders for key in _stores_of(one)}
    if not stores or not ctx.principal.paths_of(Role.STORE_MANAGER):
        return {}
    units = await db.stores.units_by_id(reading, sorted(stores))
    run = {key for key, unit in units.items() if ctx.principal.has_duty(Role.STORE_MANAGER, unit.path)}
    return {one.id: _without_phone(one) for one in orders if run.intersection(_stores_of(one))}


def _stores_of(order: Order) -> list[UUID]:
    return [key for key in (order.store_id, order.pick_up_store_id) if key is not None]


def _without_phone(order: Order) -> Order:
    if order.address is None:
        return order
    return replace(order, address=replace(order.address, phone=masked(order.address.phone)))
