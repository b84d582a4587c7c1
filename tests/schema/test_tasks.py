"""Tasks of guides: given, counted from what happens after their start, urged, reminded of and let go of (R11)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import db.assignments
import db.tasks
import resolvers.content
import resolvers.task_rounds as rounds
from domain.content import PostAction
from domain.guides import GuideAction, GuideStatus
from domain.identity import Principal, Role
from domain.tasks import GuideTask
from resolvers import guides as guide_stories
from resolvers import task_books
from schema.ids import Kind, id_of, key_of
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import appointed, headquarters, staff
from tests.makers_tasks import (
    DECIDE,
    PLAN,
    SUBMIT,
    URGE,
    a_region,
    a_task,
    planned,
    published,
    recruited,
    tasks_of,
)
from tests.pond import Pond, statements


async def the_east(pond: Pond) -> tuple[Any, Principal, Principal]:
    """A region, its manager, and a guide of its store."""
    region, store_id = await a_region(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=region.id)
    return region, manager, await a_guide(pond, store_id=store_id)


def shown(assignment: Any) -> Any:
    return assignment["state"], [(goal["done"], goal["target"]) for goal in assignment["progress"]]


async def test_what_happens_after_the_start_of_a_task_meets_its_goals(pond: Pond) -> None:
    """Scenario P33."""
    region, manager, guide = await the_east(pond)
    await published(pond, guide, 2)
    pond.later(seconds=1)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 3), ("RECRUIT", 2))
    await pond.project()
    begun = await tasks_of(pond, guide)
    pond.later(hours=1)
    await published(pond, guide, 3)
    await recruited(pond, guide, 1)
    await pond.project()
    doing = await tasks_of(pond, guide)
    await recruited(pond, guide, 1)
    await pond.project()
    await pond.project()

    (done,) = await tasks_of(pond, guide)

    assert [shown(one) for one in begun] == [("TODO", [(0, 3), (0, 2)])]
    assert [shown(one) for one in doing] == [("DOING", [(3, 3), (1, 2)])]
    assert shown(done) == ("DONE", [(3, 3), (2, 2)])
    assert done["doneAt"] is not None


async def test_what_is_undone_while_a_task_lasts_does_not_count_and_stays_done_afterwards(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    await published(pond, guide, 1)
    await pond.project()
    (done,) = await tasks_of(pond, guide)
    await hidden(pond)
    await pond.project()
    (undone,) = await tasks_of(pond, guide)
    await published(pond, guide, 1)
    await pond.project()
    pond.later(days=7)
    await hidden(pond)
    await pond.project()
    (kept,) = await tasks_of(pond, guide)

    assert [shown(one) for one in (done, undone, kept)] == [
        ("DONE", [(1, 1)]),
        ("DOING", [(0, 1)]),
        ("DONE", [(1, 1)]),
    ]


async def hidden(pond: Pond) -> None:
    """All posts are taken down."""
    for row in await pond.select("SELECT id FROM post WHERE state = 'PUBLISHED'"):
        await resolvers.content.move(pond.context(), row["id"], PostAction.HIDE)


async def test_guides_who_join_while_a_task_lasts_have_it_too_and_those_who_leave_have_not(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    store_id = (await guide_of(pond, guide)).store_id
    late = await a_guide(pond, store_id=store_id, status=GuideStatus.APPLIED)
    known = await guide_of(pond, late)
    approved = await guide_stories.change_status(pond.context(manager), known.id, GuideAction.APPROVE, known.version)
    await pond.project()
    late = replace(late, guide_id=known.id, scopes=guide.scopes)
    joined = await tasks_of(pond, late)
    await guide_stories.change_status(pond.context(manager), known.id, GuideAction.DISMISS, approved.version)
    await pond.project()

    assert [shown(one) for one in joined] == [("TODO", [(0, 1)])]
    assert [one["state"] for one in await tasks_of(pond, late)] == ["CANCELLED"]


async def test_many_who_join_have_each_of_many_tasks(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    await a_task(pond, manager, region.id, ("RECRUIT", 1))
    await pond.project()
    await pond.select("DELETE FROM task_assignment")
    known = await guide_of(pond, guide)
    monkeypatch.setattr(db.assignments, "AT_ONCE", 1)
    frozen = await guide_stories.change_status(pond.context(manager), known.id, GuideAction.FREEZE, known.version)

    await guide_stories.change_status(pond.context(manager), known.id, GuideAction.UNFREEZE, frozen.version)
    await pond.project()

    assert len(await tasks_of(pond, guide)) == 2


async def test_a_task_is_given_once_to_each_guide_whoever_gives_it(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    (key,) = await keys(pond)
    known = await guide_of(pond, guide)
    await pond.select("DELETE FROM task_assignment")

    async def give() -> None:
        async with pond.database.writing() as tx:
            await rounds.give(pond.context(), tx, [(key, known.id, known.store_id)])

    await asyncio.gather(*(give() for _ in range(64)))

    assert len(await tasks_of(pond, guide)) == 1


async def test_guides_hear_of_a_task_by_day_alone(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    pond.later(hours=11, minutes=30)  # half past eleven at night

    task = (await planned(pond, manager, region.id, ("CONTENT_PUBLISH", 1)))["task"]
    early = await rounds.issue_due(pond.context()), await tasks_of(pond, guide)
    await published(pond, guide)
    pond.later(hours=7, minutes=30)
    await rounds.issue_due(pond.context())
    await pond.project()

    assert (task["state"], task["issueAt"]) == ("SCHEDULED", "2026-11-22T23:00:00Z")
    assert early == (0, [])
    assert [shown(one) for one in await tasks_of(pond, guide)] == [("DONE", [(1, 1)])]


async def test_evidence_counts_once_somebody_else_approves_it(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("VISIT", 3, "EVIDENCE"))
    (mine,) = await tasks_of(pond, guide)
    own = await appointed(pond, guide, Role.STORE_MANAGER, region.id)
    other = await staff(pond, Role.STORE_MANAGER, unit_id=(await a_region(pond, "华南"))[0].id)

    def showing(count: int) -> dict[str, Any]:
        return {"assignmentId": mine["id"], "kind": "VISIT", "count": count, "text": "拜访了老客户"}

    first = (await pond.ask(SUBMIT, guide, input=showing(2)))["taskEvidenceSubmit"]["evidence"]
    second = (await pond.ask(SUBMIT, guide, input=showing(1)))["taskEvidenceSubmit"]["evidence"]

    async def decided(who: Principal, key: str, *, approve: bool = True) -> Any:
        wanted = {"evidenceId": key, "approve": approve, "note": "好"}
        return (await pond.ask(DECIDE, who, input=wanted))["taskEvidenceDecide"]

    refused = [(await decided(who, first["id"]))["userErrors"] for who in (own, other)]
    half = await decided(manager, first["id"])
    again = await decided(manager, first["id"])
    rejected = await decided(manager, second["id"], approve=False)
    third = (await pond.ask(SUBMIT, guide, input=showing(1)))["taskEvidenceSubmit"]["evidence"]
    pond.later(days=7)
    await rounds.end_over(pond.context())
    (overdue,) = await tasks_of(pond, guide)
    late = await decided(manager, third["id"])

    node = "query ($id: ID!) { node(id: $id) { ... on TaskEvidence { state } } }"
    nodes = [(await pond.ask(node, who, id=first["id"]))["node"] for who in (guide, manager, other)]

    assert nodes == [{"state": "APPROVED"}, {"state": "APPROVED"}, None]
    assert [[error["code"] for error in errors] for errors in refused] == [["FORBIDDEN"], ["NOT_FOUND"]]
    assert half["assignment"] == {"state": "DOING", "progress": [{"done": 2}]}
    assert again["userErrors"][0]["code"] == "INVALID_STATE"
    assert (rejected["evidence"]["state"], rejected["assignment"]["progress"]) == ("REJECTED", [{"done": 2}])
    assert overdue["state"] == "OVERDUE"
    assert late["assignment"] == {"state": "DONE", "progress": [{"done": 3}]}


async def test_of_64_approvals_at_once_one_counts(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("VISIT", 100, "EVIDENCE"))
    (mine,) = await tasks_of(pond, guide)
    wanted = {"assignmentId": mine["id"], "kind": "VISIT", "text": "拜访了老客户"}
    shown = (await pond.ask(SUBMIT, guide, input=wanted))["taskEvidenceSubmit"]["evidence"]["id"]

    approving = [pond.ask(DECIDE, manager, input={"evidenceId": shown, "approve": True}) for _ in range(64)]
    answers = [one["taskEvidenceDecide"]["userErrors"] for one in await asyncio.gather(*approving)]
    (after,) = await tasks_of(pond, guide)

    assert sum(not errors for errors in answers) == 1
    assert [goal["done"] for goal in after["progress"]] == [1]


async def test_a_plan_is_held_to_the_rules(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    south, _ = await a_region(pond, "华南")
    ends = (pond.time + timedelta(days=2)).isoformat()

    plans: list[tuple[Any, dict[str, Any]]] = [
        ([("VISIT", 1)], {}),
        ([("RECRUIT", 1), ("RECRUIT", 2)], {}),
        ([("RECRUIT", 0)], {}),
        ([("RECRUIT", 1)], {"endsAt": pond.time.isoformat()}),
        ([("RECRUIT", 1)], {"startsAt": (pond.time - timedelta(hours=1)).isoformat()}),
        ([("RECRUIT", 1)], {"recurrence": "DAILY", "endsAt": ends}),
        ([("RECRUIT", 1)], {"unitId": id_of(Kind.ORG_UNIT, south.id)}),
    ]
    answers = [await planned(pond, manager, region.id, *goals, **more) for goals, more in plans]

    assert [one["userErrors"][0]["path"][1:] for one in answers] == [
        ["goals", "0"],
        ["goals"],
        ["goals", "0", "target"],
        ["endsAt"],
        ["startsAt"],
        ["endsAt"],
        ["unitId"],
    ]
    assert await pond.errors(PLAN, guide, input={"title": "x", "unitId": "x", "goals": [], "endsAt": ends}) == [
        "FORBIDDEN"
    ]


async def test_an_urge_reaches_each_guide_once_an_hour(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    other = await a_guide(pond, "小李", store_id=(await guide_of(pond, guide)).store_id)
    task = await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    await published(pond, other)
    await pond.project()

    async def urged() -> Any:
        return (await pond.ask(URGE, manager, input={"taskId": task}))["guideTaskUrge"]

    first = await urged()
    pond.later(minutes=59)
    early = await urged()
    pond.later(minutes=1)
    second = await urged()
    (seen,) = await tasks_of(pond, guide)

    assert (first["urged"], second["urged"]) == (1, 1)
    assert early["userErrors"] == [{"code": "RATE_LIMITED", "path": ["input", "taskId"], "retryAfterSeconds": 61}]
    assert seen["urges"] == 2
    assert [one["urges"] for one in await tasks_of(pond, other)] == [0]


async def test_of_64_urges_at_once_one_reaches_the_guide(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    task = await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    asked = [pond.ask(URGE, manager, input={"taskId": task}) for _ in range(64)]

    answers = [one["guideTaskUrge"]["urged"] for one in await asyncio.gather(*asked)]

    assert sum(answers) == 1
    assert [one["urges"] for one in await tasks_of(pond, guide)] == [1]


async def test_64_urges_at_once_of_what_is_not_there_are_all_answered(pond: Pond) -> None:
    """None waits for a second connection while it holds one: together they would have them all."""
    region, manager, _ = await the_east(pond)
    task = await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    asked = {"taskId": task, "assignmentId": id_of(Kind.TASK_ASSIGNMENT, uuid4())}

    answers = await asyncio.gather(*(pond.refused(URGE, manager, input=asked) for _ in range(64)))

    assert [error["code"] for errors in answers for error in errors] == ["NOT_FOUND"] * 64


async def test_without_its_condition_more_urges_than_one_would_reach_the_guide(pond: Pond) -> None:
    """The control: who looks first and writes then urges as often as there are hands."""
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    looked = asyncio.Barrier(8)

    async def careless() -> None:
        never = await pond.select("SELECT id FROM task_assignment WHERE urged_at IS NULL")
        await looked.wait()
        for row in never:
            await pond.select(
                "UPDATE task_assignment SET urges = urges + 1, urged_at = $2 WHERE id = $1", row["id"], pond.time
            )

    await asyncio.gather(*(careless() for _ in range(8)))

    assert [one["urges"] for one in await tasks_of(pond, guide)] == [8]


async def test_a_task_that_recurs_begins_anew_once_however_many_see_to_it(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    ends = (pond.time + timedelta(hours=5)).isoformat()
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1), recurrence="DAILY", endsAt=ends)
    pond.later(hours=6)
    await rounds.end_over(pond.context())
    pond.later(hours=18)

    made = await asyncio.gather(*(rounds.repeat_due(pond.context()) for _ in range(64)))
    await rounds.issue_due(pond.context())
    pond.later(days=3)
    await rounds.repeat_due(pond.context())

    assert sum(made) == 1
    mine = await tasks_of(pond, guide)
    assert [(one["task"]["round"], one["state"]) for one in mine] == [(2, "TODO"), (1, "OVERDUE")]
    found = await pond.select("SELECT round, starts_at, next_at FROM guide_task ORDER BY round")
    assert [row["round"] for row in found] == [1, 2, 5]
    assert [row["next_at"] is None for row in found] == [True, True, False]


async def test_the_database_has_one_round_of_a_number_alone(pond: Pond) -> None:
    region, manager, _ = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    (task,) = (await db.tasks.tasks_by_id(pond.context().reading, await keys(pond))).values()
    again = [replace(task, id=pond.context().new_id(), round=2) for _ in range(8)]

    async def careless(one: GuideTask) -> bool:
        async with pond.database.writing() as tx:
            return await db.tasks.add(tx, one)

    assert sum(await asyncio.gather(*map(careless, again))) == 1


async def test_without_lock_and_number_a_round_would_begin_for_each_who_sees_to_it(pond: Pond) -> None:
    """The control: who only looks whether the next round is due makes another one than everybody else."""
    region, manager, _ = await the_east(pond)
    ends = (pond.time + timedelta(hours=5)).isoformat()
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1), recurrence="DAILY", endsAt=ends)
    pond.later(days=1)
    looked, turn = asyncio.Barrier(8), asyncio.Lock()

    async def careless() -> None:
        due = await pond.select("SELECT id, round FROM guide_task WHERE next_at <= $1", pond.time)
        await looked.wait()
        async with turn, pond.database.writing() as tx:
            found = await db.tasks.tasks_by_id(tx, await keys(pond))
            number = 1 + max(one.round for one in found.values())
            await db.tasks.add(tx, replace(found[due[0]["id"]], id=pond.context().new_id(), round=number))

    await asyncio.gather(*(careless() for _ in range(8)))

    assert len(await keys(pond)) == 1 + 8


async def keys(pond: Pond) -> list[UUID]:
    return [row["id"] for row in await pond.select("SELECT id FROM guide_task")]


async def test_who_has_not_finished_is_reminded_once_before_the_end(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1), remindBeforeMinutes=60)

    early = await rounds.remind_due(pond.context())
    pond.later(days=5, hours=23)
    due = [await rounds.remind_due(pond.context()) for _ in range(2)]
    (seen,) = await tasks_of(pond, guide)

    assert (early, due) == (0, [1, 0])
    assert seen["remindedAt"] is not None


async def test_managers_see_how_far_everybody_is_by_region_store_and_guide(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    other = await a_guide(pond, "小李", store_id=(await guide_of(pond, guide)).store_id)
    south, south_store = await a_region(pond, "华南")
    await a_guide(pond, "小张", store_id=south_store)
    operator = await staff(pond, Role.OPERATOR)
    headquarters_id = (await headquarters(pond)).id
    task = await a_task(pond, operator, headquarters_id, ("CONTENT_PUBLISH", 1))
    await published(pond, other)
    await pond.project()
    document = """query ($task: ID!, $by: CompletionBy!) { taskCompletion(taskId: $task, by: $by, first: 10) {
      nodes { name assigned todo done } } }"""

    async def completion(who: Principal, by: str) -> Any:
        nodes = (await pond.ask(document, who, task=task, by=by))["taskCompletion"]["nodes"]
        return {node["name"]: (node["assigned"], node["todo"], node["done"]) for node in nodes}

    with statements() as log:
        regions = await completion(operator, "REGION")
    assert regions == {region.name: (2, 1, 1), south.name: (1, 1, 0)}
    assert len(log) == 2
    assert await completion(manager, "STORE") == {"华东一店": (2, 1, 1)}
    book = await task_books.workbook(pond.context(manager), key_of(Kind.GUIDE_TASK, task))
    assert book is not None
    assert [[row[:3] for row in sheet.rows] for sheet in book.sheets] == [
        [(region.name, 2, 1)],
        [("华东一店", 2, 1)],
        [("Xiao Wang", 1, 1), ("小李", 1, 0)],
    ]
    assert await task_books.workbook(pond.context(guide), key_of(Kind.GUIDE_TASK, task)) is None
    assert await completion(manager, "GUIDE") == {"Xiao Wang": (1, 1, 0), "小李": (1, 0, 1)}


async def test_what_is_called_off_is_no_longer_to_be_done(pond: Pond) -> None:
    region, manager, guide = await the_east(pond)
    task = await a_task(pond, manager, region.id, ("CONTENT_PUBLISH", 1))
    document = """mutation ($id: ID!) { guideTaskCancel(input: { taskId: $id }) {
      task { state } userErrors { code } } }"""

    cancelled = (await pond.ask(document, manager, id=task))["guideTaskCancel"]
    again = (await pond.ask(document, manager, id=task))["guideTaskCancel"]

    assert (cancelled["task"]["state"], again["userErrors"]) == ("CANCELLED", [{"code": "INVALID_STATE"}])
    assert [one["state"] for one in await tasks_of(pond, guide)] == ["CANCELLED"]
