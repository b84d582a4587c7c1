"""What can be asked of paid memberships: plans, buying one, and what a paid order or a card makes of it (R21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.attributions
import db.idempotency
import db.memberships
import db.outbox
from db.connection import Writing
from domain import memberships as rules
from domain.evidence import Claimant
from domain.idempotency import request_of
from domain.identity import Scope
from domain.members import Member
from domain.memberships import (
    ForLife,
    Membership,
    MembershipPlan,
    Period,
    PeriodSource,
    PlanKind,
    PurchaseOpen,
    RightsUsed,
    TrialUsed,
)
from domain.money import Money
from domain.orders import Order
from domain.refunds import NotRefundable, OrderRefund
from domain.refusals import NotFound, WrongState
from resolvers import attributions, rights, value_orders
from resolvers.context import Context
from resolvers.members import members_shown

SUPERFLUOUS = "membership_superfluous"
"""The fact that a plan was paid by somebody whose membership is for life."""


async def plans(ctx: Context) -> list[MembershipPlan]:
    """The plans on sale, for operators all, the cheapest first."""
    return await db.memberships.plans(ctx.reading, all_of_them=ctx.holds(Scope.OPERATOR))


async def save_plan(ctx: Context, plan: MembershipPlan, known_id: UUID | None) -> MembershipPlan:
    """Offer a plan, or change one; its rights change for those who hold it too.

    Raises:
        NotFound: there is no plan with this id, or no variant with that of the gift.
        BadInput: something is out of bounds, or the plan would run for another time than it did.
    """
    checked = rules.check_plan(plan)
    async with ctx.database.writing() as tx:
        if known_id is not None:
            known = (await db.memberships.plans_by_id(tx, [known_id])).get(known_id)
            if known is None:
                raise NotFound(path=("input", "planId"))
            rules.check_same_time(known, checked)
        await rights.check_gifts(tx, {("input", "rights"): checked.rights})
        await db.memberships.save_plan(tx, checked)
        fact = {"plan": checked.id.hex, "kind": checked.kind.value, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "MembershipPlanSaved", "membership_plan", checked.id, fact, ctx.now())
    return checked


async def memberships_of(ctx: Context, members: Sequence[Member]) -> list[Membership | None]:
    """The membership that runs for each member now, for the member alone and for operators."""
    ids = members_shown(ctx, members)
    found = await db.memberships.memberships_of(ctx.reading, ids, ctx.now()) if ids else {}
    return [found.get(member.id) for member in members]


async def buy(ctx: Context, plan_id: UUID, key: str) -> tuple[UUID | None, bool]:
    """Order a plan; returns the order, None when it was free and runs already, and True when this was done before.

    Raises:
        NotFound: there is no such plan on sale.
        ForLife: the membership is for life already.
        PurchaseOpen: another purchase of the member waits to be paid.
        TrialUsed: the person had a trial before.
    """
    request = request_of(f"member:{ctx.member_id.hex}", "membershipBuy", key, {"plan": plan_id})
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return (UUID(before["order"]) if before["order"] else None), True
        plan = (await db.memberships.plans_by_id(tx, [plan_id])).get(plan_id)
        if plan is None or not plan.on_sale:
            raise NotFound(path=("input", "planId"))
        order = value_orders.drafted(ctx, plan.price, plan.name) if plan.price.minor else None
        if order is not None:
            order = await _placed(ctx, tx, order, plan)
        await _check_purchase(ctx, tx, plan, order)
        if order is None:
            await _begin_free(ctx, tx, plan)
        await db.idempotency.answer(tx, request, {"order": order.id.hex if order else None})
    return (order.id if order else None), False


async def _placed(ctx: Context, tx: Writing, order: Order, plan: MembershipPlan) -> Order:
    """Place the order of a plan. It is credited to a guide like any other (R21)."""
    (decided,) = await attributions.attribute_orders(ctx, tx, [Claimant(ctx.member_id)], ctx.now())
    credited = replace(order, guide_id=decided.guide_id, store_id=decided.store_id)
    await db.attributions.add(tx, attributions.attribution_of(ctx, credited, decided))
    await value_orders.place(tx, credited, {"membership_plan": plan.id.hex}, ctx.now())
    return credited


async def _check_purchase(ctx: Context, tx: Writing, plan: MembershipPlan, order: Order | None) -> None:
    """Let a member buy who may; an order that is open holds its place, and the trial of its person."""
    if (await db.memberships.lock(tx, ctx.member_id, ctx.now())).for_life:
        raise ForLife
    if order is None:
        if await db.memberships.has_open_purchase(tx, ctx.member_id):
            raise PurchaseOpen
    elif not await db.memberships.add_purchase(tx, order.id, ctx.member_id, plan.id):
        raise PurchaseOpen
    if plan.kind is PlanKind.TRIAL:
        await _claim_trial(ctx, tx, ctx.member_id, order)


async def _claim_trial(ctx: Context, tx: Writing, member_id: UUID, order: Order | None) -> None:
    phone, identities = await db.memberships.person_of(tx, member_id)
    traces = rules.traces_of(ctx.services.rules.person_salt, member_id, phone, identities)
    if not await db.memberships.claim_trial(tx, traces, order.id if order else None, ctx.now()):
        raise TrialUsed


async def _begin_free(ctx: Context, tx: Writing, plan: MembershipPlan) -> None:
    source = PeriodSource.TRIAL if plan.kind is PlanKind.TRIAL else PeriodSource.BOUGHT
    period = await begin(ctx, tx, ctx.member_id, plan, source)
    assert period is not None, "it was not for life a moment ago"
    await db.outbox.tell(tx, "MembershipBegun", "member", ctx.member_id, fact_of(period), ctx.now())


async def begin(
    ctx: Context, tx: Writing, member_id: UUID, plan: MembershipPlan, source: PeriodSource, order_id: UUID | None = None
) -> Period | None:
    """Let another period run after what is there; None when the membership is for life already."""
    until = await db.memberships.lock(tx, member_id, ctx.now())
    starts_at, ends_at = rules.span_of(plan, until, ctx.now(), ctx.services.rules.time_zone)
    period = Period(ctx.new_id(), member_id, plan.id, source, starts_at, ends_at, order_id)
    return period if await db.memberships.extend(tx, period) else None


def fact_of(period: Period) -> dict[str, Any]:
    """What is told of a period that was added."""
    return {
        "member": period.member_id.hex,
        "membership_plan": period.plan_id.hex,
        "source": period.source.value,
        "membership_from": period.starts_at.isoformat(),
        "membership_until": period.ends_at.isoformat() if period.ends_at else None,
    }


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """An order was paid: the plan that it was for, if it was for one, begins to run.

    A payment is never rolled back: where the membership became one for life meanwhile, the fact says that it was paid
    for nothing, and whoever completes the order gives the money back.
    """
    if not value_orders.is_for_value(order):
        return {}
    plan_id = await db.memberships.settle_purchase(tx, order.id)
    if plan_id is None:
        return {}
    plan = (await db.memberships.plans_by_id(tx, [plan_id]))[plan_id]
    period = await begin(ctx, tx, order.member_id, plan, PeriodSource.BOUGHT, order.id)
    return {SUPERFLUOUS: True} if period is None else fact_of(period)


async def released(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """An order for a plan was given up: another can be bought, and a trial tried another time."""
    if value_orders.is_for_value(order) and await db.memberships.settle_purchase(tx, order.id) is not None:
        await db.memberships.unclaim_trial(tx, order.id)
    return {}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Money of a plan goes back: what is left of its time goes, as long as none of its rights was used (R21).

    A right counts as used once goods were ordered and paid while it could be. The time ends with the first part that
    goes back; the share of the price that was left then may come in several.

    Raises:
        RightsUsed: something was ordered with the membership.
        WrongState: another period was added after it; that one has to go first.
        NotRefundable: it is more than the share of the time that is left.
    """
    if not value_orders.is_for_value(order):
        return {}
    await db.memberships.lock(tx, order.member_id, ctx.now())
    bought = await db.memberships.period_of(tx, order.id)
    if bought is None:
        return {}
    if bought.refunded_at is None:
        await _check_unused(tx, bought)
    unused = rules.unused(order.total, bought.starts_at, bought.ends_at, bought.refunded_at or ctx.now())
    left = unused.minor - (order.refunded.minor - refund.amount.minor)
    if refund.amount.minor > left:
        raise NotRefundable(Money(max(0, left), unused.currency), path=("input", "amount"))
    if bought.refunded_at is not None:
        return {}
    await db.memberships.cut(tx, bought, ctx.now())
    return {"membership_refunded": bought.id.hex}


async def _check_unused(tx: Writing, bought: Period) -> None:
    last = await db.memberships.last_period(tx, bought.member_id)
    if last is None or last.id != bought.id:
        raise WrongState("FOLLOWED_BY_ANOTHER", path=("input", "orderId"))
    if await db.memberships.ordered_since(tx, bought.member_id, bought.starts_at):
        raise RightsUsed(path=("input", "orderId"))
