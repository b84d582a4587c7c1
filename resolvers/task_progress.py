"""How far guides are with their tasks: counted anew when they did something, told to those who follow."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from uuid import UUID

import db.assignment_lists
import db.assignments
import db.outbox
from db.connection import Writing
from db.outbox import Fact
from domain import assignments as rules
from domain.assignments import Assignment, AssignmentState, TaskProgress
from domain.guides import GuideStatus
from domain.refusals import NotAllowed
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.task_rounds import GIVEN, give
from subscriptions.feeds import State

MOVED = "GuidesMoved"
"""The kind of the fact that boards moved, or tasks came on; with the tasks that were done by it, or are no more."""
MOST_SHOWN = 100
SHOWN_AFTER_END = timedelta(hours=24)


async def project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Give the running tasks to guides who joined, cancel those of guides who left, and count for new ones."""
    status = {fact.aggregate_id: fact.payload["status"] for fact in facts if fact.kind == "GuideStatusChanged"}
    joined = [key for key, now in status.items() if now == GuideStatus.ACTIVE.value]
    left = [key for key, now in status.items() if now == GuideStatus.LEFT.value]
    given = [UUID(hex=fact.payload["task"]) for fact in facts if fact.kind == GIVEN]
    concerned = set(await db.assignment_lists.guides_of(tx, given)) if given else set()
    while joined and (missing := await db.assignments.missing_of_guides(tx, joined, ctx.now())):
        concerned |= set(await give(ctx, tx, missing))
    gone = set(await db.assignments.cancel(tx, guide_ids=left)) if left else set()
    topics = [rules.topic_of(one) for one in sorted(concerned | gone)]
    await recount(ctx, tx, sorted(concerned), topics)


async def recount(ctx: Context, tx: Writing, guide_ids: Sequence[UUID], topics: Sequence[str]) -> None:
    """Count anew what proves the tasks of guides, and tell of it, and of these topics."""
    at = ctx.now()
    before = await db.assignments.lock_counted(tx, guide_ids, at) if guide_ids else []
    counts = await db.assignments.counts_of(tx, before)
    after = [rules.progressed(one, counts.get(one.id, {}), at) for one in before]
    moved = [(old, new) for old, new in zip(before, after, strict=True) if new is not old]
    if moved:
        await db.assignments.save(tx, [new for _, new in moved])
    await tell_moved(ctx, tx, moved, topics)


async def tell_moved(
    ctx: Context, tx: Writing, moved: Sequence[tuple[Assignment, Assignment]], topics: Sequence[str] = ()
) -> None:
    """Tell the outbox which assignments came on, and those who follow them; nothing when there is nothing."""
    done = AssignmentState.DONE
    settled = [new.id.hex for old, new in moved if (old.state is done) != (new.state is done)]
    told = sorted({*topics, *(rules.topic_of(new.guide_id) for _, new in moved)})
    if told:
        fact = {"topics": told, "assignments": settled}
        await db.outbox.tell(tx, MOVED, "guide_figures", ctx.new_id(), fact, ctx.now())


async def follow(ctx: Context) -> AsyncGenerator[State[TaskProgress], None]:
    """The caller's tasks as they stand, and whenever one of them comes on.

    Raises:
        NotAllowed: the caller is no guide.
    """
    guide_id = ctx.principal.guide_id
    if guide_id is None:
        raise NotAllowed

    async def read() -> TaskProgress:
        at = ctx.now()
        reading = ctx.database.reading()
        found = await db.assignment_lists.current(reading, guide_id, at - SHOWN_AFTER_END, MOST_SHOWN)
        return TaskProgress(at, found)

    topics = [rules.topic_of(guide_id)]
    return ctx.services.feeds.follow(("tasks", guide_id), topics, read, lambda progress: progress.assignments)


GUIDE_TASKS = Projection("guide tasks", frozenset({"GuideStatusChanged", GIVEN}), project)
