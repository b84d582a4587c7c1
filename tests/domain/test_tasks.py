"""Tasks: plans, rounds, and how far an assignment is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.assignments import Assignment, AssignmentState, GoalProgress, decide, progressed, submit
from domain.refusals import BadInput, WrongState
from domain.stores import OrgUnit, UnitKind
from domain.tasks import (
    Goal,
    GuideTask,
    Proof,
    Recurrence,
    TaskDraft,
    TaskKind,
    TaskState,
    cancel,
    check_draft,
    issued_at,
    next_round,
    plan,
)

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
A_UNIT = OrgUnit(UUID(int=1), UnitKind.REGION, "East", None, "hq.east.", None, None, None, None, None, 1, None)
POSTS, VISITS = Goal(TaskKind.CONTENT_PUBLISH, 3, Proof.AUTO), Goal(TaskKind.VISIT, 2, Proof.EVIDENCE)


def a_task(ends_in: timedelta = WEEK, **more: object) -> GuideTask:
    draft = TaskDraft("Sell", "", A_UNIT.id, [POSTS], NOON + ends_in, **more)  # type: ignore[arg-type]
    return plan(UUID(int=7), check_draft(draft, NOON), A_UNIT, UUID(int=8), NOON, SHANGHAI)


def an_assignment(*goals: GoalProgress, state: AssignmentState = AssignmentState.TODO) -> Assignment:
    who = (UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5), UUID(int=6), "hq.east.s1.")
    done_at = NOON if state is AssignmentState.DONE else None
    return Assignment(*who, state, goals, NOON, NOON + WEEK, NOON, done_at)


def posts(done: int) -> GoalProgress:
    return GoalProgress(TaskKind.CONTENT_PUBLISH, 3, Proof.AUTO, done)


@given(some.integers(0, 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)))
def test_guides_hear_of_tasks_by_day_as_soon_as_may_be(at: datetime) -> None:
    heard = issued_at(at, SHANGHAI)

    assert 7 <= heard.astimezone(SHANGHAI).hour < 23
    assert timedelta(0) <= heard - at <= timedelta(hours=8)


def test_a_task_that_is_over_before_guides_wake_up_is_refused() -> None:
    night = NOON + timedelta(hours=12)  # midnight
    draft = TaskDraft("Sell", "", A_UNIT.id, [POSTS], night + timedelta(hours=5))

    with pytest.raises(BadInput):
        plan(UUID(int=7), check_draft(draft, night), A_UNIT, UUID(int=8), night, SHANGHAI)


def test_a_task_that_does_not_recur_has_no_next_round() -> None:
    assert a_task().next_at is None
    assert next_round(a_task(), UUID(int=9), NOON + WEEK, SHANGHAI) is None


def test_a_round_keeps_day_and_time_of_the_first() -> None:
    first = replace(
        a_task(timedelta(days=3), recurrence=Recurrence.MONTHLY), first_starts_at=NOON.replace(month=1, day=31)
    )
    starts: list[str] = []
    begins = first.first_starts_at
    task: GuideTask | None = replace(first, starts_at=begins, ends_at=begins + WEEK, next_at=None)
    while task is not None and len(starts) < 4:
        starts.append(task.starts_at.date().isoformat())
        task = next_round(task, UUID(int=9), task.next_at or NOON.replace(month=2), SHANGHAI)

    assert starts == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]


def test_rounds_that_are_over_by_now_are_left_out_and_numbers_go_on() -> None:
    daily = a_task(timedelta(hours=6), recurrence=Recurrence.DAILY)

    later = next_round(daily, UUID(int=9), NOON + timedelta(days=3, hours=7), SHANGHAI)

    assert later is not None
    assert (later.round, later.starts_at) == (5, NOON + timedelta(days=4))
    assert later.next_at == NOON + timedelta(days=5)


def test_a_series_ends_when_it_was_to_end() -> None:
    daily = a_task(timedelta(hours=6), recurrence=Recurrence.DAILY, repeats_until=NOON + timedelta(days=1, hours=1))

    second = next_round(daily, UUID(int=9), NOON + timedelta(days=1), SHANGHAI)

    assert second is not None
    assert second.next_at is None
    assert next_round(second, UUID(int=9), NOON + timedelta(days=2), SHANGHAI) is None


def test_a_series_is_called_off_between_its_rounds_too() -> None:
    over = replace(a_task(timedelta(hours=6), recurrence=Recurrence.DAILY), state=TaskState.OVER)

    assert cancel(over).next_at is None
    assert cancel(over).state is TaskState.OVER
    with pytest.raises(WrongState):
        cancel(cancel(over))


@pytest.mark.parametrize(
    ("done", "state"),
    [(0, AssignmentState.TODO), (1, AssignmentState.DOING), (3, AssignmentState.DONE), (5, AssignmentState.DONE)],
)
def test_an_assignment_is_as_far_as_its_goals(done: int, state: AssignmentState) -> None:
    after = progressed(an_assignment(posts(0)), {TaskKind.CONTENT_PUBLISH: done}, NOON)

    assert after.state is state
    assert (after.done_at is None) == (state is not AssignmentState.DONE)


def test_what_nothing_changes_is_the_same() -> None:
    one = an_assignment(posts(1), state=AssignmentState.DOING)

    assert progressed(one, {TaskKind.CONTENT_PUBLISH: 1}, NOON) is one
    assert (
        progressed(replace(one, state=AssignmentState.CANCELLED), {TaskKind.CONTENT_PUBLISH: 3}, NOON).goals
        == one.goals
    )


def test_after_the_end_what_is_missing_is_overdue_and_what_is_done_stays_done() -> None:
    late = NOON + WEEK

    assert progressed(an_assignment(posts(1)), {}, late).state is AssignmentState.OVERDUE
    done = an_assignment(posts(3), state=AssignmentState.DONE)
    assert progressed(done, {TaskKind.CONTENT_PUBLISH: 0}, late) is done
    overdue = an_assignment(posts(1), state=AssignmentState.OVERDUE)
    assert progressed(overdue, {TaskKind.CONTENT_PUBLISH: 3}, late).state is AssignmentState.DONE


def test_evidence_is_taken_for_goals_that_ask_for_it_in_time() -> None:
    visits = GoalProgress(TaskKind.VISIT, 2, Proof.EVIDENCE, 0)
    one = an_assignment(posts(0), visits)
    begun, shown = submit(UUID(int=9), one, TaskKind.VISIT, 2, " 拜访 ", [], NOON)
    _, after = decide(shown, begun, approve=True, note="", by=UUID(int=1), at=NOON)

    assert (begun.state, shown.text) == (AssignmentState.DOING, "拜访")
    assert [goal.done for goal in after.goals] == [0, 2]
    for kind, many, said, at, no in (
        (TaskKind.CONTENT_PUBLISH, 1, "x", NOON, BadInput),
        (TaskKind.GREETING, 1, "x", NOON, BadInput),
        (TaskKind.VISIT, 3, "x", NOON, BadInput),
        (TaskKind.VISIT, 1, " ", NOON, BadInput),
        (TaskKind.VISIT, 1, "x", NOON + WEEK, WrongState),
    ):
        with pytest.raises(no):
            submit(UUID(int=9), one, kind, many, said, [], at)
