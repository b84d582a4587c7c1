"""What can be asked of shares, and how registrations and orders are credited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.attributions
import db.guides
import db.outbox
import db.shares
from domain import shares as rules
from domain.pages import Page, PageRequest
from domain.refusals import NotFound
from domain.shares import Funnel, Share, ShareDraft, TargetKind
from resolvers import bindings, catalogue, content, guides, live, rates, stores
from resolvers.context import Context

_TARGETS: Mapping[TargetKind, Callable[[Context, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]] = {
    TargetKind.PRODUCT: catalogue.products_by_id,
    TargetKind.POST: content.posts_by_id,
    TargetKind.LIVE_ROOM: live.rooms_by_id,
    TargetKind.STORE: stores.stores_by_id,
    TargetKind.GUIDE: guides.guides_by_id,
}


async def share(ctx: Context, code: str) -> Share | None:
    """The share with this code; an expired one opens its target all the same."""
    return await db.shares.find_share(ctx.reading, code)


async def shares_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Share]:
    return await db.shares.shares_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def my_shares(ctx: Context, request: PageRequest) -> Page[Share]:
    """A page of what the caller shared, the newest first."""
    return await db.shares.shares_by(ctx.reading, ctx.member_id, request)


async def targets_of(ctx: Context, shares: Sequence[Share]) -> list[Any]:
    """What each share shows, where it exists for the caller."""
    kinds = {share.target_kind for share in shares}
    keys = {kind: [share.target_id for share in shares if share.target_kind is kind] for kind in kinds}
    found = await targets_by_id(ctx, keys)
    return [found.get(share.target_id) for share in shares]


async def targets_by_id(ctx: Context, keys: Mapping[TargetKind, Sequence[UUID]]) -> dict[UUID, Any]:
    """What can be shared, where it exists for the caller."""
    found: dict[UUID, Any] = {}
    for kind, ids in keys.items():
        found.update(await _TARGETS[kind](ctx, ids))
    return found


async def parents_of(ctx: Context, shares: Sequence[Share]) -> list[Share | None]:
    """The share as whose forward each was made."""
    keys = [share.parent_id for share in shares if share.parent_id is not None]
    found = await shares_by_id(ctx, keys) if keys else {}
    return [found.get(share.parent_id) if share.parent_id else None for share in shares]


async def children_of(ctx: Context, shares: Sequence[Share], request: PageRequest) -> list[Page[Share] | None]:
    """A page of the forwards of each share, where the caller may follow its trace (R56)."""
    seen = [share.id for share in shares if rules.can_trace(share, ctx.principal.member_id)]
    found = await db.shares.children_of(ctx.reading, seen, request) if seen else {}
    return [_traced(found[share.id]) if share.id in found else None for share in shares]


def _traced(children: Page[Share]) -> Page[Share]:
    return children.mapped(lambda child: replace(child, traced=True), children.count)


async def funnels_of(ctx: Context, shares: Sequence[Share]) -> list[Funnel | None]:
    """What came of each share, where the caller may follow its trace."""
    seen = [share.id for share in shares if rules.can_trace(share, ctx.principal.member_id)]
    found = await db.attributions.funnels_of(ctx.reading, seen) if seen else {}
    return [found.get(share.id) for share in shares]


async def create(ctx: Context, draft: ShareDraft, parent_code: str | None) -> tuple[Share, bool]:
    """Pass something on; the same share again for the same target, channel and parent.

    The second value says whether the parent's code, if any, was good: without it the share hangs under none.

    Raises:
        NotFound: the target does not exist for the caller.
    """
    if draft.target_id not in await _TARGETS[draft.target_kind](ctx, [draft.target_id]):
        raise NotFound(path=("input", "target"))
    origin = None if parent_code is None else await db.shares.find_share(ctx.reading, parent_code)
    at, lasts = ctx.now(), ctx.services.rules.shares_last
    async with ctx.database.writing() as tx:
        new = rules.pass_on(
            ctx.new_id(),
            ctx.new_code(),
            ctx.member_id,
            rules.hang(draft, ctx.member_id, origin),
            guide=await db.guides.find_guide_of(tx, ctx.member_id),
            at=at,
            expires_at=None if lasts is None else at + lasts,
        )
        saved = await db.shares.save_share(tx, new)
        if saved.id == new.id:
            await db.outbox.tell(tx, "ShareCreated", "share", saved.id, rules.fact_of(saved), at)
    return saved, parent_code is None or origin is not None


async def visit(ctx: Context, code: str, visitor_key: str) -> Share:
    """Open a share, and count it: not the sharer's own openings, nor those of an expired share.

    Who is not logged in is counted up to a rate for each address; beyond it the share opens, and is not counted (J24).

    Raises:
        NotFound: no share has this code.
        BadInput: the visitor's key is empty or too long.
        TooOften: the member opens more than people do.
    """
    opener = rules.visitor_of(ctx.principal.member_id, visitor_key)
    opened = await db.shares.find_share(ctx.reading, code)
    if opened is None:
        raise NotFound(path=("input", "code"))
    at, member_id = ctx.now(), ctx.principal.member_id
    if (
        opened.is_open(at)
        and opened.sharer_member_id != member_id
        and await rates.opening_counts(ctx, "openings of shares")
    ):
        day = rules.day_of(at, ctx.services.rules.time_zone)
        async with ctx.database.writing() as tx:
            first = await db.shares.count_visit(tx, opened.id, opener, member_id, day, at)
            fact = rules.visit_of(opened, member_id, first=first)
            await db.outbox.tell(tx, "ShareVisited", "share", opened.id, fact, at)
        await bindings.opened(ctx, opened)
    return opened
