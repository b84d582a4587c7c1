"""Providers of live video: addresses as the vendors sign them, and callbacks that are believed or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from domain.live_video import NotBelieved, NotUnderstood, PushTold
from providers.video import Callback, LiveVideoProvider, Site, md5
from providers.video_aliyun import AliyunVideo, auth_key
from providers.video_local import LocalVideo
from providers.video_tencent import TencentVideo, secret

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SITE = Site("push.example", "play.example", "live", "push-key", "play-key", "callback-key")
TENCENT, ALIYUN, LOCAL = TencentVideo(SITE), AliyunVideo(SITE, "shop.example"), LocalVideo(SITE)


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def of_tencent(key: str = "callback-key", *, until: datetime = NOON + timedelta(minutes=10), **said: Any) -> Callback:
    told = {"event_type": 1, "stream_id": "s1", "sequence": "77", "event_time": seconds(NOON), "t": seconds(until)}
    signed = {"sign": md5(f"{key}{seconds(until)}"), **told, **said}
    return Callback({}, {}, orjson.dumps({name: value for name, value in signed.items() if value is not None}))


def of_aliyun(key: str = "callback-key", *, sent: datetime = NOON, **said: str) -> Callback:
    told = {
        "action": "publish",
        "id": "s1",
        "time": str(seconds(NOON)),
        "ip": "10.0.0.1",
        "node": "n",
        "usrargs": "a=1",
    }
    headers = {
        "ali-live-timestamp": str(seconds(sent)),
        "ali-live-signature": md5(f"shop.example|{seconds(sent)}|{key}"),
    }
    return Callback(headers, told | said, b"")


def of_local(key: str = "callback-key", **said: Any) -> Callback:
    told = {"action": "postPublish", "name": "s1", "id": "77", "createtime": seconds(NOON) * 1000}
    return Callback({}, {"key": key}, orjson.dumps(told | said))


def test_tencent_signs_as_its_own_example_does() -> None:
    assert secret("e12c46f2612d5106e2034781ab261ca3", "test", "5C271099") == "f85a2ab363fe4deaffef9754d79da6fe"


def test_aliyun_signs_as_its_own_example_does() -> None:
    signed = auth_key("/video/standard/1K.html", 1444435200, "aliyuncdnexp1234")

    assert signed == "1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f"


def test_addresses_of_tencent_are_signed_with_the_key_of_their_way() -> None:
    at = datetime.fromtimestamp(0x5C271099, UTC)
    play = TENCENT.play_urls("test", at)

    assert TENCENT.push_url("test", at) == (
        f"rtmp://push.example/live/test?txSecret={md5('push-keytest5C271099')}&txTime=5C271099"
    )
    query = f"txSecret={md5('play-keytest5C271099')}&txTime=5C271099"
    assert (play.rtmp, play.flv, play.hls, play.webrtc) == (
        f"rtmp://play.example/live/test?{query}",
        f"https://play.example/live/test.flv?{query}",
        f"https://play.example/live/test.m3u8?{query}",
        f"webrtc://play.example/live/test?{query}",
    )


def test_addresses_of_aliyun_are_signed_with_their_ending() -> None:
    play = ALIYUN.play_urls("test", NOON)

    def signed(uri: str, key: str) -> str:
        return f"auth_key={seconds(NOON)}-0-0-{md5(f'{uri}-{seconds(NOON)}-0-0-{key}')}"

    assert ALIYUN.push_url("test", NOON) == f"rtmp://push.example/live/test?{signed('/live/test', 'push-key')}"
    assert play.flv == f"https://play.example/live/test.flv?{signed('/live/test.flv', 'play-key')}"
    assert play.hls == f"https://play.example/live/test.m3u8?{signed('/live/test.m3u8', 'play-key')}"
    assert play.rtmp == f"rtmp://play.example/live/test?{signed('/live/test', 'play-key')}"
    assert play.webrtc == f"artc://play.example/live/test?{signed('/live/test', 'play-key')}"


def test_addresses_of_the_local_engine_are_signed_for_its_path() -> None:
    signed = f"sign={seconds(NOON)}-{md5(f'/live/test-{seconds(NOON)}-push-key')}"

    assert LOCAL.push_url("test", NOON) == f"rtmp://push.example/live/test?{signed}"
    assert LOCAL.play_urls("test", NOON).flv == f"http://play.example/live/test.flv?{signed}"


@pytest.mark.parametrize(
    ("provider", "began", "ended", "name"),
    [
        (TENCENT, of_tencent(), of_tencent(event_type=0), "77"),
        (ALIYUN, of_aliyun(), of_aliyun(action="publish_done"), md5("10.0.0.1|n|a=1")),
        (LOCAL, of_local(), of_local(action="donePublish", endtime=seconds(NOON) * 1000), "push"),
    ],
    ids=["tencent", "aliyun", "local"],
)
def test_a_push_begins_and_ends_under_one_name(
    provider: LiveVideoProvider, began: Callback, ended: Callback, name: str
) -> None:
    assert provider.verify_callback(began, NOON) == PushTold("s1", name, began=True, at=NOON)
    assert provider.verify_callback(ended, NOON) == PushTold("s1", name, began=False, at=NOON)


@pytest.mark.parametrize(
    ("provider", "callback"),
    [
        pytest.param(TENCENT, of_tencent("another-key"), id="tencent, forged"),
        pytest.param(TENCENT, of_tencent(sign=None), id="tencent, not signed"),
        pytest.param(TENCENT, of_tencent(sign="é"), id="tencent, signed with what is no digest"),
        pytest.param(TENCENT, of_tencent(t=None), id="tencent, without an end"),
        pytest.param(TENCENT, of_tencent(t="soon"), id="tencent, with an end that is no time"),
        pytest.param(TENCENT, of_tencent(t=seconds(NOON) + 1), id="tencent, with another end"),
        pytest.param(TENCENT, of_tencent(until=NOON - timedelta(seconds=1)), id="tencent, expired"),
        pytest.param(TENCENT, of_tencent(until=NOON + timedelta(hours=1)), id="tencent, good for too long"),
        pytest.param(ALIYUN, of_aliyun("another-key"), id="aliyun, forged"),
        pytest.param(ALIYUN, Callback({}, {"action": "publish"}, b""), id="aliyun, not signed"),
        pytest.param(ALIYUN, of_aliyun(sent=NOON - timedelta(minutes=6)), id="aliyun, stale"),
        pytest.param(LOCAL, of_local("another-key"), id="local, forged"),
    ],
)
def test_what_is_forged_or_stale_is_not_believed(provider: LiveVideoProvider, callback: Callback) -> None:
    with pytest.raises(NotBelieved):
        provider.verify_callback(callback, NOON)


@pytest.mark.parametrize(
    ("provider", "callback"),
    [
        pytest.param(TENCENT, Callback({}, {}, b"not JSON"), id="tencent, no JSON"),
        pytest.param(TENCENT, Callback({}, {}, b"[]"), id="tencent, no object"),
        pytest.param(TENCENT, of_tencent(stream_id=None), id="tencent, without a stream"),
        pytest.param(TENCENT, of_tencent(sequence=None), id="tencent, without a sequence"),
        pytest.param(TENCENT, of_tencent(sequence="7" * 101), id="tencent, with an endless sequence"),
        pytest.param(TENCENT, of_tencent(event_time="1e300"), id="tencent, beyond all time"),
        pytest.param(TENCENT, of_tencent(stream_id="a\0b"), id="tencent, with a NUL"),
        pytest.param(ALIYUN, of_aliyun(time="now"), id="aliyun, with a time that is none"),
        pytest.param(LOCAL, of_local(createtime=None), id="local, without a time"),
        pytest.param(LOCAL, Callback({}, {"key": "callback-key"}, b"{"), id="local, no JSON"),
    ],
)
def test_what_is_to_be_believed_may_still_not_be_understood(provider: LiveVideoProvider, callback: Callback) -> None:
    with pytest.raises(NotUnderstood):
        provider.verify_callback(callback, NOON)


@pytest.mark.parametrize(
    ("provider", "callback"),
    [
        (TENCENT, of_tencent(event_type=100)),
        (ALIYUN, of_aliyun(action="record")),
        (LOCAL, of_local(action="postPlay")),
    ],
    ids=["a recording", "something new", "a viewer"],
)
def test_other_news_are_heard_and_mean_nothing(provider: LiveVideoProvider, callback: Callback) -> None:
    assert provider.verify_callback(callback, NOON) is None
