"""Bindings: whose customer a member is and was, and who gives a member to another guide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import bindings as rules
from domain import pages
from domain.bindings import BindingCause, BindingEnd, BindingMode
from domain.identity import Scope
from domain.members import masked_name
from resolvers import bindings, guides, members, shares, stores
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.guides import Guide
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.members import MemberCard
from schema.node import Node
from schema.shares import Share
from schema.stores import Store

described(
    BindingMode,
    "Under which of the brand's terms a binding began. It keeps them when the terms change.",
    PERMANENT="For good (永久绑定): only the brand gives the member to another guide.",
    REGISTER_ONLY="For good, and only who had just registered was bound (仅新注册).",
    TIMED="For a time (限时绑定), in the first part of which, the protection (保护期), nobody takes the member over.",
    OVERRIDE="Until the member opens another guide's link (随时抢客).",
)
described(
    BindingCause,
    "How a binding began.",
    REGISTRATION="The member registered under the guide's link or code.",
    SHARE="The member opened what the guide had shared.",
    CONTACT="The member added the guide on WeCom (企业微信) and registered, in either order.",
    TRANSFER="A manager gave the member to the guide.",
    HANDOVER="The guide took over the customers of another one (离职继承/在职转接).",
    REFUSAL="The member refused a successor.",
)
described(
    BindingEnd,
    "Why a binding ended.",
    EXPIRED="Its time was over.",
    TAKEN_OVER="The member opened another guide's link (抢客) behind the protection.",
    TRANSFERRED="A manager gave the member to another guide.",
    HANDED_OVER="The guide's customers were handed to another one.",
    REFUSED="The member did not want this guide for a successor.",
    CALLED_OFF="It was planned and never began.",
)


async def _members(ctx: Context, found: Sequence[rules.Binding]) -> list[Any]:
    cards = await members.cards_by_id(ctx, [one.member_id for one in found])
    return [cards.get(one.member_id) for one in found]


async def _actors(ctx: Context, found: Sequence[rules.Binding]) -> list[Any]:
    ids = [one.actor_id for one in found if one.actor_id is not None]
    cards = await members.cards_by_id(ctx, ids) if ids else {}
    return [cards.get(one.actor_id) if one.actor_id else None for one in found]


async def _guides(ctx: Context, found: Sequence[rules.Binding]) -> list[Any]:
    return await guides.guides_with_ids(ctx, [one.guide_id for one in found])


async def _stores(ctx: Context, found: Sequence[rules.Binding]) -> list[Any]:
    by_id = await stores.stores_by_id(ctx, sorted({one.store_id for one in found}))
    return [by_id.get(one.store_id) for one in found]


async def _shares(ctx: Context, found: Sequence[rules.Binding]) -> list[Any]:
    ids = [one.source_share_id for one in found if one.source_share_id is not None]
    by_id = await shares.shares_by_id(ctx, ids) if ids else {}
    return [by_id.get(one.source_share_id) if one.source_share_id else None for one in found]


async def _previous(ctx: Context, found: Sequence[rules.Binding]) -> list[Any]:
    ids = [one.previous_id for one in found if one.previous_id is not None]
    by_id = await bindings.bindings_by_id(ctx, ids) if ids else {}
    return [by_id.get(one.previous_id) if one.previous_id else None for one in found]


@object_type(
    scope=Scope.MEMBER,
    description="A member is a guide's customer (绑定), from a time on, for good or for a time. Two never overlap.",
    record=rules.Binding,
)
class Binding(Node):
    id: strawberry.ID = identifier(Kind.BINDING)
    member: MemberCard = batched(_members, "The customer.")
    guide: Guide | None = batched(
        _guides, "The guide, also one that left; null: the member refused a successor, and is the store's own."
    )
    store: Store | None = batched(_stores, "The store that the guide sold for when it began.")
    mode: BindingMode = attribute("Under which terms it began.")
    bound_at: datetime = attribute("From when on it holds; a handover may have planned it for a time to come.")
    protected_until: datetime | None = attribute("Until when no click takes the member over; null: for good.")
    expires_at: datetime | None = attribute("When it ends unless a paid order renews it; null: never by itself.")
    ended_at: datetime | None = attribute("When it ended, or is planned to; it does not hold at that instant any more.")
    end_reason: BindingEnd | None = attribute("Why it ended; null while it has no end.")
    cause: BindingCause = attribute("How it began.")
    source_share: Share | None = batched(_shares, "What the member had opened; null when it began otherwise.")
    previous: Binding | None = batched(_previous, "The one before, where it follows on one that the caller may see.")
    actor: MemberCard | None = batched(
        _actors, "Who did it: the member by a click, or a manager.", scope=Scope.STORE_MANAGER
    )
    reason: str = attribute("What the manager said of it; may be empty.", scope=Scope.STORE_MANAGER)


@object_type(scope=Scope.GUIDE, description="A member who is a customer of the guide, by masked name only.")
class BoundMember:
    id: strawberry.ID = derived(
        lambda bound: f"{Kind.BINDING.value}_{bound.binding.id.hex}", "The binding's id. Opaque."
    )
    name: str = derived(
        lambda bound: masked_name(bound.name), "What the member is called, of which the first character is shown."
    )
    avatar_url: str | None = attribute("A picture of the member.")
    mode: BindingMode = derived(lambda bound: bound.binding.mode, "Under which terms.")
    bound_at: datetime = derived(lambda bound: bound.binding.bound_at, "Since when.")
    protected_until: datetime | None = derived(
        lambda bound: bound.binding.protected_until, "Until when nobody can take the member over; null: for good."
    )
    expires_at: datetime | None = derived(
        lambda bound: bound.binding.expires_at, "When it ends unless a paid order renews it; null: never by itself."
    )
    ends_at: datetime | None = derived(
        lambda bound: bound.binding.ended_at, "When the member is handed to another guide; null: that is not planned."
    )


@strawberry.input(description="Which bindings; all conditions must hold. AND, OR and NOT nest to depth 3.")
class BindingWhere:
    member_id: IdFilter | None = strawberry.field(default=UNSET, description="The customer.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="The guide.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store.")
    mode: EnumFilter[BindingMode] | None = strawberry.field(default=UNSET, description="Under which terms it began.")
    cause: EnumFilter[BindingCause] | None = strawberry.field(default=UNSET, description="How it began.")
    end_reason: EnumFilter[BindingEnd] | None = strawberry.field(default=UNSET, description="Why it ended.")
    AND: list[BindingWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[BindingWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these.")
    NOT: BindingWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {
    "member_id": "memberId",
    "guide_id": "guideId",
    "store_id": "storeId",
    "mode": "mode",
    "cause": "cause",
    "end_reason": "endReason",
}
_WHERE_IDS = {"memberId": Kind.MEMBER, "guideId": Kind.GUIDE, "storeId": Kind.STORE}


async def _my_bound_members(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await bindings.my_bound_members(ctx, pages.page_request(first, after, last, before))


async def _bindings(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[BindingWhere | None, strawberry.argument(description="Which ones.")] = None,
    at: Annotated[
        datetime | None,
        strawberry.argument(description="Only those which held at this time: of one member, whose customer they were."),
    ] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await bindings.bindings(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES), at)


@strawberry.type
class BindingQuery:
    bindings: Connection[Binding] = query(
        _bindings,
        "Whose customers members are and were, in the caller's stores, the newest first; nothing is ever rewritten.",
        scope=Scope.STORE_MANAGER,
    )
    my_bound_members: Connection[BoundMember] = query(
        _my_bound_members, "The members who are the caller's customers now, the newest first.", scope=Scope.GUIDE
    )


@strawberry.input(description="A member who is to be another guide's customer.")
class BindingTransferInput:
    member_id: strawberry.ID = strawberry.field(description="Which member.")
    to_guide_id: strawberry.ID = strawberry.field(description="Whose customer the member becomes; an active guide.")
    reason: str = strawberry.field(description="Why, for the history; 1 to 200 characters.")


@object_type(scope=Scope.MEMBER, description="A member who became another guide's customer.")
class BindingTransferPayload(Payload):
    binding: Binding | None = attribute("The binding that began.", default=None)


async def _transfer(ctx: Context, *, input: BindingTransferInput) -> Any:
    member_id = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    guide_id = key_of(Kind.GUIDE, input.to_guide_id, "input", "toGuideId")
    return BindingTransferPayload.of(binding=await bindings.transfer(ctx, member_id, guide_id, input.reason))


@strawberry.type
class BindingMutation:
    binding_transfer: BindingTransferPayload | None = mutation(
        _transfer,
        BindingTransferPayload,
        "Give a member to another guide. Mode, protection and expiry stay; who is nobody's customer is given away by "
        "operators alone. The caller manages the stores of both guides.",
        scope=Scope.STORE_MANAGER,
    )


NODES = {Kind.BINDING: bindings.bindings_by_id}
