"""Short ways to fill a pond with guides, bindings and shares."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import db.guides
import db.shares
import db.stores
from domain import guides
from domain.bindings import BindingCause, Trail
from domain.guides import GuideCard, GuideKind, GuideStatus
from domain.identity import Principal, scopes_of
from domain.shares import Share, ShareChannel, ShareDraft, TargetKind
from resolvers import bindings
from resolvers import shares as share_stories
from tests.makers_members import a_member, a_store
from tests.pond import Pond


async def a_guide(
    pond: Pond,
    name: str = "Xiao Wang",
    *,
    store_id: UUID | None = None,
    member: Principal | None = None,
    status: GuideStatus = GuideStatus.ACTIVE,
    tier_rank: int = 1,
) -> Principal:
    """A member who is a guide of a store (a new one unless given), as a principal with the scope that goes with it."""
    ctx = pond.context()
    member = member or await a_member(pond, name)
    assert member.member_id is not None
    store_id = store_id or await a_store(pond)
    async with pond.database.writing() as tx:
        store = (await db.stores.units_by_id(tx, [store_id]))[store_id]
        (tier,) = [tier for tier in await db.guides.tiers(tx) if tier.rank == tier_rank]
        card = GuideCard(GuideKind.EMPLOYEE, name)
        new = guides.apply(ctx.new_id(), member.member_id, store, card, tier, ctx.new_code(), ctx.now())
        assert await db.guides.add_guide(tx, replace(new, status=status))
    active = status is GuideStatus.ACTIVE
    scopes = scopes_of(member=True, active_guide=active, duties=member.duties)
    return replace(member, guide_id=new.id if active else None, scopes=scopes)


async def guide_of(pond: Pond, principal: Principal) -> guides.Guide:
    """The guide that a principal is, whatever the status."""
    assert principal.member_id is not None
    found = await db.guides.find_guide_of(pond.context().reading, principal.member_id)
    assert found is not None
    return found


async def bound(pond: Pond, member: Principal, guide: Principal) -> None:
    """Make the member a customer of the guide."""
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        assert await bindings.bind(
            pond.context(), tx, member.member_id, await guide_of(pond, guide), Trail(BindingCause.REGISTRATION)
        )


async def a_share(
    pond: Pond,
    sharer: Principal,
    target_id: UUID,
    *,
    kind: TargetKind = TargetKind.STORE,
    channel: ShareChannel = ShareChannel.CHAT,
    parent: Share | None = None,
) -> Share:
    """Something that the sharer passed on."""
    draft = ShareDraft(kind, target_id, channel)
    share, _ = await share_stories.create(pond.context(sharer), draft, parent.code if parent else None)
    return share


async def opened(pond: Pond, share: Share, visitor: Principal, *, key: str = "a-browser") -> None:
    """The visitor opens the share."""
    await share_stories.visit(pond.context(visitor), share.code, key)
