"""Scanning a hook's code: it is counted, and a person gets the hook's incentive, once (R33)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import db.hooks
import db.outbox
import db.person_traces
from db.connection import Writing
from domain import hooks as rules
from domain.coupon_templates import TakeBy
from domain.coupons import CouponNotOffered, CouponsGone, TakenEnough
from domain.hooks import Hook, Scan
from domain.memberships import traces_of
from domain.points import Cause, PointsKind
from domain.refusals import NotFound
from domain.shares import day_of, visitor_of
from resolvers import coupon_giving, points, rates
from resolvers.context import Context


async def scan(ctx: Context, code: str, visitor_key: str) -> Scan:
    """Scan a code: it is counted as a share's opening is, and who is logged in gets the incentive of the hook, once.

    Outside of the hook's time nothing is counted and nothing given; its page opens all the same.

    Raises:
        NotFound: no hook has this code.
        BadInput: the visitor's key is empty or too long.
        TooOften: the member scans more than people do.
    """
    member_id, at = ctx.principal.member_id, ctx.now()
    visitor = visitor_of(member_id, visitor_key), member_id
    hook = await db.hooks.find_by_code(ctx.reading, code)
    if hook is None:
        raise NotFound(path=("input", "code"))
    if not hook.is_open(at) or not await rates.opening_counts(ctx, "scans of hooks"):
        return Scan(hook, first=False)
    day = day_of(at, ctx.services.rules.time_zone)
    async with ctx.database.writing() as tx:
        first = await db.hooks.count_scan(tx, hook.id, code, visitor, day, at)
        fact = rules.fact_of_scan(hook, code, member_id, first=first)
        await db.outbox.tell(tx, "HookScanned", "hook", hook.id, fact, at)
    counted = Scan(hook, first)
    return counted if member_id is None else await _reward(ctx, counted, member_id)


async def _reward(ctx: Context, counted: Scan, member_id: UUID) -> Scan:
    """Give the incentive, wholly or not at all: a coupon that cannot be had is no reason to refuse the scan."""
    if not counted.hook.terms.incentive.is_something:
        return counted
    try:
        async with ctx.database.writing() as tx:
            return await _give(ctx, tx, counted, member_id)
    except (CouponNotOffered, CouponsGone, TakenEnough):
        return counted


async def _give(ctx: Context, tx: Writing, counted: Scan, member_id: UUID) -> Scan:
    hook = counted.hook
    if not await _is_new(ctx, tx, hook, member_id):
        return replace(counted, had=True)
    if hook.terms.incentive.limit is not None and not await db.hooks.count_given(tx, hook.id):
        raise CouponsGone
    incentive, coupon = hook.terms.incentive, None
    if incentive.template_id is not None:
        coupon = await coupon_giving.give(ctx, tx, incentive.template_id, member_id, TakeBy.SCAN)
    if incentive.points:
        cause = Cause(PointsKind.GRANTED, f"hook:{hook.id.hex}:{member_id.hex}", hook.terms.name)
        await points.gain(ctx, tx, member_id, incentive.points, cause)
    given = replace(counted, coupon=coupon, points=incentive.points, given=True)
    await db.outbox.tell(tx, "HookIncentiveGiven", "hook", hook.id, rules.fact_of_gift(given, member_id), ctx.now())
    return given


async def _is_new(ctx: Context, tx: Writing, hook: Hook, member_id: UUID) -> bool:
    """Whether no account of this person got the incentive before; from here on this one did."""
    phone, names = (await db.person_traces.persons(tx, [member_id]))[member_id]
    traces = traces_of(ctx.services.rules.person_salt, member_id, phone, names)
    return await db.hooks.leave_traces(tx, hook.id, member_id, traces, ctx.now())
