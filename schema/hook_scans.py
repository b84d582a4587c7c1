"""Scans of hooks' codes, links that carry them, what hooks cost, and what came of them (R32, R33)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import strawberry

from domain import hooks as rules
from domain.channels import ChannelKind
from domain.hook_figures import ChannelReportBy, ReportOf, ReportRow
from domain.hooks import HookGoal, HookTool, MiniProgramLinkKind
from domain.identity import Scope
from domain.refusals import BadInput
from resolvers import hook_scans, hooks
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.channels import Channel
from schema.coupons import Coupon
from schema.enums import described
from schema.errors import Payload
from schema.hooks import Hook
from schema.ids import Kind, id_of, key_if, key_of
from schema.money import Money, MoneyInput
from schema.scalars import Long
from schema.shares import FirstDay, LastDay, days_of

described(
    MiniProgramLinkKind,
    "How something outside of WeChat leads into the mini-program.",
    URL_LINK="An address of a web page, for messages, mail and browsers (URL Link).",
    SCHEME="An address of the form weixin://…, for apps and pages (URL Scheme).",
)
described(
    ChannelReportBy,
    "By what figures of hooks are put together.",
    CHANNEL="By channel.",
    HOOK="By hook.",
    CAMPAIGN="By campaign.",
    CREATIVE="By campaign and creative.",
    DAY="By day, the first first, days without any left out.",
)


@object_type(scope=Scope.VISITOR, description="What a hook tells whoever scans it.")
class ScannedHook:
    tool: HookTool = derived(lambda hook: hook.terms.tool, "What carried the code.")
    page: str = derived(lambda hook: hook.terms.page, "The page of the mini-program to open; empty: the usual one.")
    store_id: strawberry.ID | None = derived(
        lambda hook: hook.terms.store_id and id_of(Kind.STORE, hook.terms.store_id), "The store whose code it is."
    )
    guide_id: strawberry.ID | None = derived(
        lambda hook: hook.terms.guide_id and id_of(Kind.GUIDE, hook.terms.guide_id), "The guide whose code it is."
    )


def _given(scan: rules.Scan) -> rules.Scan | None:
    return scan if scan.given else None


@object_type(scope=Scope.VISITOR, description="What a person got for a scan.")
class GivenIncentive:
    coupon: Coupon | None = attribute("The coupon, if one was given.")
    points: int = attribute("So many points.")


@object_type(scope=Scope.VISITOR, description="A code that was scanned.")
class HookScanPayload(Payload):
    hook: ScannedHook | None = attribute("Where it leads.", default=None)
    incentive: GivenIncentive | None = attribute(
        "What the caller got for it just now; null for nothing: there is no incentive, none is left, the caller is not "
        "logged in, or has had it.",
        default=None,
    )
    had_incentive: bool = attribute(
        "Whether the caller has had the incentive before, under this account or another one.", default=False
    )


@object_type(scope=Scope.STAFF, description="What came of some hooks in a time, seconds later, and what they cost.")
class ChannelReportRow:
    channel: Channel | None = batched(hooks.channels_of_rows, "The channel, where it is by channel or by hook.")
    hook: Hook | None = batched(hooks.hooks_of, "The hook, where it is by hook.")
    campaign: str | None = attribute("The campaign, where it is by campaign or creative; empty for none.")
    creative: str | None = attribute("The creative, where it is by creative; empty for none.")
    day: date | None = attribute("The day, where it is by day.")
    scans: Long = derived(lambda row: row.figures.scans, "How often codes were scanned.")
    unique_scans: Long = derived(
        lambda row: row.figures.unique_scans, "By how many members, each counted once a day and hook."
    )
    registrations: Long = derived(lambda row: row.figures.registrations, "How many members registered by them.")
    follows: Long = derived(
        lambda row: row.figures.follows, "How many of those they brought became friends of a guide on WeCom."
    )
    orders: Long = derived(
        lambda row: row.figures.orders,
        "How many orders were paid: of the hook scanned last within the time in which touches count, else of the hook "
        "that brought the buyer. An order is of one hook.",
    )
    revenue: Money = attribute("What was paid for those.")
    refunds: Long = derived(lambda row: row.figures.refunds, "How many refunds of such orders were decided.")
    refunded: Money = attribute("What went back with those.")
    net: Money = attribute("What was paid without what went back. It may be below zero: days stand by themselves.")
    conversions: Long = attribute("How often the hooks reached their goals: orders, follows or registrations.")
    cost: Money = attribute("What was spent, as far as it was told.")
    acquisition_cost: Money | None = attribute(
        "CAC: the cost of a new member, rounded down; null where nothing was spent, or nobody came."
    )
    conversion_cost: Money | None = attribute("The cost of a conversion, rounded down; null as above.")
    roi_bp: Long | None = attribute(
        "What came back net beyond the cost, in basis points of it, rounded down; null where nothing was spent."
    )


@strawberry.input(description="Which hooks; all that is given must hold.")
class ChannelReportWhere:
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Of this channel.")
    hook_id: strawberry.ID | None = strawberry.field(default=None, description="This one.")
    kind: ChannelKind | None = strawberry.field(default=None, description="Of channels of this kind.")
    tool: HookTool | None = strawberry.field(default=None, description="Carried by this.")
    goal: HookGoal | None = strawberry.field(default=None, description="For this.")


def _key(kind: Kind, given: str | None, name: str) -> Any:
    key = None if given is None else key_if(kind, given)
    if given is not None and key is None:
        raise BadInput("an id of this kind", "id 类型不符", path=("where", name))
    return key


async def _report(
    ctx: Context,
    *,
    by: Annotated[ChannelReportBy, strawberry.argument(description="By what they are put together.")],
    first: Annotated[int, strawberry.argument(description="How many rows at most, 1 to 500.")] = 100,
    where: Annotated[ChannelReportWhere | None, strawberry.argument(description="Which hooks.")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Any:
    asked = where or ChannelReportWhere()
    channel_id = _key(Kind.CHANNEL, asked.channel_id, "channelId")
    hook_id = _key(Kind.HOOK, asked.hook_id, "hookId")
    of = ReportOf(days_of(ctx, first_day, last_day), channel_id, hook_id, asked.kind, asked.tool, asked.goal)
    rows: list[ReportRow] = await hooks.report(ctx, by, of, first)
    return rows


@strawberry.type
class HookReportQuery:
    channel_report: list[ChannelReportRow] = query(
        _report,
        "What came of channels and hooks, and what they cost: those with the highest revenue first.",
        scope=Scope.OPERATOR,
        cost=20,
    )


@strawberry.input(description="A code was scanned.")
class HookScanInput:
    code: str = strawberry.field(description="The code: of a hook, or of one of its batches.")
    visitor_key: str = strawberry.field(
        description="A key of the device that stays the same, 1 to 64 characters. "
        "A member counts as one person on all devices."
    )


@strawberry.input(description="A link into the mini-program to be made.")
class HookLinkCreateInput:
    hook_id: strawberry.ID = strawberry.field(description="The hook whose code it carries.")
    kind: MiniProgramLinkKind = strawberry.field(description="How it leads there.")
    days: int = strawberry.field(default=30, description="For how many days it is good, 1 to 30.")


@strawberry.input(description="What a hook cost on a day.")
class HookCostInput:
    day: date = strawberry.field(description="The brand's day.")
    amount: MoneyInput = strawberry.field(description="How much, in CNY; 0 for nothing.")


@strawberry.input(description="What a hook cost.")
class HookCostSetInput:
    hook_id: strawberry.ID = strawberry.field(description="The hook.")
    costs: list[HookCostInput] = strawberry.field(description="By day, 1 to 366; what was told before is replaced.")


@object_type(scope=Scope.VISITOR, description="A link that was made.")
class HookLinkCreatePayload(Payload):
    url: str | None = attribute("The link.", default=None)


@object_type(scope=Scope.VISITOR, description="A cost that was set.")
class HookCostSetPayload(Payload):
    hook: Hook | None = attribute("The hook.", default=None)


async def _scan(ctx: Context, *, input: HookScanInput) -> Any:
    scan = await hook_scans.scan(ctx, input.code, input.visitor_key)
    return HookScanPayload.of(hook=scan.hook, incentive=_given(scan), had_incentive=scan.had)


async def _link(ctx: Context, *, input: HookLinkCreateInput) -> Any:
    key = key_of(Kind.HOOK, input.hook_id, "input", "hookId")
    return HookLinkCreatePayload.of(url=await hooks.link(ctx, key, input.kind, input.days))


async def _set_costs(ctx: Context, *, input: HookCostSetInput) -> Any:
    key = key_of(Kind.HOOK, input.hook_id, "input", "hookId")
    costs = [(one.day, one.amount.value()) for one in input.costs]
    return HookCostSetPayload.of(hook=await hooks.set_costs(ctx, key, costs))


@strawberry.type
class HookScanMutation:
    hook_scan: HookScanPayload | None = mutation(
        _scan,
        HookScanPayload,
        "Count that a hook's code was scanned; who is logged in gets its incentive, once for a person.",
        scope=Scope.VISITOR,
    )
    hook_link_create: HookLinkCreatePayload | None = mutation(
        _link,
        HookLinkCreatePayload,
        "Have WeChat make a link into the mini-program that carries a hook's code, for SMS and calls.",
        scope=Scope.OPERATOR,
    )
    hook_cost_set: HookCostSetPayload | None = mutation(
        _set_costs, HookCostSetPayload, "Say what a hook cost, day by day.", scope=Scope.OPERATOR
    )
