"""Contacts: who has a guide among their friends on WeCom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain import contacts as rules
from domain.identity import Scope
from resolvers import contacts, members
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.members import MemberCard


async def _members(ctx: Context, found: Sequence[rules.WecomContact]) -> list[Any]:
    ids = [one.member_id for one in found if one.member_id is not None]
    cards = await members.cards_by_id(ctx, ids) if ids else {}
    return [cards.get(one.member_id) if one.member_id else None for one in found]


@object_type(scope=Scope.MEMBER, description="Somebody who added a guide on WeCom (企业微信好友).")
class WecomContact:
    id: strawberry.ID = identifier(Kind.WECOM_CONTACT)
    guide_id: strawberry.ID = identifier(Kind.GUIDE, "guide_id", description="The guide.")
    member: MemberCard | None = batched(_members, "Who it is, once they are a member.")
    added_at: datetime = attribute("Since when.")
    removed_at: datetime | None = attribute("Until when; null while they are friends.")


@strawberry.input(description="Somebody and a guide became friends on WeCom.")
class GuideContactAddInput:
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    external_user_id: str = strawberry.field(
        description="`external_userid`: how WeCom calls the person, at most 128 characters."
    )
    union_id: str | None = strawberry.field(
        default=None,
        description="`unionid`, by which the person is known when they log in to the mini-program; may follow later.",
    )


@strawberry.input(description="Somebody and a guide are no friends on WeCom any more.")
class GuideContactRemoveInput:
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    external_user_id: str = strawberry.field(description="`external_userid`: how WeCom calls the person.")


@object_type(scope=Scope.STORE_MANAGER, description="A contact that was noted.")
class GuideContactPayload(Payload):
    contact: WecomContact | None = attribute("The contact as it is now.", default=None)


async def _add(ctx: Context, *, input: GuideContactAddInput) -> Any:
    guide_id = key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
    return GuideContactPayload.of(contact=await contacts.add(ctx, guide_id, input.external_user_id, input.union_id))


async def _remove(ctx: Context, *, input: GuideContactRemoveInput) -> Any:
    guide_id = key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
    return GuideContactPayload.of(contact=await contacts.remove(ctx, guide_id, input.external_user_id))


@strawberry.type
class ContactMutation:
    guide_contact_add: GuideContactPayload | None = mutation(
        _add,
        GuideContactPayload,
        "Note that somebody added a guide on WeCom, as its callback tells. Who registered too, before or after, is the "
        "guide's customer from then on. Noting it again changes nothing.",
        scope=Scope.STORE_MANAGER,
    )
    guide_contact_remove: GuideContactPayload | None = mutation(
        _remove,
        GuideContactPayload,
        "Note that they are no friends on WeCom any more. Whose customer the person is stays.",
        scope=Scope.STORE_MANAGER,
    )
