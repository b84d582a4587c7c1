"""Hooks: what channels draw members with, their codes, and what came of them (R30, R32, R33)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain import hooks as rules
from domain import pages
from domain.hooks import HookGoal, HookTool, Incentive
from domain.identity import Scope
from resolvers import hooks
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.channels import Channel
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node

described(
    HookTool,
    "What carries the code.",
    PACKAGE_CARD="A card in a parcel (包裹卡).",
    SMS="A message to a phone (短信).",
    AI_CALL="A call by a machine, and the message after it (AI 外呼).",
    POSTER="A poster (海报).",
    SCAN_TO_ORDER="A code on a table or a shelf of a store (扫码点单).",
    AD_LANDING="The page that an advertisement leads to (广告落地页).",
    GROUP_CODE="A code in a group chat (社群活码).",
    LINK="A bare link.",
)
described(
    HookGoal,
    "What a hook is for: what counts as its conversion (R32).",
    ORDER="A paid order (直购类).",
    FOLLOW="A member who is a guide's friend on WeCom (关注类).",
    REGISTER="A new member.",
)


def _term(name: str) -> Callable[[rules.Hook], Any]:
    return lambda hook: getattr(hook.terms, name)


def _term_id(kind: Kind, name: str) -> Callable[[rules.Hook], str | None]:
    def read(hook: rules.Hook) -> str | None:
        key: UUID | None = getattr(hook.terms, name)
        return None if key is None else id_of(kind, key)

    return read


async def _pictures(ctx: Context, found: Sequence[rules.Hook]) -> list[str]:
    return [ctx.services.rules.codes.picture_of(one.code) for one in found]


@object_type(scope=Scope.VISITOR, description="What a person gets who scans a code of a hook, once (扫码有礼).")
class HookIncentive:
    coupon_template_id: strawberry.ID | None = identifier(
        Kind.COUPON_TEMPLATE, "template_id", description="A coupon of this kind; null for none."
    )
    points: int = attribute("So many points; 0 for none.")
    limit: int | None = attribute("So many persons at most; null: any number.")


@object_type(
    scope=Scope.STAFF,
    description="Codes that were printed together, one for each card or parcel (批次).",
    record=rules.HookBatch,
)
class HookBatch(Node):
    id: strawberry.ID = identifier(Kind.HOOK_BATCH)
    hook_id: strawberry.ID = identifier(Kind.HOOK, "hook_id", description="Where they lead.")
    name: str = attribute("What it is called.")
    count: int = attribute("How many codes, at most 10,000. GET /exports/hook-batches/<id>.xlsx has them all.")
    created_at: datetime = attribute("When it was made.")


async def _batches(
    ctx: Context,
    found: Sequence[rules.Hook],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await hooks.batches_of(ctx, found, pages.page_request(first, after, last, before))


@object_type(
    scope=Scope.STAFF,
    description="What a channel draws members with (钩子, 触点): known by its codes.",
    record=rules.Hook,
)
class Hook(Node):
    id: strawberry.ID = identifier(Kind.HOOK)
    code: str = attribute("Its own code: ten base62 characters. Those of its batches lead to it as well.")
    scene: str = attribute("The code as `scene` of a mini-program code (小程序码), 12 characters.")
    qr_url: str = batched(_pictures, "Where the picture of its own code is, PNG or JPEG.")
    channel: Channel = batched(hooks.channels_of, "The channel.")
    tool: HookTool = derived(_term("tool"), "What carries the code.")
    goal: HookGoal = derived(_term("goal"), "What it is for.")
    name: str = derived(_term("name"), "What it is called.")
    campaign: str = derived(_term("campaign"), "The campaign that it is of; empty for none.")
    creative: str = derived(_term("creative"), "The picture or text that it goes with; empty for none.")
    page: str = derived(_term("page"), "The page of the mini-program that it opens; empty for the brand's usual one.")
    store_id: strawberry.ID | None = derived(
        _term_id(Kind.STORE, "store_id"), "The store for which a scan speaks when an order is placed."
    )
    guide_id: strawberry.ID | None = derived(
        _term_id(Kind.GUIDE, "guide_id"), "The guide for whom a scan speaks, and who binds whom it brings."
    )
    starts_at: datetime | None = derived(_term("starts_at"), "From when on its codes count; null: since it was made.")
    ends_at: datetime | None = derived(_term("ends_at"), "Before when its codes count; null: for good.")
    incentive: HookIncentive = derived(_term("incentive"), "What a person gets who scans it, once.")
    given: int = attribute("How many persons got that, where it is limited.")
    created_at: datetime = attribute("When it was made.")
    version: int = attribute("Rises with each change.")
    batches: Connection[HookBatch] = batched(_batches, "The batches of its codes, the oldest first.")


@strawberry.input(description="Which hooks; all conditions must hold.")
class HookWhere:
    channel_id: IdFilter | None = strawberry.field(default=UNSET, description="Of which channel.")
    tool: EnumFilter[HookTool] | None = strawberry.field(default=UNSET, description="Carried by what.")
    goal: EnumFilter[HookGoal] | None = strawberry.field(default=UNSET, description="For what.")
    AND: list[HookWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[HookWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these holds.")
    NOT: HookWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _hooks(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[HookWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    condition = condition_of(where, {"channelId": Kind.CHANNEL}, {})
    return await hooks.hooks(ctx, pages.page_request(first, after, last, before), condition)


@strawberry.type
class HookQuery:
    hooks: Connection[Hook] = query(_hooks, "The hooks of all channels, the newest first.", scope=Scope.OPERATOR)


@strawberry.input(description="What a person gets who scans a code of the hook, once.")
class HookIncentiveInput:
    coupon_template_id: strawberry.ID | None = strawberry.field(
        default=None, description="A coupon of this kind, which is given for scans (SCAN)."
    )
    points: int = strawberry.field(default=0, description="So many points, at most 100,000.")
    limit: int | None = strawberry.field(default=None, description="So many persons at most; left out: any number.")


@strawberry.input(description="A hook. All that is left out is empty.")
class HookSaveInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel. It stays.")
    tool: HookTool = strawberry.field(description="What carries the code. It stays.")
    goal: HookGoal = strawberry.field(description="What it is for.")
    name: str = strawberry.field(description="What it is called, 1 to 60 characters.")
    id: strawberry.ID | None = strawberry.field(default=None, description="Which one is changed; left out: a new one.")
    campaign: str = strawberry.field(default="", description="The campaign, at most 60 characters.")
    creative: str = strawberry.field(default="", description="The picture or text, at most 60 characters.")
    page: str = strawberry.field(default="", description="A page of the mini-program, without parameters.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store for which it speaks.")
    guide_id: strawberry.ID | None = strawberry.field(default=None, description="The guide for whom it speaks.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when on its codes count.")
    ends_at: datetime | None = strawberry.field(default=None, description="Before when its codes count.")
    incentive: HookIncentiveInput | None = strawberry.field(default=None, description="What a person gets, once.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it was changed since it was read at this version."
    )


@strawberry.input(description="Codes to be printed.")
class HookBatchCreateInput:
    hook_id: strawberry.ID = strawberry.field(description="Where they lead.")
    name: str = strawberry.field(description="What the batch is called, 1 to 60 characters.")
    count: int = strawberry.field(description="How many, 1 to 10,000.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@object_type(scope=Scope.VISITOR, description="A hook that was saved.")
class HookSavePayload(Payload):
    hook: Hook | None = attribute("The hook.", default=None)


@object_type(scope=Scope.VISITOR, description="Codes that were made.")
class HookBatchCreatePayload(Payload):
    batch: HookBatch | None = attribute("The batch.", default=None)
    replayed: bool = attribute("Whether this request had been made before.", default=False)


def _draft(input: HookSaveInput) -> rules.HookDraft:
    return rules.HookDraft(
        key_of(Kind.CHANNEL, input.channel_id, "input", "channelId"),
        input.tool,
        input.name,
        input.goal,
        input.campaign,
        input.creative,
        input.page,
        None if input.store_id is None else key_of(Kind.STORE, input.store_id, "input", "storeId"),
        None if input.guide_id is None else key_of(Kind.GUIDE, input.guide_id, "input", "guideId"),
        input.starts_at,
        input.ends_at,
        rules.NO_INCENTIVE if input.incentive is None else _incentive(input.incentive),
    )


def _incentive(given: HookIncentiveInput) -> Incentive:
    template, path = given.coupon_template_id, ("input", "incentive", "couponTemplateId")
    template_id = None if template is None else key_of(Kind.COUPON_TEMPLATE, template, *path)
    return Incentive(template_id, given.points, given.limit)


async def _save(ctx: Context, *, input: HookSaveInput) -> Any:
    draft = _draft(input)
    if input.id is None:
        return HookSavePayload.of(hook=await hooks.create(ctx, draft))
    key = key_of(Kind.HOOK, input.id, "input", "id")
    return HookSavePayload.of(hook=await hooks.edit(ctx, key, draft, input.expected_version))


async def _print(ctx: Context, *, input: HookBatchCreateInput) -> Any:
    key = key_of(Kind.HOOK, input.hook_id, "input", "hookId")
    batch, replayed = await hooks.print_batch(ctx, key, input.name, input.count, input.idempotency_key)
    return HookBatchCreatePayload.of(batch=batch, replayed=replayed)


@strawberry.type
class HookMutation:
    hook_save: HookSavePayload | None = mutation(
        _save, HookSavePayload, "Make a hook, or give one other terms.", scope=Scope.OPERATOR
    )
    hook_batch_create: HookBatchCreatePayload | None = mutation(
        _print, HookBatchCreatePayload, "Make codes of a hook to be printed.", scope=Scope.OPERATOR, cost=50
    )


NODES = {Kind.HOOK: hooks.hooks_seen, Kind.HOOK_BATCH: hooks.batches_seen}
