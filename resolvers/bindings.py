"""What can be asked of bindings, and how members come to guides and go from one to another (R08)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import db.binding_lists
import db.bindings
import db.guides
import db.handovers
import db.members
import db.outbox
import db.stores
from db.connection import Writing
from domain import bindings as rules
from domain.bindings import (
    Bindable,
    Binding,
    BindingCause,
    BindingEnd,
    BindingMode,
    BindingTrigger,
    BoundMeanwhile,
    BoundMember,
    NotBindable,
    Standing,
    Succession,
    Trail,
)
from domain.filters import Condition, check_depth
from domain.guides import Guide
from domain.identity import Role, Scope
from domain.members import Member
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.refusals import NotAllowed, NotFound, text_within
from domain.shares import Share
from resolvers.context import Context

LONGEST_REASON = 200
EXPIRED_AT_ONCE = 500


async def guides_bound_to(ctx: Context, members: Sequence[Member]) -> list[Guide | None]:
    """The guide whose customer each member is; the member and operators know."""
    found = await db.bindings.guides_bound_to(ctx.reading, _known(ctx, members), ctx.now())
    return [found.get(member.id) for member in members]


async def bindings_of(ctx: Context, members: Sequence[Member]) -> list[Binding | None]:
    """The binding of each member that holds now; the member and operators know."""
    found = await db.bindings.bindings_of(ctx.reading, _known(ctx, members), ctx.now())
    return [found.get(member.id) for member in members]


def _known(ctx: Context, members: Sequence[Member]) -> list[UUID]:
    own = ctx.principal.member_id
    return [member.id for member in members if member.id == own or ctx.holds(Scope.OPERATOR)]


async def my_bound_members(ctx: Context, request: PageRequest) -> Page[BoundMember]:
    """A page of the members who are bound to the caller, the newest first."""
    if ctx.principal.guide_id is None:
        raise NotAllowed
    return await db.binding_lists.members_bound_to(ctx.reading, ctx.principal.guide_id, ctx.now(), request)


async def bindings(ctx: Context, request: PageRequest, where: Condition, at: datetime | None) -> Page[Binding]:
    """A page of the bindings to stores of the caller's, the newest first: of all times, or those that held then.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.binding_lists.bindings(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where, at)


async def bindings_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Binding]:
    """Those of the bindings that the caller may know of: the member, the guide, and managers of the store."""
    found = await db.bindings.bindings_by_id(ctx.reading, list(dict.fromkeys(ids)))
    return {key: one for key, (one, path) in found.items() if _may_know(ctx, one, path)}


def _may_know(ctx: Context, binding: Binding, path: str) -> bool:
    who = ctx.principal
    is_party = who.member_id == binding.member_id or (binding.guide_id is not None and who.guide_id == binding.guide_id)
    return is_party or who.has_duty(Role.STORE_MANAGER, path)


async def bind(ctx: Context, tx: Writing, member_id: UUID, guide: Guide, trail: Trail) -> Succession | None:
    """Make a member a customer of a guide, as a trigger does; None when the member stays who they are.

    The first binding wins; after its protection a later one may take over. Of many at once one does.

    Raises:
        NotBindable: the guide is not active, is the member, or is among the member's own customers.
        BoundMeanwhile: somebody else bound the member while this was decided.
    """
    terms, at = ctx.services.rules.binding, ctx.now()
    new = rules.bind(ctx.new_id(), member_id, guide, terms, trail, at)
    if await db.bindings.add_first(tx, new, guide.member_id, terms.who):
        return Succession(new)
    standing = (await db.bindings.standings_of(tx, [member_id], at)).get(member_id)
    if standing is None or not rules.is_free_for(standing, guide, at):
        return None
    succession = rules.succeed(standing, new, BindingEnd.TAKEN_OVER)
    return succession if await follow(ctx, tx, succession, guide, terms.who) else None


async def follow(
    ctx: Context, tx: Writing, succession: Succession, guide: Guide, who: Bindable = Bindable.ALL_MEMBERS
) -> bool:
    """Let a binding to the guide follow on what the member has; False when somebody else was faster.

    Raises:
        NotBindable: the guide is among the member's own customers.
        BoundMeanwhile: a handover was planned, and the brand does not bind the member in its place.
    """
    new, ends, also = succession.new, succession.ends, succession.also
    if ends is None:
        return await db.bindings.add_first(tx, new, guide.member_id, who)
    if also is None:
        return bool(await db.bindings.succeed(tx, [succession], {guide.id: guide.member_id}, who))
    if not await db.bindings.close(tx, [ends]):
        return False
    await db.bindings.close(tx, [also])
    await db.handovers.overtake(tx, ends.binding_id, ctx.now())
    if not await db.bindings.add_first(tx, new, guide.member_id, who):
        raise BoundMeanwhile
    return True


async def registered(ctx: Context, tx: Writing, member_id: UUID, guide: Guide, share_id: UUID | None) -> bool:
    """Bind a member who registers under a guide's link or code, where that is a trigger. True when it bound."""
    at = ctx.now()
    if not ctx.services.rules.binding.allows(BindingTrigger.REGISTRATION, at, at) or not rules.may_bind(
        member_id, guide
    ):
        return False
    trail = Trail(BindingCause.REGISTRATION, share_id, actor_id=member_id)
    return await bind(ctx, tx, member_id, guide, trail) is not None


async def opened(ctx: Context, share: Share) -> bool:
    """Bind the member who asks to the guide whose share they opened, where that is a trigger. True when it bound.

    One statement for a member whose binding nobody may take over.
    """
    member_id, guide_id, at = ctx.principal.member_id, share.guide_id, ctx.now()
    if member_id is None or guide_id is None or BindingTrigger.SHARE not in ctx.services.rules.binding.triggers:
        return False
    standing = (await db.bindings.standings_of(ctx.reading, [member_id], at)).get(member_id, Standing())
    if rules.is_settled(standing, guide_id, at) or not await _is_allowed(ctx, member_id, at):
        return False
    guide = (await db.guides.guides_by_id(ctx.reading, [guide_id])).get(guide_id)
    if guide is None or not rules.may_bind(member_id, guide) or not rules.is_free_for(standing, guide, at):
        return False
    return await bind_now(ctx, member_id, guide, Trail(BindingCause.SHARE, share.id, actor_id=member_id))


async def bind_now(ctx: Context, member_id: UUID, guide: Guide, trail: Trail) -> bool:
    """Bind a member by a trigger, in a transaction of its own. False when they stay who they are."""
    try:
        async with ctx.database.writing() as tx:
            began = await bind(ctx, tx, member_id, guide, trail)
            if began is not None:
                await tell(ctx, tx, began)
    except (NotBindable, BoundMeanwhile):
        return False
    return began is not None


async def _is_allowed(ctx: Context, member_id: UUID, at: datetime) -> bool:
    terms = ctx.services.rules.binding
    if terms.mode is not BindingMode.REGISTER_ONLY:
        return True
    member = (await db.members.members_by_id(ctx.reading, [member_id]))[member_id]
    return terms.allows(BindingTrigger.SHARE, member.created_at, at)


async def tell(ctx: Context, tx: Writing, began: Succession) -> None:
    await db.outbox.tell(tx, "MemberBound", "binding", began.new.id, rules.fact_of(began), ctx.now())


async def transfer(ctx: Context, member_id: UUID, to_guide_id: UUID, reason: str) -> Binding:
    """Give a member to another guide. Mode, protection and expiry stay as they are; a planned handover is off.

    Raises:
        NotFound: there is no such member or guide, or the caller does not decide about both stores.
        NotBindable: the guide is not active, is the member, or is among the member's own customers.
        WrongState: the member is that guide's.
        BoundMeanwhile: somebody else changed whose customer the member is.
        BadInput: the reason is out of bounds.
    """
    trail = Trail(BindingCause.TRANSFER, None, ctx.member_id, text_within(reason, LONGEST_REASON, "input", "reason"))
    async with ctx.database.writing() as tx:
        at = ctx.now()
        guide = (await db.guides.guides_by_id(tx, [to_guide_id])).get(to_guide_id)
        standing = (await db.bindings.standings_of(tx, [member_id], at)).get(member_id, Standing())
        await _check(ctx, tx, member_id, standing, guide)
        assert guide is not None
        began = rules.transfer(standing, ctx.new_id(), member_id, guide, ctx.services.rules.binding, trail, at)
        if not await follow(ctx, tx, began, guide):
            raise BoundMeanwhile
        await tell(ctx, tx, began)
    return began.new


async def _check(ctx: Context, tx: Writing, member_id: UUID, standing: Standing, guide: Guide | None) -> None:
    """Hold a transfer to members and guides that the caller decides about."""
    if guide is None:
        raise NotFound(path=("input", "toGuideId"))
    path: str | None = None
    if standing.current is not None:
        store_id = standing.current.store_id
        path = (await db.stores.units_by_id(tx, [store_id]))[store_id].path
    elif member_id not in await db.members.cards_of(tx, [member_id]):
        raise NotFound(path=("input", "memberId"))
    rules.check_transfer(ctx.principal, path, guide.store_path)


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Begin the time of a timed binding anew, where the brand says so and the bound guide has the order."""
    terms = ctx.services.rules.binding
    if terms.renews and terms.mode is BindingMode.TIMED and order.guide_id is not None:
        at = order.paid_at or ctx.now()
        protected_until, expires_at = at + terms.protected_for, at + terms.lasts
        await db.bindings.renew(
            tx, order.member_id, order.guide_id, at, protected_until=protected_until, expires_at=expires_at
        )
    return {}


async def expire(ctx: Context) -> int:
    """End bindings whose time is over, some hundred at once; how many."""
    async with ctx.database.writing() as tx:
        over = await db.bindings.expire(tx, ctx.now(), EXPIRED_AT_ONCE)
        if over:
            ended = [rules.ended_fact(one) for one in over]
            await db.outbox.tell(tx, "BindingsExpired", "binding", over[0].id, {"bindings": ended}, ctx.now())
    return len(over)
