"""Assignments: who has which task, how far they are, and who is urged, reminded or late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Interval,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Row, Writing
from db.deeds import guide_deed
from db.guides import guide
from db.metadata import UUIDS, count, given_rows, in_columns, key, metadata, moment, one_of, refers_to
from db.statements import Statement, prepared
from db.stores import org_unit
from db.tasks import goals_of, guide_task
from domain.assignments import LATE_NEWS, Assignment, AssignmentState, GoalProgress
from domain.boards import Metric
from domain.tasks import METRICS, Proof, TaskKind

AT_ONCE = 1_000

task_assignment = Table(
    "task_assignment",
    metadata,
    key(),
    refers_to("guide_task", "task_id"),
    refers_to("guide", "guide_id"),
    refers_to("org_unit", "store_id"),
    *one_of("state", AssignmentState, default=AssignmentState.TODO),
    # How many of each kind are done.
    Column("progress", JSONB(), nullable=False, server_default=text("'{}'")),
    moment("assigned_at"),
    moment("done_at", optional=True),
    moment("urged_at", optional=True),
    count("urges"),
    moment("reminded_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    UniqueConstraint("task_id", "guide_id"),
    CheckConstraint("(state = 'DONE') = (done_at IS NOT NULL)", name="done_has_a_time"),
    CheckConstraint("(urges = 0) = (urged_at IS NULL)", name="an_urge_has_a_time"),
    Index(None, "guide_id", "id"),
    Index("ix_task_assignment_unfinished", "task_id", postgresql_where=text("state IN ('TODO', 'DOING')")),
)

_MOMENT = DateTime(timezone=True)
_NOW = bindparam("now", type_=_MOMENT)
_COLUMNS = (
    *(one for one in task_assignment.c if one.name != "task_id"),
    task_assignment.c.task_id,
    guide_task.c.goals,
    guide_task.c.starts_at,
    guide_task.c.ends_at,
    guide.c.member_id.label("guide_member_id"),
    org_unit.c.path.label("store_path"),
)
ASSIGNMENTS = (
    select(*_COLUMNS)
    .select_from(task_assignment)
    .join(guide_task, guide_task.c.id == task_assignment.c.task_id)
    .join(guide, guide.c.id == task_assignment.c.guide_id)
    .join(org_unit, org_unit.c.id == task_assignment.c.store_id)
)
_UNFINISHED = text("task_assignment.state IN ('TODO', 'DOING')")


def assignment_of(row: Row) -> Assignment:
    """An assignment from a row of `ASSIGNMENTS`."""
    done: Mapping[str, int] = row["progress"]
    goals = goals_of(row["goals"])
    return Assignment(
        row["id"],
        row["task_id"],
        row["guide_id"],
        row["guide_member_id"],
        row["store_id"],
        row["store_path"],
        AssignmentState(row["state"]),
        tuple(GoalProgress(goal.kind, goal.target, goal.proof, done.get(goal.kind.value, 0)) for goal in goals),
        row["starts_at"],
        row["ends_at"],
        row["assigned_at"],
        row["done_at"],
        row["urged_at"],
        row["urges"],
        row["reminded_at"],
        row["version"],
    )


_unit = org_unit.alias("unit")


def _missing(*conditions: Any) -> Statement:
    """Active guides of running tasks who have not got them, each with the task and the store."""
    return prepared(
        select(guide_task.c.id, guide.c.id, guide.c.store_id)
        .select_from(guide_task)
        .join(_unit, _unit.c.id == guide_task.c.unit_id)
        .join(org_unit, func.starts_with(org_unit.c.path, _unit.c.path))
        .join(guide, and_(guide.c.store_id == org_unit.c.id, guide.c.status == literal_column("'ACTIVE'")))
        .where(
            guide_task.c.ends_at > _NOW,
            ~select(task_assignment.c.id)
            .where(task_assignment.c.task_id == guide_task.c.id, task_assignment.c.guide_id == guide.c.id)
            .exists(),
            *conditions,
        )
        .order_by(guide_task.c.id, guide.c.id)
        .limit(bindparam("most", type_=Integer()))
    )


_MISSING_OF_TASK = _missing(guide_task.c.id == bindparam("task_id", type_=Uuid()))
_MISSING_OF_GUIDES = _missing(
    text("guide_task.state = 'RUNNING'"), guide.c.id == any_(bindparam("guide_ids", type_=UUIDS))
)
_NEW = [task_assignment.c[name] for name in ("id", "task_id", "guide_id", "store_id", "assigned_at")]
_ADD = prepared(
    insert(task_assignment)
    .from_select([one.name for one in _NEW], select(*given_rows("new", _NEW).c))
    .on_conflict_do_nothing(index_elements=["task_id", "guide_id"])
)


async def missing_of_task(tx: Writing, task_id: UUID, now: datetime) -> list[tuple[UUID, UUID, UUID]]:
    """Whom a task is for and who has not got it, some thousand at most: task, guide, store."""
    return [tuple(row) for row in await tx.rows(_MISSING_OF_TASK, task_id=task_id, now=now, most=AT_ONCE)]


async def missing_of_guides(tx: Writing, guide_ids: Sequence[UUID], now: datetime) -> list[tuple[UUID, UUID, UUID]]:
    """The running tasks that are for some guides and that these have not got: task, guide, store."""
    return [tuple(row) for row in await tx.rows(_MISSING_OF_GUIDES, guide_ids=list(guide_ids), now=now, most=AT_ONCE)]


async def add(tx: Writing, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give tasks to guides; who has one already keeps it. Rows are of id, task_id, guide_id, store_id, assigned_at."""
    await tx.execute(_ADD, **in_columns("new", _NEW, rows))


_LOCK = prepared(
    ASSIGNMENTS.where(task_assignment.c.id == bindparam("id", type_=Uuid())).with_for_update(
        of=task_assignment, key_share=True
    )
)
_LOCK_COUNTED = prepared(
    ASSIGNMENTS.where(
        task_assignment.c.guide_id == any_(bindparam("guide_ids", type_=UUIDS)),
        text("task_assignment.state <> 'CANCELLED'"),
        guide_task.c.starts_at <= _NOW,
        guide_task.c.ends_at > _NOW - bindparam("late", LATE_NEWS, Interval()),
    )
    .order_by(task_assignment.c.id)
    .with_for_update(of=task_assignment, key_share=True)
)
_asked = (
    func.unnest(
        bindparam("assignments", type_=UUIDS),
        bindparam("guides", type_=UUIDS),
        bindparam("metrics", type_=ARRAY(Text())),
        bindparam("since", type_=ARRAY(_MOMENT)),
        bindparam("until", type_=ARRAY(_MOMENT)),
    )
    .table_valued(
        column("assignment_id", Uuid()),
        column("guide_id", Uuid()),
        column("metric", Text()),
        column("since", _MOMENT),
        column("until", _MOMENT),
    )
    .render_derived(name="asked")
)
_COUNT = prepared(
    select(_asked.c.assignment_id, _asked.c.metric, func.count(guide_deed.c.source_id))
    .select_from(
        _asked.outerjoin(
            guide_deed,
            and_(
                guide_deed.c.guide_id == _asked.c.guide_id,
                guide_deed.c.metric == _asked.c.metric,
                guide_deed.c.at >= _asked.c.since,
                guide_deed.c.at < _asked.c.until,
                guide_deed.c.value > literal_column("0"),
            ),
        )
    )
    .group_by(_asked.c.assignment_id, _asked.c.metric)
)
_KINDS = {metric: kind for kind, metric in METRICS.items()}
_SAVED = [task_assignment.c[name] for name in ("id", "state", "done_at", "version")]
_saved = given_rows("saved", [*_SAVED, Column("progress", Text())])
_SAVE = prepared(
    update(task_assignment)
    .where(task_assignment.c.id == _saved.c.id)
    .values(
        state=_saved.c.state,
        done_at=_saved.c.done_at,
        version=_saved.c.version,
        progress=cast(_saved.c.progress, JSONB()),
    )
)


async def lock(tx: Writing, assignment_id: UUID) -> Assignment | None:
    row = await tx.row(_LOCK, id=assignment_id)
    return None if row is None else assignment_of(row)


async def lock_counted(tx: Writing, guide_ids: Sequence[UUID], now: datetime) -> list[Assignment]:
    """What guides have whose tasks have begun and are not long over."""
    return [assignment_of(row) for row in await tx.rows(_LOCK_COUNTED, guide_ids=list(guide_ids), now=now)]


async def counts_of(tx: Writing, assignments: Sequence[Assignment]) -> dict[UUID, dict[TaskKind, int]]:
    """How often guides did, in the time of each task, what proves its goals by itself."""
    asked = [
        (one.id, one.guide_id, METRICS[goal.kind].value, one.starts_at, one.ends_at)
        for one in assignments
        for goal in one.goals
        if goal.proof is Proof.AUTO
    ]
    if not asked:
        return {}
    names = ("assignments", "guides", "metrics", "since", "until")
    given = dict(zip(names, map(list, zip(*asked, strict=True)), strict=True))
    counts: dict[UUID, dict[TaskKind, int]] = {}
    for assignment_id, metric, many in await tx.rows(_COUNT, **given):
        counts.setdefault(assignment_id, {})[_KINDS[Metric(metric)]] = many
    return counts


async def save(tx: Writing, assignments: Sequence[Assignment]) -> None:
    """Keep how far locked assignments are."""
    await tx.execute(
        _SAVE,
        saved_id=[one.id for one in assignments],
        saved_state=[one.state.value for one in assignments],
        saved_done_at=[one.done_at for one in assignments],
        saved_version=[one.version for one in assignments],
        saved_progress=[_progress(one) for one in assignments],
    )


def _progress(one: Assignment) -> str:
    return orjson.dumps({goal.kind.value: goal.done for goal in one.goals}).decode()


def _changing(which: Select[Any], **values: Any) -> Statement:
    """Change assignments, locked in the order of their keys; returns them and their guides."""
    some = which.order_by(task_assignment.c.id).limit(bindparam("most", type_=Integer()))
    return prepared(
        update(task_assignment)
        .where(task_assignment.c.id.in_(some.with_for_update(of=task_assignment, key_share=True)))
        .values(version=task_assignment.c.version + 1, **values)
        .returning(task_assignment.c.id, task_assignment.c.guide_id)
    )


_OF_TASKS = select(task_assignment.c.id).join(guide_task, guide_task.c.id == task_assignment.c.task_id)
IS_BELOW = org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))
_URGED = (
    task_assignment.c.task_id == bindparam("task_id", type_=Uuid()),
    or_(
        bindparam("assignment_id", type_=Uuid()).is_(None),
        task_assignment.c.id == bindparam("assignment_id", type_=Uuid()),
    ),
    IS_BELOW,
    _UNFINISHED,
)
"""Who can be urged about a task: all at some units, or one of them."""
_URGE = _changing(
    select(task_assignment.c.id)
    .join(org_unit, org_unit.c.id == task_assignment.c.store_id)
    .where(
        *_URGED,
        or_(
            task_assignment.c.urged_at.is_(None),
            task_assignment.c.urged_at <= bindparam("urged_before", type_=_MOMENT),
        ),
    ),
    urged_at=_NOW,
    urges=task_assignment.c.urges + 1,
)
_REMIND = _changing(
    _OF_TASKS.where(
        _UNFINISHED,
        text("guide_task.state = 'RUNNING'"),
        task_assignment.c.reminded_at.is_(None),
        guide_task.c.ends_at > _NOW,
        guide_task.c.ends_at - func.make_interval(0, 0, 0, 0, 0, 0, guide_task.c.remind_before_s) <= _NOW,
    ),
    reminded_at=_NOW,
)
_MARK_OVERDUE = _changing(
    _OF_TASKS.where(_UNFINISHED, text("guide_task.state IN ('RUNNING', 'OVER')"), guide_task.c.ends_at <= _NOW),
    state=literal_column("'OVERDUE'"),
)
_CANCEL = _changing(
    select(task_assignment.c.id).where(
        _UNFINISHED,
        or_(
            task_assignment.c.task_id == bindparam("task_id", type_=Uuid()),
            task_assignment.c.guide_id == any_(bindparam("guide_ids", type_=UUIDS)),
        ),
    ),
    state=literal_column("'CANCELLED'"),
)


async def urge(
    tx: Writing,
    task_id: UUID,
    assignment_id: UUID | None,
    paths: Sequence[str],
    now: datetime,
    urged_before: datetime,
) -> list[UUID]:
    """Urge those at units at these paths and below who have not finished and were not urged since a time.

    Returns the guides.
    """
    rows = await tx.rows(
        _URGE,
        task_id=task_id,
        assignment_id=assignment_id,
        paths=list(paths),
        now=now,
        urged_before=urged_before,
        most=10 * AT_ONCE,
    )
    return [row["guide_id"] for row in rows]


_URGED_LAST = prepared(
    select(func.min(task_assignment.c.urged_at))
    .join(org_unit, org_unit.c.id == task_assignment.c.store_id)
    .where(*_URGED)
)


async def urged_last(tx: Writing, task_id: UUID, assignment_id: UUID | None, paths: Sequence[str]) -> datetime | None:
    """When the first of those who can be urged was urged last; None when nobody can be."""
    last: datetime | None = await tx.value(_URGED_LAST, task_id=task_id, assignment_id=assignment_id, paths=list(paths))
    return last


async def remind(tx: Writing, now: datetime) -> list[UUID]:
    """Remind those who have not finished what ends soon, once each; returns the guides, some thousand at most."""
    return [row["guide_id"] for row in await tx.rows(_REMIND, now=now, most=AT_ONCE)]


async def mark_overdue(tx: Writing, now: datetime) -> list[UUID]:
    """Let go of what was not finished in time; returns the guides, some thousand at most."""
    return [row["guide_id"] for row in await tx.rows(_MARK_OVERDUE, now=now, most=AT_ONCE)]


async def cancel(tx: Writing, *, task_id: UUID | None = None, guide_ids: Sequence[UUID] = ()) -> list[UUID]:
    """Cancel what is not finished of a task, or of guides who left; returns the guides."""
    rows = await tx.rows(_CANCEL, task_id=task_id, guide_ids=list(guide_ids), most=100 * AT_ONCE)
    return [row["guide_id"] for row in rows]
