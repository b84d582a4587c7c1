"""Alerts: somebody said that money moved, and we do not believe it (reliability G15)."""

from __future__ import annotations

import logging
from contextlib import suppress
from uuid import UUID

from limits import RateLimitItemPerMinute

import db.outbox
from domain.gateways import Provider
from domain.outages import Outage
from resolvers.context import Context

ONCE = RateLimitItemPerMinute(1)
"""Anyone may call us: what is alarming for the same reason is told once in a minute by each process."""

_logger = logging.getLogger("yutang.payments")


async def alert(ctx: Context, provider: Provider, why: str, about: UUID | None = None) -> None:
    """Have the brand's staff look at it: a line of level ERROR, and a fact `PaymentAlert`. It never fails.

    `about` is the payment or refund that was named, where the provider truly said so.
    """
    whose, at = ("payment alert", provider.value, why, "" if about is None else about.hex), ctx.now().timestamp()
    if ctx.services.limiter.wait_s(ONCE, whose, at) > 0:
        return
    ctx.services.limiter.count(ONCE, whose, at)
    _logger.error("a notification of %s was refused: %s (%s)", provider.value, why, about or "nothing known")
    fact = {"provider": provider.value, "why": why, "about": None if about is None else about.hex}
    with suppress(Outage):
        async with ctx.database.writing() as tx:
            await db.outbox.tell(tx, "PaymentAlert", "payment", about or ctx.new_id(), fact, ctx.now())
