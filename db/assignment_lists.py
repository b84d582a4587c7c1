"""Lists of assignments: of a task, of a guide, and how far everybody is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, FromClause, Integer, Uuid, any_, bindparam, func, select, text

from db.assignments import ASSIGNMENTS, IS_BELOW, assignment_of, task_assignment
from db.connection import Reading, Row
from db.guides import guide
from db.listing import Listing
from db.metadata import UUIDS
from db.statements import prepared
from db.stores import org_unit
from db.tasks import guide_task
from domain.assignments import Assignment, AssignmentState, Completion, CompletionBy
from domain.boards import Deed, Metric
from domain.filters import Condition
from domain.pages import Page, PageRequest

_MOMENT = DateTime(timezone=True)
_BY_ID = prepared(ASSIGNMENTS.where(task_assignment.c.id == any_(bindparam("ids", type_=UUIDS))))
_FILTERS = {
    "state": task_assignment.c.state,
    "guideId": task_assignment.c.guide_id,
    "storeId": task_assignment.c.store_id,
}
_OF_TASK = Listing(
    ASSIGNMENTS.where(task_assignment.c.task_id == bindparam("task_id", type_=Uuid()), IS_BELOW),
    assignment_of,
    id=task_assignment.c.id,
    filters=_FILTERS,
)
_OWN = Listing(
    ASSIGNMENTS.where(task_assignment.c.guide_id == bindparam("of_guide", type_=Uuid())),
    assignment_of,
    id=task_assignment.c.id,
    filters=_FILTERS,
)
_CURRENT = prepared(
    ASSIGNMENTS.where(
        task_assignment.c.guide_id == bindparam("of_guide", type_=Uuid()),
        guide_task.c.ends_at > bindparam("ended_after", type_=_MOMENT),
        text("task_assignment.state <> 'CANCELLED'"),
    )
    .order_by(guide_task.c.ends_at, task_assignment.c.id)
    .limit(bindparam("most", type_=Integer()))
)


async def assignments_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Assignment]:
    return {row["id"]: assignment_of(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def of_task(
    reading: Reading, task_id: UUID, paths: Sequence[str], request: PageRequest, where: Condition
) -> Page[Assignment]:
    """A page of who has a task at units at these paths and below, first come first."""
    return await _OF_TASK.page(reading, request, where=where, task_id=task_id, paths=list(paths))


async def of_guide(reading: Reading, guide_id: UUID, request: PageRequest, where: Condition) -> Page[Assignment]:
    """A page of a guide's tasks, the newest first."""
    return await _OWN.page(reading, request, where=where, descending=True, of_guide=guide_id)


async def current(reading: Reading, guide_id: UUID, ended_after: datetime, most: int) -> list[Assignment]:
    """A guide's tasks that are not long over, what ends first first."""
    rows = await reading.rows(_CURRENT, of_guide=guide_id, ended_after=ended_after, most=most)
    return [assignment_of(row) for row in rows]


_region = org_unit.alias("region")
_WHO: dict[CompletionBy, tuple[FromClause, ColumnElement[UUID], ColumnElement[str]]] = {
    CompletionBy.REGION: (_region, _region.c.id, _region.c.name),
    CompletionBy.STORE: (org_unit, org_unit.c.id, org_unit.c.name),
    CompletionBy.GUIDE: (guide, guide.c.id, guide.c.display_name),
}


def _many(state: AssignmentState) -> Any:
    return func.count().filter(text(f"task_assignment.state = '{state.value}'")).label(state.value.lower())


def _completion(by: CompletionBy) -> Listing[Completion]:
    _, key, name = _WHO[by]
    counted = (
        select(key.label("key"), name.label("name"), func.count().label("assigned"), *map(_many, AssignmentState))
        .select_from(task_assignment)
        .join(org_unit, org_unit.c.id == task_assignment.c.store_id)
        .join(_region, _region.c.id == org_unit.c.parent_id)
        .join(guide, guide.c.id == task_assignment.c.guide_id)
        .where(task_assignment.c.task_id == bindparam("task_id", type_=Uuid()), IS_BELOW)
        .group_by(key, name)
        .subquery("counted")
    )
    return Listing(select(*counted.c), partial(_completed, by), id=counted.c.key)


def _completed(by: CompletionBy, row: Row) -> Completion:
    return Completion(
        by, row["key"], row["name"], row["assigned"], *(row[one.value.lower()] for one in AssignmentState)
    )


_COMPLETIONS = {by: _completion(by) for by in CompletionBy}


async def completion(
    reading: Reading, task_id: UUID, by: CompletionBy, paths: Sequence[str], request: PageRequest
) -> Page[Completion]:
    """A page of how far everybody is with a task, at units at these paths and below."""
    return await _COMPLETIONS[by].page(reading, request, task_id=task_id, paths=list(paths))


_DONE = prepared(
    select(
        task_assignment.c.id, task_assignment.c.guide_id, task_assignment.c.store_id, task_assignment.c.done_at
    ).where(task_assignment.c.id == any_(bindparam("ids", type_=UUIDS)), text("task_assignment.state = 'DONE'"))
)
_GUIDES_OF = prepared(
    select(task_assignment.c.guide_id).where(task_assignment.c.task_id == any_(bindparam("ids", type_=UUIDS)))
)


async def deeds_of(reading: Reading, ids: Sequence[UUID]) -> list[Deed]:
    """The tasks among these that are done, each a deed of its guide."""
    rows = await reading.rows(_DONE, ids=list(ids))
    return [Deed(Metric.TASKS_DONE, id_, guide_id, store_id, at, 1) for id_, guide_id, store_id, at in rows]


async def guides_of(reading: Reading, task_ids: Sequence[UUID]) -> list[UUID]:
    """Who has one of some tasks."""
    return [row["guide_id"] for row in await reading.rows(_GUIDES_OF, ids=list(task_ids))]
