"""Projections: what follows from what happened and need not be there in the same instant (`domain.projections`).

Boards, daily figures, messages to others: each follows the outbox with a cursor of its own. What it makes of some facts
and how far it has come are one transaction, so that each fact is dealt with once, whatever fails in between, and those
of one aggregate in the order in which they happened. One that fails stands still, says so, and tries again: it loses
nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

import db.outbox
import db.projections
from db.connection import Writing
from db.outbox import Fact
from domain import projections as rules
from domain.records import record
from resolvers.context import Context

MOST_DEALT_WITH = 500
MOST_PASSED = 5_000
"""Facts that do not concern a projection cost it next to nothing."""

Project: TypeAlias = Callable[[Context, Writing, Sequence[Fact]], Awaitable[None]]


@record
class Projection:
    """What is done with facts of some kinds. The name is for good: how far it has come is kept under it.

    `project` gets the facts in order, some hundred at once, within the transaction, about a second after they happened.
    Under a new name it begins with the oldest fact that is kept.
    """

    name: str
    kinds: frozenset[str]
    project: Project


async def go_on(projection: Projection, ctx: Context, patience: timedelta = rules.PATIENCE) -> int:
    """Deal with the next facts; returns how many went by, 0 when there was nothing to do."""
    many, _ = await _step(projection, ctx, patience)
    return many


async def keep_up(projection: Projection, ctx: Context) -> int:
    """Deal with the next facts, and say whether to go on at once: only with many to come.

    While facts come in all the time, each look would find a few: a transaction that is paid for by all that happens.
    """
    many, is_full = await _step(projection, ctx, rules.PATIENCE)
    return many if is_full else 0


async def _step(projection: Projection, ctx: Context, patience: timedelta) -> tuple[int, bool]:
    """How many facts went by, and whether there were as many as may be at once, so that there are more."""
    async with ctx.database.writing() as tx:
        cursor = await db.projections.lock(tx, projection.name)
        if cursor is None:
            return 0, False
        numbers, running = await db.outbox.after(tx, cursor.position, MOST_PASSED)
        if not numbers:
            return 0, False
        many, moved = rules.advance(cursor, numbers, running, patience)
        is_full = many == MOST_PASSED
        if many:
            concerned = await db.outbox.between(tx, cursor.position, moved.position, projection.kinds, MOST_DEALT_WITH)
            if len(concerned) == MOST_DEALT_WITH:
                passed = bisect_right(numbers, concerned[-1].id)
                many, moved = rules.advance(cursor, numbers[:passed], running, patience)
                is_full = True
            if concerned:
                await projection.project(ctx, tx, concerned)
        if moved != cursor:
            await db.projections.save(tx, projection.name, moved)
    return many, is_full
