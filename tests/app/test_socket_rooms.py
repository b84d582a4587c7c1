"""Live rooms over websockets: each event once, in order, executed once for all who see it alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from domain.identity import Duty, Role
from tests.app.tiny import TinySite, executions, served
from tests.app.watching import EVENTS, audience, begun, heard_seq, leave, publish_slowly, room_of, viewers
from tests.subscriptions.rooms import a_kick, a_state
from tests.waiting import until

LOG = 'subscription { events(room: "all") { log } }'

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
        await begun(talk)
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
        await begun(talk)
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


async def test_the_same_document_and_variables_cost_one_execution_and_other_fields_one_more() -> None:
    async with served() as site, site.socket() as other:
        alike = await viewers(site, 2)
        await other.subscribe('subscription { events(room: "all") { text } }', "another")
        await other.subscribe(EVENTS, "2", room="all")
        await audience(site, 3)
        executions.clear()

        for _ in range(3):
            site.tiny.publish()
        heard = [await heard_seq(talk) for talk in alike for _ in range(3)]

        assert heard == [1, 2, 3, 1, 2, 3]
        assert executions == {1: 2, 2: 2, 3: 2}
        await leave(alike)


async def test_nobody_gets_what_its_scope_may_not_see() -> None:
    async with (
        served() as site,
        site.socket() as visitor,
        site.socket(token="mei") as member,
        site.socket(token="li") as staff,
    ):
        for talk in (visitor, member, staff):
            await talk.subscribe(EVENTS, room="all")
            await talk.subscribe(LOG, "log")
        await audience(site, 3)
        refused = [await visitor.hear(), await member.hear()]

        site.tiny.publish(text="云")
        heard = [await visitor.hear(), await member.hear(), await staff.hear(), await staff.hear()]
        await visitor.say(type="ping")

        assert [(one["id"], one["payload"][0]["extensions"]["code"]) for one in refused] == [
            ("log", "UNAUTHENTICATED"),
            ("log", "FORBIDDEN"),
        ]
        assert [one["payload"]["data"]["events"] for one in heard[:2]] == [{"seq": 1, "text": "云"}] * 2
        assert heard[3]["payload"]["data"]["events"]["log"].startswith("1 of ")
        assert await visitor.hear() == {"type": "pong"}


async def test_who_may_see_more_kinds_of_events_shares_with_nobody_who_may_not() -> None:
    async with served() as site, site.socket(token="li") as member, site.socket(token="ada") as moderator:
        duty = Duty(Role.MODERATOR, uuid4(), "hq.east.")
        site.tiny.others["ada"] = replace(site.tiny.others["ada"], duties=(duty,))
        for talk in (member, moderator):
            await talk.subscribe(EVENTS, room="guarded")
        await audience(site, 2)

        site.tiny.tell(a_state)
        site.tiny.publish()

        assert await heard_seq(member) == 2
        assert [await heard_seq(moderator), await heard_seq(moderator)] == [1, 2]


async def test_who_is_kicked_hears_so_on_every_stream_and_nothing_more() -> None:
    async with (
        served() as site,
        site.socket(token="mei") as phone,
        site.socket(token="mei") as tablet,
        site.socket() as other,
    ):
        mei = site.tiny.mei
        assert mei is not None
        assert mei.member_id is not None
        await phone.subscribe(EVENTS, "1", room="all")
        await phone.subscribe(EVENTS, "2", room="bullets")
        await tablet.subscribe('subscription { events(room: "all") { seq waits } }')
        await other.subscribe(EVENTS, room="bullets")
        await until(lambda: sum(len(group.members) for group in _groups(site)) == 4)

        site.tiny.tell(partial(a_kick, member_id=mei.member_id))
        site.tiny.publish()

        for name in ("1", "2"):
            ended = await phone.hear()
            assert (ended["id"], ended["type"]) == (name, "error")
            assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
        alone = await tablet.hear()
        assert alone["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await tablet.hear() == {"id": "1", "type": "complete"}
        assert await heard_seq(other) == 2
        for talk in (phone, tablet):
            await talk.say(type="ping")
            assert await talk.hear() == {"type": "pong"}


async def test_who_is_kicked_while_it_is_let_in_is_not_in() -> None:
    async with served() as site, site.socket(token="mei") as talk, site.socket() as other:
        mei = site.tiny.mei
        assert mei is not None
        assert mei.member_id is not None
        await other.subscribe(EVENTS, room="all")
        await audience(site, 1)

        site.tiny.tell(partial(a_kick, member_id=mei.member_id))
        await talk.subscribe(EVENTS, room="all")
        refused = await talk.hear()
        site.tiny.later(60)
        await talk.subscribe(EVENTS, "later", room="all")
        await audience(site, 2)

        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")


def _groups(site: TinySite) -> list[Any]:
    return [group for room in site.tiny.hub._rooms.values() for group in room.groups.values()]
