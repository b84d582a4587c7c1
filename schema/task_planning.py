"""Tasks of guides: what managers and guides do about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import strawberry

from domain.identity import Scope
from domain.tasks import Goal, Proof, Recurrence, TaskDraft, TaskKind
from resolvers import task_evidence, tasks
from resolvers.context import Context
from resolvers.task_evidence import Showing
from schema.access import attribute, mutation, object_type
from schema.activities import CAMPAIGN, campaign_key
from schema.errors import Payload
from schema.ids import Kind, key_if, key_of
from schema.tasks import GuideTask, TaskAssignment, TaskEvidence


@strawberry.input(description="So many of something.")
class TaskGoalInput:
    kind: TaskKind = strawberry.field(description="Of what; each goal is of another kind.")
    target: int = strawberry.field(description="How many, 1 to 10,000.")
    proof: Proof = strawberry.field(
        default=Proof.AUTO, description="How it is proven. GREETING, ONE_TO_ONE and VISIT take EVIDENCE."
    )


@strawberry.input(description="A task for guides.")
class GuideTaskPlanInput:
    title: str = strawberry.field(description="What it is about, 1 to 60 characters.")
    unit_id: strawberry.ID = strawberry.field(
        description="For the guides of this unit and below it, which one runs: an id of an OrgUnit or a Store."
    )
    goals: list[TaskGoalInput] = strawberry.field(description="What is to be done, 1 to 8 goals.")
    ends_at: datetime = strawberry.field(description="Until when, a minute to 366 days after the start.")
    description: str = strawberry.field(default="", description="More of it, at most 2,000 characters.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="What happens from then on counts, within a year; now when left out."
    )
    recurrence: Recurrence = strawberry.field(default=Recurrence.ONCE, description="Whether it begins anew.")
    repeats_until: datetime | None = strawberry.field(
        default=None, description="No round begins from then on; they go on when left out."
    )
    remind_before_minutes: int | None = strawberry.field(
        default=None, description="So long before the end those are reminded who have not finished; nobody if left out."
    )
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CAMPAIGN)

    def value(self) -> TaskDraft:
        before = self.remind_before_minutes
        unit_id = key_if(Kind.STORE, self.unit_id) or key_of(Kind.ORG_UNIT, self.unit_id, "input", "unitId")
        return TaskDraft(
            self.title,
            self.description,
            unit_id,
            [Goal(one.kind, one.target, one.proof) for one in self.goals],
            self.ends_at,
            self.starts_at,
            self.recurrence,
            self.repeats_until,
            None if before is None else timedelta(minutes=before),
            campaign_key(self.campaign_id),
        )


@strawberry.input(description="Which task.")
class GuideTaskCancelInput:
    task_id: strawberry.ID = strawberry.field(description="A task for a unit that one runs.")


@strawberry.input(description="Whom to urge.")
class GuideTaskUrgeInput:
    task_id: strawberry.ID = strawberry.field(description="A task that concerns what one runs.")
    assignment_id: strawberry.ID | None = strawberry.field(
        default=None, description="One guide's assignment; all who have not finished when left out."
    )


@strawberry.input(description="What one shows for a goal.")
class TaskEvidenceSubmitInput:
    assignment_id: strawberry.ID = strawberry.field(description="One's own assignment.")
    kind: TaskKind = strawberry.field(description="A goal of it that takes evidence.")
    count: int = strawberry.field(default=1, description="As how many it counts, 1 to the goal's target.")
    text: str = strawberry.field(default="", description="What was done, at most 500 characters.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Addresses of pictures, at most 9.")


@strawberry.input(description="A decision on evidence.")
class TaskEvidenceDecideInput:
    evidence_id: strawberry.ID = strawberry.field(description="Evidence of a guide whom one runs, not one's own.")
    approve: bool = strawberry.field(description="Whether it counts.")
    note: str = strawberry.field(default="", description="Why, at most 200 characters; the guide reads it.")


@object_type(scope=Scope.STORE_MANAGER, description="A task that was planned or called off.")
class GuideTaskPayload(Payload):
    task: GuideTask | None = attribute("The task as it is now.", default=None)


@object_type(scope=Scope.STORE_MANAGER, description="Guides were urged.")
class GuideTaskUrgePayload(Payload):
    task: GuideTask | None = attribute("The task.", default=None)
    urged: int = attribute("How many guides were urged.", default=0)


@object_type(scope=Scope.MEMBER, description="Evidence was shown or decided on.")
class TaskEvidencePayload(Payload):
    evidence: TaskEvidence | None = attribute("The evidence as it is now.", default=None)
    assignment: TaskAssignment | None = attribute("The assignment, after a decision.", default=None)


async def _plan(ctx: Context, *, input: GuideTaskPlanInput) -> Any:
    return GuideTaskPayload.of(task=await tasks.plan(ctx, input.value()))


async def _cancel(ctx: Context, *, input: GuideTaskCancelInput) -> Any:
    return GuideTaskPayload.of(task=await tasks.cancel(ctx, key_of(Kind.GUIDE_TASK, input.task_id, "input", "taskId")))


async def _urge(ctx: Context, *, input: GuideTaskUrgeInput) -> Any:
    one = input.assignment_id
    assignment_id = None if one is None else key_of(Kind.TASK_ASSIGNMENT, one, "input", "assignmentId")
    task, urged = await tasks.urge(ctx, key_of(Kind.GUIDE_TASK, input.task_id, "input", "taskId"), assignment_id)
    return GuideTaskUrgePayload.of(task=task, urged=urged)


async def _submit(ctx: Context, *, input: TaskEvidenceSubmitInput) -> Any:
    key = key_of(Kind.TASK_ASSIGNMENT, input.assignment_id, "input", "assignmentId")
    shown = Showing(key, input.kind, input.count, input.text, input.pictures)
    return TaskEvidencePayload.of(evidence=await task_evidence.submit(ctx, shown))


async def _decide(ctx: Context, *, input: TaskEvidenceDecideInput) -> Any:
    key = key_of(Kind.TASK_EVIDENCE, input.evidence_id, "input", "evidenceId")
    evidence, assignment = await task_evidence.decide(ctx, key, approve=input.approve, note=input.note)
    return TaskEvidencePayload.of(evidence=evidence, assignment=assignment)


@strawberry.type
class TasksMutation:
    guide_task_plan: GuideTaskPayload | None = mutation(
        _plan, GuideTaskPayload, "Give the guides of a unit a task, now or later.", scope=Scope.STORE_MANAGER
    )
    guide_task_cancel: GuideTaskPayload | None = mutation(
        _cancel, GuideTaskPayload, "Call a task off, with all rounds to come.", scope=Scope.STORE_MANAGER
    )
    guide_task_urge: GuideTaskUrgePayload | None = mutation(
        _urge, GuideTaskUrgePayload, "Urge guides (催办), each once an hour at most.", scope=Scope.STORE_MANAGER
    )
    task_evidence_submit: TaskEvidencePayload | None = mutation(
        _submit, TaskEvidencePayload, "Show evidence for a goal of one's own task.", scope=Scope.GUIDE
    )
    task_evidence_decide: TaskEvidencePayload | None = mutation(
        _decide, TaskEvidencePayload, "Approve or reject evidence.", scope=Scope.STORE_MANAGER
    )
