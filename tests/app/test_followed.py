"""What many follow over sockets and event streams: read once, rendered once for all who see it alike."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import resolvers.logins
from domain.identity import Principal
from tests.makers_guides import a_guide
from tests.makers_members import a_member
from tests.makers_tasks import published
from tests.pond import Pond
from tests.site import Site

BOARD = "subscription { leaderboardChanged(metric: POSTS, scope: NATION) { entries { name value } } }"
WITH_MINE = "subscription { leaderboardChanged(metric: POSTS, scope: NATION) { entries { value } mine { rank } } }"
PROGRESS = "subscription { taskProgress { assignments { id } } }"


async def a_token(pond: Pond, who: Principal) -> str:
    ctx = pond.context(who)
    async with ctx.database.writing() as tx:
        return (await resolvers.logins._begin(ctx, tx, ctx.member_id)).access_token


def a_pond(site: Site) -> Pond:
    """Makers' hand in the site's database, by the site's clock."""
    pond = Pond(site.pond.database)
    pond.time = site.pond.context().now()
    return pond


def entries(message: Any) -> Any:
    return message["payload"]["data"]["leaderboardChanged"]["entries"]


async def test_a_state_is_rendered_once_for_all_who_see_it_alike(door: Site) -> None:
    pond = a_pond(door)
    guide = await a_guide(pond, "小王")
    token = await a_token(pond, guide)
    async with AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(door.socket(token=token)) for _ in range(5)]
        alone = await stack.enter_async_context(door.socket(token=token))
        for talk in talks:
            await talk.subscribe(BOARD)
        await alone.subscribe(WITH_MINE)
        first = [entries(await talk.hear()) for talk in talks]
        assert entries(await alone.hear()) == []
        await published(pond, guide)
        await pond.project()
        second = [entries(await talk.hear()) for talk in talks]
        mine = (await alone.hear())["payload"]["data"]["leaderboardChanged"]
        (feed,) = door.pond.services.feeds._feeds.values()
        assert feed._state is not None
        made, followers = len(feed._state.made), feed.followers

    assert first == [[]] * 5
    assert second == [[{"name": "小王", "value": 1}]] * 5
    assert mine == {"entries": [{"value": 1}], "mine": {"rank": 1}}
    assert (made, followers) == (1, 6)


async def test_event_streams_follow_too(door: Site) -> None:
    pond = a_pond(door)
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {await a_token(pond, await a_guide(pond))}"}

    async with (
        asyncio.timeout(10),
        door.client.stream("POST", "/graphql", json={"query": PROGRESS}, headers=headers) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                assert json.loads(line.removeprefix("data: "))["data"] == {"taskProgress": {"assignments": []}}
                break


async def test_who_may_not_follow_is_told_so(door: Site) -> None:
    pond = a_pond(door)
    token = await a_token(pond, await a_member(pond))
    async with door.socket(token=token) as talk:
        await talk.subscribe(BOARD, "1")
        nothing = await talk.hear()
        await talk.subscribe(PROGRESS, "2")
        forbidden = await talk.hear()

    assert nothing["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    assert forbidden["payload"][0]["extensions"]["code"] == "FORBIDDEN"
