"""Rates: how often one caller may do one thing."""

from __future__ import annotations

import math

from limits import RateLimitItem, RateLimitItemPerSecond

from domain.refusals import TooOften
from resolvers.context import Context

BULLETS = RateLimitItemPerSecond(20, 10)
"""Tries to send a bullet comment in one process, refused ones too: no flood comes as far as the room's own pace."""
LIKES = RateLimitItemPerSecond(10, 5)
GRANTS = RateLimitItemPerSecond(10, 60)
PASSWORDS = RateLimitItemPerSecond(20, 10)
"""Looks for the password of a draw or a red packet among what was said."""

OPENINGS = RateLimitItemPerSecond(120, 60)
"""Shares that a member opens: more than a person can look at."""
VISITORS_OPENINGS = RateLimitItemPerSecond(300, 60)
"""Shares that are opened from one address by people who are not logged in; many may be behind it."""
LINKS = RateLimitItemPerSecond(600, 60)
"""Links into the mini-program that are made; WeChat makes 500,000 a day."""
LEADS = RateLimitItemPerSecond(5, 3600)
"""Words that a member leaves about running a store."""
CARDS = RateLimitItemPerSecond(10, 60)
"""Codes of gift cards and membership cards that a member tries: they cannot be guessed, and nobody is to try."""


async def take(ctx: Context, rate: RateLimitItem, *whose: str) -> None:
    """Count one more of this, if the rate allows it.

    Raises:
        TooOften: it does not; says when it will.
    """
    await check(ctx, rate, *whose)
    ctx.services.limiter.count(rate, whose, ctx.now().timestamp())


async def check(ctx: Context, rate: RateLimitItem, *whose: str) -> None:
    """Hold what is only counted once it is done, with `take`, to the rate.

    Raises:
        TooOften: one more is not allowed; says when it will be.
    """
    wait_s = ctx.services.limiter.wait_s(rate, whose, ctx.now().timestamp())
    if wait_s:
        raise TooOften(math.ceil(wait_s))


async def opening_counts(ctx: Context, what: str) -> bool:
    """Count one more opening of something by the caller: whether it is to be told.

    Who is not logged in is counted up to a rate for each address; beyond it nothing is told, and nobody refused (J24).

    Raises:
        TooOften: a member opens more than people do.
    """
    member_id = ctx.principal.member_id
    if member_id is not None:
        await take(ctx, OPENINGS, what, member_id.hex)
        return True
    try:
        await take(ctx, VISITORS_OPENINGS, what, ctx.client)
    except TooOften:
        return False
    return True
