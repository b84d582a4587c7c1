"""Groups (团): what everybody sees of a group that fills, and how a member leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import groups as rules
from domain.groups import GroupState
from domain.identity import Scope
from resolvers import groups
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_if, key_of
from schema.members import MemberCard
from schema.node import Node

if TYPE_CHECKING:
    from schema.group_buys import GroupBuy
    from schema.orders import Order

described(
    GroupState,
    "The life of a group.",
    WAITING="The one who begins it has not paid; nobody else knows of it.",
    FORMING="It fills until `expiresAt`.",
    SUCCEEDED="It is full, and its orders leave; with a draw, those of the winners; terminal.",
    FAILED="Its time is over, or all have left it; all money goes back; terminal.",
)


async def _members(ctx: Context, found: Sequence[rules.GroupMember]) -> Any:
    return await groups.cards_of(ctx, [one.seat for one in found])


@object_type(scope=Scope.VISITOR, description="Somebody who paid in a group.", record=rules.GroupMember)
class GroupMember:
    member: MemberCard = batched(_members, "Who.")
    joined_at: datetime | None = derived(lambda m: m.seat.taken_at, "When they paid.")
    leads: bool = attribute("Whether they lead (团长): of those who are in it, they paid first.")
    ticket: str | None = derived(
        lambda m: None if m.ticket is None else m.ticket.hex,
        "Their ticket in the group's draw, 32 hex digits; null without a draw.",
    )
    won: bool | None = derived(lambda m: m.seat.won, "Whether they won the draw; null: none, or not yet drawn.")


@object_type(
    scope=Scope.VISITOR, description="A group (团) of members who buy together, for its share page.", record=rules.Group
)
class BuyingGroup(Node):
    id: strawberry.ID = identifier(Kind.BUYING_GROUP)
    state: GroupState = attribute("Where it stands.")
    size: int = attribute("How many make it full, 2 to 50.")
    seats_left: int = derived(lambda g: max(g.left - g.virtual, 0), "How many places nobody has or holds unpaid.")
    virtual: int = attribute(
        "How many places were counted as taken by nobody when its time was over.", scope=Scope.OPERATOR
    )
    created_at: datetime = attribute("When it was begun.")
    expires_at: datetime = attribute("Until when it fills; its time counts from its first payment.")
    over_at: datetime | None = attribute("When it succeeded or failed.")
    winners: int | None = attribute("How many are drawn who get the goods; null: all get them.")
    commitment: str | None = attribute("SHA-256 of the seed of its draw, as 64 hex digits; there from the beginning.")
    seed: str | None = derived(
        lambda g: g.seed.hex() if g.seed is not None and g.over_at is not None else None,
        "The seed of its draw as 64 hex digits, once it is over: docs/draws.md says how to check it.",
    )
    participants_hash: str | None = attribute("SHA-256 of the list of those who were in the draw, once it is drawn.")
    members: list[GroupMember] = derived(rules.members_of, "Who paid, first come first, at most 50.")
    group_buy: Annotated[GroupBuy, strawberry.lazy("schema.group_buys")] = batched(
        groups.group_buys_of, "The activity that it belongs to."
    )


@strawberry.input(description="Which group to leave.")
class BuyingGroupLeaveInput:
    buying_group_id: strawberry.ID = strawberry.field(description="The group.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@object_type(scope=Scope.MEMBER, description="The answer to `buyingGroupLeave`.")
class BuyingGroupLeavePayload(Payload):
    order: Annotated[Order, strawberry.lazy("schema.orders")] | None = attribute(
        "The caller's order, which is being paid back.", default=None
    )
    replayed: bool = attribute("True when this very request was answered before.", default=False)


async def _group(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.BUYING_GROUP, id)
    return None if key is None else (await groups.groups_by_id(ctx, [key])).get(key)


async def _leave(ctx: Context, *, input: BuyingGroupLeaveInput) -> Any:
    key = key_of(Kind.BUYING_GROUP, input.buying_group_id, "input", "buyingGroupId")
    order, replayed = await groups.leave(ctx, key, input.idempotency_key)
    return BuyingGroupLeavePayload.of(order=order, replayed=replayed)


@strawberry.type
class GroupsQuery:
    buying_group: BuyingGroup | None = query(
        _group, "A group, once somebody has paid in it, for its share page.", scope=Scope.VISITOR
    )


@strawberry.type
class GroupsMutation:
    buying_group_leave: BuyingGroupLeavePayload | None = mutation(
        _leave,
        BuyingGroupLeavePayload,
        "Leave a group while it fills; all that was paid goes back. The next to have paid leads it then.",
        scope=Scope.MEMBER,
        money=True,
    )


NODES = {Kind.BUYING_GROUP: groups.groups_by_id}
