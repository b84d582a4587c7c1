"""Share performance: what came of many shares, put together, as clients see it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import strawberry

from domain import share_figures as rules
from domain.identity import Scope
from domain.refusals import BadInput
from domain.share_figures import SharePerformanceBy
from domain.shares import ShareChannel, TargetKind
from resolvers import share_performance
from resolvers.context import Context
from schema.access import attribute, batched, object_type, query
from schema.enums import described
from schema.ids import Kind, identifier, key_if, kind_of
from schema.node import Node
from schema.share_figures import ShareFigures
from schema.shares import FirstDay, LastDay, Share, days_of

described(
    SharePerformanceBy,
    "By what figures of shares are put together.",
    DAY="By day, the first first, days without any left out.",
    SHARE="By share.",
    SHARER="By who shared.",
    TARGET="By what is shown: a product, a post, a live room, a store or a guide.",
    CHANNEL="By where it was shared.",
)
_TARGETS = (Kind.PRODUCT, Kind.POST, Kind.LIVE_ROOM, Kind.STORE, Kind.GUIDE)


@object_type(scope=Scope.MEMBER, description="What came of the shares of one day, sharer, target or channel.")
class SharePerformance:
    figures: ShareFigures = attribute("What came of them.")
    day: date | None = attribute("The day, where they are put together by day.")
    share: Share | None = batched(share_performance.shares_of, "The share, where each stands alone.")
    sharer_name: str | None = attribute("Who shared, by share or by sharer.")
    guide_id: strawberry.ID | None = identifier(
        Kind.GUIDE, "guide_id", description="The guide who shared, by share or by sharer; null for other members."
    )
    target_kind: TargetKind | None = attribute("What kind of thing is shown, by share or by target.")
    target: Node | None = batched(
        share_performance.targets_of, "What is shown; null when the caller may not know of it, or it is gone.", cost=3
    )
    channel: ShareChannel | None = attribute("Where it was shared, by share or by channel.")


@strawberry.input(description="Which shares; all that is given must hold.")
class SharePerformanceWhere:
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this product, post, live room, store or guide."
    )
    guide_id: strawberry.ID | None = strawberry.field(default=None, description="Shared by this guide.")
    channel: ShareChannel | None = strawberry.field(default=None, description="Shared here.")


By = Annotated[SharePerformanceBy, strawberry.argument(description="By what they are put together.")]
Most = Annotated[
    int, strawberry.argument(description="How many at most, 1 to 100: those with the highest revenue. Days are all.")
]
Where = Annotated[SharePerformanceWhere | None, strawberry.argument(description="Which shares.")]


def _of(ctx: Context, where: SharePerformanceWhere | None, first: date | None, last: date | None) -> Any:
    asked, days = where or SharePerformanceWhere(), days_of(ctx, first, last)
    target_id = None if asked.target_id is None else _target(asked.target_id)
    guide_id = None if asked.guide_id is None else key_if(Kind.GUIDE, asked.guide_id)
    if asked.guide_id is not None and guide_id is None:
        raise BadInput("a guide's id", "应为导购 id", path=("where", "guideId"))
    return rules.PerformanceOf(days, None, guide_id, target_id, asked.channel)


def _target(given: str) -> Any:
    kind = kind_of(given)
    key = key_if(kind, given) if kind in _TARGETS and kind is not None else None
    if key is None:
        raise BadInput("the id of something that can be shared", "应为可分享对象的 id", path=("where", "targetId"))
    return key


async def _mine(
    ctx: Context,
    *,
    by: By,
    first: Most = 20,
    where: Where = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Any:
    return await share_performance.mine(ctx, by, _of(ctx, where, first_day, last_day), first)


async def _of_the_brand(
    ctx: Context,
    *,
    by: By,
    first: Most = 20,
    where: Where = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Any:
    return await share_performance.of_the_brand(ctx, by, _of(ctx, where, first_day, last_day), first)


@strawberry.type
class SharePerformanceQuery:
    my_share_performance: list[SharePerformance] = query(
        _mine, "What came of what the caller passed on, seconds later.", scope=Scope.MEMBER, cost=20
    )
    share_performance: list[SharePerformance] = query(
        _of_the_brand,
        "What came of what was passed on: of everything for operators and editors, else by the caller's stores.",
        scope=Scope.STORE_MANAGER,
        cost=20,
    )
