"""P33: "publish 3 posts, recruit 2" in region East; who did so is done, and boards follow within five seconds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

import resolvers.task_rounds
from domain.identity import Principal, Role
from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, a_paid_order, pays_back, staff_token
from tests.deployments import Shop
from tests.makers_guides import a_guide
from tests.makers_members import staff
from tests.makers_tasks import MINE, PLAN, a_region, published, recruited

WITHIN_S = 5.0
PROGRESS = "subscription { taskProgress { assignments { state progress { kind done target } } } }"
CHANGED = """subscription ($scope: BoardScope!) { leaderboardChanged(metric: SALES, scope: $scope, period: YEAR, first: 100) {
  entries { name value } } }"""
CHANGED_WITH_MINE = """subscription { leaderboardChanged(metric: SALES, scope: NATION, period: YEAR, first: 1) {
  mine { value } } }"""


class Follower:
    """One subscription over a websocket, and the last that it heard."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.heard: Any = None

    async def until(self, holds: Any) -> None:
        """Hear on until something holds of what is heard; five seconds at most."""
        async with asyncio.timeout(WITHIN_S):
            while self.heard is None or not holds(self.heard):
                message = json.loads(await self._socket.recv())
                assert message["type"] in ("next", "ping"), message
                if message["type"] == "next":
                    (self.heard,) = message["payload"]["data"].values()


@asynccontextmanager
async def following(shop: Shop, token: str, document: str, **variables: Any) -> AsyncIterator[Follower]:
    url = shop.url.replace("http", "ws", 1) + "/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"], close_timeout=0.1) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": document, "variables": variables}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        yield Follower(socket)


@asynccontextmanager
async def jobs_running(shop: Shop) -> AsyncIterator[None]:
    """What follows the outbox goes on, as it does in a deployment with jobs."""

    async def run() -> None:
        while True:
            shop.pond.time = datetime.now(UTC)
            await shop.pond.project()
            await asyncio.sleep(0.5)

    await shop.pond.project()
    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def given(shop: Shop, manager: Principal, unit_id: Any) -> None:
    """A task is planned; by night, when guides do not hear of it, they do here all the same."""
    shop.pond.time = datetime.now(UTC)
    goals = [{"kind": "CONTENT_PUBLISH", "target": 3}, {"kind": "RECRUIT", "target": 2}]
    ends = shop.pond.time.replace(year=shop.pond.time.year + 1).isoformat()
    unit = id_of(Kind.ORG_UNIT, unit_id)
    wanted = {"title": "华东六月冲刺", "unitId": unit, "goals": goals, "endsAt": ends}
    answer = (await shop.ask(PLAN, await shop.a_token(manager), input=wanted))["guideTaskPlan"]
    assert answer["userErrors"] == [], answer
    await shop.pond.select("UPDATE guide_task SET issue_at = starts_at WHERE state = 'SCHEDULED'")
    shop.pond.time = datetime.now(UTC)
    await resolvers.task_rounds.issue_due(shop.pond.context())


def state_of(progress: Any) -> Any:
    (one,) = progress["assignments"]
    return one["state"], [(goal["done"], goal["target"]) for goal in one["progress"]]


def value_of(board: Any, name: str) -> int:
    return next((entry["value"] for entry in board["entries"] if entry["name"] == name), 0)


async def test_tasks_and_boards(shop: Shop) -> None:
    east, store_id = await a_region(shop.pond)
    manager = await staff(shop.pond, Role.STORE_MANAGER, unit_id=east.id)
    guide = await a_guide(shop.pond, "华东小王", store_id=store_id)
    token = await shop.a_token(guide)
    shop.pond.time = datetime.now(UTC)
    await published(shop.pond, guide, 2)
    await given(shop, manager, east.id)

    async with (
        jobs_running(shop),
        following(shop, token, PROGRESS) as tasks,
        following(shop, token, CHANGED, scope="REGION") as region,
        following(shop, await shop.a_token(manager), CHANGED, scope="REGION") as managed,
        following(shop, token, CHANGED_WITH_MINE) as nation,
    ):
        await tasks.until(lambda heard: state_of(heard) == ("TODO", [(0, 3), (0, 2)]))
        await published(shop.pond, guide, 3)
        (customer, _) = await recruited(shop.pond, guide, 2)
        await tasks.until(lambda heard: state_of(heard) == ("DONE", [(3, 3), (2, 2)]))

        await region.until(lambda heard: heard["entries"] == [])
        order_id, (line_id,) = await a_paid_order(
            shop, await shop.a_token(Principal(customer)), (await a_good(shop, 100_00), 2)
        )
        for board in (region, managed):
            await board.until(lambda heard: value_of(heard, "华东小王") == 200_00)
        await nation.until(lambda heard: heard["mine"] == {"value": 200_00})
        await pays_back(shop, await staff_token(shop), order_id, (line_id, 1))
        for board in (region, managed):
            await board.until(lambda heard: value_of(heard, "华东小王") == 100_00)
        await nation.until(lambda heard: heard["mine"] == {"value": 100_00})

    (mine,) = (await shop.ask(MINE, token))["myTasks"]["nodes"]
    assert mine["state"] == "DONE"
