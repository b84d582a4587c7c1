"""What is known of friends on WeCom, and how they become a guide's customers once they are members too (R08)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.bindings
import db.contacts
import db.guides
import db.members
import db.outbox
from db.connection import Writing
from domain import contacts as rules
from domain.bindings import BindingCause, BindingTrigger, Succession, Trail, may_bind
from domain.contacts import WecomContact, checked_id
from domain.guides import Guide, manages
from domain.members import Identity, IdentityProvider, Member
from domain.pages import Page, PageRequest
from domain.refusals import NotFound
from resolvers import bindings
from resolvers.context import Context


async def contacts_of(ctx: Context, guides: Sequence[Guide], request: PageRequest) -> list[Page[WecomContact] | None]:
    """A page of the contacts of each guide, where the caller is the guide or decides about it."""
    known = [one.id for one in guides if one.id == ctx.principal.guide_id or manages(ctx.principal, one)]
    found = await db.contacts.contacts_of(ctx.reading, known, request) if known else {}
    return [found.get(one.id) for one in guides]


async def add(ctx: Context, guide_id: UUID, external_userid: str, unionid: str | None) -> WecomContact:
    """Note that somebody added a guide on WeCom; who is a member already becomes the guide's customer.

    The person is kept from registering meanwhile, so that one of the two sees that both conditions hold.

    Raises:
        NotFound: there is no such guide, or the caller does not decide about it.
        BadInput: an id is none of WeCom's.
    """
    known_as = _person(
        checked_id(external_userid, "input", "externalUserId"),
        None if unionid is None else checked_id(unionid, "input", "unionId"),
    )
    async with ctx.database.writing() as tx:
        guide = await _managed(ctx, tx, guide_id)
        await db.members.lock_person(tx, known_as)
        member_id = await db.contacts.find_member(tx, known_as.openid, known_as.unionid)
        new = WecomContact(ctx.new_id(), guide.id, known_as.openid, known_as.unionid, member_id, ctx.now())
        kept = await db.contacts.save(tx, new)
        if kept.member_id is not None:
            (member,) = (await db.members.members_by_id(tx, [kept.member_id])).values()
            await _bind(ctx, tx, member, guide)
        await db.outbox.tell(tx, "ContactAdded", "guide", guide.id, rules.fact_of(kept), ctx.now())
    return kept


async def remove(ctx: Context, guide_id: UUID, external_userid: str) -> WecomContact:
    """Note that they are no friends on WeCom any more. A binding stays: it was for good, or has a time of its own.

    Raises:
        NotFound: there is no such guide, the caller does not decide about it, or they were no friends.
    """
    async with ctx.database.writing() as tx:
        guide = await _managed(ctx, tx, guide_id)
        removed = await db.contacts.remove(tx, guide.id, external_userid, ctx.now())
        if removed is None:
            raise NotFound(path=("input", "externalUserId"))
        await db.outbox.tell(tx, "ContactRemoved", "guide", guide.id, rules.fact_of(removed), ctx.now())
    return removed


def _person(external_userid: str, unionid: str | None) -> Identity:
    return Identity(IdentityProvider.WECOM, "", external_userid, unionid)


async def _managed(ctx: Context, tx: Writing, guide_id: UUID) -> Guide:
    guide = (await db.guides.guides_by_id(tx, [guide_id])).get(guide_id)
    if guide is None or not manages(ctx.principal, guide):
        raise NotFound(path=("input", "guideId"))
    return guide


async def known(ctx: Context, tx: Writing, member: Member, identity: Identity) -> Succession | None:
    """The member turned out to be this person: whom they had added on WeCom first, they are the customer of.

    Called in the transaction that registers the member or learns the identity, with the person locked.
    """
    if identity.unionid is None and identity.provider is not IdentityProvider.WECOM:
        return None
    external = identity.openid if identity.provider is IdentityProvider.WECOM else None
    contacts = await db.contacts.link(tx, member.id, external, identity.unionid)
    guides = await db.guides.guides_by_id(tx, [one.guide_id for one in contacts]) if contacts else {}
    for contact in contacts:
        began = await _bind(ctx, tx, member, guides[contact.guide_id])
        if began is not None:
            return began
    return None


async def _bind(ctx: Context, tx: Writing, member: Member, guide: Guide) -> Succession | None:
    """Both conditions hold: the guide was added, and the person is a member."""
    terms, at = ctx.services.rules.binding, ctx.now()
    if not terms.allows(BindingTrigger.CONTACT, member.created_at, at) or not may_bind(member.id, guide):
        return None
    if member.id in await db.bindings.members_above(tx, guide.member_id, at):
        return None
    return await bindings.bind(ctx, tx, member.id, guide, Trail(BindingCause.CONTACT))
