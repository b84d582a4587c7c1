"""Short ways to fill a pond with tasks for guides, and with what guides do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.identity import Principal
from domain.stores import OrgUnit, UnitKind
from resolvers import logins
from resolvers.logins import Newcomer
from schema.ids import Kind, id_of
from tests.makers_content import a_post
from tests.makers_guides import guide_of
from tests.makers_members import a_store, a_unit, headquarters, wx_code
from tests.pond import Pond

PLAN = """mutation ($input: GuideTaskPlanInput!) { guideTaskPlan(input: $input) {
  task { id state round startsAt endsAt issueAt goals { kind target proof } } userErrors { code path } } }"""
MINE = """query ($where: TaskAssignmentWhere) { myTasks(first: 20, where: $where) { nodes {
  id state urges urgedAt remindedAt doneAt task { id title round } progress { kind done target }
  evidence { id state count note } } } }"""
URGE = """mutation ($input: GuideTaskUrgeInput!) { guideTaskUrge(input: $input) {
  urged userErrors { code path ... on RateLimited { retryAfterSeconds } } } }"""
SUBMIT = """mutation ($input: TaskEvidenceSubmitInput!) { taskEvidenceSubmit(input: $input) {
  evidence { id state count } userErrors { code path } } }"""
DECIDE = """mutation ($input: TaskEvidenceDecideInput!) { taskEvidenceDecide(input: $input) {
  evidence { state note } assignment { state progress { done } } userErrors { code path } } }"""
BOARD = """query ($metric: Metric!, $scope: BoardScope!, $unit: ID, $period: BoardPeriod! = DAY, $first: Int! = 20,
    $of: Ranked! = GUIDES) {
  leaderboard(metric: $metric, scope: $scope, unitId: $unit, period: $period, first: $first, of: $of) {
    unitName startsAt endsAt entries { rank name storeName value amount { minor } } mine { rank value } } }"""


async def a_region(pond: Pond, name: str = "华东") -> tuple[OrgUnit, UUID]:
    """A region and a store of it."""
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond), name=name)
    return region, await a_store(pond, f"{name}一店", parent=region)


async def planned(pond: Pond, by: Principal, unit_id: UUID, *goals: Any, **more: Any) -> Any:
    """The answer to `guideTaskPlan`; goals are pairs of kind and target, or triples with the proof."""
    names = ("kind", "target", "proof")
    wanted = {
        "title": "618 冲刺",
        "unitId": id_of(Kind.ORG_UNIT, unit_id),
        "goals": [dict(zip(names, goal, strict=False)) for goal in goals],
        "endsAt": (pond.time + timedelta(days=6)).isoformat(),
        **more,
    }
    return (await pond.ask(PLAN, by, input=wanted))["guideTaskPlan"]


async def a_task(pond: Pond, by: Principal, unit_id: UUID, *goals: Any, **more: Any) -> str:
    payload = await planned(pond, by, unit_id, *goals, **more)
    assert payload["userErrors"] == [], payload
    return str(payload["task"]["id"])


async def tasks_of(pond: Pond, guide: Principal, **where: Any) -> list[Any]:
    """A guide's tasks as the guide sees them, the newest first."""
    nodes: list[Any] = (await pond.ask(MINE, guide, where=where))["myTasks"]["nodes"]
    return nodes


async def published(pond: Pond, guide: Principal, many: int = 1) -> None:
    """The guide writes posts, and they appear."""
    for _ in range(many):
        await a_post(pond, by=guide)


async def recruited(pond: Pond, guide: Principal, many: int = 1) -> list[UUID]:
    """Members register with the guide's code, and are the guide's customers."""
    code = (await guide_of(pond, guide)).share_code
    came = []
    for _ in range(many):
        proof = await wx_code(pond, uuid4().hex)
        came.append(await logins.by_wechat(pond.context(), proof, None, Newcomer("新会员", code)))
    return [one.member.id for one in came]


async def board(pond: Pond, who: Principal, metric: str, scope: str, **more: Any) -> Any:
    return (await pond.ask(BOARD, who, metric=metric, scope=scope, **more))["leaderboard"]


async def guide_id(pond: Pond, guide: Principal) -> str:
    return id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)
