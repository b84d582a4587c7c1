"""Sending refunds: a job asks providers for what was decided, by one number for each refund however often it asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import db.payments
import db.refunds
from domain import payments as rules
from domain.gateways import ProviderRefused, RefundTold
from domain.payments import FIRST_PAUSE, Refund, WrongAmount
from domain.refusals import ProviderUnavailable
from resolvers import refunds
from resolvers.context import Context
from resolvers.payment_alerts import alert

SENT_AT_ONCE = 10

_logger = logging.getLogger("yutang.payments")


async def send_due(ctx: Context) -> int:
    """Ask for the refunds whose turn it is, each by one process; returns how many there were.

    One whose process died has its turn again after a minute: the provider is then asked how it stands first.
    """
    async with ctx.database.writing() as tx:
        due = await db.refunds.claim_due(tx, ctx.now(), FIRST_PAUSE, SENT_AT_ONCE)
    await asyncio.gather(*(_send(ctx, refund) for refund in due))
    return len(due)


async def _send(ctx: Context, refund: Refund) -> None:
    try:
        await refunds.book(ctx, await _ask(ctx, refund))
    except ProviderUnavailable:
        await _keep(ctx, refund, lambda one: rules.unanswered(one, ctx.now()))
    except ProviderRefused as no:
        why = no
        await _keep(ctx, refund, lambda one: rules.refused(one, why, ctx.now()))
    except WrongAmount as wrong:
        await alert(ctx, refund.provider, f"{wrong.received} instead of {wrong.due}", refund.id)
    except Exception:
        _logger.exception("refund %s could not be sent", refund.id)


async def _ask(ctx: Context, refund: Refund) -> RefundTold:
    payment = await db.payments.find(ctx.reading, refund.payment_id)
    assert payment is not None, f"refund {refund.id} has no payment"
    provider = ctx.services.payments[refund.provider]
    if refund.attempts > 1:
        try:
            told = await provider.query_refund(refund, payment)
        except ProviderRefused as no:
            # It was the question that was refused: the refund may well be there, and must not be asked for anew.
            raise ProviderUnavailable from no
        if told is not None:
            return told
    return await provider.refund(refund, payment)


async def _keep(ctx: Context, sent: Refund, becomes: Callable[[Refund], Refund]) -> None:
    """Keep what became of a refund, unless the provider has told more meanwhile."""
    async with ctx.database.writing() as tx:
        order = await db.refunds.lock_order_of(tx, sent.id)
        assert order is not None, f"refund {sent.id} has no order"
        now = (await db.refunds.refunds_by_id(tx, [sent.id]))[sent.id]
        await refunds.keep(ctx, tx, order, now, becomes(now))
