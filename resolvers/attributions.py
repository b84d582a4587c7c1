"""What can be asked of attribution: whose registrations and orders are, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import db.attributions
import db.channels
import db.evidence
import db.guides
import db.revisions
import db.shares
import db.stores
from db.connection import Reading, Writing
from domain import attribution as rules
from domain import attribution_views as views
from domain.attribution import Assist, Attribution, AttributionKind, Decision
from domain.attribution_views import OrderAttribution, OwnAssist
from domain.channels import Acquisition
from domain.evidence import Claimant
from domain.guides import Guide
from domain.identity import Role
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.refusals import NotAllowed
from domain.shares import Share
from domain.stores import Store
from resolvers import bindings, guides, stores
from resolvers.context import Context


async def attribute_registration(ctx: Context, tx: Writing, member_id: UUID, share_code: str | None) -> bool:
    """Credit the registration of a new member to whom the code belongs, and bind the member to its guide.

    Only a guide binds: a share of another member is credited, and the member stays free. Who came by a channel's code
    is of that channel for good. Called once in the transaction that registers; of two at once, the first one's binding
    and credit stay.
    Returns whether the code, if there is one, was good: False when it is unknown or expired.
    """
    if share_code is None:
        return True
    at = ctx.now()
    owner = await db.evidence.find_owner(tx, share_code, at)
    if owner is None:
        return False
    guide = owner.guide
    if guide is not None:
        await bindings.registered(ctx, tx, member_id, guide, owner.share_id)
    if owner.hook_id is not None and owner.channel_id is not None:
        await db.channels.acquire(tx, Acquisition(member_id, owner.hook_id, owner.channel_id, at))
    kind, decision = AttributionKind.REGISTRATION, rules.credit_for(owner)
    await db.attributions.add(tx, Attribution(ctx.new_id(), kind, member_id, None, decision, at))
    return True


async def attribute_orders(ctx: Context, reading: Reading, asked: Sequence[Claimant], at: datetime) -> list[Decision]:
    """Decide who is credited with each order when it is placed: one statement for all.

    What is passed over is told in the decision. A code that credits nobody is no error: `code_ignored` says so.
    """
    policy = ctx.services.rules.attribution
    found = await db.evidence.evidence_for(reading, asked, policy, at)
    return [rules.attribute(one, evidence, policy, at) for one, evidence in zip(asked, found, strict=True)]


def attribution_of(ctx: Context, order: Order, decision: Decision) -> Attribution:
    """The decision about an order, to be kept with the policy that it was made by."""
    policy = ctx.services.rules.attribution if decision.findings else None
    return Attribution(
        ctx.new_id(), AttributionKind.ORDER, order.member_id, order.id, decision, order.placed_at, policy
    )


async def confirm(ctx: Context, tx: Writing, order: Order) -> Order:
    """Look once more whose a locked order is, now that it is paid; from here on nothing changes it (H5).

    What the brand did since it was placed counts: the member was handed over, the guide has left. What the buyer
    opened since does not. One statement, and none where nobody was credited.
    """
    if order.guide_id is None and order.store_id is None:
        return order
    at = ctx.now()
    found = await db.revisions.find(tx, order.id, at)
    if found is None:
        return order
    kept, standing = found
    decision, policy = kept.decision, kept.policy
    if policy is None or rules.stands(decision, standing):
        return order
    named = {one.guide_id for one in decision.findings if one.guide_id is not None}
    standing = replace(standing, left=await db.revisions.left(tx, named))
    again = rules.confirm(Claimant(order.member_id), decision, standing, policy, at)
    await db.revisions.save(tx, replace(kept, decision=again))
    return replace(order, guide_id=again.guide_id, store_id=again.store_id)


async def attributions_of(ctx: Context, orders: Sequence[Order]) -> list[OrderAttribution | None]:
    """Whose each order is, and why, as far as the caller may know."""
    found = await _seen(ctx, [one.id for one in orders])
    return [found.get(one.id) for one in orders]


async def attribution(ctx: Context, order_id: UUID) -> OrderAttribution | None:
    """Whose an order is, and why; for its buyer, and for those who may know why without seeing the order."""
    return (await _seen(ctx, [order_id])).get(order_id)


async def _seen(ctx: Context, order_ids: Sequence[UUID]) -> dict[UUID, OrderAttribution]:
    kept = await db.attributions.attributions_of(ctx.reading, order_ids)
    stores = {key for one in kept.values() for key in views.stores_of(one)}
    runs = bool(stores) and bool(ctx.principal.paths_of(Role.STORE_MANAGER))
    units = await db.stores.units_by_id(ctx.reading, sorted(stores)) if runs else {}
    paths = {key: unit.path for key, unit in units.items()}
    seen = ((key, views.view_of(ctx.principal, one, paths)) for key, one in kept.items())
    return {key: view for key, view in seen if view is not None}


async def my_assists(ctx: Context, request: PageRequest) -> Page[OwnAssist]:
    """A page of the orders of others in which the caller had a part as a guide, the newest first."""
    if ctx.principal.guide_id is None:
        raise NotAllowed
    return await db.attributions.assists_by(ctx.reading, ctx.principal.guide_id, request)


async def names_of_guides(ctx: Context, guide_ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """What guides are called who stand in an explanation, also those who have left."""
    ids = sorted({one for one in guide_ids if one is not None})
    found = await db.guides.guides_by_id(ctx.reading, ids) if ids else {}
    return {key: guide.display_name for key, guide in found.items()}


async def guides_credited(ctx: Context, seen: Sequence[OrderAttribution | Assist]) -> list[Guide | None]:
    """The guide of each, if it exists for the caller."""
    found = await guides.guides_by_id(ctx, [one.guide_id for one in seen if one.guide_id is not None])
    return [found.get(one.guide_id) if one.guide_id else None for one in seen]


async def stores_credited(ctx: Context, seen: Sequence[OrderAttribution]) -> list[Store | None]:
    """The store for which each order counts."""
    found = await stores.stores_by_id(ctx, [one.store_id for one in seen if one.store_id is not None])
    return [found.get(one.store_id) if one.store_id else None for one in seen]


async def shares_credited(ctx: Context, seen: Sequence[OrderAttribution | Assist]) -> list[Share | None]:
    """The share that led to each order."""
    ids = [one.share_id for one in seen if one.share_id is not None]
    found = await db.shares.shares_by_id(ctx.reading, sorted(set(ids))) if ids else {}
    return [found.get(one.share_id) if one.share_id else None for one in seen]


async def attributions_of_assists(ctx: Context, assists: Sequence[OwnAssist]) -> list[OrderAttribution | None]:
    """Why each order is another's."""
    found = await _seen(ctx, [one.order_id for one in assists])
    return [found.get(one.order_id) for one in assists]
