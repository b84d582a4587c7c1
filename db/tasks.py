"""Tasks of guides: their table, the rounds of a series, and what of them is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import Statement, prepared
from db.stores import org_unit
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.tasks import Goal, GuideTask, Proof, Recurrence, TaskKind, TaskState

guide_task = Table(
    "guide_task",
    metadata,
    key(),
    refers_to("guide_task", "series_id"),
    Column("round", Integer(), nullable=False),
    words("title"),
    words("description"),
    refers_to("org_unit", "unit_id"),
    Column("goals", JSONB(), nullable=False),
    moment("first_starts_at"),
    moment("starts_at"),
    moment("ends_at"),
    moment("issue_at"),
    *one_of("recurrence", Recurrence),
    moment("repeats_until", optional=True),
    moment("next_at", optional=True),
    Column("remind_before_s", Integer()),
    *one_of("state", TaskState),
    refers_to("member", "created_by"),
    moment("created_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    # However many processes make the next round of a series, there is one.
    UniqueConstraint("series_id", "round"),
    CheckConstraint("starts_at < ends_at AND issue_at < ends_at", name="it_lasts_a_while"),
    CheckConstraint("round >= 1", name="round_is_a_number"),
    Index(None, "unit_id", "id"),
    Index("ix_guide_task_to_issue", "issue_at", postgresql_where=text("state = 'SCHEDULED'")),
    Index("ix_guide_task_running", "ends_at", postgresql_where=text("state = 'RUNNING'")),
    Index("ix_guide_task_recurring", "next_at", postgresql_where=text("next_at IS NOT NULL")),
)

_MOMENT = DateTime(timezone=True)
TASK_COLUMNS = (*guide_task.c, org_unit.c.path.label("unit_path"), org_unit.c.name.label("unit_name"))
_TASKS = select(*TASK_COLUMNS).select_from(guide_task).join(org_unit, org_unit.c.id == guide_task.c.unit_id)


def goals_of(said: Sequence[dict[str, Any]]) -> tuple[Goal, ...]:
    """The goals of a task as they are kept."""
    return tuple(Goal(TaskKind(one["kind"]), one["target"], Proof(one["proof"])) for one in said)


def _task(row: Row) -> GuideTask:
    remind_before_s = row["remind_before_s"]
    return GuideTask(
        row["id"],
        row["series_id"],
        row["round"],
        row["title"],
        row["description"],
        row["unit_id"],
        row["unit_path"],
        row["unit_name"],
        goals_of(row["goals"]),
        row["first_starts_at"],
        row["starts_at"],
        row["ends_at"],
        row["issue_at"],
        Recurrence(row["recurrence"]),
        row["repeats_until"],
        row["next_at"],
        None if remind_before_s is None else timedelta(seconds=remind_before_s),
        TaskState(row["state"]),
        row["created_by"],
        row["created_at"],
        row["version"],
        row["campaign_id"],
    )


def _values(task: GuideTask) -> dict[str, Any]:
    before = task.remind_before
    return {
        **{one.name: getattr(task, one.name) for one in guide_task.c if one.name not in ("goals", "remind_before_s")},
        "goals": [{"kind": goal.kind.value, "target": goal.target, "proof": goal.proof.value} for goal in task.goals],
        "remind_before_s": None if before is None else int(before.total_seconds()),
        "recurrence": task.recurrence.value,
        "state": task.state.value,
    }


_ADD = prepared(
    insert(guide_task)
    .values({one.name: bindparam(one.name, type_=one.type) for one in guide_task.c})
    .on_conflict_do_nothing(index_elements=["series_id", "round"])
)
_SAVE = prepared(
    update(guide_task)
    .where(guide_task.c.id == bindparam("of_task", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=guide_task.c[name].type) for name in ("state", "next_at", "version")})
)
_BY_ID = prepared(_TASKS.where(guide_task.c.id == any_(bindparam("ids", type_=UUIDS))))
_NOW = bindparam("now", type_=_MOMENT)


def _locking_due(*conditions: Any) -> Statement:
    """The first task that is due, and that no other process is at."""
    query = _TASKS.where(*conditions).order_by(guide_task.c.id).limit(1)
    return prepared(query.with_for_update(of=guide_task, key_share=True, skip_locked=True))


_LOCK = prepared(
    _TASKS.where(guide_task.c.id == bindparam("id", type_=Uuid())).with_for_update(of=guide_task, key_share=True)
)
_LOCK_TO_ISSUE = _locking_due(text("guide_task.state = 'SCHEDULED'"), guide_task.c.issue_at <= _NOW)
_LOCK_RECURRING = _locking_due(text("guide_task.next_at IS NOT NULL"), guide_task.c.next_at <= _NOW)
_END = prepared(
    update(guide_task)
    .where(text("guide_task.state = 'RUNNING'"), guide_task.c.ends_at <= _NOW)
    .values(state=literal_column("'OVER'"), version=guide_task.c.version + 1)
)

_paths = func.unnest(bindparam("paths", type_=ARRAY(Text()))).table_valued(column("path", Text())).render_derived("own")
_LISTING = Listing(
    _TASKS.where(
        select(_paths.c.path)
        .where(
            or_(
                func.starts_with(org_unit.c.path, _paths.c.path),
                func.starts_with(_paths.c.path, org_unit.c.path),
            )
        )
        .exists()
    ),
    _task,
    id=guide_task.c.id,
    filters={"state": guide_task.c.state, "unitId": guide_task.c.unit_id, "seriesId": guide_task.c.series_id},
)


async def add(tx: Writing, task: GuideTask) -> bool:
    """Keep a new task; False when its series has a round of this number."""
    return await tx.execute(_ADD, **_values(task)) > 0


async def save(tx: Writing, task: GuideTask) -> None:
    """Keep the state of a locked task, and when its series goes on."""
    values = _values(task)
    await tx.execute(
        _SAVE, of_task=task.id, **{f"new_{name}": values[name] for name in ("state", "next_at", "version")}
    )


async def lock(tx: Writing, task_id: UUID) -> GuideTask | None:
    row = await tx.row(_LOCK, id=task_id)
    return None if row is None else _task(row)


async def lock_to_issue(tx: Writing, now: datetime) -> GuideTask | None:
    """A task of which guides are to hear now, and that nobody works on."""
    row = await tx.row(_LOCK_TO_ISSUE, now=now)
    return None if row is None else _task(row)


async def lock_recurring(tx: Writing, now: datetime) -> GuideTask | None:
    """The newest round of a series of which the next is due, and that nobody works on."""
    row = await tx.row(_LOCK_RECURRING, now=now)
    return None if row is None else _task(row)


async def end(tx: Writing, now: datetime) -> int:
    """End the tasks whose time is over; returns how many."""
    return await tx.execute(_END, now=now)


async def tasks_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, GuideTask]:
    return {row["id"]: _task(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def tasks(reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition) -> Page[GuideTask]:
    """A page of the tasks that concern units at these paths, below or above, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True, paths=list(paths))
