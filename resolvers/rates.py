"""Rates: how often one caller may do one thing."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, RateLimitItemPerSecond

from domain.refusals import TooOften
from resolvers.context import Context

BULLETS = RateLimitItemPerSecond(3, 6)
"""One bullet comment every two seconds, three at once (product rules 2.8.3)."""


async def take(ctx: Context, rate: RateLimitItem, *whose: str) -> None:
    """Count one more of this, if the rate allows it.

    Raises:
        TooOften: it does not; says when it will.
    """
    if not await ctx.services.limiter.hit(rate, *whose):
        raise await _refused(ctx, rate, *whose)


async def check(ctx: Context, rate: RateLimitItem, *whose: str) -> None:
    """Hold what is only counted once it is done, with `take`, to the rate.

    Raises:
        TooOften: one more is not allowed; says when it will be.
    """
    if not await ctx.services.limiter.test(rate, *whose):
        raise await _refused(ctx, rate, *whose)


async def _refused(ctx: Context, rate: RateLimitItem, *whose: str) -> TooOften:
    window = await ctx.services.limiter.get_window_stats(rate, *whose)
    return TooOften(max(1, math.ceil(window.reset_time - time.time())))
