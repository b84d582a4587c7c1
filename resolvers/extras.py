"""Gifts and add-ons that came with what goes back of an order, and what has not left of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import db.after_sales
import db.promotions
import db.shipments
from db.connection import Writing
from domain import extras as rules
from domain.extras import Earned, Extras
from domain.orders import LineKind, Order
from domain.promotions.keeping import Left, still_earns, value_of
from domain.refunds import Wanted
from domain.shipments import left_to_ship, units_sent
from domain.units import Units, together, units_left, units_of
from resolvers.context import Context


async def unsent(tx: Writing, order: Order) -> dict[UUID, int]:
    """How many units of each line have not left, and are to."""
    if order.shipped_at is not None or order.received_at is not None:
        return {}
    packages = (await db.shipments.shipments_of(tx, [order.id])).get(order.id, [])
    kept_back, _ = await db.after_sales.kept_back(tx, order.id)
    return left_to_ship(order, units_sent(packages), kept_back)


async def extras_of(
    ctx: Context, tx: Writing, order: Order, gone: Units, taken: Units, waiting: Mapping[UUID, int]
) -> Extras:
    """What becomes of gifts and add-ons that what is left of a locked order does not earn any more (R43, R45).

    `gone` went back before; `taken` are those, what goes back now, and what after-sales are about. So many of each
    line as `waiting` says have not left.
    """
    ids = {line.promotion_id for line in order.lines if line.kind is not LineKind.GOODS and line.promotion_id}
    if not ids:
        return Extras()
    known = await db.promotions.promotions_by_id(tx, ctx.services.plays, list(ids))
    before, after = _left(order, gone), _left(order, taken)
    earned = {
        key: Earned(still_earns(one.promotion, before), still_earns(one.promotion, after)) for key, one in known.items()
    }
    values = {
        line.id: value_of(known[line.promotion_id].promotion, line.variant_id)
        for line in order.lines
        if line.promotion_id in known
    }
    policies = ctx.services.rules.after_sales.policies
    return rules.extras(order, taken, waiting, earned, values, policies)


async def with_extras(ctx: Context, tx: Writing, order: Order, wanted: Wanted, gone: Units) -> Wanted:
    """What is wished of a locked order, with what becomes of its gifts and add-ons.

    After-sales have said it of theirs when they were asked for, but for gifts that cannot leave any more.
    """
    if wanted.names_no_units or wanted.everything or all(line.kind is LineKind.GOODS for line in order.lines):
        return wanted
    claimed, waiting = await db.after_sales.claimed(tx, order.id), await unsent(tx, order)
    if wanted.units is None:
        units = units_of(order, wanted.quantities, gone)
        found = await extras_of(ctx, tx, order, gone, together(gone, claimed, units), waiting)
        wanted = replace(wanted, units=units, along=found.along, deducted=found.deducted)
    going = wanted.along if wanted.of_sent else together(wanted.units or {}, wanted.along)
    return replace(wanted, behind=rules.left_behind(order, going, gone, claimed, waiting))


def _left(order: Order, taken: Units) -> list[Left]:
    return [
        Left(line.product_id, many, line.unit_price.minor * many)
        for line in order.lines
        if line.kind is LineKind.GOODS and (many := len(units_left(line, taken)))
    ]
