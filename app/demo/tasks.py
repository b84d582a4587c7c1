"""Sows a task that all guides of the sample brand have, and what one of them shows for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import db.assignment_lists
import db.tasks
import resolvers.task_evidence
import resolvers.tasks
from app.demo.field import Field, id_of
from app.demo.people import as_guide
from domain.guides import Guide
from domain.identity import Principal
from domain.tasks import Goal, Proof, TaskDraft, TaskKind
from resolvers.task_evidence import Showing
from resolvers.task_rounds import issue_due

TASK = "guide task"
MORNING = 10
GOALS = (Goal(TaskKind.CONTENT_PUBLISH, 1, Proof.AUTO), Goal(TaskKind.RECRUIT, 2, Proof.AUTO))
VISITS = Goal(TaskKind.VISIT, 3, Proof.EVIDENCE)


async def sow_tasks(field: Field, founder: Principal, everywhere: UUID, guide: Guide) -> None:
    """Sow the task, where there is none, as of yesterday at ten: guides hear of nothing by night."""
    if await db.tasks.tasks_by_id(field.database.reading(), [id_of(TASK)]):
        return
    hand = field.hand(TASK, founder)
    zone = hand.services.rules.time_zone
    at = (field.now.astimezone(zone) - timedelta(days=1)).replace(hour=MORNING, minute=0)
    draft = TaskDraft(
        "新茶上市月",
        "发一篇冲泡心得,带两位新会员,回访三位老客。",
        everywhere,
        (*GOALS, VISITS),
        at + timedelta(days=30),
    )
    await resolvers.tasks.plan(replace(hand, now=lambda: at), draft)
    await issue_due(field.hand(f"{TASK} is given"))
    own = field.hand(f"{TASK} evidence", as_guide(guide))
    for one in await db.assignment_lists.current(own.reading, guide.id, at, 1):
        shown = Showing(one.id, VISITS.kind, 1, "上门送了新茶小样,客人很喜欢桂花乌龙。", ())
        await resolvers.task_evidence.submit(own, shown)
