"""Projections: what follows from what happened and need not be there in the same instant (`domain.projections`).

Boards, daily figures, messages to others: each follows the outbox with a cursor of its own. What it makes of some facts
and how far it has come are one transaction, so that each fact is dealt with once, whatever fails in between, and those
of one aggregate in the order in which they happened. One that fails stands still, says so, and tries again: it loses
nothing.
"""

from __future__ import annotations

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

MOST_AT_ONCE = 500

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
    """Deal with the next facts, some hundred at most; returns how many, 0 when there was nothing to do."""
    async with ctx.database.writing() as tx:
        cursor = await db.projections.lock(tx, projection.name)
        if cursor is None:
            return 0
        numbers, running = await db.outbox.after(tx, cursor.position, MOST_AT_ONCE)
        if not numbers:
            return 0
        many, moved = rules.advance(cursor, numbers, running, patience)
        concerned = await db.outbox.between(tx, cursor.position, moved.position, projection.kinds) if many else []
        if concerned:
            await projection.project(ctx, tx, concerned)
        if moved != cursor:
            await db.projections.save(tx, projection.name, moved)
    return many


async def keep_up(projection: Projection, ctx: Context) -> int:
    """Deal with the next facts, and say whether to go on at once: only with many to come.

    While facts come in all the time, each look would find a few: a transaction that is paid for by all that happens.
    """
    many = await go_on(projection, ctx)
    return many if many == MOST_AT_ONCE else 0
