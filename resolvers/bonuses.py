"""Bonuses: paid for a month when nothing that was sold in it may come back any more (product rules 2.1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import db.bonuses
import db.ledger
import db.outbox
import db.stores
from db.connection import Writing
from domain import bonuses as rules
from domain.bonuses import Bonus, BonusPlan, BonusStep
from domain.ledger import BONUSES
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import NotFound
from resolvers.commissions import lock_wallets
from resolvers.context import Context
from resolvers.wallets import check_handles_money_of

MONTHS_BACK = 6
"""For so long a month waits for what was sold in it to be final."""
PAID_AT_ONCE = 200


@record
class BonusProgress:
    """What a plan would pay for the month so far, and what comes next."""

    plan: BonusPlan
    base: Money
    amount: Money
    following: BonusStep | None


async def pay_due(ctx: Context) -> int:
    """Pay for months that are over, a plan and a month at a time; returns how many were paid, or got nothing."""
    zone = ctx.services.rules.time_zone
    begin, _ = rules.month_of(ctx.now(), zone)
    months = [rules.month_of(begin - timedelta(days=1), zone)]
    while len(months) < MONTHS_BACK:
        months.append(rules.month_of(months[-1][0] - timedelta(days=1), zone))
    for plan in await db.bonuses.plans_between(ctx.reading, months[-1][0], begin):
        for since, until in months:
            if plan.holds_in(since, until) and (done := await _pay(ctx, plan, since, until)):
                return done
    return 0


async def _pay(ctx: Context, plan: BonusPlan, since: datetime, until: datetime) -> int:
    """Pay those whose sales of a month are final, some hundred at once."""
    month, at = since.date(), ctx.now()
    async with ctx.database.writing() as tx:
        sales = await db.bonuses.settled_sales(tx, plan, since, until, at, PAID_AT_ONCE)
        if not sales:
            return 0
        bonuses = [
            Bonus(
                ctx.new_id(),
                plan.id,
                month,
                one.unit_id,
                one.guide_id,
                Money(one.base),
                Money(rules.bonus_on(one.base, plan.mode, plan.steps)),
                at,
            )
            for one in sales
        ]
        await db.bonuses.add(tx, bonuses)
        await _book(ctx, tx, plan, bonuses)
    return len(sales)


async def _book(ctx: Context, tx: Writing, plan: BonusPlan, bonuses: Sequence[Bonus]) -> None:
    sums = rules.sums_of(bonuses)
    if not sums:
        return
    batch = ctx.new_id()
    told = {"plan": plan.id.hex, "guides": [one.hex for one in sums]}
    await db.outbox.tell(tx, "BonusesPaid", "bonuses", batch, told, ctx.now())
    wallets = await lock_wallets(tx, list(sums))
    postings = [part for key, minor in sums.items() for part in wallets[key].give(minor, BONUSES)]
    await db.ledger.post(tx, f"bonus:{batch.hex}", postings, ctx.now())


async def set_plan(ctx: Context, plan: BonusPlan) -> BonusPlan:
    """Pay bonuses by a plan, from the next whole month on.

    Raises:
        BadInput: the name, a step or the time is out of bounds.
        NotFound: there is no such unit.
    """
    new = rules.check_plan(replace(plan, id=ctx.new_id()))
    async with ctx.database.writing() as tx:
        if not await db.stores.units_by_id(tx, [new.unit_id]):
            raise NotFound(path=("input", "unitId"))
        await db.bonuses.save_plan(tx, new)
        await db.outbox.tell(tx, "BonusPlanSet", "bonus_plan", new.id, rules.fact_of(new), ctx.now())
    return new


async def end_plan(ctx: Context, plan_id: UUID, expected_version: int) -> BonusPlan:
    """Pay no more by a plan: the month that runs is not paid.

    Raises:
        NotFound: there is no such plan.
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        plan = await db.bonuses.lock_plan(tx, plan_id)
        if plan is None:
            raise NotFound(path=("input", "planId"))
        ended = rules.end_plan(plan, ctx.now(), expected_version)
        await db.bonuses.save_plan(tx, ended)
        await db.outbox.tell(tx, "BonusPlanEnded", "bonus_plan", ended.id, rules.fact_of(ended), ctx.now())
    return ended


async def plans(ctx: Context, request: PageRequest) -> Page[BonusPlan]:
    """A page of the plans, the newest first."""
    return await db.bonuses.plans(ctx.reading, request)


async def my_bonuses(ctx: Context, request: PageRequest) -> Page[Bonus]:
    """A page of the caller's bonuses as a guide, the newest first."""
    return await db.bonuses.bonuses_of(ctx.reading, ctx.guide_id, request)


async def bonuses_of(ctx: Context, guide_id: UUID, request: PageRequest) -> Page[Bonus]:
    """A page of a guide's bonuses, for whoever decides about the guide, and for finance.

    Raises:
        NotFound: there is no such guide for the caller.
    """
    await check_handles_money_of(ctx, guide_id)
    return await db.bonuses.bonuses_of(ctx.reading, guide_id, request)


async def my_progress(ctx: Context) -> list[BonusProgress]:
    """What each plan for the caller's own sales would pay for the month so far."""
    since, until = rules.month_of(ctx.now(), ctx.services.rules.time_zone)
    plans = await db.bonuses.plans_for(ctx.reading, ctx.guide_id, since, until)
    base = await db.bonuses.sales_so_far(ctx.reading, ctx.guide_id, since, until) if plans else 0
    return [
        BonusProgress(
            plan,
            Money(base),
            Money(rules.bonus_on(base, plan.mode, plan.steps)),
            rules.next_step(base, plan.steps),
        )
        for plan in plans
    ]
