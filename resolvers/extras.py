"""Gifts and add-ons that came with what goes back of an order, and what has not left of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import db.after_sales
import db.promotions
import db.refunds
import db.shipments
from db.connection import Writing
from domain import extras as rules
from domain.after_sales import claims_of
from domain.extras import Claims, Extras
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


def has_extras(order: Order) -> bool:
    return any(line.kind is not LineKind.GOODS for line in order.lines)


async def extras_of(
    ctx: Context,
    tx: Writing,
    order: Order,
    gone: Units,
    going: Units,
    claims: Claims,
    waiting: Mapping[UUID, int],
) -> Extras:
    """What becomes of gifts and add-ons that what is left of a locked order does not earn any more (R43, R45).

    `gone` went back before, `going` go back now. So many of each line as `waiting` says have not left.
    """
    ids = {line.promotion_id for line in order.lines if line.kind is not LineKind.GOODS and line.promotion_id}
    if not ids:
        return Extras()
    leaving = together(gone, going)
    known = await db.promotions.promotions_by_id(tx, ctx.services.plays, list(ids))
    # By its terms of now a promotion may give nothing for the whole order: then nothing of it lost its reason.
    whole, left = _left(order, {}), _left(order, leaving)
    lost = rules.Lost(
        frozenset(
            key
            for key, one in known.items()
            if still_earns(one.promotion, whole) and not still_earns(one.promotion, left)
        ),
        {
            line.id: value_of(known[line.promotion_id].promotion, line.variant_id)
            for line in order.lines
            if line.promotion_id in known
        },
        ctx.services.rules.after_sales.policies,
    )
    settled = claims.deducted + (await db.refunds.deducted(tx, order.id) if gone and lost.promotions else 0)
    return rules.extras(order, leaving, claims, waiting, lost, settled)


async def with_extras(ctx: Context, tx: Writing, order: Order, wanted: Wanted, gone: Units, claimed: Units) -> Wanted:
    """What is wished of a locked order, unit by unit, with what becomes of its gifts and add-ons.

    `gone` went back before; `claimed` are units that after-sales are or were about: other goods may have been sent for
    them. After-sales have said of theirs what becomes of extras, but for gifts that cannot leave any more.
    """
    if wanted.names_no_units or wanted.everything:
        return wanted
    is_of_staff = wanted.units is None
    if is_of_staff:
        wanted = replace(wanted, units=units_of(order, wanted.quantities, together(gone, claimed)))
    if not has_extras(order):
        return wanted
    waiting = await unsent(tx, order)
    if is_of_staff:
        others = (await db.after_sales.after_sales_of(tx, [order.id])).get(order.id, [])
        found = await extras_of(ctx, tx, order, gone, wanted.units or {}, claims_of(others), waiting)
        wanted = replace(wanted, along=found.along, deducted=found.deducted)
    going = wanted.along if wanted.of_sent else together(wanted.units or {}, wanted.along)
    return replace(wanted, behind=rules.left_behind(order, going, gone, claimed, waiting))


def _left(order: Order, taken: Units) -> list[Left]:
    return [
        Left(line.product_id, many, line.unit_price.minor * many)
        for line in order.lines
        if line.kind is LineKind.GOODS and (many := len(units_left(line, taken)))
    ]
