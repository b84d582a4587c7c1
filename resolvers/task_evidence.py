"""Evidence: guides show what they did, and those who run their store decide on it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.assignments
import db.task_evidence
from db.connection import Writing
from domain import assignments as rules
from domain.assignments import Assignment, Evidence, TooMuchEvidence
from domain.filters import Condition, check_depth
from domain.identity import Role
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import NotFound
from domain.tasks import TaskKind
from resolvers.context import Context
from resolvers.task_progress import tell_moved
from resolvers.tasks import assignments_by_id


@record
class Showing:
    """What a guide shows for a goal of theirs."""

    assignment_id: UUID
    kind: TaskKind
    many: int
    text: str
    pictures: Sequence[str]


async def submit(ctx: Context, shown: Showing) -> Evidence:
    """Show evidence for a goal of one's own task; it waits for a decision.

    Raises:
        NotFound: the caller has no such task.
        WrongState: it is done, cancelled, or over.
        BadInput: the kind is of no goal that takes evidence, or a text, number or picture is out of bounds.
        TooMuchEvidence: as much as may be waits.
    """
    async with ctx.database.writing() as tx:
        before = await db.assignments.lock(tx, shown.assignment_id)
        if before is None or before.guide_id != ctx.principal.guide_id:
            raise NotFound(path=("input", "assignmentId"))
        after, evidence = rules.submit(
            ctx.new_id(), before, shown.kind, shown.many, shown.text, shown.pictures, ctx.now()
        )
        if await db.task_evidence.count_waiting(tx, before.id) >= rules.MOST_WAITING:
            raise TooMuchEvidence(path=("input", "assignmentId"))
        await db.task_evidence.add(tx, evidence)
        await _keep(ctx, tx, before, after)
    return evidence


async def decide(ctx: Context, evidence_id: UUID, *, approve: bool, note: str) -> tuple[Evidence, Assignment]:
    """Approve evidence, by which it counts, or reject it.

    Raises:
        NotFound: there is none of a guide whom the caller runs.
        NotAllowed: the caller is the guide.
        WrongState: it was decided on, or the task was cancelled.
        BadInput: the note is too long.
    """
    async with ctx.database.writing() as tx:
        known = await db.task_evidence.find(tx, evidence_id)
        before = None if known is None else await db.assignments.lock(tx, known.assignment_id)
        # Another may have decided while we waited for the lock.
        evidence = await db.task_evidence.find(tx, evidence_id)
        if before is None or evidence is None:
            raise NotFound(path=("input", "evidenceId"))
        rules.check_decides(ctx.principal, before)
        decided, after = rules.decide(evidence, before, approve=approve, note=note, by=ctx.member_id, at=ctx.now())
        await db.task_evidence.save(tx, decided)
        await _keep(ctx, tx, before, after)
    return decided, after


async def _keep(ctx: Context, tx: Writing, before: Assignment, after: Assignment) -> None:
    if after is not before:
        await db.assignments.save(tx, [after])
    await tell_moved(ctx, tx, [(before, after)])


async def evidence(ctx: Context, request: PageRequest, where: Condition) -> Page[Evidence]:
    """A page of what guides whom the caller runs showed, the oldest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.task_evidence.evidence(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where)


async def evidence_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Evidence]:
    """Those that the caller showed, or that guides did whom the caller runs."""
    found = await db.task_evidence.evidence_by_id(ctx.reading, list(dict.fromkeys(ids)))
    seen = await assignments_by_id(ctx, [one.assignment_id for one in found.values()])
    return {key: one for key, one in found.items() if one.assignment_id in seen}


async def evidence_of(ctx: Context, found: Sequence[Assignment]) -> list[list[Evidence]]:
    """The evidence of each assignment, the oldest first."""
    known = await db.task_evidence.evidence_of(ctx.reading, [one.id for one in found])
    return [known.get(one.id, []) for one in found]
