"""The course of tasks: given to guides in their time, repeated, reminded of, and let go of when that is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.assignments
import db.outbox
import db.tasks
from db.connection import Writing
from domain import assignments, tasks
from domain.tasks import GuideTask, TaskState
from resolvers.context import Context

GIVEN = "TaskGiven"
AT_ONCE = 50


async def give(ctx: Context, tx: Writing, whom: Sequence[tuple[UUID, UUID, UUID]]) -> list[UUID]:
    """Give tasks to guides, as triples of task, guide and store; returns the guides."""
    at = ctx.now()
    names = ("task_id", "guide_id", "store_id")
    rows = [dict(zip(names, one, strict=True)) | {"id": ctx.new_id(), "assigned_at": at} for one in whom]
    if rows:
        await db.assignments.add(tx, rows)
    return [guide_id for _, guide_id, _ in whom]


async def issue(ctx: Context, tx: Writing, task: GuideTask) -> GuideTask:
    """Give a locked task, whose time has come, to some thousand of those whom it is for; it runs when all have it."""
    whom = await db.assignments.missing_of_task(tx, task.id, ctx.now())
    await give(ctx, tx, whom)
    if len(whom) == db.assignments.AT_ONCE:
        return task
    running = replace(task, state=TaskState.RUNNING, version=task.version + 1)
    await db.tasks.save(tx, running)
    return running


async def issue_due(ctx: Context) -> int:
    """Let guides hear of the tasks whose time has come; returns how many steps that took, at most 50."""
    for done in range(AT_ONCE):
        async with ctx.database.writing() as tx:
            task = await db.tasks.lock_to_issue(tx, ctx.now())
            if task is None:
                return done
            given = await issue(ctx, tx, task)
            if given.state is TaskState.RUNNING:
                await db.outbox.tell(tx, GIVEN, "guide_task", task.id, tasks.fact_of(given), ctx.now())
    return AT_ONCE


async def repeat_due(ctx: Context) -> int:
    """Begin the next rounds of tasks that recur, each once; returns how many, at most 50."""
    for done in range(AT_ONCE):
        async with ctx.database.writing() as tx:
            last = await db.tasks.lock_recurring(tx, ctx.now())
            if last is None:
                return done
            new = tasks.next_round(last, ctx.new_id(), ctx.now(), ctx.services.rules.time_zone)
            await db.tasks.save(tx, replace(last, next_at=None, version=last.version + 1))
            if new is not None and await db.tasks.add(tx, new):
                await db.outbox.tell(tx, "TaskPlanned", "guide_task", new.id, tasks.fact_of(new), ctx.now())
    return AT_ONCE


async def remind_due(ctx: Context) -> int:
    """Remind guides of what they have not finished and what ends soon, once each; returns how many."""
    async with ctx.database.writing() as tx:
        return await _told(ctx, tx, "TasksReminded", await db.assignments.remind(tx, ctx.now()))


async def end_over(ctx: Context) -> int:
    """End tasks whose time is over, and let go of what was not finished; returns how many guides that concerns."""
    async with ctx.database.writing() as tx:
        late = await db.assignments.mark_overdue(tx, ctx.now())
        await db.tasks.end(tx, ctx.now())
        return await _told(ctx, tx, "TasksOverdue", late)


async def _told(ctx: Context, tx: Writing, kind: str, guide_ids: Sequence[UUID]) -> int:
    if guide_ids:
        topics = [assignments.topic_of(one) for one in sorted(set(guide_ids))]
        await db.outbox.tell(tx, kind, "guide_task", ctx.new_id(), {"topics": topics}, ctx.now())
    return len(guide_ids)
