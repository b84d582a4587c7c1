"""What can be asked of hooks: make one, have codes printed, scan one, and what came of them (R30, R32, R33)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

import db.channels
import db.coupon_templates
import db.guides
import db.hook_days
import db.hooks
import db.idempotency
import db.outbox
import db.stores
from db.connection import Writing
from domain import hooks as rules
from domain.channels import Channel
from domain.coupon_templates import TakeBy
from domain.filters import Condition, check_depth
from domain.guides import KNOWN_TO_ALL
from domain.hook_figures import ChannelReportBy, ReportOf, ReportRow
from domain.hooks import Hook, HookBatch, HookDraft, MiniProgramLinkKind
from domain.idempotency import request_of
from domain.identity import Scope
from domain.money import LARGEST_MINOR, Money
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound, between
from resolvers import rates
from resolvers.channels import channels_by_id
from resolvers.context import Context

MOST_ROWS = 500
MOST_COSTS = 366


async def hooks(ctx: Context, request: PageRequest, where: Condition) -> Page[Hook]:
    """A page of hooks, the newest first."""
    check_depth(where)
    return await db.hooks.hooks(ctx.reading, request, where)


async def hooks_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Hook]:
    return await db.hooks.hooks_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def hooks_seen(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Hook]:
    """Those of the hooks that exist for the caller: for operators all, for others none."""
    return await hooks_by_id(ctx, ids) if ctx.holds(Scope.OPERATOR) else {}


async def batches_seen(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, HookBatch]:
    """Those of the batches that exist for the caller: for operators all, for others none."""
    return await batches_by_id(ctx, ids) if ctx.holds(Scope.OPERATOR) else {}


async def channels_of(ctx: Context, found: Sequence[Hook]) -> list[Channel]:
    """The channel of each hook."""
    known = await channels_by_id(ctx, [one.terms.channel_id for one in found])
    return [known[one.terms.channel_id] for one in found]


async def batches_of(ctx: Context, found: Sequence[Hook], request: PageRequest) -> list[Page[HookBatch]]:
    """A page of the batches of each hook, the oldest first."""
    return await db.hooks.batches_of(ctx.reading, [one.id for one in found], request)


async def batches_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, HookBatch]:
    return await db.hooks.batches_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def create(ctx: Context, draft: HookDraft) -> Hook:
    """Make a hook, with a code of its own.

    Raises:
        NotFound: the channel, the store, the guide or the coupon's template does not exist.
        BadInput: a text, a number or the time is out of bounds, or the coupon is not given for scans.
    """
    new = Hook(ctx.new_id(), ctx.new_code(), rules.check_draft(draft), 0, ctx.now())
    async with ctx.database.writing() as tx:
        await _check(tx, new.terms)
        await db.hooks.add(tx, new)
        await db.outbox.tell(tx, "HookSaved", "hook", new.id, rules.fact_of(new), ctx.now())
    return new


async def edit(ctx: Context, hook_id: UUID, draft: HookDraft, expected_version: int | None) -> Hook:
    """Give a hook other terms. Its channel, its tool and its codes stay.

    Raises:
        NotFound: there is no such hook, or what it names does not exist.
        BadInput: a text, a number or the time is out of bounds, or the channel or the tool is another one.
        StaleVersion: somebody changed it in between.
        WrongState: more persons got the incentive than may by now.
    """
    async with ctx.database.writing() as tx:
        before = await db.hooks.lock(tx, hook_id)
        if before is None:
            raise NotFound(path=("input", "id"))
        await _check(tx, draft)
        saved = rules.edit(before, draft, expected_version)
        await db.hooks.save(tx, saved)
        await db.outbox.tell(tx, "HookSaved", "hook", saved.id, rules.fact_of(saved), ctx.now())
    return saved


async def _check(tx: Writing, draft: HookDraft) -> None:
    """Hold a hook to what there is."""
    if not await db.channels.channels_by_id(tx, [draft.channel_id]):
        raise NotFound(path=("input", "channelId"))
    if draft.store_id is not None and not await db.stores.stores_by_id(tx, [draft.store_id]):
        raise NotFound(path=("input", "storeId"))
    if draft.guide_id is not None:
        guide = (await db.guides.guides_by_id(tx, [draft.guide_id])).get(draft.guide_id)
        if guide is None or guide.status not in KNOWN_TO_ALL:
            raise NotFound(path=("input", "guideId"))
    if draft.incentive.template_id is not None:
        await _check_coupon(tx, draft.incentive.template_id)


async def _check_coupon(tx: Writing, template_id: UUID) -> None:
    path = ("input", "incentive", "couponTemplateId")
    template = (await db.coupon_templates.templates_by_id(tx, [template_id])).get(template_id)
    if template is None:
        raise NotFound(path=path)
    if TakeBy.SCAN not in template.terms.take_by:
        raise BadInput("a kind of coupon that is given for scans", "该券模板不支持扫码领取", path=path)


async def print_batch(ctx: Context, hook_id: UUID, name: str, count: int, key: str) -> tuple[HookBatch, bool]:
    """Make codes of a hook to be printed, 10,000 at most; a repeated request gets the same batch, and True.

    Raises:
        NotFound: there is no such hook.
        BadInput: the name or the number is out of bounds.
    """
    name = rules.check_batch(name, count)
    asked = {"hook": hook_id, "name": name, "count": count}
    request = request_of(f"staff:{ctx.member_id.hex}", "hookBatchCreate", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return msgspec.convert(before, HookBatch, strict=False), True
        if not await db.hooks.hooks_by_id(tx, [hook_id]):
            raise NotFound(path=("input", "hookId"))
        batch = HookBatch(ctx.new_id(), hook_id, name, count, ctx.now())
        await db.hooks.add_batch(tx, batch, [ctx.new_code() for _ in range(count)])
        told = {"hook": hook_id.hex, "batch": batch.id.hex, "count": count}
        await db.outbox.tell(tx, "HookCodesPrinted", "hook", hook_id, told, ctx.now())
        await db.idempotency.answer(tx, request, msgspec.to_builtins(batch))
    return batch, False


async def link(ctx: Context, hook_id: UUID, kind: MiniProgramLinkKind, days: int) -> str:
    """Have WeChat make a link into the mini-program that carries a hook's code, for SMS and calls.

    Raises:
        NotFound: there is no such hook.
        BadInput: it is to last for more than 30 days.
        PageNotPublished: the mini-program has no such page.
        TooOften, ProviderUnavailable: WeChat does not make one now.
    """
    between(days, 1, rules.LONGEST_LINK_DAYS, "input", "days")
    hook = (await db.hooks.hooks_by_id(ctx.reading, [hook_id])).get(hook_id)
    if hook is None:
        raise NotFound(path=("input", "hookId"))
    await rates.take(ctx, rates.LINKS, "links into the mini-program")
    page = hook.terms.page or ctx.services.rules.codes.page
    wechat = ctx.services.wechat
    make = wechat.url_link if kind is MiniProgramLinkKind.URL_LINK else wechat.scheme
    return await make(page, hook.scene, days)


async def set_costs(ctx: Context, hook_id: UUID, costs: Sequence[tuple[date, Money]]) -> Hook:
    """Say what a hook cost on some days, whatever was said before.

    Raises:
        NotFound: there is no such hook.
        BadInput: no day is named, more than 366 are, one twice, or an amount is out of bounds.
    """
    between(len(costs), 1, MOST_COSTS, "input", "costs")
    given = {day: amount.minor for day, amount in costs}
    if len(given) < len(costs):
        raise BadInput("each day once", "每天只能出现一次", path=("input", "costs"))
    for n, (_, amount) in enumerate(costs):
        between(amount.minor, 0, LARGEST_MINOR, "input", "costs", str(n), "amount")
    async with ctx.database.writing() as tx:
        hook = await db.hooks.lock(tx, hook_id)
        if hook is None:
            raise NotFound(path=("input", "hookId"))
        await db.hook_days.set_costs(tx, hook_id, given)
        fact = {"hook": hook_id.hex, "costs": {day.isoformat(): minor for day, minor in given.items()}}
        await db.outbox.tell(tx, "HookCostsSet", "hook", hook_id, fact, ctx.now())
    return hook


async def report(ctx: Context, by: ChannelReportBy, of: ReportOf, most: int) -> list[ReportRow]:
    """What came of hooks, put together, and what they cost; the best first, days in their order.

    Raises:
        BadInput: more than 500 rows were asked for.
    """
    return await db.hook_days.report(ctx.reading, by, of, between(most, 1, MOST_ROWS, "first"))


async def hooks_of(ctx: Context, rows: Sequence[ReportRow]) -> list[Hook | None]:
    """The hook that each row is about, where it is about one."""
    ids = [one.hook_id for one in rows if one.hook_id is not None]
    known = await hooks_by_id(ctx, ids) if ids else {}
    return [None if one.hook_id is None else known.get(one.hook_id) for one in rows]


async def channels_of_rows(ctx: Context, rows: Sequence[ReportRow]) -> list[Channel | None]:
    """The channel that each row is about, where it is about one."""
    ids = [one.channel_id for one in rows if one.channel_id is not None]
    known = await channels_by_id(ctx, ids) if ids else {}
    return [None if one.channel_id is None else known.get(one.channel_id) for one in rows]
