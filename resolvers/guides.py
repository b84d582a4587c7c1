"""What can be asked of guides, and how they come, go and earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.guides
import db.outbox
import db.stores
from db.connection import Writing
from domain import guides as rules
from domain.filters import Condition, check_depth
from domain.guides import (
    AlreadyGuide,
    Guide,
    GuideAction,
    GuideCard,
    GuideStatus,
    GuideTier,
    StatusChange,
)
from domain.identity import Role
from domain.pages import Page, PageRequest
from domain.refusals import NotAllowed, NotFound, text_within
from domain.stores import OrgUnit, Store, UnitKind
from resolvers import bounties, commissions
from resolvers.context import Context
from resolvers.members import forget


async def guides_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Guide]:
    """Those of the guides that exist for the caller."""
    found = await db.guides.guides_by_id(ctx.reading, list(dict.fromkeys(ids)))
    return {key: guide for key, guide in found.items() if rules.knows(ctx.principal, guide)}


async def guide_by_code(ctx: Context, share_code: str) -> Guide | None:
    """The guide with this code, if it exists for the caller."""
    found = await db.guides.find_guide_by_code(ctx.reading, share_code)
    return found if found is not None and rules.knows(ctx.principal, found) else None


async def my_guide(ctx: Context) -> Guide | None:
    """The guide that the caller is, or has applied to be."""
    return await db.guides.find_guide_of(ctx.reading, ctx.member_id)


async def guides(ctx: Context, request: PageRequest, where: Condition) -> Page[Guide]:
    """A page of the guides about whom the caller decides.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.guides.guides(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where)


async def stores_of(ctx: Context, guides: Sequence[Guide]) -> list[Store | None]:
    """The store of each guide."""
    found = await db.stores.stores_by_id(ctx.reading, sorted({guide.store_id for guide in guides}))
    return [found.get(guide.store_id) for guide in guides]


async def statuses_of(ctx: Context, guides: Sequence[Guide]) -> list[GuideStatus | None]:
    """The status of each guide, where the caller may know it."""
    return [guide.status if rules.knows_in_full(ctx.principal, guide) else None for guide in guides]


async def tiers_of(ctx: Context, guides: Sequence[Guide]) -> list[GuideTier | None]:
    """The tier of each guide, where the caller may know it."""
    tiers = {tier.id: tier for tier in await db.guides.tiers(ctx.reading)}
    return [tiers[guide.tier_id] if rules.knows_in_full(ctx.principal, guide) else None for guide in guides]


async def status_changes_of(ctx: Context, guides: Sequence[Guide]) -> list[list[StatusChange] | None]:
    """The log of each guide, where the caller decides about the guide."""
    managed = [guide.id for guide in guides if rules.manages(ctx.principal, guide)]
    found = await db.guides.status_changes_of(ctx.reading, managed)
    return [found.get(guide.id) for guide in guides]


async def guides_with_ids(ctx: Context, ids: Sequence[UUID | None]) -> list[Guide | None]:
    """The guide with each id that exists for the caller, in that order."""
    known = [one for one in ids if one is not None]
    found = await guides_by_id(ctx, known) if known else {}
    return [None if one is None else found.get(one) for one in ids]


async def inviters_of(ctx: Context, guides: Sequence[Guide]) -> list[Guide | None]:
    """The guide who brought each guide, where the caller may know it."""
    own = [guide.inviter_id if rules.knows_in_full(ctx.principal, guide) else None for guide in guides]
    return await guides_with_ids(ctx, own)


async def invited_of(ctx: Context, guides: Sequence[Guide], request: PageRequest) -> list[Page[Guide] | None]:
    """A page of the guides whom each guide brought, where the caller may know it."""
    known = [guide.id for guide in guides if rules.knows_in_full(ctx.principal, guide)]
    found = await db.guides.invited_by(ctx.reading, known, request) if known else {}
    return [found.get(guide.id) for guide in guides]


async def apply(ctx: Context, store_id: UUID, card: GuideCard, inviter_code: str | None = None) -> Guide:
    """Apply to sell for a store, on the lowest tier, brought by the active guide whose code it is.

    Raises:
        NotFound: there is no such store, or no active guide has the inviter's code.
        GuideCycle: the caller brought the inviter when they were a guide before.
        AlreadyGuide: the caller is a guide, or has an application open.
        BadInput: the name or the picture's address is out of bounds.
    """
    async with ctx.database.writing() as tx:
        store = await _store(tx, store_id)
        lowest, *_ = await db.guides.tiers(tx)
        inviter = None if inviter_code is None else await _inviter(tx, inviter_code)
        applied = rules.apply(ctx.new_id(), ctx.member_id, store, card, lowest, ctx.new_code(), ctx.now())
        applied = replace(applied, inviter_id=inviter.id if inviter else None)
        if not await db.guides.add_guide(tx, applied):
            raise AlreadyGuide
        await _log(ctx, tx, applied, None, "")
    return applied


async def _inviter(tx: Writing, code: str) -> Guide:
    found = await db.guides.find_guide_by_code(tx, code)
    if found is None or found.status is not GuideStatus.ACTIVE:
        raise NotFound(path=("input", "inviterCode"))
    return found


async def set_inviter(ctx: Context, guide_id: UUID, inviter_id: UUID, expected_version: int, reason: str) -> Guide:
    """Note who brought a guide, once and for good.

    Raises:
        NotFound: there is no such guide or inviter, or the caller does not decide about the guide.
        NotAllowed: the caller is the inviter, who earns by it.
        StaleVersion: somebody changed the guide in between.
        HasInviter: it has an inviter.
        GuideCycle: the guide is among those who brought the inviter.
        BadInput: the reason is out of bounds.
    """
    said = text_within(reason, 200, "input", "reason")
    async with ctx.database.writing() as tx:
        guide = await db.guides.lock_guide(tx, guide_id)
        if guide is None or not rules.manages(ctx.principal, guide):
            raise NotFound(path=("input", "guideId"))
        inviter = (await db.guides.guides_by_id(tx, [inviter_id])).get(inviter_id)
        if inviter is None or inviter.status is not GuideStatus.ACTIVE:
            raise NotFound(path=("input", "inviterId"))
        if inviter.member_id == ctx.member_id:
            raise NotAllowed(path=("input", "inviterId"))
        changed = rules.set_inviter(guide, inviter, expected_version)
        await db.guides.save_inviter(tx, changed)
        await _log(ctx, tx, changed, guide.status, said)
    return changed


async def change_status(
    ctx: Context, guide_id: UUID, action: GuideAction, expected_version: int, reason: str = ""
) -> Guide:
    """Approve, freeze, unfreeze or dismiss a guide. What was held while it was frozen is held no more.

    Raises:
        NotFound: there is no such guide, or the caller does not decide about it.
        StaleVersion: somebody changed the guide in between.
        NotAllowed: the caller is the guide.
        WrongState: the guide's status does not allow it.
    """
    said = text_within(reason, 200, "input", "reason", least=0)
    async with ctx.database.writing() as tx:
        guide = await db.guides.lock_guide(tx, guide_id)
        if guide is None or not rules.manages(ctx.principal, guide):
            raise NotFound(path=("input", "guideId"))
        changed = rules.change_status(guide, action, actor_id=ctx.member_id, expected_version=expected_version)
        await db.guides.save_status(tx, changed)
        if action is GuideAction.UNFREEZE:
            await commissions.unfrozen(tx, guide.id)
            await bounties.unfrozen(tx, guide.id)
        await _log(ctx, tx, changed, guide.status, said)
    forget(changed.member_id)
    return changed


async def _store(tx: Writing, store_id: UUID) -> OrgUnit:
    unit = (await db.stores.units_by_id(tx, [store_id])).get(store_id)
    if unit is None or unit.kind is not UnitKind.STORE:
        raise NotFound(path=("input", "storeId"))
    return unit


async def _log(ctx: Context, tx: Writing, changed: Guide, before: GuideStatus | None, reason: str) -> None:
    change = StatusChange(before, changed.status, ctx.member_id, reason, ctx.now())
    await db.guides.log_status(tx, changed, change)
    await db.outbox.tell(tx, "GuideStatusChanged", "guide", changed.id, rules.fact_of(changed), ctx.now())
