"""A live room, over the wire: everyone who watches sees what everyone does, in the same order."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from domain.live import LiveRoom
from schema.ids import Kind, id_of
from tests.makers_live import a_gift, a_room, an_item, coins
from tests.pond import Pond
from tests.site import Site, Talk
from tests.waiting import until

EVENTS = """subscription($room: ID!, $after: Long) {
  liveRoomEvents(roomId: $room, after: $after) {
    __typename seq
    ... on BulletCommentPosted { comment { text senderName } }
    ... on RewardGiven { reward { count coins } }
    ... on InventoryChanged { liveStock }
    ... on ViewerCountChanged { viewerCount }
  }
}"""
SEND = """mutation($room: ID!, $text: String!) {
  bulletCommentSend(input: { liveRoomId: $room, text: $text }) { seq userErrors { message } }
}"""
GIVE = """mutation($room: ID!, $gift: ID!, $key: String!) {
  giftSend(input: { liveRoomId: $room, giftId: $gift, count: 2, idempotencyKey: $key }) { userErrors { message } }
}"""
ORDER = """mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { message } } }"""
ROOM = "query($room: ID!) { liveRoom(id: $room) { seq viewerCount } }"


class Watched:
    """A viewer, and what they saw."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.seen: list[dict[str, Any]] = []
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            self.seen.append((await self.talk.hear(60))["payload"]["data"]["liveRoomEvents"])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.seen if event["__typename"] == kind]


@pytest.fixture
async def made(site: Site) -> Pond:
    return Pond(site.pond.database)


async def _member(site: Site, made: Pond, user: str) -> tuple[str, Any]:
    """A member who logged in: the token, and the principal that it stands for."""
    token = await site.member_token(user)
    return token, await site.pond.gate.identify(token)


async def _watch(site: Site, room: LiveRoom, stack: Any, after: int | None = None) -> Watched:
    talk = await stack.enter_async_context(site.socket())
    await talk.subscribe(EVENTS, room=id_of(Kind.LIVE_ROOM, room.id), after=after)
    return Watched(talk)


async def test_viewers_see_comments_gifts_and_stock_as_they_happen(site: Site, made: Pond) -> None:
    from contextlib import AsyncExitStack

    item = await an_item(made, stock=5)
    room, _ = await a_room(made, None, item)
    gift, room_id = await a_gift(made, coins=10), id_of(Kind.LIVE_ROOM, room.id)
    token, mei = await _member(site, made, "mei")
    await coins(made, mei, 100)
    async with AsyncExitStack() as stack:
        viewers = [await _watch(site, room, stack) for _ in range(3)]
        await until(lambda: site.pond.hub.viewers(room.id) == 3)

        sent = await site.ask(SEND, token=token, room=room_id, text="多少钱?")
        await site.ask(GIVE, token=token, room=room_id, gift=id_of(Kind.GIFT, gift.id), key=uuid4().hex)
        lines = [{"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 2}]
        order = {"lines": lines, "liveRoomId": room_id, "idempotencyKey": uuid4().hex}
        placed = await site.ask(ORDER, token=token, input=order)
        await until(lambda: all(viewer.of("InventoryChanged") for viewer in viewers))
        await until(lambda: all(viewer.of("ViewerCountChanged") for viewer in viewers))

        assert sent["bulletCommentSend"]["userErrors"] == placed["orderPlace"]["userErrors"] == []
        for viewer in viewers:
            assert viewer.of("BulletCommentPosted")[0]["comment"]["text"] == "多少钱?"
            assert viewer.of("RewardGiven")[0]["reward"] == {"count": 2, "coins": 20}
            assert viewer.of("InventoryChanged")[-1]["liveStock"] == 3
            assert viewer.of("ViewerCountChanged")[-1]["viewerCount"] == 3
            assert viewer.seen == viewers[0].seen
        assert (await site.ask(ROOM, room=room_id))["liveRoom"]["viewerCount"] == 3
        for viewer in viewers:
            viewer.reading.cancel()


async def test_old_state_and_events_make_the_new_state(site: Site, made: Pond) -> None:
    from contextlib import AsyncExitStack

    room, _ = await a_room(made)
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    tokens = [await site.member_token(f"member {n}") for n in range(4)]
    snapshot = (await site.ask(ROOM, room=room_id))["liveRoom"]["seq"]
    for token in tokens:
        await site.ask(SEND, token=token, room=room_id, text="早")

    async with AsyncExitStack() as stack:
        viewer = await _watch(site, room, stack, after=snapshot)
        await until(lambda: len(viewer.of("BulletCommentPosted")) == 4)
        viewer.reading.cancel()

    numbers = [event["seq"] for event in viewer.seen]
    assert numbers == list(range(snapshot + 1, snapshot + 1 + len(numbers)))
