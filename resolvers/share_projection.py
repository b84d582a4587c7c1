"""The projection of shares: what came of them day by day, told by facts of visits, members, carts and orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import db.attributions
import db.share_days
from db.connection import Writing
from db.outbox import Fact
from domain import shares as rules
from domain.share_figures import ShareDay, ShareFigures, added_up
from resolvers.context import Context
from resolvers.projections import Projection

REFUNDING = frozenset({"OrderRefunded", "AfterSaleChanged", "OrderEdited"})
"""They tell of a refund where they say `refund`."""
_OF_ORDERS = frozenset({"OrderPlaced", "OrderPaid"}) | REFUNDING


async def _project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Add what the facts mean to the days of shares: at most four statements for all of them."""
    days = [*_visits(ctx, facts), *await _registrations(ctx, tx, facts)]
    days += [*await _carts(ctx, tx, facts), *await _orders(ctx, tx, facts)]
    await db.share_days.add(tx, added_up(days))


def _visits(ctx: Context, facts: Iterable[Fact]) -> Iterable[ShareDay]:
    for fact in facts:
        if fact.kind == "ShareVisited":
            figures = ShareFigures(views=1, unique_visits=int(fact.payload["first"]))
            yield _day(ctx, UUID(hex=fact.payload["share"]), fact, figures)


async def _registrations(ctx: Context, tx: Writing, facts: Iterable[Fact]) -> Iterable[ShareDay]:
    registered = {fact.aggregate_id: fact for fact in facts if fact.kind == "MemberRegistered"}
    found = await db.attributions.shares_of_members(tx, list(registered)) if registered else {}
    return [_day(ctx, share, registered[key], ShareFigures(registrations=1)) for key, share in found.items()]


async def _carts(ctx: Context, tx: Writing, facts: Iterable[Fact]) -> Iterable[ShareDay]:
    grown = [fact for fact in facts if fact.kind == "CartChanged" and fact.payload.get("grew")]
    filled = [(UUID(hex=fact.payload["member"]), fact.at) for fact in grown if fact.payload["member"]]
    if not filled:
        return []
    window_s = int(ctx.services.rules.attribution.longest.total_seconds())
    zone = ctx.services.rules.time_zone
    marked = await db.share_days.mark_carts(tx, filled, window_s)
    return [ShareDay(share, rules.day_of(at, zone), ShareFigures(carts=1)) for share, at in marked]


async def _orders(ctx: Context, tx: Writing, facts: Iterable[Fact]) -> Iterable[ShareDay]:
    of_orders = [(fact, figures) for fact in facts if (figures := _figures(fact)) is not None]
    if not of_orders:
        return []
    led = await db.attributions.shares_of_orders(tx, list({fact.aggregate_id for fact, _ in of_orders}))
    return [_day(ctx, led[fact.aggregate_id], fact, figures) for fact, figures in of_orders if fact.aggregate_id in led]


def _figures(fact: Fact) -> ShareFigures | None:
    """What a fact of an order means, if anything."""
    if fact.kind == "OrderPlaced":
        return ShareFigures(orders=1)
    if fact.kind == "OrderPaid":
        return ShareFigures(paid_orders=1, revenue_minor=fact.payload["total_minor"])
    if fact.kind in REFUNDING and "refund" in fact.payload:
        return ShareFigures(refunds=1, refunded_minor=fact.payload["refunded_minor"])
    return None


def _day(ctx: Context, share_id: UUID, fact: Fact, figures: ShareFigures) -> ShareDay:
    return ShareDay(share_id, rules.day_of(fact.at, ctx.services.rules.time_zone), figures)


SHARE_DAYS = Projection(
    "share days", frozenset({"ShareVisited", "MemberRegistered", "CartChanged"}) | _OF_ORDERS, _project
)
