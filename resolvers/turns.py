"""Turns: what jobs change one after the other, each in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from db.connection import Writing
from resolvers.context import Context

TURNS_AT_ONCE = 50
FAILURES_AT_ONCE = 500
"""What fails waits at the head of its queue: there must be turns for others behind it."""

_logger = logging.getLogger("yutang.jobs")


class Identified(Protocol):
    """Something with an id."""

    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=Identified)


async def each_alone(
    ctx: Context,
    lock: Callable[[Writing, datetime, set[UUID]], Awaitable[T | None]],
    change: Callable[[Context, Writing, T], Awaitable[Any]],
    by: datetime | None = None,
) -> int:
    """Change what is due by a time, now unless said; returns how many, which is at most 50.

    `lock` finds one that is due and not among those given. One that fails is logged and does not keep the others: it
    takes none of their turns. A run ends when 500 have failed.
    """
    done, failed = 0, set[UUID]()
    while done < TURNS_AT_ONCE and len(failed) < FAILURES_AT_ONCE:
        due: T | None = None
        try:
            async with ctx.database.writing() as tx:
                due = await lock(tx, by or ctx.now(), failed)
                if due is None:
                    break
                await change(ctx, tx, due)
            done += 1
        except Exception:
            if due is None:
                raise
            _logger.exception("%s %s could not go on", type(due).__name__, due.id)
            failed.add(due.id)
    return done
