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
    if await ctx.services.limiter.hit(rate, *whose):
        return
    window = await ctx.services.limiter.get_window_stats(rate, *whose)
    raise TooOften(max(1, math.ceil(window.reset_time - time.time())))
