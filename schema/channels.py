"""Channels: where members come from, and the departments that own them (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import channels as rules
from domain import pages
from domain import splits as split_rules
from domain.channels import ChannelKind
from domain.identity import Scope
from resolvers import channels, splits
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node

described(
    ChannelKind,
    "What kind of place members come from.",
    ECOMMERCE="Shops on platforms (电商).",
    OFFLINE="Stores, parcels, events (线下).",
    CONTENT="Posts, videos and live rooms elsewhere (内容).",
    ADS="Advertisements (投放).",
    REFERRAL="Partners and members who bring others (转介绍).",
)


@object_type(
    scope=Scope.STAFF,
    description="Who within the brand has a part in what orders bring (部门): a name in the books.",
    record=rules.Department,
)
class Department(Node):
    id: strawberry.ID = identifier(Kind.DEPARTMENT)
    name: str = attribute("What it is called, 1 to 60 characters. Unique.")
    created_at: datetime = attribute("When it was made.")
    version: int = attribute("Rises with each change.")


@object_type(scope=Scope.STAFF, description="Which part of an order a department gets.")
class SplitShare:
    department: Department = batched(splits.departments_of_ids, "The department.")
    bp: int = attribute("Its part in basis points; those of a rule come to 10,000.")


@object_type(
    scope=Scope.STAFF,
    description="How departments share the orders of a channel's members (分派规则), from a time on until the next "
    "rule. It never changes; an order keeps the one by which it was paid.",
    record=split_rules.SplitRule,
)
class SplitRule(Node):
    id: strawberry.ID = identifier(Kind.SPLIT_RULE)
    channel_id: strawberry.ID = identifier(Kind.CHANNEL, "channel_id", description="Whose members' orders.")
    effective_from: datetime = attribute("From when on orders are paid by it.")
    period_days: int = attribute(
        "For how many days after a member came his orders are shared, 0 to 3,650; 0: there is no split any more."
    )
    shares: list[SplitShare] = batched(splits.shares_of, "Who gets which part, at most 20.", cost=2)
    created_at: datetime = attribute("When it was set.")


async def _rules(
    ctx: Context,
    found: Sequence[rules.Channel],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await splits.rules_of(ctx, found, pages.page_request(first, after, last, before))


@object_type(
    scope=Scope.STAFF,
    description="Where members come from (获客渠道).",
    record=rules.Channel,
    name="AcquisitionChannel",
)
class Channel(Node):
    id: strawberry.ID = identifier(Kind.CHANNEL)
    kind: ChannelKind = attribute("What kind of place it is.")
    name: str = attribute("What it is called, 1 to 60 characters. Unique.")
    department: Department = batched(channels.departments_of, "Whose it is.")
    created_at: datetime = attribute("When it was made.")
    version: int = attribute("Rises with each change.")
    split_rules: Connection[SplitRule] = batched(
        _rules, "How departments share its members' orders, in the order in which the rules were set."
    )


@object_type(scope=Scope.STAFF, description="By which channel a member came, for good (获客渠道).")
class Acquisition:
    member_id: strawberry.ID = identifier(Kind.MEMBER, "member_id", description="The member.")
    channel: Channel = batched(channels.channels_of_acquisitions, "The channel.")
    hook_id: strawberry.ID = identifier(Kind.HOOK, "hook_id", description="The hook whose code it was.")
    at: datetime = attribute("When the member registered.")
    followed_at: datetime | None = attribute("When the member was first a guide's friend on WeCom; null: not so far.")


@strawberry.input(description="Which channels; all conditions must hold.")
class ChannelWhere:
    kind: EnumFilter[ChannelKind] | None = strawberry.field(default=UNSET, description="Of which kind.")
    department_id: IdFilter | None = strawberry.field(default=UNSET, description="Of which department.")
    AND: list[ChannelWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[ChannelWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: ChannelWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _departments(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await channels.departments(ctx, pages.page_request(first, after, last, before))


async def _channels(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[ChannelWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    condition = condition_of(where, {"departmentId": Kind.DEPARTMENT}, {})
    return await channels.channels(ctx, pages.page_request(first, after, last, before), condition)


async def _acquisition(
    ctx: Context, *, member_id: Annotated[strawberry.ID, strawberry.argument(description="The member.")]
) -> Any:
    key = key_if(Kind.MEMBER, member_id)
    return None if key is None else await channels.acquisition(ctx, key)


@strawberry.type
class ChannelQuery:
    departments: Connection[Department] = query(
        _departments, "The departments, in the order in which they were made.", scope=Scope.STAFF
    )
    channels: Connection[Channel] = query(
        _channels, "The channels, in the order in which they were made.", scope=Scope.STAFF
    )
    acquisition: Acquisition | None = query(
        _acquisition, "By which channel a member came; null when by none.", scope=Scope.OPERATOR
    )


@strawberry.input(description="A department.")
class DepartmentSaveInput:
    name: str = strawberry.field(description="What it is called, 1 to 60 characters. Unique.")
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Which one gets this name; left out: a new one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it was changed since it was read at this version."
    )


@strawberry.input(description="A new channel.")
class ChannelCreateInput:
    kind: ChannelKind = strawberry.field(description="What kind of place it is. It stays.")
    name: str = strawberry.field(description="What it is called, 1 to 60 characters. Unique.")
    department_id: strawberry.ID = strawberry.field(description="Whose it is.")


@strawberry.input(description="What a channel is called from now on, and whose it is.")
class ChannelEditInput:
    id: strawberry.ID = strawberry.field(description="The channel.")
    name: str = strawberry.field(description="What it is called, 1 to 60 characters. Unique.")
    department_id: strawberry.ID = strawberry.field(description="Whose it is.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it was changed since it was read at this version."
    )


@object_type(scope=Scope.VISITOR, description="A department that was saved.")
class DepartmentSavePayload(Payload):
    department: Department | None = attribute("The department.", default=None)


@object_type(scope=Scope.VISITOR, description="A channel that was saved.")
class ChannelPayload(Payload):
    channel: Channel | None = attribute("The channel.", default=None)


async def _save_department(ctx: Context, *, input: DepartmentSaveInput) -> Any:
    key = None if input.id is None else key_of(Kind.DEPARTMENT, input.id, "input", "id")
    saved = await channels.save_department(ctx, key, input.name, input.expected_version)
    return DepartmentSavePayload.of(department=saved)


async def _create_channel(ctx: Context, *, input: ChannelCreateInput) -> Any:
    department_id = key_of(Kind.DEPARTMENT, input.department_id, "input", "departmentId")
    return ChannelPayload.of(channel=await channels.open_channel(ctx, input.kind, input.name, department_id))


async def _edit_channel(ctx: Context, *, input: ChannelEditInput) -> Any:
    key = key_of(Kind.CHANNEL, input.id, "input", "id")
    department_id = key_of(Kind.DEPARTMENT, input.department_id, "input", "departmentId")
    saved = await channels.edit_channel(ctx, key, input.name, department_id, input.expected_version)
    return ChannelPayload.of(channel=saved)


@strawberry.type
class ChannelMutation:
    department_save: DepartmentSavePayload | None = mutation(
        _save_department, DepartmentSavePayload, "Make a department, or give one another name.", scope=Scope.OPERATOR
    )
    channel_create: ChannelPayload | None = mutation(
        _create_channel, ChannelPayload, "Make a channel (渠道).", scope=Scope.OPERATOR
    )
    channel_edit: ChannelPayload | None = mutation(
        _edit_channel, ChannelPayload, "Give a channel another name or department.", scope=Scope.OPERATOR
    )


NODES = {
    Kind.DEPARTMENT: channels.departments_seen,
    Kind.CHANNEL: channels.channels_seen,
    Kind.SPLIT_RULE: splits.rules_seen,
}
