"""Sending shares: a job asks for parts and for their return, by one number for each however often it asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

import db.payments
import db.profit_sharing
from db.connection import Writing
from domain import profit_sharing as rules
from domain.gateways import ProviderRefused, ShareReturnTold, ShareTold
from domain.payments import FIRST_PAUSE, Payment
from domain.profit_sharing import PartReturn, PaymentShare
from domain.refusals import ProviderUnavailable
from providers.payments import SharesProfit
from resolvers import profit_sharing
from resolvers.context import Context

SENT_AT_ONCE = 10

_logger = logging.getLogger("yutang.payments")


async def send_due(ctx: Context) -> int:
    """Ask for the shares and returns whose turn it is, each by one process; returns how many there were.

    One whose process died has its turn again after a minute: the provider is then asked how it stands first.
    """
    provider = ctx.services.sharing
    if provider is None:
        return 0
    async with ctx.database.writing() as tx:
        shares = await db.profit_sharing.claim_due(tx, ctx.now(), FIRST_PAUSE, SENT_AT_ONCE)
        returns = await db.profit_sharing.claim_returns(tx, ctx.now(), FIRST_PAUSE, SENT_AT_ONCE)
    await asyncio.gather(
        *(_send_share(ctx, provider, one) for one in shares), *(_send_return(ctx, provider, one) for one in returns)
    )
    return len(shares) + len(returns)


async def _send_share(ctx: Context, provider: SharesProfit, share: PaymentShare) -> None:
    try:
        told = await _ask(provider, share)
        await _keep(ctx, share, lambda one: rules.told_of(one, told, ctx.now()))
    except ProviderUnavailable:
        # It is asked again when its turn comes, which was set when it was claimed.
        return
    except ProviderRefused as no:
        why = no
        await _keep(ctx, share, lambda one: rules.refused(one, why, ctx.now()))
    except Exception:
        _logger.exception("share %s could not be sent", share.id)


async def _ask(provider: SharesProfit, share: PaymentShare) -> ShareTold:
    asked = share.asked()
    if share.attempts > 1:
        try:
            told = await provider.query_share(asked)
        except ProviderRefused as no:
            # It was the question that was refused: the share may well be there.
            raise ProviderUnavailable from no
        if told is not None:
            return told
    if not share.parts:
        return await provider.unfreeze_rest(asked)
    for receiver in asked.receivers:
        await provider.add_receiver(receiver)
    return await provider.share_profit(asked, unfreeze=share.unfreezes)


async def _keep(ctx: Context, sent: PaymentShare, becomes: Callable[[PaymentShare], PaymentShare]) -> None:
    async with ctx.database.writing() as tx:
        payment = await _lock(tx, sent.payment_id)
        now = (await db.profit_sharing.shares_by_id(tx, [sent.id]))[sent.id]
        await profit_sharing.keep(ctx, tx, payment, now, becomes(now))


async def _lock(tx: Writing, payment_id: UUID) -> Payment:
    """The payment, its order locked: whoever changes what becomes of a payment holds its order."""
    locked = await db.payments.lock_with_order(tx, payment_id)
    assert locked is not None, f"payment {payment_id} is gone"
    return locked[1]


async def _send_return(ctx: Context, provider: SharesProfit, wanted: PartReturn) -> None:
    try:
        if (why := rules.cannot_come_back(await profit_sharing.part_of(ctx.reading, wanted))) is not None:
            reason = why
            await _keep_return(ctx, wanted, lambda one: rules.failed(one, reason, ctx.now()))
            return
        told = await _ask_return(provider, wanted)
        await _keep_return(ctx, wanted, lambda one: rules.return_told(one, told, ctx.now()))
    except ProviderUnavailable:
        return
    except ProviderRefused as no:
        refused = no
        await _keep_return(ctx, wanted, lambda one: rules.return_refused(one, refused, ctx.now()))
    except Exception:
        _logger.exception("return %s could not be sent", wanted.id)


async def _ask_return(provider: SharesProfit, wanted: PartReturn) -> ShareReturnTold:
    asked = wanted.asked()
    if wanted.attempts > 1:
        try:
            told = await provider.query_return(asked)
        except ProviderRefused as no:
            raise ProviderUnavailable from no
        if told is not None:
            return told
    return await provider.return_share(asked)


async def _keep_return(ctx: Context, sent: PartReturn, becomes: Callable[[PartReturn], PartReturn]) -> None:
    async with ctx.database.writing() as tx:
        share = (await db.profit_sharing.shares_by_id(tx, [sent.share_id]))[sent.share_id]
        payment = await _lock(tx, share.payment_id)
        now = (await db.profit_sharing.returns_by_id(tx, [sent.id]))[sent.id]
        await profit_sharing.keep_return(ctx, tx, payment, now, becomes(now))
