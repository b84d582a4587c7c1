"""Members: what clients see of them, and what members do to their profile and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from domain import addresses as address_rules
from domain import members as rules
from domain.addresses import AddressDraft
from domain.identity import Scope
from domain.pages import page_request
from domain.refusals import BadInput
from resolvers import (
    addresses,
    balances,
    bindings,
    entitlements,
    gift_cards,
    gifts,
    handovers,
    levels,
    members,
    memberships,
    points,
    red_packets,
    tags,
)
from resolvers.context import Context
from resolvers.members import UNCHANGED, ProfileChange
from schema.access import attribute, batched, mutation, object_type, query
from schema.balances import StoredBalance
from schema.coupons import Coupon, member_coupons
from schema.entitlements import ServiceEntitlement
from schema.errors import Payload
from schema.gift_cards import GiftCard
from schema.ids import Kind, identifier, key_if, key_of
from schema.levels import MemberStanding
from schema.lists import After, Before, Connection, First, Last
from schema.memberships import Membership
from schema.money import Money
from schema.node import Node
from schema.points import Points
from schema.scalars import Long
from schema.tags import MemberTag

if TYPE_CHECKING:
    from schema.bindings import Binding
    from schema.guides import Guide
    from schema.handovers import HandoverMember


@object_type(scope=Scope.VISITOR, description="What everybody may see of a member.", record=rules.MemberCard)
class MemberCard:
    id: strawberry.ID = identifier(Kind.MEMBER)
    nickname: str = attribute("What the member is called.")
    avatar_url: str | None = attribute("A picture of the member.")


@object_type(
    scope=Scope.VISITOR, description="Where a member has things sent; seen by them alone.", record=address_rules.Address
)
class Address(Node):
    id: strawberry.ID = identifier(Kind.ADDRESS)
    name: str = attribute("Who receives there.")
    phone: str = attribute("Their phone in E.164, such as +8613800000000.")
    province: str = attribute("Province (省).")
    city: str = attribute("City (市).")
    district: str = attribute("District (区).")
    line: str = attribute("Street, house and door.")
    is_default: bool = attribute("Whether it is the one to propose; at most one is.")


async def _entitlements(
    ctx: Context,
    found: Sequence[rules.Member],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await entitlements.entitlements_of(ctx, found, page_request(first, after, last, before))


async def _tag_history(
    ctx: Context,
    found: Sequence[rules.Member],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await tags.history_of(ctx, found, page_request(first, after, last, before))


@object_type(
    scope=Scope.VISITOR,
    description="A member, as they see themselves. Operators see others, with what is private hidden.",
    record=rules.Member,
)
class Member(Node):
    id: strawberry.ID = identifier(Kind.MEMBER)
    nickname: str = attribute("What the member is called, at most 32 characters.")
    avatar_url: str | None = attribute("A picture of the member.")
    birthday: date | None = attribute("Day of birth; null for everybody else.")
    phone: str | None = attribute("The verified phone in E.164; everybody else sees 138****0000.")
    created_at: datetime = attribute("When the member registered.")
    external_reference: str | None = attribute("Their key in another system of the brand. Unique.")
    addresses: list[Address] = batched(
        addresses.addresses_of, "At most 20, the default one first; empty for everybody else.", cost=3
    )
    guide: Annotated[Guide, strawberry.lazy("schema.guides")] | None = batched(
        bindings.guides_bound_to, "The guide (导购) whose customer the member is; null for everybody but operators."
    )
    binding: Annotated[Binding, strawberry.lazy("schema.bindings")] | None = batched(
        bindings.bindings_of, "How long the member is their guide's customer; null for everybody but operators."
    )
    handover: Annotated[HandoverMember, strawberry.lazy("schema.handovers")] | None = batched(
        handovers.pending_of,
        "The change of guide that is to come, or that the member may still refuse; null for everybody else.",
    )
    coin_balance: Long | None = batched(
        gifts.coin_balances_of, "Coins (金币) in the member's wallet; null for everybody else."
    )
    coupons: Connection[Coupon] | None = member_coupons
    points: Points | None = batched(points.balances_of, "Points (积分); null for everybody but operators.")
    level: MemberStanding | None = batched(
        levels.standings_of, "Where the member stands on the ladder of levels; null for everybody but operators."
    )
    membership: Membership | None = batched(
        memberships.memberships_of,
        "The paid membership (付费会员) that runs now; null without one, and for everybody but operators.",
    )
    balance: StoredBalance | None = batched(
        balances.balances_of, "Money that the member has stored (储值); null for everybody but operators."
    )
    gift_cards: list[GiftCard] = batched(
        gift_cards.cards_of, "Gift cards bound to the member; empty for everybody but operators.", cost=3
    )
    entitlements: Connection[ServiceEntitlement] = batched(
        _entitlements, "Services that come with what was bought, the latest first.", cost=3
    )
    tags: list[MemberTag] = batched(
        tags.tags_of, "What the member is tagged with; for operators and the member's guide, empty for others.", cost=3
    )
    tag_history: Connection[MemberTag] = batched(
        _tag_history, "Every tag that the member has or had, the latest first; for whom `tags` is for.", cost=3
    )
    cash_balance: Money | None = batched(
        red_packets.cash_balances_of, "Money that the member got of red packets (红包); null for everybody else."
    )


async def _member(
    ctx: Context,
    *,
    id: Annotated[
        strawberry.ID | None, strawberry.argument(name="id", description="Their id. Give this or `phone`.")
    ] = None,
    phone: Annotated[str | None, strawberry.argument(description="Their verified phone. Give this or `id`.")] = None,
) -> Any:
    if (id is None) == (phone is None):
        raise BadInput("exactly one of id and phone", "id 与 phone 必须且只能提供一个", path=("id",))
    if phone is not None:
        return await members.member_by_phone(ctx, phone)
    key = key_if(Kind.MEMBER, id or "")
    return None if key is None else (await members.members_by_id(ctx, [key])).get(key)


@strawberry.type
class MemberQuery:
    me: Member | None = query(members.me, "The member who asks; null for a visitor.", scope=Scope.VISITOR)
    member: Member | None = query(_member, "One member, with what is private hidden.", scope=Scope.OPERATOR)


@strawberry.input(description="What a member says about themselves. What is left out stays as it is.")
class ProfileUpdateInput:
    nickname: str | None = strawberry.field(
        default=UNSET, description="1 to 32 characters on one line; it cannot be null."
    )
    avatar_url: str | None = strawberry.field(
        default=UNSET, description="An https address or a path on this host, at most 500 characters; null clears it."
    )
    birthday: date | None = strawberry.field(default=UNSET, description="From 1900 until today; null clears it.")

    def change(self) -> ProfileChange:
        """The change that the input describes.

        Raises:
            BadInput: the nickname is null.
        """
        if self.nickname is None:
            raise BadInput("a nickname, or nothing", "昵称不能为空", path=("input", "nickname"))
        given = {name: getattr(self, name) for name in ("nickname", "avatar_url", "birthday")}
        return ProfileChange(**{name: UNCHANGED if value is UNSET else value for name, value in given.items()})


@strawberry.input(description="A whole address.")
class AddressSaveInput:
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="The address to replace; left out, one is added."
    )
    name: str = strawberry.field(description="Who receives there, at most 50 characters.")
    phone: str = strawberry.field(description="Their phone; without a country's code it is Chinese.")
    province: str = strawberry.field(description="Province (省), at most 50 characters.")
    city: str = strawberry.field(description="City (市), at most 50 characters.")
    district: str = strawberry.field(description="District (区), at most 50 characters.")
    line: str = strawberry.field(description="Street, house and door, at most 200 characters.")
    is_default: bool = strawberry.field(
        default=False, description="Propose this one from now on. A member's first address is proposed anyway."
    )

    def draft(self) -> AddressDraft:
        return AddressDraft(self.name, self.phone, self.province, self.city, self.district, self.line, self.is_default)


@strawberry.input(description="An address to delete.")
class AddressRemoveInput:
    address_id: strawberry.ID = strawberry.field(description="Which address.")


@object_type(scope=Scope.VISITOR, description="A profile that was updated.")
class ProfileUpdatePayload(Payload):
    member: Member | None = attribute("The member as they are now.", default=None)


@object_type(scope=Scope.VISITOR, description="An address that was saved.")
class AddressSavePayload(Payload):
    address: Address | None = attribute("The address as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="An address that was deleted.")
class AddressRemovePayload(Payload):
    removed_id: strawberry.ID | None = attribute("The id that it had.", default=None)


async def _update(ctx: Context, *, input: ProfileUpdateInput) -> Any:
    member: Any = await members.update_profile(ctx, input.change())
    return ProfileUpdatePayload(member=member)


async def _save_address(ctx: Context, *, input: AddressSaveInput) -> Any:
    key = None if input.address_id is None else key_of(Kind.ADDRESS, input.address_id, "input", "addressId")
    address: Any = await addresses.save(ctx, input.draft(), key)
    return AddressSavePayload(address=address)


async def _remove_address(ctx: Context, *, input: AddressRemoveInput) -> Any:
    await addresses.remove(ctx, key_of(Kind.ADDRESS, input.address_id, "input", "addressId"))
    return AddressRemovePayload(removed_id=input.address_id)


@strawberry.type
class MemberMutation:
    profile_update: ProfileUpdatePayload | None = mutation(
        _update, ProfileUpdatePayload, "Change what a member says about themselves.", scope=Scope.MEMBER
    )
    address_save: AddressSavePayload | None = mutation(
        _save_address, AddressSavePayload, "Add an address, or replace one; at most 20.", scope=Scope.MEMBER
    )
    address_remove: AddressRemovePayload | None = mutation(
        _remove_address, AddressRemovePayload, "Delete an address; orders keep a copy of theirs.", scope=Scope.MEMBER
    )


NODES = {Kind.MEMBER: members.members_by_id, Kind.ADDRESS: addresses.addresses_by_id}
