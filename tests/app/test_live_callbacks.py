"""The address that a provider of live video calls, on a running server, and the settings that open it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest

import resolvers.live
from app.callbacks import MOST_BYTES
from app.settings import Settings, Video
from app.video import CALLED, provider_of
from domain.room_events import LiveRoomState
from providers.video import md5
from tests.makers_guides import a_guide
from tests.pond import Pond
from tests.site import Site, running

KEYS = {
    "push_domain": "push.example",
    "play_domain": "play.example",
    "push_key": "a",
    "play_key": "b",
    "callback_key": "c",
}


async def test_a_provider_that_is_set_up_brings_a_room_back_on_air(dsn: str) -> None:
    async with running(dsn, live_video="tencent", video=KEYS) as site:
        host = await a_guide(Pond(site.pond.database))
        ctx = site.pond.context()
        ctx.principal = host
        room, _ = await resolvers.live.start(ctx, "茶山", None, [], uuid4().hex)
        async with site.pond.database.writing() as tx:
            await resolvers.live.go(ctx, tx, room, LiveRoomState.PAUSED, "NO_STREAM")
        until = int((datetime.now(UTC) + timedelta(minutes=10)).timestamp())
        told = {"event_type": 1, "stream_id": room.stream_key, "sequence": "1", "event_time": until - 600}

        heard = await site.client.post(f"{CALLED}tencent", json={**told, "t": until, "sign": md5(f"c{until}")})
        too_long = await site.client.post(f"{CALLED}tencent", content=b"x" * (MOST_BYTES + 1))
        elsewhere = await site.client.post(f"{CALLED}aliyun", content=orjson.dumps(told))

        assert (heard.status_code, heard.json()) == (200, {"code": 0})
        assert (too_long.status_code, elsewhere.status_code) == (413, 404)
        found = await resolvers.live.room(ctx, room.id)
        assert found is not None
        assert found.state is LiveRoomState.LIVE


async def test_without_a_provider_nobody_can_call(door: Site) -> None:
    assert (await door.client.post(f"{CALLED}tencent", content=b"{}")).status_code == 404


@pytest.mark.parametrize("chosen", ["tencent", "aliyun", "local"])
def test_a_provider_needs_its_domains_and_keys(chosen: str) -> None:
    with pytest.raises(ValueError, match="YUTANG_VIDEO__CALLBACK_KEY"):
        provider_of(chosen, Video(**{**KEYS, "callback_key": ""}), "https://pond.example")

    provider = provider_of(chosen, Video(**KEYS), "https://pond.example")
    assert provider is not None
    assert provider.name == chosen


def test_the_environment_chooses_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_VIDEO", "aliyun")
    monkeypatch.setenv("YUTANG_VIDEO__PUSH_KEY", "secret-key")
    settings = Settings(_env_file=None)

    assert (settings.live_video, settings.video.push_key) == ("aliyun", "secret-key")
    assert "secret-key" not in repr(settings)


@pytest.mark.parametrize("chosen", ["tencent", "aliyun"])
def test_what_lets_viewers_play_does_not_let_them_push(chosen: str) -> None:
    """With one key for both, a viewer could sign an address to push to with what signs theirs."""
    with pytest.raises(ValueError, match="must differ"):
        provider_of(chosen, Video(**{**KEYS, "play_key": KEYS["push_key"]}), "https://pond.example")
