"""What guides earn: computed when an order is paid, released when nothing of it can come back (product rules 2.1).

Every step is a posting: from the brand to what is pending, to what is frozen, to what can be taken out. What goes back
goes the other way, from wherever it stands; what was released is taken from the guide's wallet, as a debt if need be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import db.attributions
import db.commission_rates
import db.commissions
import db.guides
import db.ledger
import db.orders
import db.outbox
import db.price_floors
from db.commission_rates import NOBODY
from db.connection import Writing
from db.outbox import Fact
from domain import commissions as rules
from domain.commission_rates import Book
from domain.commissions import RELEASED, Commission, CommissionState, Wallet
from domain.filters import Condition, check_depth
from domain.guides import KNOWN_TO_ALL, GuideStatus
from domain.ledger import available_commission, commission_debt
from domain.orders import Order, OrderState
from domain.pages import Page, PageRequest
from domain.price_floors import PriceFloor
from domain.refunds import OrderRefund
from domain.refusals import NotFound, WrongState, text_within
from domain.withdrawals import FourEyes
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.wallets import check_handles_money_of

RELEASED_AT_ONCE = 1_000
_PAID = "OrderPaid"


async def earned(ctx: Context, tx: Writing, order: Order, facts: Mapping[str, Any]) -> list[Commission]:
    """What an order that is being paid earns its guides, to be kept with the payment."""
    if order.guide_id is None or not (order.lines or "membership_plan" in facts):
        return []
    expected = await _expected(ctx, tx, [order], ctx.now())
    if ctx.services.rules.attribution.assist_bp and expected:
        return await _shared(ctx, tx, order, expected)
    return expected


async def _shared(ctx: Context, tx: Writing, order: Order, expected: Sequence[Commission]) -> list[Commission]:
    """Give those who assisted their part, where the brand pays assists (product rules 2.2.2)."""
    parts = {one.guide_id: one.bp for one in await db.attributions.assists_of_order(tx, order.id) if one.bp}
    if not parts:
        return list(expected)
    guides = await db.guides.guides_by_id(tx, sorted(parts))
    able = {key: bp for key, bp in parts.items() if guides[key].status in KNOWN_TO_ALL}
    held = frozenset(key for key in able if guides[key].status is GuideStatus.FROZEN)
    earned = rules.shared(expected, able, held, ctx.new_id)
    amounts = {key: sum(one.amount.minor for one in earned if one.guide_id == key) for key in able}
    await db.attributions.save_assist_amounts(tx, order.id, amounts)
    return earned


async def _expected(ctx: Context, tx: Writing, orders: Sequence[Order], at: datetime) -> list[Commission]:
    """What orders earn if they are paid at a time."""
    terms = ctx.services.rules.commission
    earning = await db.commission_rates.earnings_of(tx, orders, at)
    floors = await _floors(tx, [one for one in orders if earning.get(one.id, NOBODY).was_edited])
    expected = []
    for order in orders:
        who = earning.get(order.id, NOBODY)
        if order.lines:
            lines = rules.earning_lines(order, terms, who.categories, floors, at)
            book = Book(who.rules, who.contract)
            expected += rules.earned(order, lines, who.earners, book, terms, ctx.new_id, at)
        else:
            lines, book = rules.of_membership(order, terms)
            earned = rules.earned(order, lines, who.earners, book, terms, ctx.new_id, at)
            expected += [rules.received(one, at, terms) for one in earned]
    return expected


async def _floors(tx: Writing, edited: Sequence[Order]) -> Mapping[UUID, Sequence[PriceFloor]]:
    """The price floors of what was edited: what was not has been held to them when it was placed (R26)."""
    variants = {line.variant_id for order in edited for line in order.lines}
    return await db.price_floors.floors_of(tx, sorted(variants)) if variants else {}


async def received(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """The buyer has the goods: what they earned is frozen for as long as they can be given back."""
    if order.guide_id is None:
        return {}
    terms, earned = ctx.services.rules.commission, await db.commissions.lock_of_order(tx, order.id)
    waiting = [one for one in earned if one.state in (CommissionState.PENDING, CommissionState.HELD)]
    if not waiting:
        return {}
    at = order.received_at or ctx.now()
    await db.commissions.save(tx, [rules.received(one, at, terms) for one in waiting])
    postings = rules.postings_of_received([one for one in waiting if one.release_at is None])
    if postings:
        await db.ledger.post(tx, f"commission:{order.id.hex}:received", postings, ctx.now())
    return {}


async def released(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """An order was given up unpaid: nothing comes of what it would have earned."""
    if order.guide_id is not None:
        await db.commissions.forget_estimates(tx, order.id)
    return {}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Take back what guides are not entitled to any more (product rules 2.1.4)."""
    if order.guide_id is None:
        return {}
    earned = [one for one in await db.commissions.lock_of_order(tx, order.id) if one.state in rules.EARNED]
    went_back = rules.returned(order, refund, {one.line_id: one.refunded.minor for one in earned})
    everything = order.refunded == order.total
    taken = [
        (one, *rules.claw_back(one, one.base.minor if everything else went_back.get(one.line_id, 0))) for one in earned
    ]
    if not taken:
        return {}
    await db.commissions.save(tx, [after for _, after, _ in taken])
    lost = [(before, less) for before, _, less in taken if less.minor]
    if not lost:
        return {}
    gone = frozenset(before.id for before, _ in lost if before.state in RELEASED)
    await db.commissions.log_claw_backs(tx, refund.id, lost, ctx.now(), released=gone)
    wallets = await lock_wallets(tx, [before.guide_id for before, _ in lost if before.id in gone])
    postings = rules.postings_of_lost(lost, wallets)
    await db.ledger.post(tx, f"claw-back:{refund.id.hex}", postings, ctx.now())
    return {"claw_backs": rules.facts_of_lost(lost)}


async def lock_wallets(tx: Writing, guide_ids: Sequence[UUID]) -> dict[UUID, Wallet]:
    """The wallets of guides, kept as they are until the transaction ends: the last that it locks."""
    if not guide_ids:
        return {}
    ids = sorted(set(guide_ids))
    accounts = [account(one) for one in ids for account in (available_commission, commission_debt)]
    return db.commissions.wallets_of(ids, await db.ledger.lock_balances(tx, accounts))


async def release_due(ctx: Context) -> int:
    """Release what can no longer come back; returns how many commissions were looked at, at most 1,000.

    What belongs to a guide who is not active is held instead. While an after-sale is open, a commission waits.
    """
    async with ctx.database.writing() as tx:
        await db.commissions.free(tx)
        due = await db.commissions.lock_due(tx, ctx.now(), RELEASED_AT_ONCE)
        if due:
            held = [replace(one, state=CommissionState.HELD) for one, status in due if status is not GuideStatus.ACTIVE]
            if held:
                await db.commissions.save(tx, held)
            await _release(ctx, tx, [one for one, status in due if status is GuideStatus.ACTIVE])
    return len(due)


async def _release(
    ctx: Context, tx: Writing, ready: Sequence[Commission], why: Mapping[str, str] | None = None
) -> None:
    """Make frozen commissions available, and tell of it in one row."""
    if not ready:
        return
    at, batch = ctx.now(), ctx.new_id()
    await db.commissions.release(tx, ready, at)
    guides = sorted({one.guide_id for one in ready})
    orders = sorted({one.order_id.hex for one in ready})
    told = {"guides": [one.hex for one in guides], "orders": orders, **(why or {})}
    await db.outbox.tell(tx, "CommissionsReleased", "commission_release", batch, told, at)
    postings = rules.postings_of_released(ready, await lock_wallets(tx, guides))
    if postings:
        await db.ledger.post(tx, f"release:{batch.hex}", postings, at)


async def unfrozen(tx: Writing, guide_id: UUID) -> None:
    """A guide sells again: what was held waits for its release like the rest."""
    held = await db.commissions.lock_held(tx, guide_id)
    states = [CommissionState.PENDING if one.release_at is None else CommissionState.FROZEN for one in held]
    if held:
        await db.commissions.save(tx, [replace(one, state=state) for one, state in zip(held, states, strict=True)])


async def _estimate(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Say what orders would earn that are placed and not paid.

    Once one is paid, nothing is left of what those would have earned from it who are not credited after all.
    """
    keys = sorted({fact.aggregate_id for fact in facts if fact.payload.get("guide") or fact.kind == _PAID})
    if not keys:
        return
    waiting = sorted({fact.aggregate_id for fact in facts if fact.payload.get("guide") and fact.kind != _PAID})
    found = await db.orders.lock_shared(tx, waiting) if waiting else []
    placed = [one for one in found if one.state is OrderState.PLACED and one.lines]
    expected = await _expected(ctx, tx, placed, ctx.now()) if placed else []
    estimates = [replace(one, state=CommissionState.ESTIMATED) for one in expected]
    await db.commissions.estimate(tx, keys, estimates)


ESTIMATES = Projection("commission estimates", frozenset({"OrderPlaced", "OrderEdited", _PAID}), _estimate)


async def my_commissions(ctx: Context, request: PageRequest, where: Condition) -> Page[Commission]:
    """A page of what the caller earned as a guide, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.commissions.commissions_of(ctx.reading, ctx.guide_id, request, where)


async def commissions_of(ctx: Context, guide_id: UUID, request: PageRequest, where: Condition) -> Page[Commission]:
    """A page of what a guide earned, for whoever decides about the guide, and for finance.

    Raises:
        NotFound: there is no such guide for the caller.
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    await check_handles_money_of(ctx, guide_id)
    return await db.commissions.commissions_of(ctx.reading, guide_id, request, where)


async def lock_leaver(ctx: Context, tx: Writing, guide_id: UUID) -> None:
    """Hold a guide who left, and who is not the caller.

    Raises:
        NotFound: there is no such guide.
        FourEyes: it is the caller.
        WrongState: the guide has not left.
    """
    guide = await db.guides.lock_guide(tx, guide_id)
    if guide is None:
        raise NotFound(path=("input", "guideId"))
    if guide.member_id == ctx.member_id:
        raise FourEyes(path=("input", "guideId"))
    if guide.status is not GuideStatus.LEFT:
        raise WrongState(guide.status.value, path=("input", "guideId"))


async def release_held(ctx: Context, guide_id: UUID, reason: str) -> list[Commission]:
    """Let a guide who left have what was held and can no longer come back (R10, H16).

    Raises:
        NotFound: there is no such guide.
        FourEyes: it is the caller's own.
        WrongState: the guide has not left: what is held of one who is frozen is released when that ends.
        BadInput: no reason is given, or one that is too long.
    """
    said = text_within(reason, 200, "input", "reason")
    async with ctx.database.writing() as tx:
        await lock_leaver(ctx, tx, guide_id)
        ready = await db.commissions.lock_held(tx, guide_id, due=ctx.now())
        await _release(ctx, tx, ready, {"reason": said, "actor": ctx.member_id.hex})
    return [replace(one, state=CommissionState.AVAILABLE, released_at=ctx.now()) for one in ready]
