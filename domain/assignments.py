"""Assignments: a task as one guide has it, how far it is, and the evidence that counts once it is approved (R11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.identity import Principal, Role
from domain.records import record
from domain.refusals import (
    BadInput,
    ErrorCode,
    NotAllowed,
    NotFound,
    Refusal,
    TooOften,
    WrongState,
    between,
    text_within,
)
from domain.reviews import check_pictures
from domain.tasks import Proof, TaskKind

LONGEST_EVIDENCE, LONGEST_NOTE = 500, 200
MOST_WAITING = 20
"""Of one assignment."""
URGED_AGAIN_AFTER = timedelta(hours=1)
LATE_NEWS = timedelta(days=1)
"""So long after its end a task is still looked at: what was done in time may be heard of later."""


class AssignmentState(Enum):
    TODO = "TODO"
    DOING = "DOING"
    DONE = "DONE"
    OVERDUE = "OVERDUE"
    CANCELLED = "CANCELLED"


UNFINISHED = frozenset({AssignmentState.TODO, AssignmentState.DOING})


class EvidenceState(Enum):
    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@record
class GoalProgress:
    """How far a guide is with a goal."""

    kind: TaskKind
    target: int
    proof: Proof
    done: int

    @property
    def is_met(self) -> bool:
        return self.done >= self.target


@record
class Assignment:
    """A task of one guide. `store_id` is where the guide sold when it was given."""

    id: UUID
    task_id: UUID
    guide_id: UUID
    guide_member_id: UUID
    store_id: UUID
    store_path: str
    state: AssignmentState
    goals: tuple[GoalProgress, ...]
    starts_at: datetime
    ends_at: datetime
    assigned_at: datetime
    done_at: datetime | None = None
    urged_at: datetime | None = None
    urges: int = 0
    reminded_at: datetime | None = None
    version: int = 1


@record
class Evidence:
    """What a guide shows for a goal: it counts as so many once it is approved."""

    id: UUID
    assignment_id: UUID
    kind: TaskKind
    many: int
    text: str
    pictures: tuple[str, ...]
    state: EvidenceState
    submitted_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    note: str = ""


class CompletionBy(Enum):
    """By what it is counted how far everybody is; a region is the unit right above a store."""

    REGION = "REGION"
    STORE = "STORE"
    GUIDE = "GUIDE"


@record
class Completion:
    """How far those of a unit, or one guide, are with a task."""

    by: CompletionBy
    id: UUID
    name: str
    assigned: int
    todo: int
    doing: int
    done: int
    overdue: int
    cancelled: int


@dataclass(eq=False)
class UrgedJustNow(TooOften):
    """Whoever has not finished was urged within the last hour."""


@dataclass(eq=False)
class TooMuchEvidence(Refusal):
    """As much evidence of the guide as may be waits for a decision."""

    code = ErrorCode.INVALID_STATE
    most: int = MOST_WAITING


def progressed(assignment: Assignment, counts: Mapping[TaskKind, int], now: datetime) -> Assignment:
    """The assignment after so much of its goals was counted; those that are not in `counts` are as they were.

    While the task lasts it follows what is counted, down as well as up. Afterwards what is done stays done, and what
    was done in time counts although it became known late.
    """
    is_over = now >= assignment.ends_at
    if assignment.state is AssignmentState.CANCELLED or (is_over and assignment.state is AssignmentState.DONE):
        return assignment
    goals = tuple(replace(goal, done=counts.get(goal.kind, goal.done)) for goal in assignment.goals)
    state = _state(assignment, goals, is_over=is_over)
    if goals == assignment.goals and state is assignment.state:
        return assignment
    done_at = (assignment.done_at or now) if state is AssignmentState.DONE else None
    return replace(assignment, goals=goals, state=state, done_at=done_at, version=assignment.version + 1)


def _state(assignment: Assignment, goals: Sequence[GoalProgress], *, is_over: bool) -> AssignmentState:
    if all(goal.is_met for goal in goals):
        return AssignmentState.DONE
    if is_over:
        return AssignmentState.OVERDUE
    begun = assignment.state is not AssignmentState.TODO or any(goal.done for goal in goals)
    return AssignmentState.DOING if begun else AssignmentState.TODO


def submit(
    evidence_id: UUID,
    assignment: Assignment,
    kind: TaskKind,
    many: int,
    text: str,
    pictures: Sequence[str],
    at: datetime,
) -> tuple[Assignment, Evidence]:
    """Show evidence for a goal: the assignment, which has begun by it, and the evidence, which waits.

    Raises:
        BadInput: the kind is of no goal that takes evidence, or a text, number or picture is out of bounds.
        WrongState: the task is done, cancelled, or over.
    """
    if assignment.state not in UNFINISHED or not assignment.starts_at <= at < assignment.ends_at:
        over = AssignmentState.OVERDUE if at >= assignment.ends_at else assignment.state
        raise WrongState(over.value, path=("input", "assignmentId"))
    goal = next((goal for goal in assignment.goals if goal.kind is kind), None)
    if goal is None or goal.proof is not Proof.EVIDENCE:
        raise BadInput("a goal that takes evidence", "应为需要凭证的目标", path=("input", "kind"))
    between(many, 1, goal.target, "input", "count")
    said = text_within(text, LONGEST_EVIDENCE, "input", "text", least=0)
    links = check_pictures(pictures)
    if not said and not links:
        raise BadInput("a text or pictures", "应填写文字或上传图片", path=("input", "text"))
    shown = Evidence(evidence_id, assignment.id, kind, many, said, links, EvidenceState.WAITING, at)
    if assignment.state is AssignmentState.TODO:
        assignment = replace(assignment, state=AssignmentState.DOING, version=assignment.version + 1)
    return assignment, shown


def decide(
    evidence: Evidence, assignment: Assignment, *, approve: bool, note: str, by: UUID, at: datetime
) -> tuple[Evidence, Assignment]:
    """Approve evidence, by which it counts, or reject it.

    Raises:
        WrongState: it was decided on, or the task was cancelled.
        BadInput: the note is too long.
    """
    if evidence.state is not EvidenceState.WAITING:
        raise WrongState(evidence.state.value, path=("input", "evidenceId"))
    if assignment.state is AssignmentState.CANCELLED:
        raise WrongState(assignment.state.value, path=("input", "evidenceId"))
    said = text_within(note, LONGEST_NOTE, "input", "note", least=0)
    state = EvidenceState.APPROVED if approve else EvidenceState.REJECTED
    decided = replace(evidence, state=state, decided_by=by, decided_at=at, note=said)
    if not approve:
        return decided, assignment
    done = {goal.kind: goal.done + evidence.many for goal in assignment.goals if goal.kind is evidence.kind}
    return decided, progressed(assignment, done, at)


def check_decides(principal: Principal, assignment: Assignment) -> None:
    """Hold a decision on evidence to those who run the guide's store; nobody decides on their own.

    Raises:
        NotFound: the caller does not run the store.
        NotAllowed: the caller is the guide.
    """
    if not principal.has_duty(Role.STORE_MANAGER, assignment.store_path):
        raise NotFound(path=("input", "evidenceId"))
    if assignment.guide_member_id == principal.member_id:
        raise NotAllowed(path=("input", "evidenceId"))


def topic_of(guide_id: UUID) -> str:
    """What is told to those who follow a guide's tasks."""
    return f"tasks@{guide_id.hex}"


@record
class TaskProgress:
    """A guide's tasks that are not long over, as they stood at a time; what ends first comes first."""

    at: datetime
    assignments: list[Assignment]
