"""What can be asked of guides, and how they come, go and earn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import db.commissions
import db.guides
import db.ledger
import db.outbox
import db.stores
from db.connection import Writing
from domain import guides as rules
from domain.filters import Condition, check_depth
from domain.guides import (
    AlreadyGuide,
    BoundMember,
    Commission,
    Guide,
    GuideAction,
    GuideCard,
    GuideStatus,
    GuideTier,
    StatusChange,
)
from domain.identity import Role
from domain.ledger import COMMISSION, Posting, pending_commission
from domain.members import Member
from domain.money import Money
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.refunds import OrderRefund, commissionable
from domain.refusals import NotAllowed, NotFound, text_within
from domain.stores import OrgUnit, Store, UnitKind
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


async def guides_bound_to(ctx: Context, members: Sequence[Member]) -> list[Guide | None]:
    """The guide to whom each member is bound; only the member knows."""
    own = [member.id for member in members if member.id == ctx.principal.member_id]
    found = await db.guides.guides_bound_to(ctx.reading, own, ctx.now()) if own else {}
    return [found.get(member.id) for member in members]


async def my_commissions(ctx: Context, request: PageRequest) -> Page[Commission]:
    """A page of what the caller earned as a guide, the newest first."""
    return await db.commissions.commissions_of(ctx.reading, _own_guide(ctx), request)


async def my_bound_members(ctx: Context, request: PageRequest) -> Page[BoundMember]:
    """A page of the members who are bound to the caller, the newest first."""
    return await db.guides.members_bound_to(ctx.reading, _own_guide(ctx), ctx.now(), request)


def _own_guide(ctx: Context) -> UUID:
    """The guide that the caller is; a field that uses it has the scope GUIDE."""
    if ctx.principal.guide_id is None:
        raise NotAllowed
    return ctx.principal.guide_id


async def apply(ctx: Context, store_id: UUID, card: GuideCard) -> Guide:
    """Apply to sell for a store, on the lowest tier.

    Raises:
        NotFound: there is no such store.
        AlreadyGuide: the caller is a guide, or has an application open.
        BadInput: the name or the picture's address is out of bounds.
    """
    async with ctx.database.writing() as tx:
        store = await _store(tx, store_id)
        lowest, *_ = await db.guides.tiers(tx)
        applied = rules.apply(ctx.new_id(), ctx.member_id, store, card, lowest, ctx.new_code(), ctx.now())
        if not await db.guides.add_guide(tx, applied):
            raise AlreadyGuide
        await _log(ctx, tx, applied, None, "")
    return applied


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
            await db.commissions.release_held(tx, guide.id)
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


async def bind(ctx: Context, tx: Writing, member_id: UUID, guide: Guide, share_id: UUID | None) -> bool:
    """Make a member a customer of a guide; False when the member is somebody's already: the first binding wins.

    Raises:
        NotBindable: the guide is not active, is the member, or is among the member's own customers.
    """
    new = rules.bind(ctx.new_id(), member_id, guide, ctx.services.rules.binding, share_id, ctx.now())
    return await db.guides.add_binding(tx, new, guide.member_id)


async def pay_commission(
    ctx: Context,
    tx: Writing,
    *,
    order_id: UUID,
    member_id: UUID,
    attributed_guide_id: UUID | None,
    base: Money,
    at: datetime,
) -> Commission | None:
    """Write what a paid order earns its guide, and return it for the ledger.

    None when nothing is to be posted: no guide, an own purchase, one who left, or an order that has paid before.
    `base` is the net goods paid, without shipping.
    """
    if attributed_guide_id is None:
        return None
    earner = await db.commissions.find_earner(tx, attributed_guide_id)
    if earner is None:
        return None
    earned = rules.earn(ctx.new_id(), earner, order_id=order_id, buyer_id=member_id, base=base, at=at)
    return earned if earned is not None and await db.commissions.add(tx, earned) else None


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Take back what the order's guide is not entitled to any more (product rules 2.1.4)."""
    goods = commissionable(order, refund)
    if order.guide_id is None or goods.minor == 0:
        return {}
    taken = [rules.claw_back(one, goods) for one in await db.commissions.lock_of_order(tx, order.id)]
    changed = [(one, lost) for one, lost in taken if lost.minor]
    if changed:
        postings = [Posting(pending_commission(one.guide_id), COMMISSION, lost) for one, lost in changed]
        await db.ledger.post(tx, f"claw-back:{refund.id.hex}", postings, ctx.now())
    if taken:
        await db.commissions.save_claw_back(tx, [one for one, _ in taken])
    return {}
