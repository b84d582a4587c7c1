"""What can be asked of profit sharing: give parts of a payment to others, and have them back before it is refunded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.idempotency
import db.ledger
import db.outbox
import db.payments
import db.profit_sharing
from db.connection import Reading, Writing
from domain import profit_sharing as rules
from domain.gateways import ShareOutcome
from domain.idempotency import request_of
from domain.identity import Scope
from domain.payloads import plain
from domain.payments import Payment, Refund
from domain.profit_sharing import PartReturn, PaymentShare, SharePart, ShareTooLarge, SharingState
from domain.records import record
from domain.refusals import NotFound
from resolvers.context import Context

DONE_AT_ONCE = 20


@record
class Sharing:
    """Who is to get what of a payment, and whether the brand has the rest then."""

    payment_id: UUID
    parts: tuple[SharePart, ...]
    unfreezes: bool
    idempotency_key: str

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        return {"payment": self.payment_id, "parts": plain(self.parts), "unfreezes": self.unfreezes}


async def share(ctx: Context, wanted: Sharing) -> tuple[PaymentShare, bool]:
    """Give parts of a paid payment to others, as finance; a job asks the provider. True: it was asked for before.

    Raises:
        NotFound: there is no such payment.
        BadInput: a receiver is out of bounds, or named twice.
        WrongState, NotAnnounced, ShareTooLarge: as domain.profit_sharing.share.
        KeyReused: the idempotency key belongs to another request.
    """
    parts = rules.check_parts(wanted.parts, unfreezes=wanted.unfreezes)
    request = request_of(f"staff:{ctx.member_id.hex}", "paymentShare", wanted.idempotency_key, wanted.values())
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, request, ctx.now())
        if answered is not None:
            key = UUID(hex=answered)
            return (await db.profit_sharing.shares_by_id(tx, [key]))[key], True
        new = await _share(ctx, tx, wanted.payment_id, parts, unfreezes=wanted.unfreezes)
        await db.idempotency.answer(tx, request, new.id.hex)
    return new, False


async def _share(
    ctx: Context, tx: Writing, payment_id: UUID, parts: tuple[SharePart, ...], *, unfreezes: bool
) -> PaymentShare:
    locked = await db.payments.lock_with_order(tx, payment_id)
    if locked is None:
        raise NotFound(path=("input", "paymentId"))
    order, payment = locked
    sharing = await db.profit_sharing.find(tx, payment_id)
    new = replace(rules.share(ctx.new_id(), order, payment, sharing, parts, ctx.now()), unfreezes=unfreezes)
    if not await db.profit_sharing.add(tx, new):
        assert sharing is not None, "what is not announced is refused"
        raise ShareTooLarge(sharing.left, path=("input", "receivers"))
    await db.outbox.tell(tx, "PaymentShared", "order", order.id, rules.fact_of(new), ctx.now())
    return new


async def unfreeze_done(ctx: Context) -> int:
    """Ask for the rest of payments whose orders are done with; returns how many."""
    found = await db.profit_sharing.done(ctx.reading, DONE_AT_ONCE)
    for payment_id in found:
        async with ctx.database.writing() as tx:
            sharing = await db.profit_sharing.find(tx, payment_id)
            # Another process, or finance, may have been faster.
            if sharing is not None and sharing.rest_at is None:
                await _share(ctx, tx, payment_id, (), unfreezes=True)
    return len(found)


async def recall(ctx: Context, tx: Writing, payment: Payment, refund: Refund) -> dict[str, Any]:
    """Have parts of a locked order's payment back for a refund of it, which waits for them (product rules 2.11).

    What was not asked for yet is not given at all. `payment` is as it was before the refund. Returns what there is to
    tell of it.
    """
    shares = await db.profit_sharing.lock_shares(tx, payment.id)
    returns: list[PartReturn] = []
    for one in shares:
        if one.state is SharingState.REQUESTED and one.parts:
            await _save(tx, one, rules.withdrawn(one, "REFUNDED", ctx.now()))
            continue
        for part in one.parts:
            amount = rules.owed_back(part, refund.amount, payment.left)
            if amount.minor:
                returns.append(rules.part_return(ctx.new_id(), one, part, refund.id, amount, ctx.now()))
    if not returns:
        return {}
    await db.profit_sharing.add_returns(tx, returns)
    return {"share_returns": [one.id.hex for one in returns]}


async def _save(tx: Writing, before: PaymentShare, after: PaymentShare) -> None:
    await db.profit_sharing.save(tx, after)
    if nobodys := rules.closed(before, after):
        await db.profit_sharing.give_back(tx, after.payment_id, nobodys, reopens=rules.reopened(before, after))


async def keep(ctx: Context, tx: Writing, payment: Payment, before: PaymentShare, after: PaymentShare) -> None:
    """Keep what became of a share of a locked order: what others were given, and what nobody got."""
    if after == before:
        return
    await _save(tx, before, after)
    if after.finished_at is None:
        return
    await db.outbox.tell(tx, "PaymentShareSettled", "order", after.order_id, rules.fact_of(after), ctx.now())
    if postings := rules.postings_of(after, payment):
        await db.ledger.post(tx, f"share:{after.id.hex}", postings, ctx.now())


async def keep_return(ctx: Context, tx: Writing, payment: Payment, before: PartReturn, after: PartReturn) -> None:
    """Keep what became of a part that was to come back. What did not is owed by the receiver, who got it."""
    part = await part_of(tx, before)
    if after == before:
        return
    await db.profit_sharing.save_return(tx, after)
    if after.finished_at is not None:
        fact = rules.return_fact_of(after)
        await db.outbox.tell(tx, "PaymentPartReturned", "order", payment.order_id, fact, ctx.now())
        if part.outcome is not ShareOutcome.CLOSED:
            await db.ledger.post(tx, f"share_return:{after.id.hex}", rules.return_postings(after, payment), ctx.now())


async def part_of(reading: Reading, one: PartReturn) -> SharePart:
    """What the receiver got of whom something is to come back."""
    shared = (await db.profit_sharing.shares_by_id(reading, [one.share_id]))[one.share_id]
    return next(part for part in shared.parts if part.account == one.account)


async def shares_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, PaymentShare]:
    """Shares of payments, for finance."""
    wanted = list(dict.fromkeys(ids))
    return await db.profit_sharing.shares_by_id(ctx.reading, wanted) if ctx.holds(Scope.FINANCE) else {}


async def shares_of(ctx: Context, payments: Sequence[Payment]) -> list[list[PaymentShare]]:
    """The shares of each payment, the oldest first."""
    found = await db.profit_sharing.shares_of(ctx.reading, [one.id for one in payments])
    return [found.get(one.id, []) for one in payments]


async def returns_of(ctx: Context, shares: Sequence[PaymentShare]) -> list[list[PartReturn]]:
    """What is to come back of each share, the oldest first."""
    found = await db.profit_sharing.returns_of(ctx.reading, [one.id for one in shares])
    return [found.get(one.id, []) for one in shares]
