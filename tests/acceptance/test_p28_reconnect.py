"""P28: a viewer at 1,200 is away while 85 events occur, and then gets 1,201 to 1,285, each once and in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import db.room_log
import db.room_retention
from domain.room_events import EventKind
from schema.ids import Kind, id_of
from subscriptions.hub import Hub
from tests.acceptance.viewers import EVENTS, Gone, Socket
from tests.makers_live import a_room
from tests.pond import Pond
from tests.site import Site
from tests.waiting import until

SEEN, MISSED = 1_200, 85
SINCE = """query($room: ID!, $after: Long!, $epoch: String) {
  liveRoomEventsSince(roomId: $room, after: $after, epoch: $epoch, first: 100) {
    events { seq kind } nextAfter nextPollMs resyncRequired
  }
}"""
ROOM = "query($room: ID!) { liveRoom(id: $room) { seq epoch } }"


class Show:
    """A live room in which much has happened."""

    def __init__(self, site: Site, key: UUID) -> None:
        self.site = site
        self.key = key
        self.id = id_of(Kind.LIVE_ROOM, key)

    async def happen(self, many: int, pause_s: float = 0) -> None:
        """Let events happen, and be told."""
        for n in range(many):
            await self.site.pond.services.writer.post(self.key, EventKind.VIEWERS, {"viewer_count": n})
            await asyncio.sleep(pause_s)

    async def watch(self, after: int | None = None, epoch: str | None = None) -> Socket:
        return await Socket.open(self.site.ws_url, EVENTS, room=self.id, after=after, epoch=epoch)

    async def since(self, after: int, epoch: str | None = None) -> Any:
        return (await self.site.ask(SINCE, room=self.id, after=after, epoch=epoch))["liveRoomEventsSince"]


@pytest.fixture
async def show(site: Site) -> Show:
    room, _ = await a_room(Pond(site.pond.database))
    async with site.pond.database.writing() as tx:
        head = (await db.room_log.extent(tx, room.id)).head
        old = [(EventKind.VIEWERS, {"viewer_count": n}, room.created_at) for n in range(SEEN - head)]
        await db.room_log.append(tx, room.id, old)
    return Show(site, room.id)


async def heard(socket: Socket, many: int) -> list[int]:
    """The numbers of the next events."""
    numbers: list[int] = []
    async with asyncio.timeout(10):
        while len(numbers) < many:
            message = await socket.hear()
            if message["type"] == "next":
                numbers.append(message["payload"]["data"]["liveRoomEvents"]["seq"])
    return numbers


async def first_error(socket: Socket) -> str:
    async with asyncio.timeout(10):
        while (message := await socket.hear())["type"] != "error":
            assert message["type"] == "connection_ack", message
    code: str = message["payload"][0]["extensions"]["code"]
    return code


async def head_of(show: Show) -> int:
    snapshot = (await show.site.ask(ROOM, room=show.id))["liveRoom"]
    return int(snapshot["seq"])


async def test_who_comes_back_gets_what_was_missed_once_and_in_order_and_then_what_comes(show: Show) -> None:
    viewer = await show.watch(after=SEEN - 3)
    at = (await heard(viewer, 3))[-1]
    viewer.cut()
    await show.happen(MISSED)

    back = await show.watch(after=at, epoch=(await show.site.ask(ROOM, room=show.id))["liveRoom"]["epoch"])
    numbers = await heard(back, MISSED)
    going_on = asyncio.create_task(show.happen(5))
    numbers += await heard(back, 5)
    polled = await show.since(at)

    await going_on
    back.cut()
    assert numbers == list(range(at + 1, at + 1 + MISSED + 5))
    assert [event["seq"] for event in polled["events"]][:MISSED] == numbers[:MISSED]
    assert polled["resyncRequired"] is False


async def test_who_was_away_for_longer_than_events_are_replayed_has_to_read_the_room_anew(show: Show) -> None:
    await show.happen(MISSED)
    head = await head_of(show)
    async with show.site.pond.database.writing() as tx:
        await db.room_retention.trim(tx, show.site.pond.context().now() - timedelta(days=30), MISSED - 5)
    show.site.pond.hub.doubt()

    back, polled = await show.watch(after=SEEN), await show.since(SEEN)

    assert await first_error(back) == "RESYNC_REQUIRED"
    assert (polled["events"], polled["resyncRequired"]) == ([], True)
    assert polled["nextAfter"] >= head
    assert (await show.since(head))["resyncRequired"] is False
    back.cut()


@pytest.mark.parametrize(
    ("after", "epoch"),
    [
        pytest.param(SEEN + 500, None, id="ahead of the log"),
        pytest.param(SEEN, "0123456789abcdef", id="of another life"),
    ],
)
async def test_a_cursor_that_is_not_of_this_log_is_told_so(show: Show, after: int, epoch: str | None) -> None:
    back, polled = await show.watch(after, epoch), await show.since(after, epoch)

    assert await first_error(back) == "RESYNC_REQUIRED"
    assert polled["resyncRequired"] is True
    back.cut()


async def test_a_cursor_of_another_room_is_of_another_life(show: Show) -> None:
    other, _ = await a_room(Pond(show.site.pond.database))
    epoch = (await show.site.ask(ROOM, room=id_of(Kind.LIVE_ROOM, other.id)))["liveRoom"]["epoch"]

    back = await show.watch(SEEN, epoch)

    assert await first_error(back) == "RESYNC_REQUIRED"
    back.cut()


async def _comings(show: Show, times: int) -> bool:
    """Come back again and again while events happen; whether never one was missing or double."""
    happening = asyncio.create_task(show.happen(times * 12 + 20, 0.004))
    at, is_whole = SEEN, True
    while is_whole and at < SEEN + times * 12:
        viewer = await show.watch(after=at)
        numbers = await heard(viewer, 12)
        viewer.cut()
        is_whole = numbers == list(range(at + 1, at + 13))
        at = numbers[-1]
    await happening
    return is_whole


async def test_coming_back_in_the_midst_of_events_neither_misses_nor_doubles_one(show: Show) -> None:
    assert await _comings(show, 8)


async def test_who_replays_first_and_goes_live_a_moment_later_misses_some(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nothing may be waited for between the last replayed event and the first live one."""
    replay = Hub._replay

    async def careless(hub: Hub, room: Any, *rest: Any) -> None:
        await replay(hub, room, *rest)
        await asyncio.sleep(0.03)

    monkeypatch.setattr(Hub, "_replay", careless)
    other = await show.watch()

    assert not await _comings(show, 8)
    other.cut()


async def test_a_server_that_ends_says_so(site: Site, show: Show) -> None:
    viewer = await show.watch(after=SEEN)
    await until(lambda: site.pond.hub.viewers(show.key))

    site.uvicorn.should_exit = True

    with pytest.raises(Gone, match="1012"):
        async with asyncio.timeout(10):
            while True:
                await viewer.hear()
    viewer.cut()
