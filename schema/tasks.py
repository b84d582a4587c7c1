"""Tasks of guides: what clients see of them, and how far everybody is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import assignments, pages
from domain import tasks as rules
from domain.assignments import AssignmentState, CompletionBy, EvidenceState
from domain.identity import Scope
from domain.tasks import Proof, Recurrence, TaskKind, TaskState
from resolvers import task_evidence, task_progress, tasks
from resolvers.context import Context
from resolvers.entrances import States
from schema.access import attribute, batched, derived, followed, object_type, query
from schema.activities import CAMPAIGN
from schema.enums import described
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node

if TYPE_CHECKING:
    from schema.guides import Guide

_GUIDE = Annotated["Guide", strawberry.lazy("schema.guides")]

described(
    TaskKind,
    "What is to be done.",
    CONTENT_PUBLISH="Write posts that are published (宣发). Seen by itself.",
    GREETING="Greet customers (问候). Takes evidence.",
    TAGGING="Tag customers (打标签). Seen by itself.",
    COUPON_GIFT="Give coupons to customers (赠券). Seen by itself.",
    RECRUIT="Win members (拉新). Seen by itself.",
    GROUP_CHAT="Pass something on to group chats (社群). Seen by itself.",
    ONE_TO_ONE="Serve customers one to one (1对1服务). Takes evidence.",
    VISIT="Visit customers (回访). Takes evidence.",
)
described(
    Proof,
    "How a goal is proven.",
    AUTO="By what the guide does from the start of the task until its end; what is undone does not count.",
    EVIDENCE="By text and pictures that the manager of the guide's store approves.",
)
described(
    Recurrence,
    "Whether a task begins anew.",
    ONCE="No.",
    DAILY="Each day at the same time; it lasts a day at most.",
    WEEKLY="Each week on the same day; it lasts a week at most.",
    MONTHLY="Each month on the same day, or the last of a shorter one; it lasts 28 days at most.",
)
described(
    TaskState,
    "Where a task stands.",
    SCHEDULED="Guides have not heard of it yet: they do from its start on, between 7 and 23 o'clock.",
    RUNNING="Guides have it.",
    OVER="Its time is over.",
    CANCELLED="It was called off.",
)
described(
    AssignmentState,
    "How far a guide is with a task.",
    TODO="Not begun.",
    DOING="Begun.",
    DONE="All goals are met.",
    OVERDUE="Not done in time. What turns out to have been done in time still counts, for a day.",
    CANCELLED="The task was called off, or the guide left.",
)
described(
    EvidenceState,
    "What was decided on evidence.",
    WAITING="Nothing yet.",
    APPROVED="It counts.",
    REJECTED="It does not count.",
)
described(
    CompletionBy,
    "By what it is counted how far everybody is.",
    REGION="By the units right above stores, such as regions (大区).",
    STORE="By stores (门店).",
    GUIDE="By guides (导购).",
)


@object_type(scope=Scope.MEMBER, description="So many of something.")
class TaskGoal:
    kind: TaskKind = attribute("Of what; each goal of a task is of another kind.")
    target: int = attribute("How many, 1 to 10,000.")
    proof: Proof = attribute("How it is proven.")


@object_type(scope=Scope.MEMBER, description="How far a guide is with a goal.")
class GoalProgress:
    kind: TaskKind = attribute("Of what.")
    target: int = attribute("How many are to be done.")
    proof: Proof = attribute("How it is proven.")
    done: int = attribute("How many are done; may be more than the target.")


@object_type(
    scope=Scope.MEMBER,
    description="A task (任务) for the active guides of a unit and below, who join later too. Each round is a task.",
    record=rules.GuideTask,
)
class GuideTask(Node):
    id: strawberry.ID = identifier(Kind.GUIDE_TASK)
    series_id: strawberry.ID = identifier(
        Kind.GUIDE_TASK, "series_id", description="The first round of a task that recurs; its own id for that one."
    )
    round: int = attribute("Which round it is, from 1.")
    title: str = attribute("What it is about, 1 to 60 characters.")
    description: str = attribute("More of that, at most 2,000 characters.")
    unit_id: strawberry.ID = identifier(Kind.ORG_UNIT, "unit_id", description="Whose guides have it.")
    unit_name: str = attribute("The name of that unit.")
    goals: list[TaskGoal] = attribute("What is to be done, 1 to 8 goals.")
    starts_at: datetime = attribute("What happens from then on counts.")
    ends_at: datetime = attribute("What happens from then on does not count.")
    issue_at: datetime = attribute("When guides hear of it: when it starts, but between 7 and 23 o'clock.")
    recurrence: Recurrence = attribute("Whether it begins anew.")
    repeats_until: datetime | None = attribute("No round begins from then on; null: they go on.")
    remind_before_minutes: int | None = derived(
        lambda task: None if task.remind_before is None else int(task.remind_before.total_seconds() // 60),
        "So many minutes before the end those are reminded who have not finished; null: nobody is.",
    )
    state: TaskState = attribute("Where it stands.")
    created_at: datetime = attribute("When it was planned, or this round was made.")
    download_path: str = derived(
        lambda task: f"/exports/guide-tasks/{id_of(Kind.GUIDE_TASK, task.id)}.xlsx",
        "Where it is as an XLSX workbook how far everybody is whom one runs, on this server: GET it with the same"
        " Authorization header as this request.",
    )
    campaign_id: strawberry.ID | None = identifier(Kind.CAMPAIGN, "campaign_id", description=CAMPAIGN)
    version: int = attribute("Rises with each change.")


@object_type(scope=Scope.MEMBER, description="What a guide shows for a goal.", record=assignments.Evidence)
class TaskEvidence(Node):
    id: strawberry.ID = identifier(Kind.TASK_EVIDENCE)
    assignment_id: strawberry.ID = identifier(
        Kind.TASK_ASSIGNMENT, "assignment_id", description="The assignment that it is for."
    )
    kind: TaskKind = attribute("The goal.")
    count: int = derived(lambda evidence: evidence.many, "As how many it counts.")
    text: str = attribute("What was done, at most 500 characters.")
    pictures: list[str] = attribute("Addresses of pictures, at most 9.")
    state: EvidenceState = attribute("What was decided on it.")
    submitted_at: datetime = attribute("When it was shown.")
    decided_at: datetime | None = attribute("When it was decided on.")
    note: str = attribute("Why; may be empty.")


@object_type(scope=Scope.MEMBER, description="A task as one guide has it.", record=assignments.Assignment)
class TaskAssignment(Node):
    id: strawberry.ID = identifier(Kind.TASK_ASSIGNMENT)
    task: GuideTask = batched(tasks.tasks_of, "The task.")
    guide: _GUIDE = batched(tasks.guides_of, "Who has it.")
    store_id: strawberry.ID = identifier(Kind.STORE, "store_id", description="Where the guide sold when it was given.")
    state: AssignmentState = attribute("How far it is.")
    progress: list[GoalProgress] = derived(lambda assignment: assignment.goals, "How far each goal is.")
    ends_at: datetime = attribute("Until when it is to be done.")
    assigned_at: datetime = attribute("Since when the guide has it.")
    done_at: datetime | None = attribute("When all goals were met.")
    urged_at: datetime | None = attribute("When it was last urged (催办).")
    urges: int = attribute("How often it was urged.")
    reminded_at: datetime | None = attribute("When the guide was reminded of its end.")
    evidence: list[TaskEvidence] = batched(
        task_evidence.evidence_of, "What the guide showed for it, the oldest first.", cost=3
    )
    version: int = attribute("Rises with each change.")


@object_type(scope=Scope.GUIDE, description="A guide's tasks that are not long over, what ends first first.")
class TaskProgress:
    at: datetime = attribute("When they were read.")
    assignments: list[TaskAssignment] = attribute("At most 100 that end in the future, or ended within the last day.")


def _who(by: CompletionBy) -> Kind:
    return Kind.GUIDE if by is CompletionBy.GUIDE else Kind.ORG_UNIT


@object_type(scope=Scope.STORE_MANAGER, description="How far those of a unit, or one guide, are with a task.")
class TaskCompletion:
    id: strawberry.ID = derived(
        lambda one: strawberry.ID(id_of(_who(one.by), one.id)), "The region or store, as an OrgUnit's id; or the guide."
    )
    name: str = attribute("Its name.")
    assigned: int = attribute("How many have it.")
    todo: int = attribute("How many have not begun.")
    doing: int = attribute("How many have begun.")
    done: int = attribute("How many are done.")
    overdue: int = attribute("How many were not done in time.")
    cancelled: int = attribute("How many do not have to do it any more.")


@strawberry.input(description="Which tasks; all conditions must hold. AND, OR and NOT nest to depth 3.")
class GuideTaskWhere:
    state: EnumFilter[TaskState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    unit_id: IdFilter | None = strawberry.field(default=UNSET, description="Whose guides have it.")
    series_id: IdFilter | None = strawberry.field(default=UNSET, description="The first round.")
    AND: list[GuideTaskWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[GuideTaskWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[GuideTaskWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


@strawberry.input(description="Which assignments; all conditions must hold. AND, OR and NOT nest to depth 3.")
class TaskAssignmentWhere:
    state: EnumFilter[AssignmentState] | None = strawberry.field(default=UNSET, description="How far it is.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="Who has it.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="Where the guide sold when it was given.")
    AND: list[TaskAssignmentWhere] | None = strawberry.field(
        name="AND", default=UNSET, description="Each of these holds."
    )
    OR: list[TaskAssignmentWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[TaskAssignmentWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


@strawberry.input(description="Which evidence; all conditions must hold. AND, OR and NOT nest to depth 3.")
class TaskEvidenceWhere:
    state: EnumFilter[EvidenceState] | None = strawberry.field(default=UNSET, description="What was decided on it.")
    task_id: IdFilter | None = strawberry.field(default=UNSET, description="The task.")
    AND: list[TaskEvidenceWhere] | None = strawberry.field(
        name="AND", default=UNSET, description="Each of these holds."
    )
    OR: list[TaskEvidenceWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[TaskEvidenceWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


_TASK_NAMES = {"state": "state", "unit_id": "unitId", "series_id": "seriesId"}
_ASSIGNMENT_NAMES = {"state": "state", "guide_id": "guideId", "store_id": "storeId"}
_EVIDENCE_NAMES = {"state": "state", "task_id": "taskId"}
_IDS = {
    "unitId": Kind.ORG_UNIT,
    "seriesId": Kind.GUIDE_TASK,
    "guideId": Kind.GUIDE,
    "storeId": Kind.STORE,
    "taskId": Kind.GUIDE_TASK,
}
TaskId = Annotated[strawberry.ID, strawberry.argument(description="The task.")]


async def _tasks(
    ctx: Context,
    *,
    where: Annotated[GuideTaskWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await tasks.tasks(ctx, request, condition_of(where, _IDS, _TASK_NAMES))


async def _my_tasks(
    ctx: Context,
    *,
    where: Annotated[TaskAssignmentWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await tasks.my_tasks(ctx, request, condition_of(where, _IDS, _ASSIGNMENT_NAMES))


async def _assignments(
    ctx: Context,
    *,
    task_id: TaskId,
    where: Annotated[TaskAssignmentWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    key = key_of(Kind.GUIDE_TASK, task_id, "taskId")
    return await tasks.assignments(ctx, key, request, condition_of(where, _IDS, _ASSIGNMENT_NAMES))


async def _evidence(
    ctx: Context,
    *,
    where: Annotated[TaskEvidenceWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await task_evidence.evidence(ctx, request, condition_of(where, _IDS, _EVIDENCE_NAMES))


async def _completion(
    ctx: Context,
    *,
    task_id: TaskId,
    by: Annotated[CompletionBy, strawberry.argument(description="By what.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await tasks.completion(ctx, key_of(Kind.GUIDE_TASK, task_id, "taskId"), by, request)


async def _progress(ctx: Context) -> States:
    return await task_progress.follow(ctx)


@strawberry.type
class TasksQuery:
    guide_tasks: Connection[GuideTask] = query(
        _tasks, "The tasks that concern what the caller runs, the newest first.", scope=Scope.STORE_MANAGER
    )
    my_tasks: Connection[TaskAssignment] = query(
        _my_tasks, "The caller's own tasks, the newest first.", scope=Scope.GUIDE
    )
    task_assignments: Connection[TaskAssignment] = query(
        _assignments, "Who has a task, among those whom the caller runs; first come first.", scope=Scope.STORE_MANAGER
    )
    task_evidence: Connection[TaskEvidence] = query(
        _evidence, "What guides whom the caller runs showed, the oldest first.", scope=Scope.STORE_MANAGER
    )
    task_completion: Connection[TaskCompletion] = query(
        _completion,
        "How far everybody is with a task, among those whom the caller runs: for a table, or to take away.",
        scope=Scope.STORE_MANAGER,
        cost=5,
    )


@strawberry.type
class TasksSubscription:
    task_progress: TaskProgress = followed(
        _progress,
        "The caller's own tasks as they stand, and then whenever one is given, comes on, is urged or ends; at most once"
        " a second. Nothing is missed by coming back: the first event is how they stand.",
        scope=Scope.GUIDE,
    )


NODES = {
    Kind.GUIDE_TASK: tasks.tasks_by_id,
    Kind.TASK_ASSIGNMENT: tasks.assignments_by_id,
    Kind.TASK_EVIDENCE: task_evidence.evidence_by_id,
}
