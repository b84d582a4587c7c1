"""Tasks of guides: what is to be done until when, how far each guide is, and what counts as done (R11).

A task has one goal or several, each of a kind. A goal is proven by itself, from what the guide did since the task began
(`domain.boards.Deed`), or by evidence that the manager of the guide's store approves. Guides hear of a task within the
day, from 7 to 23 o'clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from domain.boards import Metric
from domain.calendar import months_later
from domain.identity import Principal, Role
from domain.records import record
from domain.refusals import BadInput, WrongState, between, text_within
from domain.stores import OrgUnit

LONGEST_TITLE, LONGEST_DESCRIPTION = 60, 2_000
MOST_GOALS, HIGHEST_TARGET = 8, 10_000
LONGEST_TASK, FARTHEST_START = timedelta(days=366), timedelta(days=366)
OPENS_AT, CLOSES_AT = 7, 23
"""The hours of the brand's day between which guides hear of a task."""


class TaskKind(Enum):
    CONTENT_PUBLISH = "CONTENT_PUBLISH"
    GREETING = "GREETING"
    TAGGING = "TAGGING"
    COUPON_GIFT = "COUPON_GIFT"
    RECRUIT = "RECRUIT"
    GROUP_CHAT = "GROUP_CHAT"
    ONE_TO_ONE = "ONE_TO_ONE"
    VISIT = "VISIT"


METRICS: Mapping[TaskKind, Metric] = {
    TaskKind.CONTENT_PUBLISH: Metric.POSTS,
    TaskKind.TAGGING: Metric.TAGS,
    TaskKind.COUPON_GIFT: Metric.COUPONS,
    TaskKind.RECRUIT: Metric.NEW_MEMBERS,
    TaskKind.GROUP_CHAT: Metric.GROUP_SHARES,
}
"""What proves a goal by itself. Nothing here knows of greetings, talks and visits: these take evidence."""


class Proof(Enum):
    """How a goal is proven."""

    AUTO = "AUTO"
    EVIDENCE = "EVIDENCE"


class Recurrence(Enum):
    ONCE = "ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


_LONGEST_ROUND = {
    Recurrence.ONCE: LONGEST_TASK,
    Recurrence.DAILY: timedelta(days=1),
    Recurrence.WEEKLY: timedelta(days=7),
    Recurrence.MONTHLY: timedelta(days=28),
}


class TaskState(Enum):
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    OVER = "OVER"
    CANCELLED = "CANCELLED"


@record
class Goal:
    """So many of something, and how that is proven."""

    kind: TaskKind
    target: int
    proof: Proof


@record
class TaskDraft:
    """A task as somebody plans it. `starts_at` None: at once."""

    title: str
    description: str
    unit_id: UUID
    goals: Sequence[Goal]
    ends_at: datetime
    starts_at: datetime | None = None
    recurrence: Recurrence = Recurrence.ONCE
    repeats_until: datetime | None = None
    remind_before: timedelta | None = None
    campaign_id: UUID | None = None


@record
class GuideTask:
    """A task for all active guides of a unit and below it.

    It counts what happens from `starts_at` until `ends_at`; guides hear of it at `issue_at`. A task that recurs is a
    series of rounds, each a task of its own; the newest knows when the next begins.
    """

    id: UUID
    series_id: UUID
    round: int
    title: str
    description: str
    unit_id: UUID
    unit_path: str
    unit_name: str
    goals: tuple[Goal, ...]
    first_starts_at: datetime
    starts_at: datetime
    ends_at: datetime
    issue_at: datetime
    recurrence: Recurrence
    repeats_until: datetime | None
    next_at: datetime | None
    remind_before: timedelta | None
    state: TaskState
    created_by: UUID
    created_at: datetime
    version: int = 1
    campaign_id: UUID | None = None


def check_draft(draft: TaskDraft, now: datetime) -> TaskDraft:
    """The plan without surrounding space, held to the rules.

    Raises:
        BadInput: a text, a goal or a time is out of bounds.
    """
    title = text_within(draft.title, LONGEST_TITLE, "input", "title")
    description = text_within(draft.description, LONGEST_DESCRIPTION, "input", "description", least=0)
    _check_goals(draft.goals)
    starts_at = draft.starts_at or now
    _check_times(replace(draft, starts_at=starts_at), starts_at, now)
    return replace(draft, title=title, description=description, starts_at=starts_at)


def _check_goals(goals: Sequence[Goal]) -> None:
    if not 1 <= len(goals) <= MOST_GOALS or len({goal.kind for goal in goals}) < len(goals):
        raise BadInput(
            f"1 to {MOST_GOALS} goals, each of another kind",
            f"应有 1 到 {MOST_GOALS} 个目标,类型不可重复",
            path=("input", "goals"),
        )
    for number, goal in enumerate(goals):
        between(goal.target, 1, HIGHEST_TARGET, "input", "goals", str(number), "target")
        if goal.proof is Proof.AUTO and goal.kind not in METRICS:
            raise BadInput(
                "EVIDENCE, for what cannot be seen here", "该类型需要提交凭证", path=("input", "goals", str(number))
            )


def _check_times(draft: TaskDraft, starts_at: datetime, now: datetime) -> None:
    # A minute is for the way of the request: what is to begin at once may say the time.
    if not now - timedelta(minutes=1) <= starts_at <= now + FARTHEST_START:
        raise BadInput("from now, within a year", "应从现在起、一年之内", path=("input", "startsAt"))
    longest = _LONGEST_ROUND[draft.recurrence]
    if not timedelta(minutes=1) <= draft.ends_at - starts_at <= longest:
        hours = longest // timedelta(hours=1)
        raise BadInput(
            f"a minute to {hours} hours after it begins",
            f"应在开始后 1 分钟到 {hours} 小时之间",
            path=("input", "endsAt"),
        )
    before = draft.remind_before
    if before is not None and not timedelta(minutes=1) <= before < draft.ends_at - starts_at:
        raise BadInput("within the task's time", "应在任务时间之内", path=("input", "remindBeforeMinutes"))
    if draft.repeats_until is not None and draft.repeats_until <= starts_at:
        raise BadInput("later than the first round begins", "应晚于首轮开始", path=("input", "repeatsUntil"))


def issued_at(at: datetime, zone: tzinfo) -> datetime:
    """When guides hear of a task that is ready at some time: then, or at 7 o'clock if that is at night.

    >>> from datetime import UTC
    >>> day = datetime(2026, 11, 22, tzinfo=UTC)
    >>> [issued_at(day.replace(hour=hour), UTC).strftime("%d %H") for hour in (3, 7, 22, 23)]
    ['22 07', '22 07', '22 22', '23 07']
    """
    local = at.astimezone(zone)
    if OPENS_AT <= local.hour < CLOSES_AT:
        return at
    day = local if local.hour < OPENS_AT else local + timedelta(days=1)
    return day.replace(hour=OPENS_AT, minute=0, second=0, microsecond=0)


def plan(task_id: UUID, draft: TaskDraft, unit: OrgUnit, by: UUID, now: datetime, zone: tzinfo) -> GuideTask:
    """The first round of a checked plan.

    Raises:
        BadInput: it would be over before guides may hear of it.
    """
    starts_at = draft.starts_at or now
    issue_at = issued_at(max(now, starts_at), zone)
    if issue_at >= draft.ends_at:
        raise BadInput(
            "later than 7 o'clock, when guides hear of it", "应晚于早上 7 点下发时间", path=("input", "endsAt")
        )
    first = GuideTask(
        task_id,
        task_id,
        1,
        draft.title,
        draft.description,
        unit.id,
        unit.path,
        unit.name,
        tuple(draft.goals),
        starts_at,
        starts_at,
        draft.ends_at,
        issue_at,
        draft.recurrence,
        draft.repeats_until,
        None,
        draft.remind_before,
        TaskState.SCHEDULED,
        by,
        now,
        campaign_id=draft.campaign_id,
    )
    return replace(first, next_at=_next_start(first, 1, zone))


def _start_of(task: GuideTask, number: int, zone: tzinfo) -> datetime:
    """When the round with this number begins; the first is 0."""
    match task.recurrence:
        case Recurrence.DAILY:
            return task.first_starts_at + timedelta(days=number)
        case Recurrence.WEEKLY:
            return task.first_starts_at + timedelta(weeks=number)
        case _:
            return months_later(task.first_starts_at, number, zone)


def _next_start(task: GuideTask, number: int, zone: tzinfo) -> datetime | None:
    if task.recurrence is Recurrence.ONCE:
        return None
    start = _start_of(task, number, zone)
    return start if task.repeats_until is None or start < task.repeats_until else None


def next_round(task: GuideTask, task_id: UUID, now: datetime, zone: tzinfo) -> GuideTask | None:
    """The round after the newest one of a series, once its time has come; rounds that are over by now are left out.

    None when the series ends.
    """
    lasts, number = task.ends_at - task.starts_at, task.round
    while (start := _next_start(task, number, zone)) is not None:
        issue_at = issued_at(start, zone)
        number += 1
        if max(now, issue_at) < start + lasts:
            return replace(
                task,
                id=task_id,
                round=number,
                starts_at=start,
                ends_at=start + lasts,
                issue_at=issue_at,
                next_at=_next_start(task, number, zone),
                state=TaskState.SCHEDULED,
                created_at=now,
                version=1,
            )
    return None


def manages(principal: Principal, task: GuideTask) -> bool:
    """Whether the caller runs the unit that the task is for, or one above it."""
    return principal.has_duty(Role.STORE_MANAGER, task.unit_path)


def paths_within(principal: Principal, task: GuideTask) -> list[str]:
    """Below which units the caller sees who of theirs has the task: those that they run, as far as it concerns them."""
    run = principal.paths_of(Role.STORE_MANAGER)
    if any(task.unit_path.startswith(path) for path in run):
        return [task.unit_path]
    return [path for path in run if path.startswith(task.unit_path)]


def cancel(task: GuideTask) -> GuideTask:
    """Call a task off, with all rounds to come. A round that is over stays as it was.

    Raises:
        WrongState: it was called off, or is over and no round comes after it.
    """
    if task.state is TaskState.CANCELLED or (task.state is TaskState.OVER and task.next_at is None):
        raise WrongState(task.state.value, path=("input", "taskId"))
    state = task.state if task.state is TaskState.OVER else TaskState.CANCELLED
    return replace(task, state=state, next_at=None, version=task.version + 1)


def fact_of(task: GuideTask) -> dict[str, Any]:
    """What the outbox tells of a task."""
    return {
        "task": task.id.hex,
        "series": task.series_id.hex,
        "round": task.round,
        "unit": task.unit_id.hex,
        "state": task.state.value,
        "goals": [{"kind": goal.kind.value, "target": goal.target} for goal in task.goals],
        "starts_at": task.starts_at.isoformat(),
        "ends_at": task.ends_at.isoformat(),
    }
