"""Sending withdrawals: a job asks WeChat to pay, by one number however often it asks, and how it ends (H11)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from uuid import UUID

import db.withdrawals
from db.connection import Writing
from db.outbox import Fact
from domain import withdrawals as rules
from domain.gateways import Provider, ProviderRefused, TransferOutcome, TransferTold
from domain.payments import FIRST_PAUSE
from domain.refusals import NotFound, ProviderUnavailable
from domain.withdrawals import RETURNED, Withdrawal, WithdrawalState
from providers.payments import Transfers
from resolvers import withdrawals
from resolvers.context import Context
from resolvers.payment_alerts import alert
from resolvers.projections import Projection

SENT_AT_ONCE = 10

_logger = logging.getLogger("yutang.payments")


async def send_due(ctx: Context) -> int:
    """Send what is approved, and ask about what was sent, each by one process; returns how many there were.

    One whose process died has its turn again after a minute: the provider is then asked how it stands first.
    """
    provider = ctx.services.transfers
    if provider is None:
        return 0
    async with ctx.database.writing() as tx:
        due = await db.withdrawals.claim_due(tx, ctx.now(), FIRST_PAUSE, SENT_AT_ONCE)
    await asyncio.gather(*(_send(ctx, provider, one) for one in due))
    return len(due)


async def _send(ctx: Context, provider: Transfers, claimed: Withdrawal) -> None:
    try:
        one = await _begun(ctx, claimed)
        if one is None:
            return
        told = await _ask(provider, one, ctx)
        if told is not None:
            await _keep(ctx, one.id, lambda now: rules.told_of(now, told, ctx.now()))
        elif one.confirm_by is not None and one.confirm_by <= ctx.now():
            await alert(ctx, Provider.WECHAT_PAY, "a transfer that a person was to confirm is unknown", one.id)
    except ProviderUnavailable:
        # It is asked about when its turn comes, which was set when it was claimed.
        return
    except ProviderRefused as no:
        why = no
        await _keep(ctx, claimed.id, lambda now: rules.refused(now, why, ctx.now()))
    except Exception:
        _logger.exception("withdrawal %s could not be sent", claimed.id)


async def _begun(ctx: Context, claimed: Withdrawal) -> Withdrawal | None:
    """The withdrawal, which is not called off from here on; None when it was."""
    if claimed.state is not WithdrawalState.APPROVED:
        return claimed
    begun = await _keep(
        ctx, claimed.id, lambda now: rules.send(now, ctx.now()) if now.state is WithdrawalState.APPROVED else now
    )
    return begun if begun.state in rules.SENT else None


async def _ask(provider: Transfers, one: Withdrawal, ctx: Context) -> TransferTold | None:
    """How it stands; what the provider does not know is asked for, by the same number.

    What a person was asked to confirm is never asked for again unless the provider says that it still waits: what it
    has forgotten may have been paid.
    """
    asked = one.asked(ctx.services.rules.withdrawal)
    if one.attempts == 1:
        return await provider.transfer(asked)
    try:
        told = await provider.query_transfer(asked)
    except ProviderRefused as no:
        # It was the question that was refused: the transfer may well be there.
        raise ProviderUnavailable from no
    lacks_word = told is not None and told.outcome is TransferOutcome.AWAITING_PERSON and one.confirmation is None
    if lacks_word or (told is None and one.state is WithdrawalState.TRANSFERRING):
        return await provider.transfer(asked)
    return told


async def _keep(ctx: Context, withdrawal_id: UUID, becomes: Callable[[Withdrawal], Withdrawal]) -> Withdrawal:
    async with ctx.database.writing() as tx:
        before = await db.withdrawals.lock(tx, withdrawal_id)
        assert before is not None, f"withdrawal {withdrawal_id} is gone"
        after = becomes(before)
        await withdrawals.keep(ctx, tx, before, after)
    return after


async def book(ctx: Context, told: TransferTold) -> None:
    """Book how a withdrawal ended, as the provider told it: once, however often and in whatever order it does.

    Raises:
        NotFound: there is no such withdrawal.
        WrongTransfer: it tells of another amount, transfer or person, or of one that was never sent.
    """
    async with ctx.database.writing() as tx:
        before = await db.withdrawals.lock(tx, told.transfer_id)
        if before is None:
            raise NotFound
        rules.check_told(before, told)
        await withdrawals.keep(ctx, tx, before, rules.told_of(before, told, ctx.now()))
    if before.state in RETURNED and told.outcome is TransferOutcome.SUCCEEDED:
        await alert(ctx, Provider.WECHAT_PAY, "a withdrawal was paid that had come back", before.id)


async def _mark(_: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Show which commissions were taken out: the oldest, up to all that was."""
    await db.withdrawals.mark_withdrawn(tx, sorted({UUID(hex=fact.payload["guide"]) for fact in facts}))


WITHDRAWN = Projection("withdrawn commissions", frozenset({"WithdrawalPaid"}), _mark)
