"""Shares: what members pass on, who opened it, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import strawberry

from domain import pages
from domain import shares as rules
from domain.identity import Scope
from domain.refusals import NotFound
from domain.share_figures import Days, days_between
from domain.shares import ShareChannel, TargetKind
from resolvers import share_performance, shares
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload, Warning, WarningCode
from schema.ids import Kind, identifier, key_of, kind_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node
from schema.scalars import Long
from schema.share_figures import ShareFigures, ShareTrace

described(
    TargetKind,
    "What can be shared.",
    PRODUCT="A product.",
    POST="A post.",
    LIVE_ROOM="A live room.",
    STORE="A store.",
    GUIDE="A guide's card.",
)
described(
    ShareChannel,
    "Where a share is passed on.",
    CHAT="To one person in a chat (好友).",
    GROUP="To a group chat (群聊).",
    MOMENTS="In Moments (朋友圈).",
    CHANNELS="In Channels (视频号).",
    OA="In an official account's article (公众号).",
    POSTER="On a poster with a code (海报).",
    LINK="As a bare link.",
)
_TARGETS = {
    Kind.PRODUCT: TargetKind.PRODUCT,
    Kind.POST: TargetKind.POST,
    Kind.LIVE_ROOM: TargetKind.LIVE_ROOM,
    Kind.STORE: TargetKind.STORE,
    Kind.GUIDE: TargetKind.GUIDE,
}


@object_type(scope=Scope.VISITOR, description="What came of a share.")
class ShareFunnel:
    visits: Long = attribute("How often others opened it.")
    unique_visits: Long = attribute("By how many members, each counted once a day of the brand's time zone.")
    registrations: Long = attribute("How many members registered through it.")
    orders: Long = attribute("How many orders it led to, also those that are credited to another guide.")


async def _children(
    ctx: Context,
    parents: Sequence[rules.Share],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await shares.children_of(ctx, parents, pages.page_request(first, after, last, before))


FirstDay = Annotated[
    date | None, strawberry.argument(description="The first of the brand's days; 29 days before the last unless given.")
]
LastDay = Annotated[date | None, strawberry.argument(description="The last one; today unless given. At most 366 days.")]


def days_of(ctx: Context, first_day: date | None, last_day: date | None) -> Days:
    """The days that are asked for: the last 30 unless said otherwise."""
    last = last_day or share_performance.days_up_to_now(ctx).last
    return days_between(first_day or last - timedelta(days=29), last, "firstDay")


async def _performance(
    ctx: Context, found: Sequence[rules.Share], *, first_day: FirstDay = None, last_day: LastDay = None
) -> Any:
    return await share_performance.figures_of(ctx, found, days_of(ctx, first_day, last_day))


async def _pictures(ctx: Context, found: Sequence[rules.Share]) -> list[str]:
    return [ctx.services.rules.codes.picture_of(one.code) for one in found]


@object_type(scope=Scope.VISITOR, description="Something that a member passed on (分享).", record=rules.Share)
class Share(Node):
    id: strawberry.ID = identifier(Kind.SHARE)
    code: str = attribute("Ten base62 characters, short enough for a mini-program code. Unique.")
    scene: str = attribute("The code as `scene` of a mini-program code (小程序码), 12 characters.")
    qr_url: str = batched(_pictures, "Where the picture of its code is, PNG or JPEG: for a mini-program or a browser.")
    channel: ShareChannel = attribute("Where it was passed on.")
    target_kind: TargetKind = attribute("What it shows.")
    target: Node | None = batched(
        shares.targets_of, "What it shows; null when the caller may not know of it, or it is gone.", cost=3
    )
    sharer_name: str = attribute("Who passed it on.")
    guide_id: strawberry.ID | None = identifier(
        Kind.GUIDE, "guide_id", description="The guide who passed it on; null when no active guide did."
    )
    store_id: strawberry.ID | None = identifier(
        Kind.STORE, "store_id", description="The store of that guide; null when no active guide did."
    )
    parent: Share | None = batched(shares.parents_of, "The share as whose forward it was made.")
    created_at: datetime = attribute("When it was first passed on.")
    expires_at: datetime | None = attribute("From when on it opens its target without crediting anyone; null: never.")
    funnel: ShareFunnel | None = batched(
        shares.funnels_of,
        "What came of it; null for all but the sharer and, below an own share, those whose share was forwarded.",
        cost=3,
    )
    depth: int = attribute("How many generations of forwards led here; 1: it is nobody's forward.")
    performance: ShareFigures | None = batched(
        _performance, "What came of it in a time, seconds later; null for those who do not see the funnel.", cost=2
    )
    trace: ShareTrace | None = batched(
        share_performance.traces_of,
        "It and all that was forwarded of it, over all generations; null for those who do not see the funnel.",
        cost=5,
    )
    children: Connection[Share] | None = batched(
        _children, "Its forwards, the oldest first; null for those who do not see the funnel."
    )


async def _share(ctx: Context, *, code: Annotated[str, strawberry.argument(description="Its code.")]) -> Any:
    return await shares.share(ctx, code)


async def _my_shares(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await shares.my_shares(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class ShareQuery:
    share: Share | None = query(_share, "The share with this code, expired or not.", scope=Scope.VISITOR)
    my_shares: Connection[Share] = query(_my_shares, "What the caller passed on, the newest first.", scope=Scope.MEMBER)


@strawberry.input(description="Something to pass on.")
class ShareCreateInput:
    target: strawberry.ID = strawberry.field(
        description="What to show: an id of a product, post, live room, store or guide."
    )
    channel: ShareChannel = strawberry.field(description="Where it is passed on.")
    parent_code: str | None = strawberry.field(
        default=None, description="The code of the share that is forwarded. An unknown one is ignored with a warning."
    )


@strawberry.input(description="Someone opened a share.")
class ShareVisitInput:
    code: str = strawberry.field(description="The code of the share.")
    visitor_key: str = strawberry.field(
        description="A key of the device that stays the same, 1 to 64 characters. "
        "A member counts as one person on all devices."
    )


@object_type(scope=Scope.VISITOR, description="A share that was created.")
class ShareCreatePayload(Payload):
    share: Share | None = attribute("The share: the same one for the same target, channel and parent.", default=None)


@object_type(scope=Scope.VISITOR, description="A share that was opened.")
class ShareVisitPayload(Payload):
    share: Share | None = attribute("The share that was opened.", default=None)


async def _create(ctx: Context, *, input: ShareCreateInput) -> Any:
    kind = kind_of(input.target)
    if kind not in _TARGETS:
        raise NotFound(path=("input", "target"))
    draft = rules.ShareDraft(_TARGETS[kind], key_of(kind, input.target, "input", "target"), input.channel)
    share: Any
    share, code_was_good = await shares.create(ctx, draft, input.parent_code)
    warnings = [] if code_was_good else [Warning.of(WarningCode.SHARE_CODE_IGNORED, ctx.locale)]
    return ShareCreatePayload(share=share, warnings=warnings)


async def _visit(ctx: Context, *, input: ShareVisitInput) -> Any:
    share: Any = await shares.visit(ctx, input.code, input.visitor_key)
    return ShareVisitPayload(share=share)


@strawberry.type
class ShareMutation:
    share_create: ShareCreatePayload | None = mutation(
        _create, ShareCreatePayload, "Pass something on, as a code that tells who did.", scope=Scope.MEMBER
    )
    share_visit: ShareVisitPayload | None = mutation(
        _visit,
        ShareVisitPayload,
        "Count that a share was opened; the sharer's own openings do not.",
        scope=Scope.VISITOR,
    )


NODES = {Kind.SHARE: shares.shares_by_id}
