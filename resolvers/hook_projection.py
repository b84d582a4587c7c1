"""The projection of hooks: what came of them day by day, told by facts of scans, members, contacts and orders (R32)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import db.channels
import db.hook_days
from db.connection import Writing
from db.outbox import Fact
from domain.hook_figures import HookDay, HookFigures, added_up
from domain.shares import day_of
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.share_projection import REFUNDING

KINDS = frozenset({"HookScanned", "MemberRegistered", "ContactAdded", "OrderPaid"}) | REFUNDING


async def _project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Add what the facts mean to the days of hooks: at most five statements for all of them."""
    days = [*_scans(ctx, facts), *await _arrivals(ctx, tx, facts), *await _orders(ctx, tx, facts)]
    await db.hook_days.add(tx, added_up(days))


def _scans(ctx: Context, facts: Iterable[Fact]) -> Iterable[HookDay]:
    for fact in facts:
        if fact.kind == "HookScanned":
            yield _day(ctx, fact.aggregate_id, fact, HookFigures(scans=1, unique_scans=int(fact.payload["first"])))


async def _arrivals(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> list[HookDay]:
    """Who registered by a hook's code, and who of those is a guide's friend on WeCom: each counts once."""
    registered = {fact.aggregate_id: fact for fact in facts if fact.kind == "MemberRegistered"}
    added = [fact for fact in facts if fact.kind == "ContactAdded" and fact.payload["member"]]
    came = await db.channels.acquisitions_of(tx, list(registered)) if registered else {}
    days = [_day(ctx, one.hook_id, registered[key], HookFigures(registrations=1)) for key, one in came.items()]
    perhaps = {*came, *(UUID(hex=fact.payload["member"]) for fact in added)}
    if perhaps:
        last = [*registered.values(), *added][-1]
        followed = await db.channels.mark_followed(tx, sorted(perhaps), last.at)
        days += [_day(ctx, hook_id, last, HookFigures(follows=1)) for hook_id in followed]
    return days


async def _orders(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> list[HookDay]:
    of_orders = [(fact, figures) for fact in facts if (figures := _figures(fact)) is not None]
    if not of_orders:
        return []
    paid = sorted({fact.aggregate_id for fact, _ in of_orders if fact.kind == "OrderPaid"})
    if paid:
        window_s = int(ctx.services.rules.attribution.touch_lasts.total_seconds())
        await db.hook_days.credit(tx, paid, window_s)
    led = await db.hook_days.hooks_of_orders(tx, sorted({fact.aggregate_id for fact, _ in of_orders}))
    return [_day(ctx, led[fact.aggregate_id], fact, figures) for fact, figures in of_orders if fact.aggregate_id in led]


def _figures(fact: Fact) -> HookFigures | None:
    """What a fact of an order means, if anything."""
    if fact.kind == "OrderPaid":
        return HookFigures(orders=1, revenue_minor=fact.payload["total_minor"])
    if fact.kind in REFUNDING and "refund" in fact.payload:
        return HookFigures(refunds=1, refunded_minor=fact.payload["refunded_minor"])
    return None


def _day(ctx: Context, hook_id: UUID, fact: Fact, figures: HookFigures) -> HookDay:
    return HookDay(hook_id, day_of(fact.at, ctx.services.rules.time_zone), figures)


HOOK_DAYS = Projection("hook days", KINDS, _project)
