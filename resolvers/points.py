"""What can be asked of points: see them, grant and deduct them, and what the life of an order does to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.idempotency
import db.members
import db.outbox
import db.points
import db.points_earnings
import db.points_entries
import db.refunds
from db.connection import Writing
from db.points import Change
from db.points_earnings import Earning
from domain import points as rules
from domain.idempotency import request_of
from domain.members import Member
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.points import Account, Balance, Batch, Cause, Entry, NotEnoughPoints, PointsKind, PointsRules, Portion
from domain.promotions.points import earned
from domain.refunds import OrderRefund, goods_left
from domain.refusals import NotFound, between, text_within
from resolvers import shoppers
from resolvers.context import Context
from resolvers.members import members_shown


async def balances_of(ctx: Context, members: Sequence[Member]) -> list[Balance | None]:
    """The points of each member, for the member alone and for operators."""
    ids = members_shown(ctx, members)
    if not ids:
        return [None for _ in members]
    found = await db.points.balances_of(ctx.reading, ids, ctx.now(), ctx.now() + rules.EXPIRES_SOON)
    by_id = {one.member_id: one for one in found}
    return [by_id.get(member.id) for member in members]


async def entries_of(ctx: Context, balances: Sequence[Balance], request: PageRequest) -> list[Page[Entry]]:
    """What made each balance, the latest first."""
    return await db.points_entries.entries_of(ctx.reading, [one.member_id for one in balances], request)


async def grant(ctx: Context, member_id: UUID, points: int, reason: str, key: str) -> tuple[int, bool]:
    """Give a member points, which expire as those that are earned do; returns the balance, True when done before.

    Raises:
        NotFound: there is no such member.
        BadInput: the number or the reason is out of bounds.
    """
    return await _book(ctx, member_id, points, reason, key, PointsKind.GRANTED)


async def deduct(ctx: Context, member_id: UUID, points: int, reason: str, key: str) -> tuple[int, bool]:
    """Take points from a member, no more than there are; returns the balance, and True when it was done before.

    Raises:
        NotFound: there is no such member.
        NotEnoughPoints: the member has fewer.
        BadInput: the number or the reason is out of bounds.
    """
    return await _book(ctx, member_id, points, reason, key, PointsKind.DEDUCTED)


async def _book(
    ctx: Context, member_id: UUID, points: int, reason: str, key: str, kind: PointsKind
) -> tuple[int, bool]:
    between(points, 1, rules.MOST_AT_ONCE, "input", "points")
    why = text_within(reason, 200, "input", "reason")
    asked = {"member": member_id, "points": points, "why": why}
    request = request_of(f"staff:{ctx.member_id.hex}", f"points {kind.value}", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return int(before), True
        if not await db.members.cards_of(tx, [member_id]):
            raise NotFound(path=("input", "memberId"))
        booking = spend if kind is PointsKind.DEDUCTED else gain
        await booking(ctx, tx, member_id, points, Cause(kind, f"{kind.value}:{ctx.new_id().hex}", why))
        (now,) = await db.points.balances_of(tx, [member_id], ctx.now(), ctx.now())
        fact = {"member": member_id.hex, "points": points, "kind": kind.value, "reason": why, "balance": now.balance}
        await db.outbox.tell(tx, "PointsBooked", "member", member_id, fact, ctx.now())
        await db.idempotency.answer(tx, request, now.balance)
    return now.balance, False


async def gain(ctx: Context, tx: Writing, member_id: UUID, points: int, cause: Cause) -> Change:
    """Give a member points in a batch of their own, once for each cause. What is owed is paid first."""
    account = await _lock(tx, member_id)
    paid, _, fresh = rules.after_debt(account.owed, (), points)
    entry = _entry(ctx, member_id, points, cause)
    batch = Batch(ctx.new_id(), fresh, ctx.now() + _terms(ctx).last)
    change = Change(entry, cause.key, filled=batch, owed=-paid)
    await db.points.write(tx, change)
    return change


async def spend(ctx: Context, tx: Writing, member_id: UUID, points: int, cause: Cause) -> Change:
    """Take points from a member, those first that expire first, once for each cause.

    Raises:
        NotEnoughPoints: the member has fewer.
    """
    await db.points.lock(tx, [member_id])
    batches = (await db.points.batches_of(tx, [member_id], ctx.now())).get(member_id, [])
    portions = rules.spend(batches, points)
    change = Change(_entry(ctx, member_id, -points, cause), cause.key, drawn=portions)
    if not await db.points.spend(tx, [change]):
        raise NotEnoughPoints(0, points)
    return change


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """An order was given up unpaid: what was spent on it comes back."""
    if order.points_used == 0:
        return {}
    return await _give_back(ctx, tx, order, order.points_used, f"released:{order.id.hex}")


async def received(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """The buyer has the goods: what was paid for them, and not refunded, earns points.

    The multiplier is that of the membership and level at the time of payment, as the quote said.
    """
    base = goods_left(order, await db.refunds.shipping_gone(tx, order))
    if not order.lines or base == 0 or order.paid_at is None:
        return {}
    shopper = (await shoppers.known_shoppers(tx, [order.member_id], order.paid_at))[order.member_id]
    points = earned(_terms(ctx).terms(earned_bp=shopper.points_bp), base)
    if points == 0:
        return {}
    cause = Cause(PointsKind.EARNED, f"earned:{order.id.hex}", order_id=order.id)
    change = await gain(ctx, tx, order.member_id, points, cause)
    assert change.filled is not None, "what is gained makes a batch"
    await db.points_earnings.add_earning(tx, order.id, change.entry.id, Earning(change.filled.id, points, base, 0))
    return {"points_earned": points}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Money goes back: points that were spent on those units come back, and earned ones go."""
    facts: dict[str, Any] = {}
    if refund.points:
        facts |= await _give_back(ctx, tx, order, refund.points, f"refund:{refund.id.hex}")
    if order.received_at is not None and order.lines:
        facts |= await _take_back(ctx, tx, order, refund)
    return facts


async def unspent(ctx: Context, tx: Writing, order: Order, points: int) -> dict[str, Any]:
    """Units were taken out of an unpaid order: the points that were spent on them come back."""
    return await _give_back(ctx, tx, order, points, f"unspent:{order.id.hex}:{order.version}")


async def _give_back(ctx: Context, tx: Writing, order: Order, points: int, key: str) -> dict[str, Any]:
    account = await _lock(tx, order.member_id)
    back = rules.given_back(await db.points.uses_of(tx, order.id), points, ctx.now())
    total = sum(use.returned for use in back.uses)
    if total == 0:
        return {}
    paid, refilled, fresh = rules.after_debt(account.owed, back.portions, back.fresh)
    entry = Entry(ctx.new_id(), order.member_id, PointsKind.RETURNED, total, order.id, None, ctx.now())
    batch = Batch(ctx.new_id(), fresh, ctx.now() + _terms(ctx).returned_last) if fresh else None
    change = Change(entry, key, refilled=refilled, filled=batch, owed=-paid, brought_back=back.uses)
    await db.points.write(tx, change)
    return {"points_returned": total}


async def _take_back(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Earned points go with the money that they were earned by: from their own batch first, then from others."""
    account = await _lock(tx, order.member_id)
    earning = await db.points_earnings.lock_earning(tx, order.id)
    if earning is None:
        return {}
    minor = min(refund.goods().minor, earning.base_minor - earning.refunded_minor)
    points = rules.reversal(earning.points, earning.base_minor, earning.refunded_minor, minor)
    await db.points_earnings.unearn(tx, order.id, minor)
    if points == 0:
        return {}
    portions = await _clawed_back(ctx, tx, order.member_id, points, earning, account)
    owed = points - sum(portion.points for portion in portions)
    facts = {"points_reversed": points}
    if owed and account.available > points - owed:
        # Nobody holds and owes at once: what is left has expired, and the job has not come to it yet.
        expired = await db.points.expired_of(tx, order.member_id, ctx.now())
        facts["points_expired"] = await _write_off(ctx, tx, order.member_id, expired)
    entry = Entry(ctx.new_id(), order.member_id, PointsKind.REVERSED, -points, order.id, None, ctx.now())
    await db.points.write(tx, Change(entry, f"reversed:{refund.id.hex}", drawn=portions, owed=owed))
    return facts


async def _clawed_back(
    ctx: Context, tx: Writing, member_id: UUID, points: int, earning: Earning, account: Account
) -> list[Portion]:
    if account.available == 0:
        return []
    batches = (await db.points.batches_of(tx, [member_id], ctx.now())).get(member_id, [])
    return rules.taken(sorted(batches, key=lambda one: one.id != earning.batch_id), points)


async def expire(ctx: Context) -> int:
    """Write off what has expired, of one member; returns how many batches, 0 when there are none."""
    at = ctx.now()
    async with ctx.database.writing() as tx:
        found = await db.points.lock_next_expired(tx, at)
        if found is None:
            return 0
        member_id, batches = found
        if not batches:
            return 1
        fact = {"member": member_id.hex, "points": await _write_off(ctx, tx, member_id, batches)}
        await db.outbox.tell(tx, "PointsExpired", "member", member_id, fact, at)
    return len(batches)


async def _write_off(ctx: Context, tx: Writing, member_id: UUID, batches: Sequence[Batch]) -> int:
    """Take what has expired from a member who is locked; returns how many points."""
    points = sum(batch.points for batch in batches)
    entry = Entry(ctx.new_id(), member_id, PointsKind.EXPIRED, -points, None, None, ctx.now())
    await db.points.write(tx, Change(entry, f"expired:{entry.id.hex}", drawn=rules.taken(batches, points)))
    return points


def _entry(ctx: Context, member_id: UUID, points: int, cause: Cause) -> Entry:
    return Entry(ctx.new_id(), member_id, cause.kind, points, cause.order_id, cause.reason, ctx.now())


async def _lock(tx: Writing, member_id: UUID) -> Account:
    await db.points.open_accounts(tx, [member_id])
    return (await db.points.lock(tx, [member_id]))[member_id]


def _terms(ctx: Context) -> PointsRules:
    return ctx.services.rules.points
