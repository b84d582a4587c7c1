"""Rates: how often one caller may do one thing."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, RateLimitItemPerSecond

from domain.refusals import TooOften
from resolvers.context import Context

BULLETS = RateLimitItemPerSecond(20, 10)
"""Tries to send a bullet comment in one process, refused ones too: no flood comes as far as the room's own pace."""
LIKES = RateLimitItemPerSecond(10, 5)
GRANTS = RateLimitItemPerSecond(10, 60)
PASSWORDS = RateLimitItemPerSecond(20, 10)
"""Looks for the password of a draw or a red packet among what was said."""


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
