"""Asking providers: whether open payments were paid, since notifications get lost, and to close those nobody wants."""

from __future__ import annotations

import asyncio
import logging

import db.payments
from domain.gateways import ProviderRefused
from domain.payments import ASK_EVERY, Payment, PaymentState, WrongAmount
from domain.refusals import ProviderUnavailable
from resolvers import payments
from resolvers.context import Context
from resolvers.payment_alerts import alert

ASKED_AT_ONCE = 20

_logger = logging.getLogger("yutang.payments")


async def check_due(ctx: Context) -> int:
    """Ask about the payments whose turn it is, each asked about by one process; returns how many there were.

    One whose provider does not answer has its turn again half a minute later, and so has one whose process died.
    """
    async with ctx.database.writing() as tx:
        due = await db.payments.claim_due(tx, ctx.now(), ASK_EVERY, ASKED_AT_ONCE)
    await asyncio.gather(*(_check(ctx, payment) for payment in due))
    return len(due)


async def _check(ctx: Context, payment: Payment) -> None:
    try:
        if payment.state is PaymentState.CLOSING and await _close(ctx, payment):
            return
        told = await ctx.services.payments[payment.provider].query(payment)
        if told is not None:
            await payments.book(ctx, told)
    except (ProviderUnavailable, ProviderRefused) as no:
        _logger.info("%s does not say how payment %s stands: %r", payment.provider.value, payment.id, no)
    except WrongAmount as wrong:
        await alert(ctx, payment.provider, f"{wrong.received} instead of {wrong.due}", payment.id)
    except Exception:
        _logger.exception("payment %s could not be checked", payment.id)


async def _close(ctx: Context, payment: Payment) -> bool:
    """Have the provider take no money for it; False when it has taken it already."""
    try:
        await ctx.services.payments[payment.provider].close(payment)
    except ProviderRefused:
        return False
    async with ctx.database.writing() as tx:
        await db.payments.note_closed(tx, payment.id)
    return True
