"""GraphQL as server-sent events: what pages behind proxies that block websockets get."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.identity import Scope
from tests.app.tiny import TinySite, executions, served
from tests.waiting import until

ACCEPT = {"accept": "text/event-stream"}
EVENTS = "subscription($room: String!, $after: Int) { events(room: $room, after: $after) { seq text } }"


class Heard:
    """The events of one response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """The kind and the data of the next event."""
        kind = ""
        async for line in self._lines:
            if line.startswith("event:"):
                kind = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                data = line.removeprefix("data:").strip()
                return kind, json.loads(data) if data else None
        return "end", None


@pytest.fixture(scope="module")
async def tiny() -> AsyncIterator[TinySite]:
    async with served() as site:
        yield site


@asynccontextmanager
async def streamed(site: TinySite, query: str, *, method: str = "POST", **variables: Any) -> AsyncIterator[Heard]:
    request = {"query": query, "variables": variables}
    given: dict[str, Any] = {"json": request} if method == "POST" else {"params": {"query": query}}
    async with site.client.stream(method, "/graphql", headers=ACCEPT, **given) as response:
        yield Heard(response)


async def test_a_subscription_is_a_response_of_events(tiny: TinySite) -> None:
    async with streamed(tiny, "subscription { ticks(count: 2) }") as heard:
        assert heard.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert heard.response.headers["cache-control"] == "no-store"
        assert await heard.next() == ("next", {"data": {"ticks": 0}})
        assert await heard.next() == ("next", {"data": {"ticks": 1}})
        assert await heard.next() == ("complete", None)
        assert await heard.next() == ("end", None)


async def test_rooms_are_shared_with_websockets(tiny: TinySite) -> None:
    async with tiny.socket() as talk, streamed(tiny, EVENTS, room="all") as heard:
        await talk.subscribe(EVENTS, room="all")
        await until(lambda: sum(len(viewers) for viewers in tiny.tiny.hub.audience().values()) == 2)
        executions.clear()

        tiny.tiny.publish(text="云")

        assert (await heard.next())[1]["data"]["events"]["text"] == "云"
        assert (await talk.hear())["payload"]["data"]["events"]["text"] == "云"
        assert list(executions.values()) == [1]
    await until(lambda: not tiny.tiny.hub.audience())


async def test_what_was_missed_is_replayed() -> None:
    async with served() as site:
        site.tiny.log.append(5)
        async with streamed(site, EVENTS, room="all", after=3) as heard:
            assert (await heard.next())[1]["data"]["events"]["seq"] == 4
            assert (await heard.next())[1]["data"]["events"]["seq"] == 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("{", "GRAPHQL_PARSE_FAILED", id="syntax"),
        pytest.param('subscription { events(room: "locked") { seq } }', "NOT_FOUND", id="a room that is locked"),
    ],
)
async def test_what_is_refused_is_told_as_a_result(tiny: TinySite, query: str, code: str) -> None:
    async with streamed(tiny, query) as heard:
        kind, result = await heard.next()

        assert (kind, result["errors"][0]["extensions"]["code"]) == ("next", code)
        assert await heard.next() == ("complete", None)


async def test_get_does_not_serve_mutations(tiny: TinySite) -> None:
    async with streamed(tiny, "mutation { slowly(seconds: 0) }", method="GET") as heard:
        _, result = await heard.next()

    assert result["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


async def test_a_token_that_says_nothing_is_unauthorized(tiny: TinySite) -> None:
    response = await tiny.client.post(
        "/graphql", json={"query": "{ here }"}, headers={**ACCEPT, "authorization": "Bearer nobody"}
    )

    assert response.status_code == 401
    assert response.headers["content-type"].startswith("application/json")


async def test_a_token_that_expires_ends_the_response() -> None:
    async with served(socket_ping_s=0.05) as site:
        headers = {**ACCEPT, "authorization": "Bearer short"}
        request = {"query": EVENTS, "variables": {"room": "all"}}
        async with site.client.stream("POST", "/graphql", json=request, headers=headers) as response:
            await until(site.tiny.hub.audience)
            site.tiny.later(1)
            body = await response.aread()

    assert body == b":\n\n" * (len(body) // 3)


async def test_who_logged_out_hears_nothing_more() -> None:
    async with served(identity_s=0.05) as site:
        headers = {**ACCEPT, "authorization": "Bearer mei"}
        request = {"query": EVENTS, "variables": {"room": "all"}}
        async with site.client.stream("POST", "/graphql", json=request, headers=headers) as response:
            await until(site.tiny.hub.audience)
            site.tiny.mei = None

            assert await Heard(response).next() == ("end", None)
        await until(lambda: not site.tiny.hub.audience())


async def test_a_subscription_ends_when_its_client_may_do_less() -> None:
    async with served(identity_s=0.05) as site:
        headers = {**ACCEPT, "authorization": "Bearer mei"}
        request = {"query": EVENTS, "variables": {"room": "all"}}
        async with site.client.stream("POST", "/graphql", json=request, headers=headers) as response:
            heard = Heard(response)
            await until(site.tiny.hub.audience)
            assert site.tiny.mei is not None
            site.tiny.mei = replace(site.tiny.mei, scopes=frozenset({Scope.VISITOR}))
            _, result = await heard.next()

            assert result["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert [await heard.next() for _ in range(2)] == [("complete", None), ("end", None)]


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        pytest.param({"connections_per_address": 1}, 429, id="of one address"),
        pytest.param({"event_streams": 1}, 503, id="in all"),
    ],
)
async def test_no_more_responses_than_can_be_held(limits: dict[str, int], status: int) -> None:
    async with served(**limits) as site:
        async with streamed(site, EVENTS, room="all"), streamed(site, EVENTS, room="all") as refused:
            assert refused.response.status_code == status
            assert refused.response.headers["retry-after"] == "1"
        await until(lambda: not site.tiny.hub.audience())
        async with streamed(site, "subscription { ticks(count: 1) }") as heard:
            assert heard.response.status_code == 200


async def test_documents_that_are_refused_cost_more() -> None:
    async with served(visitor_requests_per_minute=12) as site:
        for _ in range(2):
            async with streamed(site, "{ nothing }") as heard:
                assert heard.response.status_code == 200
                await heard.next()
        async with streamed(site, "{ here }") as heard:
            assert heard.response.status_code == 429


async def test_a_server_that_drains_ends_its_responses() -> None:
    async with served() as site, streamed(site, EVENTS, room="all") as heard:
        await until(site.tiny.hub.audience)

        site.uvicorn.should_exit = True

        assert await heard.next() == ("end", None)
