"""What can be asked of tasks, and how they are planned, called off and urged."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.assignment_lists
import db.assignments
import db.guides
import db.outbox
import db.stores
import db.tasks
from db.connection import Reading, Writing
from domain import assignments as assigning
from domain import tasks as rules
from domain.assignments import Assignment, AssignmentState, Completion, CompletionBy, UrgedJustNow
from domain.filters import Condition, check_depth
from domain.guides import Guide
from domain.identity import Role
from domain.pages import Page, PageRequest
from domain.refusals import NotAllowed, NotFound, WrongState
from domain.tasks import GuideTask, TaskDraft, TaskState
from resolvers import activities, task_rounds
from resolvers.context import Context


async def tasks(ctx: Context, request: PageRequest, where: Condition) -> Page[GuideTask]:
    """A page of the tasks that concern what the caller runs, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.tasks.tasks(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where)


async def tasks_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, GuideTask]:
    """Those of the tasks that concern what the caller runs."""
    found = await db.tasks.tasks_by_id(ctx.reading, list(dict.fromkeys(ids)))
    return {key: one for key, one in found.items() if rules.paths_within(ctx.principal, one)}


async def tasks_of(ctx: Context, found: Sequence[Assignment]) -> list[GuideTask]:
    """The task of each assignment."""
    known = await db.tasks.tasks_by_id(ctx.reading, list({one.task_id for one in found}))
    return [known[one.task_id] for one in found]


async def guides_of(ctx: Context, found: Sequence[Assignment]) -> list[Guide]:
    """Who has each assignment."""
    known = await db.guides.guides_by_id(ctx.reading, list({one.guide_id for one in found}))
    return [known[one.guide_id] for one in found]


async def my_tasks(ctx: Context, request: PageRequest, where: Condition) -> Page[Assignment]:
    """A page of the caller's own tasks, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    if ctx.principal.guide_id is None:
        raise NotAllowed
    return await db.assignment_lists.of_guide(ctx.reading, ctx.principal.guide_id, request, where)


async def assignments(ctx: Context, task_id: UUID, request: PageRequest, where: Condition) -> Page[Assignment]:
    """A page of who has a task, among those whom the caller runs.

    Raises:
        NotFound: no such task concerns what the caller runs.
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    paths = await _paths(ctx, task_id)
    return await db.assignment_lists.of_task(ctx.reading, task_id, paths, request, where)


async def completion(ctx: Context, task_id: UUID, by: CompletionBy, request: PageRequest) -> Page[Completion]:
    """A page of how far everybody is with a task, among those whom the caller runs.

    Raises:
        NotFound: no such task concerns what the caller runs.
    """
    paths = await _paths(ctx, task_id)
    return await db.assignment_lists.completion(ctx.reading, task_id, by, paths, request)


async def _paths(ctx: Context, task_id: UUID) -> list[str]:
    task = (await db.tasks.tasks_by_id(ctx.reading, [task_id])).get(task_id)
    paths = [] if task is None else rules.paths_within(ctx.principal, task)
    if not paths:
        raise NotFound(path=("taskId",))
    return paths


async def assignments_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Assignment]:
    """Those of the assignments that are the caller's own, or of guides whom the caller runs."""
    return await _seen(ctx, ctx.reading, ids)


async def _seen(ctx: Context, reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Assignment]:
    found = await db.assignment_lists.assignments_by_id(reading, list(dict.fromkeys(ids)))
    who = ctx.principal
    return {
        key: one
        for key, one in found.items()
        if one.guide_id == who.guide_id or who.has_duty(Role.STORE_MANAGER, one.store_path)
    }


async def plan(ctx: Context, draft: TaskDraft) -> GuideTask:
    """Plan a task for the active guides of a unit and below it; they hear of it now, or when its time comes.

    Raises:
        BadInput: a text, a goal or a time is out of bounds.
        NotFound: the caller does not run such a unit, or there is no such campaign.
    """
    checked = rules.check_draft(draft, ctx.now())
    async with ctx.database.writing() as tx:
        unit = (await db.stores.units_by_id(tx, [draft.unit_id])).get(draft.unit_id)
        if unit is None or not ctx.principal.has_duty(Role.STORE_MANAGER, unit.path):
            raise NotFound(path=("input", "unitId"))
        await activities.check_campaign(tx, draft.campaign_id)
        task = rules.plan(ctx.new_id(), checked, unit, ctx.member_id, ctx.now(), ctx.services.rules.time_zone)
        await db.tasks.add(tx, task)
        if task.issue_at <= ctx.now():
            task = await task_rounds.issue(ctx, tx, task)
        kind = task_rounds.GIVEN if task.state is TaskState.RUNNING else "TaskPlanned"
        await db.outbox.tell(tx, kind, "guide_task", task.id, rules.fact_of(task), ctx.now())
    return task


async def cancel(ctx: Context, task_id: UUID) -> GuideTask:
    """Call a task off, with all rounds to come; what is done stays done.

    Raises:
        NotFound: the caller does not run the unit that it is for.
        WrongState: it was called off, or is over.
    """
    async with ctx.database.writing() as tx:
        cancelled = rules.cancel(await _lock(ctx, tx, task_id))
        await db.tasks.save(tx, cancelled)
        guides = []
        if cancelled.state is TaskState.CANCELLED:
            guides = await db.assignments.cancel(tx, task_id=task_id)
        fact = rules.fact_of(cancelled) | {"topics": [assigning.topic_of(one) for one in sorted(guides)]}
        await db.outbox.tell(tx, "TaskCancelled", "guide_task", task_id, fact, ctx.now())
    return cancelled


async def _lock(ctx: Context, tx: Writing, task_id: UUID) -> GuideTask:
    task = await db.tasks.lock(tx, task_id)
    if task is None or not rules.manages(ctx.principal, task):
        raise NotFound(path=("input", "taskId"))
    return task


async def urge(ctx: Context, task_id: UUID, assignment_id: UUID | None) -> tuple[GuideTask, int]:
    """Urge one guide, or all whom the caller runs and who have not finished; once an hour each. Says how many.

    Raises:
        NotFound: no such task concerns what the caller runs.
        UrgedJustNow: each of them was urged within the last hour.
        WrongState: there is nobody to urge: all have finished, or the task is not running.
    """
    async with ctx.database.writing() as tx:
        task = (await db.tasks.tasks_by_id(tx, [task_id])).get(task_id)
        paths = [] if task is None else rules.paths_within(ctx.principal, task)
        if task is None or not paths:
            raise NotFound(path=("input", "taskId"))
        before = ctx.now() - assigning.URGED_AGAIN_AFTER
        guides = await db.assignments.urge(tx, task_id, assignment_id, paths, ctx.now(), before)
        if not guides:
            await _say_why_not(ctx, tx, task, assignment_id, paths)
        fact = {
            "task": task_id.hex,
            "by": ctx.member_id.hex,
            "topics": [assigning.topic_of(one) for one in sorted(guides)],
        }
        await db.outbox.tell(tx, "TaskUrged", "guide_task", task_id, fact, ctx.now())
    return task, len(guides)


async def _say_why_not(
    ctx: Context, tx: Writing, task: GuideTask, assignment_id: UUID | None, paths: Sequence[str]
) -> None:
    """Nobody could be urged.

    Raises:
        NotFound, UrgedJustNow, WrongState: as `urge`.
    """
    latest = await db.assignments.urged_last(tx, task.id, assignment_id, paths)
    if latest is not None:
        left = assigning.URGED_AGAIN_AFTER - (ctx.now() - latest)
        raise UrgedJustNow(retry_after_s=max(int(left.total_seconds()) + 1, 1), path=("input", "taskId"))
    if assignment_id is not None and assignment_id not in await _seen(ctx, tx, [assignment_id]):
        raise NotFound(path=("input", "assignmentId"))
    over = task.state is not TaskState.RUNNING
    raise WrongState(task.state.value if over else AssignmentState.DONE.value, path=("input", "taskId"))
