"""Order in a live room, over the wire: what waits is heard by those who decide, and who is kicked hears no more."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import resolvers.members
import resolvers.room_rules
from domain.identity import Role
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide
from tests.makers_live import a_room
from tests.makers_members import staff
from tests.makers_moderation import KICK, RULES, SEND
from tests.pond import Pond
from tests.site import Site
from tests.waiting import until

EVENTS = """subscription($room: ID!) { liveRoomEvents(roomId: $room, after: 0) {
  kind ... on BulletCommentPosted { comment { text } } ... on BulletCommentWaiting { comment { text } } } }"""


class Ear:
    """What one client was told, until its stream ended."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.error: str | None = None

    @property
    def texts(self) -> list[str]:
        return [event["comment"]["text"] for event in self.told if "comment" in event]

    def hear(self, answer: Any) -> None:
        if answer.get("errors"):
            self.error = answer["errors"][0]["extensions"]["code"]
        else:
            self.told.append(answer["data"]["liveRoomEvents"])


async def on_a_socket(site: Site, stack: AsyncExitStack, token: str | None, room: str) -> Ear:
    ear = Ear()
    talk = await stack.enter_async_context(site.socket(token=token))
    await talk.subscribe(EVENTS, room=room)

    async def listen() -> None:
        while ear.error is None:
            message = await talk.hear(60)
            ear.hear({"errors": message["payload"]} if message["type"] == "error" else message["payload"])

    _run(stack, listen())
    return ear


async def on_an_event_stream(site: Site, stack: AsyncExitStack, token: str | None, room: str) -> Ear:
    ear = Ear()
    headers = {"accept": "text/event-stream", **({"authorization": f"Bearer {token}"} if token else {})}
    request = {"query": EVENTS, "variables": {"room": room}}
    response = await stack.enter_async_context(
        site.client.stream("POST", "/graphql", json=request, headers=headers, timeout=60)
    )

    async def listen() -> None:
        async for line in response.aiter_lines():
            if line.startswith("data:") and (data := line.removeprefix("data:").strip()):
                ear.hear(json.loads(data))

    _run(stack, listen())
    return ear


def _run(stack: AsyncExitStack, work: Any) -> None:
    task = asyncio.create_task(work)
    stack.callback(task.cancel)


async def test_what_waits_is_told_to_those_who_moderate_and_a_kick_ends_every_stream_of_the_member(site: Site) -> None:
    made = Pond(site.pond.database)
    tokens = {name: await site.member_token(name) for name in ("host", "other guide", "member")}
    people = {name: await site.pond.gate.identify(token) for name, token in tokens.items()}
    host = await a_guide(made, member=people["host"])
    await a_guide(made, member=people["other guide"])
    for one in people.values():
        resolvers.members.forget(one.member_id)
    room, _ = await a_room(made, host)
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    reviewed = await site.ask(RULES, token=tokens["host"], input={"liveRoomId": room_id, "reviewed": True})
    assert reviewed["liveRoomRulesSet"]["userErrors"] == []

    async with AsyncExitStack() as stack:
        ears = {}
        for name in ("other guide", "host", "member"):
            ears[name] = await on_a_socket(site, stack, tokens[name], room_id)
            ears[f"{name} by SSE"] = await on_an_event_stream(site, stack, tokens[name], room_id)
        ears["visitor"] = await on_a_socket(site, stack, None, room_id)
        sent = await site.ask(SEND, token=tokens["member"], room=room_id, text="秘密")
        assert sent["bulletCommentSend"]["waiting"], sent
        await site.ask(SEND, token=tokens["host"], room=room_id, text="欢迎")
        await until(lambda: all("欢迎" in ear.texts for ear in ears.values()))

        assert {name for name, ear in ears.items() if "秘密" in ear.texts} == {"host", "host by SSE"}

        kicked = {"liveRoomId": room_id, "memberId": id_of(Kind.MEMBER, people["member"].member_id)}
        await site.ask(KICK, token=tokens["host"], input=kicked)
        await until(lambda: ears["member"].error is not None and ears["member by SSE"].error is not None)

        assert {name for name, ear in ears.items() if ear.error} == {"member", "member by SSE"}
        again = await on_a_socket(site, stack, tokens["member"], room_id)
        await until(lambda: again.error is not None)
        assert again.error == "MEMBER_KICKED"


async def test_the_blacklist_ends_what_a_member_hears_in_every_room_that_is_on(site: Site) -> None:
    made = Pond(site.pond.database)
    token, other = await site.member_token("member"), await site.member_token("other")
    member = await site.pond.gate.identify(token)
    assert member is not None
    assert member.member_id is not None
    rooms = [id_of(Kind.LIVE_ROOM, (await a_room(made))[0].id) for _ in range(2)]

    async with AsyncExitStack() as stack:
        theirs = [await on_a_socket(site, stack, token, room) for room in rooms]
        another = await on_a_socket(site, stack, other, rooms[0])
        await until(lambda: all(ear.told for ear in (*theirs, another)))
        moderator = made.context(await staff(made, Role.MODERATOR))
        await resolvers.room_rules.blacklist(moderator, member.member_id, None, "刷屏")

        await until(lambda: all(ear.error == "FORBIDDEN" for ear in theirs))
        assert another.error is None
