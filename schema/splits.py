"""Splits: how departments share what members of a channel buy, as clients see it (R31; product rules 2.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import splits as rules
from domain.identity import Scope
from domain.refusals import BadInput
from domain.splits import SplitBy
from resolvers import splits
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.channels import Channel, Department, SplitRule
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_if, key_of
from schema.money import Money
from schema.scalars import Long
from schema.shares import FirstDay, LastDay, days_of

described(
    SplitBy,
    "By what splits are added up.",
    DEPARTMENT="By department.",
    CHANNEL="By department and channel.",
    DAY="By department and day.",
)


@object_type(
    scope=Scope.FINANCE,
    description="What a department gained by an order's payment, or lost by a refund of it. It never changes.",
)
class SplitEntry:
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="The order.")
    rule_id: strawberry.ID = identifier(Kind.SPLIT_RULE, "rule_id", description="The rule that held at the payment.")
    department: Department = batched(splits.departments_of_ids, "The department.")
    source: str = attribute("`sale`, or the refund that it comes from.")
    amount: Money = attribute("How much; below zero: it was lost.")
    day: date = attribute("The brand's day.")
    at: datetime = attribute("When.")


@object_type(scope=Scope.FINANCE, description="What a department gained and lost in a time, seconds later.")
class SplitSum:
    department: Department = batched(splits.departments_of_ids, "The department.")
    channel: Channel | None = batched(splits.channels_of_sums, "The channel, where it is by channel.")
    day: date | None = attribute("The day, where it is by day.")
    sales: Money = attribute("What payments brought it.")
    returned: Money = attribute("What refunds took from it: below zero.")
    net: Money = attribute("Both together.")
    orders: Long = attribute("By how many orders.")


async def _entries(
    ctx: Context, *, order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")]
) -> Any:
    key = key_if(Kind.ORDER, order_id)
    return [] if key is None else await splits.entries(ctx, key)


async def _report(
    ctx: Context,
    *,
    by: Annotated[SplitBy, strawberry.argument(description="By what they are added up.")] = SplitBy.DEPARTMENT,
    first: Annotated[int, strawberry.argument(description="How many rows at most, 1 to 1,000.")] = 100,
    channel_id: Annotated[strawberry.ID | None, strawberry.argument(description="Of one channel's members.")] = None,
    department_id: Annotated[strawberry.ID | None, strawberry.argument(description="Of one department.")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Any:
    asked = {
        "channel_id": _key(Kind.CHANNEL, channel_id, "channelId"),
        "department_id": _key(Kind.DEPARTMENT, department_id, "departmentId"),
    }
    of = {name: key for name, key in asked.items() if key is not None}
    return await splits.report(ctx, by, days_of(ctx, first_day, last_day), of, first)


def _key(kind: Kind, given: str | None, name: str) -> UUID | None:
    key = None if given is None else key_if(kind, given)
    if given is not None and key is None:
        raise BadInput("an id of this kind", "id 类型不符", path=(name,))
    return key


@strawberry.type
class SplitQuery:
    split_entries: list[SplitEntry] = query(
        _entries, "What departments gained and lost by an order, in the order of what happened.", scope=Scope.FINANCE
    )
    split_report: list[SplitSum] = query(
        _report, "What departments gained and lost in a time.", scope=Scope.FINANCE, cost=20
    )


@strawberry.input(description="Which part a department gets.")
class SplitShareInput:
    department_id: strawberry.ID = strawberry.field(description="The department.")
    bp: int = strawberry.field(description="Its part in basis points, 1 to 10,000.")


@strawberry.input(description="How departments share the orders of a channel's members.")
class SplitRuleSetInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    shares: list[SplitShareInput] = strawberry.field(description="1 to 20, which come to 10,000 basis points exactly.")
    period_days: int = strawberry.field(
        default=365, description="For how many days after a member came, 0 to 3,650; 0: there is no split any more."
    )
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when on; not before now. Left out: now."
    )


@object_type(scope=Scope.VISITOR, description="A rule that was set.")
class SplitRuleSetPayload(Payload):
    rule: SplitRule | None = attribute("The rule.", default=None)


async def _set(ctx: Context, *, input: SplitRuleSetInput) -> Any:
    shares = [
        rules.SplitShare(key_of(Kind.DEPARTMENT, one.department_id, "input", "shares", str(n), "departmentId"), one.bp)
        for n, one in enumerate(input.shares)
    ]
    channel_id = key_of(Kind.CHANNEL, input.channel_id, "input", "channelId")
    rule = await splits.set_rule(ctx, channel_id, shares, input.period_days, input.effective_from)
    return SplitRuleSetPayload.of(rule=rule)


@strawberry.type
class SplitMutation:
    split_rule_set: SplitRuleSetPayload | None = mutation(
        _set,
        SplitRuleSetPayload,
        "Let departments share a channel's orders in this way from a time on; orders that were paid keep theirs.",
        scope=Scope.FINANCE,
    )
