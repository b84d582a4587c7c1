"""Live rooms over websockets: each event once, in order, executed once for all who see it alike."""

from __future__ import annotations

import asyncio

import pytest

from tests.app.tiny import TinySite, executions, served
from tests.app.watching import EVENTS, heard_seq, leave, publish_slowly, room_of, viewers

pytestmark = pytest.mark.usefixtures("both_ways")


async def test_an_event_is_executed_once_for_all_who_see_it_alike() -> None:
    async with served() as site:
        talks = await viewers(site, 20)
        executions.clear()

        site.tiny.publish(text="云想衣裳花想容")
        heard = [await talk.hear() for talk in talks]

        assert (
            heard
            == [{"id": "1", "type": "next", "payload": {"data": {"events": {"seq": 1, "text": "云想衣裳花想容"}}}}] * 20
        )
        assert executions[1] == 1
        assert len(site.tiny.hub.audience()[room_of(site)]) == 20
        await leave(talks)


async def test_viewers_with_their_own_ids_get_their_own_frames(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        for name in ("a", "b", "c", "d", "e", "f"):
            await talk.subscribe(EVENTS, name, room="all")
        await asyncio.sleep(0.05)
        tiny.tiny.publish()

        assert [(await talk.hear())["id"] for _ in range(6)] == ["a", "b", "c", "d", "e", "f"]


async def test_twenty_viewers_get_the_same_order() -> None:
    async with served() as site:
        talks = await viewers(site, 20)

        for n in range(100):
            site.tiny.publish(text=str(n))
            if n % 10 == 0:
                await asyncio.sleep(0.001)
        heard = [[await heard_seq(talk) for _ in range(100)] for talk in talks]

        assert heard == [list(range(1, 101))] * 20
        await leave(talks)


async def test_resuming_misses_nothing_and_doubles_nothing_whenever_the_connection_breaks() -> None:
    async with served(socket_messages_per_s=1_000) as site:
        publishing = asyncio.create_task(publish_slowly(site, 300))
        seen: list[int] = []
        while len(seen) < 300:
            async with site.socket() as talk:
                await talk.subscribe(EVENTS, room="all", after=seen[-1] if seen else 0)
                seen += [await heard_seq(talk) for _ in range(min(37, 300 - len(seen)))]

        assert seen == list(range(1, 301))
        await publishing


async def test_what_is_not_kept_any_more_asks_for_a_resync() -> None:
    async with served() as site, site.socket() as talk:
        site.tiny.log.append(10)
        site.tiny.log.trim(before=8)
        await talk.subscribe(EVENTS, room="all", after=3)

        refused = await talk.hear()

        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RESYNC_REQUIRED")


async def test_a_room_that_one_may_not_enter_is_refused(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe(EVENTS, room="locked")

        refused = await talk.hear()

    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"] == {"code": "NOT_FOUND", "retryable": False, "inputPath": ["room"]}


async def test_a_selection_that_waits_is_served_to_its_client_alone(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe('subscription { events(room: "all") { seq waits } }')
        await asyncio.sleep(0.05)
        tiny.tiny.publish()

        assert (await talk.hear())["payload"]["data"]["events"]["waits"] == 1


async def test_completing_ends_the_events(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe(EVENTS, room="all")
        await talk.say(type="complete", id="1")
        await talk.say(type="ping")
        await talk.hear()
        tiny.tiny.publish()
        await talk.say(type="ping")

        assert await talk.hear() == {"type": "pong"}
