"""Evidence: what guides show for goals, and what is decided on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.assignments import task_assignment
from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.stores import org_unit
from domain.assignments import Evidence, EvidenceState
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.tasks import TaskKind

task_evidence = Table(
    "task_evidence",
    metadata,
    key(),
    refers_to("task_assignment", "assignment_id"),
    *one_of("kind", TaskKind),
    Column("many", Integer(), nullable=False),
    words("text"),
    Column("pictures", ARRAY(Text()), nullable=False),
    *one_of("state", EvidenceState),
    moment("submitted_at"),
    refers_to("member", "decided_by", optional=True),
    moment("decided_at", optional=True),
    words("note"),
    CheckConstraint("many >= 1", name="it_counts"),
    CheckConstraint("cardinality(pictures) <= 9", name="pictures_are_nine_at_most"),
    CheckConstraint("(state = 'WAITING') = (decided_at IS NULL)", name="a_decision_has_a_time"),
    Index(None, "assignment_id", "id"),
    Index("ix_task_evidence_waiting", "id", postgresql_where=text("state = 'WAITING'")),
)
_COLUMNS = list(task_evidence.c)
_MUTABLE = ("state", "decided_by", "decided_at", "note")
_EVIDENCE = select(*_COLUMNS)
_ADD = prepared(insert(task_evidence).values({one.name: bindparam(one.name, type_=one.type) for one in _COLUMNS}))
_SAVE = prepared(
    update(task_evidence)
    .where(task_evidence.c.id == bindparam("of_evidence", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=task_evidence.c[name].type) for name in _MUTABLE})
)
_BY_ID = prepared(_EVIDENCE.where(task_evidence.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF = prepared(
    _EVIDENCE.where(task_evidence.c.assignment_id == any_(bindparam("ids", type_=UUIDS))).order_by(task_evidence.c.id)
)
_WAITING = prepared(
    select(func.count())
    .select_from(task_evidence)
    .where(
        task_evidence.c.assignment_id == bindparam("of_assignment", type_=Uuid()),
        text("task_evidence.state = 'WAITING'"),
    )
)


def _evidence(row: Row) -> Evidence:
    id_, assignment_id, kind, many, said, pictures, state, submitted_at, decided_by, decided_at, note, *_ = row
    return Evidence(
        id_,
        assignment_id,
        TaskKind(kind),
        many,
        said,
        tuple(pictures),
        EvidenceState(state),
        submitted_at,
        decided_by,
        decided_at,
        note,
    )


_LISTING = Listing(
    _EVIDENCE.join(task_assignment, task_assignment.c.id == task_evidence.c.assignment_id)
    .join(org_unit, org_unit.c.id == task_assignment.c.store_id)
    .where(org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))),
    _evidence,
    id=task_evidence.c.id,
    filters={"state": task_evidence.c.state, "taskId": task_assignment.c.task_id},
)


def _values(one: Evidence) -> dict[str, Any]:
    values = {column.name: getattr(one, column.name) for column in _COLUMNS}
    return values | {"kind": one.kind.value, "state": one.state.value, "pictures": list(one.pictures)}


async def add(tx: Writing, new: Evidence) -> None:
    await tx.execute(_ADD, **_values(new))


async def save(tx: Writing, decided: Evidence) -> None:
    """Keep a decision; the assignment must be locked."""
    values = _values(decided)
    await tx.execute(_SAVE, of_evidence=decided.id, **{f"new_{name}": values[name] for name in _MUTABLE})


async def find(reading: Reading, evidence_id: UUID) -> Evidence | None:
    return (await evidence_by_id(reading, [evidence_id])).get(evidence_id)


async def evidence_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Evidence]:
    return {row["id"]: _evidence(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def count_waiting(tx: Writing, assignment_id: UUID) -> int:
    """How much evidence of a locked assignment waits."""
    return int(await tx.value(_WAITING, of_assignment=assignment_id))


async def evidence_of(reading: Reading, assignment_ids: Sequence[UUID]) -> dict[UUID, list[Evidence]]:
    """The evidence of each assignment, the oldest first."""
    return by_key(await reading.rows(_OF, ids=list(assignment_ids)), "assignment_id", _evidence)


async def evidence(reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition) -> Page[Evidence]:
    """A page of what guides of units at these paths and below showed, the oldest first."""
    return await _LISTING.page(reading, request, where=where, paths=list(paths))
