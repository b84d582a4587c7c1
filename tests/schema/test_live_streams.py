"""The life of a room and its video: who sees which address, and what a provider's news do."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

import db.live_streams
import resolvers.live
import resolvers.live_streams
from app.live_callbacks import streamed
from domain.identity import VISITOR, Principal, Role
from domain.live import LiveRoom
from domain.live_video import VideoSource
from domain.room_events import LiveRoomState
from providers.video import Site, md5
from providers.video_tencent import TencentVideo
from resolvers.live import Plan
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide
from tests.makers_live import log_of
from tests.makers_members import a_member, staff
from tests.makers_shelves import room_id
from tests.pond import Pond, statements

VIDEO = """query ($id: ID!) { liveRoom(id: $id) { state videoSource
  push { url expiresAt } playback { rtmp flv hls webrtc expiresAt }
  stateChanges { fromState toState actorId reason } } }"""
PLAYBACK = "query ($id: ID!) { liveRoom(id: $id) { playback { hls } } }"
PUSH = "query ($id: ID!) { liveRoom(id: $id) { push { url } } }"
BAN = """mutation ($id: ID!, $reason: String!) { liveRoomBan(input: {liveRoomId: $id, reason: $reason}) {
  liveRoom { state } userErrors { code path } } }"""
REPLAY = """mutation ($id: ID!, $url: String) { liveRoomReplaySet(input: {liveRoomId: $id, url: $url}) {
  liveRoom { replayUrl } userErrors { code path } } }"""
START = """mutation ($input: LiveRoomStartInput!) { liveRoomStart(input: $input) {
  liveRoom { videoSource push { url } } userErrors { code path } } }"""
SITE = Site("push.example", "play.example", "live", "push-key", "play-key", "callback-key")


@pytest.fixture
def tencent(pond: Pond) -> httpx.AsyncClient:
    """The provider, as it calls us back."""
    pond.services.video = TencentVideo(SITE)
    app = Starlette(
        routes=[Route("/callbacks/live/tencent", streamed(pond.context, pond.services.video), methods=["POST"])]
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pond")


async def a_stream(pond: Pond) -> tuple[LiveRoom, Principal]:
    """A room that is live, with a stream to come."""
    host = await a_guide(pond)
    room, _ = await resolvers.live.start(pond.context(host), "茶山", None, [], uuid4().hex, Plan(VideoSource.STREAM))
    return room, host


def news(pond: Pond, room: LiveRoom, kind: int, push: str = "1", **said: Any) -> bytes:
    until = int((pond.time + timedelta(minutes=10)).timestamp())
    told = {
        "event_type": kind,
        "stream_id": room.stream_key,
        "sequence": push,
        "event_time": int(pond.time.timestamp()),
    }
    return orjson.dumps({"t": until, "sign": md5(f"callback-key{until}"), **told, **said})


async def tell(client: httpx.AsyncClient, body: bytes) -> tuple[int, Any]:
    answer = await client.post("/callbacks/live/tencent", content=body)
    return answer.status_code, answer.json()


async def state_of(pond: Pond, room: LiveRoom) -> LiveRoomState:
    found = await resolvers.live.room(pond.context(), room.id)
    assert found is not None
    return found.state


async def work(pond: Pond) -> None:
    """What the jobs do by now."""
    for job in (resolvers.live_streams.pause_absent, resolvers.live_streams.end_gone):
        while await job(pond.context()):
            pass


async def test_those_who_run_a_room_see_where_to_push_and_viewers_where_to_play(
    pond: Pond, tencent: httpx.AsyncClient
) -> None:
    room, host = await a_stream(pond)
    manager = await staff(pond, Role.STORE_MANAGER)

    seen = {
        who: (await pond.ask(PUSH, one, id=room_id(room)))["liveRoom"]["push"]
        for who, one in {
            "host": host,
            "manager": manager,
            "member": await a_member(pond),
            "guide": await a_guide(pond),
            "visitor": VISITOR,
        }.items()
    }
    playback = (await pond.ask(PLAYBACK, id=room_id(room)))["liveRoom"]["playback"]

    assert seen["host"]["url"].startswith(f"rtmp://push.example/live/{room.stream_key}?txSecret=")
    assert seen["manager"] == seen["host"]
    assert (seen["member"], seen["guide"], seen["visitor"]) == (None, None, None)
    assert playback["hls"].startswith(f"https://play.example/live/{room.stream_key}.m3u8?txSecret=")


async def test_addresses_expire_and_a_room_that_is_over_has_none(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, host = await a_stream(pond)

    on_air = (await pond.ask(VIDEO, host, id=room_id(room)))["liveRoom"]
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)
    over = (await pond.ask(VIDEO, host, id=room_id(room)))["liveRoom"]

    assert on_air["push"]["expiresAt"] == "2026-11-22T04:30:00Z"
    assert on_air["playback"]["expiresAt"] == "2026-11-22T10:00:00Z"
    assert (over["push"], over["playback"]) == (None, None)


async def test_no_two_rooms_have_the_same_stream(pond: Pond, tencent: httpx.AsyncClient) -> None:
    keys = {(await a_stream(pond))[0].stream_key for _ in range(3)}

    assert len(keys) == 3
    assert all(key is not None and len(key) == 20 for key in keys)


async def test_without_a_provider_there_is_no_stream(pond: Pond) -> None:
    host = await a_guide(pond)
    wanted = {"title": "茶山", "idempotencyKey": "k"}

    refused = await pond.refused(START, host, input=wanted | {"videoSource": "STREAM"})
    started = await pond.ask(START, host, input=wanted | {"videoSource": "CHANNELS"})

    assert refused == [{"code": "INVALID_STATE", "path": ["input", "videoSource"]}]
    assert started["liveRoomStart"]["liveRoom"] == {"videoSource": "CHANNELS", "push": None}


async def test_a_room_without_its_stream_pauses_after_a_minute_and_ends_after_ten_more(
    pond: Pond, tencent: httpx.AsyncClient
) -> None:
    room, host = await a_stream(pond)
    states = []
    for seconds in (59, 1, 599, 1):
        pond.later(seconds=seconds)
        await work(pond)
        states.append((await state_of(pond, room)).value)

    assert states == ["LIVE", "PAUSED", "PAUSED", "ENDED"]
    changes = (await pond.ask(VIDEO, host, id=room_id(room)))["liveRoom"]["stateChanges"]
    assert changes == [
        {"fromState": "LIVE", "toState": "PAUSED", "actorId": None, "reason": "NO_STREAM"},
        {"fromState": "PAUSED", "toState": "ENDED", "actorId": None, "reason": "NO_STREAM"},
    ]


async def test_a_room_goes_on_when_its_stream_is_back(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, _ = await a_stream(pond)
    pond.later(seconds=61)
    await work(pond)

    answer = await tell(tencent, news(pond, room, 1))

    assert answer == (200, {"code": 0})
    assert await state_of(pond, room) is LiveRoomState.LIVE
    pond.later(hours=2)
    await work(pond)
    assert await state_of(pond, room) is LiveRoomState.LIVE
    told = [
        (payload["from_state"], payload["to_state"]) for kind, payload in await log_of(pond, room.id) if kind == "STATE"
    ]
    assert told == [("DRAFT", "LIVE"), ("LIVE", "PAUSED"), ("PAUSED", "LIVE")]


async def test_a_pause_by_the_hosts_hand_is_ended_by_the_host_alone(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, host = await a_stream(pond)
    await tell(tencent, news(pond, room, 1))
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.PAUSED)
    pond.later(seconds=5)

    await tell(tencent, news(pond, room, 0))
    pond.later(seconds=120)
    await tell(tencent, news(pond, room, 1, push="2"))
    await work(pond)

    assert await state_of(pond, room) is LiveRoomState.PAUSED


async def test_a_host_who_resumes_has_a_minute_again(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, host = await a_stream(pond)
    pond.later(seconds=60)
    await work(pond)
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.LIVE)
    pond.later(seconds=59)
    await work(pond)

    assert await state_of(pond, room) is LiveRoomState.LIVE


@pytest.mark.parametrize("source", [VideoSource.NONE, VideoSource.CHANNELS])
async def test_a_room_whose_picture_comes_from_elsewhere_is_not_waited_for(pond: Pond, source: VideoSource) -> None:
    host = await a_guide(pond)
    room, _ = await resolvers.live.start(pond.context(host), "茶山", None, [], uuid4().hex, Plan(source))
    pond.later(hours=3)
    await work(pond)

    assert await state_of(pond, room) is LiveRoomState.LIVE


async def test_the_end_of_an_old_push_does_not_end_a_newer_one(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, _ = await a_stream(pond)
    for kind, push in ((1, "old"), (1, "new"), (0, "old")):
        pond.later(seconds=5)
        assert (await tell(tencent, news(pond, room, kind, push)))[0] == 200

    pond.later(hours=1)
    await work(pond)

    assert await state_of(pond, room) is LiveRoomState.LIVE


async def test_news_in_any_order_and_twice_come_to_the_same(pond: Pond, tencent: httpx.AsyncClient) -> None:
    at = int(pond.time.timestamp())
    told = [(1, "1", at), (0, "1", at + 20), (1, "2", at + 10), (0, "2", at + 30)]
    for order in itertools.islice(itertools.permutations(told), 0, 24, 5):
        room, _ = await a_stream(pond)
        for kind, push, when in (*order, order[0]):
            await tell(tencent, news(pond, room, kind, push, event_time=when))
        async with pond.database.writing() as tx:
            stream = await db.live_streams.lock(tx, room.id)
        assert stream is not None
        assert not stream.flows


async def test_the_same_news_many_times_at_once_are_one_step(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, host = await a_stream(pond)
    pond.later(seconds=61)
    await work(pond)
    body = news(pond, room, 1)

    answers = await asyncio.gather(*(tell(tencent, body) for _ in range(8)))

    assert {status for status, _ in answers} == {200}
    changes = (await pond.ask(VIDEO, host, id=room_id(room)))["liveRoom"]["stateChanges"]
    assert [change["reason"] for change in changes] == ["NO_STREAM", "STREAM_BACK"]


async def test_a_stream_that_comes_back_while_the_job_decides_is_not_paused(
    pond: Pond, tencent: httpx.AsyncClient
) -> None:
    rooms = [(await a_stream(pond))[0] for _ in range(4)]
    pond.later(seconds=61)

    await asyncio.gather(*(tell(tencent, news(pond, room, 1)) for room in rooms), work(pond), work(pond))

    assert {await state_of(pond, room) for room in rooms} == {LiveRoomState.LIVE}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sign": "0" * 32}, 401),
        ({"t": 1}, 401),
        ({"stream_id": "nobody-s"}, 404),
        ({"sequence": 7}, 400),
        ({"event_time": "soon"}, 400),
        ({"event_type": 100}, 200),
    ],
)
async def test_what_is_forged_unknown_or_malformed_is_answered_and_does_nothing(
    pond: Pond, tencent: httpx.AsyncClient, changes: dict[str, Any], status: int
) -> None:
    room, _ = await a_stream(pond)

    assert (await tell(tencent, news(pond, room, 1, **changes)))[0] == status
    assert await pond.select("SELECT 1 FROM live_push") == []


@pytest.mark.parametrize("body", [b"", b"\xff", b"null", b'{"t": {}}', b'{"t": "1", "sign": null}'])
async def test_noise_is_no_fault_of_ours(pond: Pond, tencent: httpx.AsyncClient, body: bytes) -> None:
    status, _ = await tell(tencent, body)

    assert 400 <= status < 500


async def test_moderators_of_the_brand_ban_a_room_and_those_who_run_it_read_why(pond: Pond) -> None:
    host = await a_guide(pond)
    room, _ = await resolvers.live.start(pond.context(host), "茶山", None, [], uuid4().hex)
    moderator = await staff(pond, Role.MODERATOR)

    assert await pond.errors(BAN, host, id=room_id(room), reason="不想播了") == ["FORBIDDEN"]
    assert await pond.refused(BAN, moderator, id=room_id(room), reason=" ") == [
        {"code": "BAD_USER_INPUT", "path": ["input", "reason"]}
    ]
    assert await pond.refused(BAN, moderator, id=room_id(room), reason="售卖假货") == []
    assert await pond.refused(BAN, moderator, id=room_id(room), reason="再封一次") == [
        {"code": "INVALID_STATE", "path": []}
    ]
    seen = (await pond.ask(VIDEO, host, id=room_id(room)))["liveRoom"]
    assert seen["state"] == "BANNED"
    (change,) = seen["stateChanges"]
    assert (change["toState"], change["reason"]) == ("BANNED", "售卖假货")
    assert (await pond.ask(VIDEO, await a_member(pond), id=room_id(room)))["liveRoom"] is None


async def test_steps_in_a_rooms_life_are_read_by_those_who_run_it(pond: Pond) -> None:
    host = await a_guide(pond)
    room, _ = await resolvers.live.start(pond.context(host), "茶山", None, [], uuid4().hex)
    for to in (LiveRoomState.PAUSED, LiveRoomState.LIVE, LiveRoomState.ENDED):
        pond.later(seconds=1)
        await resolvers.live.move(pond.context(host), room.id, to)

    of_host = (await pond.ask(VIDEO, host, id=room_id(room)))["liveRoom"]["stateChanges"]
    of_guide = (await pond.ask(VIDEO, await a_guide(pond), id=room_id(room)))["liveRoom"]["stateChanges"]

    assert [change["toState"] for change in of_host] == ["PAUSED", "LIVE", "ENDED"]
    assert {change["actorId"] for change in of_host} == {id_of(Kind.MEMBER, room.host_member_id)}
    assert of_guide is None


async def test_a_replay_is_seen_once_the_room_ended(pond: Pond) -> None:
    host = await a_guide(pond)
    room, _ = await resolvers.live.start(pond.context(host), "茶山", None, [], uuid4().hex)
    url = "https://vod.example/tea.m3u8"

    early = (await pond.ask(REPLAY, host, id=room_id(room), url=url))["liveRoomReplaySet"]
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)
    seen = (await pond.ask("query ($id: ID!) { liveRoom(id: $id) { replayUrl } }", id=room_id(room)))["liveRoom"]

    assert early == {"liveRoom": {"replayUrl": None}, "userErrors": []}
    assert seen == {"replayUrl": url}
    assert (await pond.refused(REPLAY, await a_guide(pond), id=room_id(room), url=None))[0]["code"] == "FORBIDDEN"
    assert await pond.refused(REPLAY, host, id=room_id(room), url="javascript:alert(1)") == [
        {"code": "BAD_USER_INPUT", "path": ["input", "url"]}
    ]
    assert await pond.refused(REPLAY, host, id=room_id(room), url=None) == []


async def test_video_costs_a_snapshot_no_statement(pond: Pond, tencent: httpx.AsyncClient) -> None:
    room, host = await a_stream(pond)

    with statements() as log:
        await pond.ask(
            "query ($id: ID!) { liveRoom(id: $id) { push { url } playback { hls } } }", host, id=room_id(room)
        )

    assert len(log) == 1
