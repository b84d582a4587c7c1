"""Jobs: what has to be done now and then, whoever asks for it. Any number of processes may run them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import db.idempotency
import resolvers.live
import resolvers.orders
import resolvers.sessions
from app.assembly import Pond
from resolvers.context import Context

KEYS_LAST = timedelta(days=30)
"""So long a repeated request gets its first answer."""
RETRY_S = 5.0

_logger = logging.getLogger("yutang.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """Some work, again and again. `run` says how much it did: while there is more, it does not pause."""

    name: str
    every_s: float
    run: Callable[[Context], Awaitable[int]]


async def forget_keys(ctx: Context) -> int:
    """Forget idempotency keys that nobody will repeat any more."""
    async with ctx.database.writing() as tx:
        return await db.idempotency.forget(tx, ctx.now() - KEYS_LAST)


JOBS = (
    Job("orders that were not paid in time are given up", 2, resolvers.orders.cancel_overdue),
    Job("rooms that did not start in time expire", 30, resolvers.live.expire_late),
    Job("old idempotency keys are forgotten", 3600, forget_keys),
    Job("old sessions and phone codes are forgotten", 3600, resolvers.sessions.clear),
)


async def run(pond: Pond) -> None:
    """Run every job until cancelled."""
    await asyncio.gather(*(_repeat(job, pond) for job in JOBS))


async def _repeat(job: Job, pond: Pond) -> None:
    """One that fails is tried again; the others do not notice."""
    while True:
        try:
            done = await job.run(pond.context())
            pause = 0.0 if done else job.every_s
        except Exception:
            _logger.exception("failed: %s", job.name)
            pause = RETRY_S
        await asyncio.sleep(pause)
