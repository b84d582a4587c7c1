"""What can be asked of what came of shares: of one, of all below it, and of many put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import db.share_days
from domain import shares as rules
from domain.identity import Scope
from domain.refusals import BadInput
from domain.share_figures import (
    MOST_DAYS,
    NO_FIGURES,
    Days,
    PerformanceOf,
    ShareFigures,
    SharePerformance,
    SharePerformanceBy,
    Trace,
)
from domain.shares import Share, TargetKind
from resolvers import order_lists, shares
from resolvers.context import Context

MOST = 100


def days_up_to_now(ctx: Context, many: int = 30) -> Days:
    """So many of the brand's days, the last of them today."""
    today = rules.day_of(ctx.now(), ctx.services.rules.time_zone)
    return Days(today - timedelta(days=many - 1), today)


async def figures_of(ctx: Context, found: Sequence[Share], days: Days) -> list[ShareFigures | None]:
    """What came of each share in these days, where the caller may follow its trace."""
    seen = [share.id for share in found if rules.can_trace(share, ctx.principal.member_id)]
    figures = await db.share_days.figures_of(ctx.reading, seen, days) if seen else {}
    return [figures.get(share.id, NO_FIGURES) if share.id in set(seen) else None for share in found]


async def traces_of(ctx: Context, found: Sequence[Share]) -> list[Trace | None]:
    """Each share with all that was forwarded of it, where the caller may follow its trace (R56)."""
    seen = [share.id for share in found if rules.can_trace(share, ctx.principal.member_id)]
    traces = await db.share_days.traces_of(ctx.reading, seen) if seen else {}
    return [traces.get(share.id) for share in found]


async def mine(ctx: Context, by: SharePerformanceBy, of: PerformanceOf, most: int) -> list[SharePerformance]:
    """What came of what the caller shared, put together.

    Raises:
        BadInput: more than 100 were asked for.
    """
    return await _performance(ctx, by, replace(of, sharer_id=ctx.member_id), most)


async def of_the_brand(ctx: Context, by: SharePerformanceBy, of: PerformanceOf, most: int) -> list[SharePerformance]:
    """What came of all that was shared; who runs a store sees what its guides shared, and what showed it.

    Raises:
        BadInput: more than 100 were asked for.
    """
    units = None if ctx.holds(Scope.CONTENT) else await order_lists.units_run(ctx)
    return await _performance(ctx, by, replace(of, store_ids=None if units is None else tuple(units)), most)


async def _performance(ctx: Context, by: SharePerformanceBy, of: PerformanceOf, most: int) -> list[SharePerformance]:
    if not 1 <= most <= MOST:
        raise BadInput(f"from 1 to {MOST}", f"应在 1 到 {MOST} 之间", path=("first",))
    return await db.share_days.performance(ctx.reading, by, of, MOST_DAYS if by is SharePerformanceBy.DAY else most)


async def targets_of(ctx: Context, found: Sequence[SharePerformance]) -> list[Any]:
    """What the shares show that were put together by what they show, where it exists for the caller."""
    keys: dict[TargetKind, list[UUID]] = {}
    for one in found:
        if one.target_kind is not None and one.target_id is not None:
            keys.setdefault(one.target_kind, []).append(one.target_id)
    shown = await shares.targets_by_id(ctx, keys)
    return [shown.get(one.target_id) if one.target_id else None for one in found]


async def shares_of(ctx: Context, found: Sequence[SharePerformance]) -> list[Share | None]:
    """The share that each is about; those of others as anybody sees them."""
    ids = [one.share_id for one in found if one.share_id is not None]
    kept = await shares.shares_by_id(ctx, ids) if ids else {}
    return [kept.get(one.share_id) if one.share_id else None for one in found]
