"""Tencent Cloud Streaming Services (腾讯云直播).

Addresses: `txSecret = md5(key + stream + txTime)`, with the expiry `txTime` in hexadecimal. Callbacks:
`sign = md5(key + t)`, good until `t`; `sequence` names one push, the same for its begin and its end
(https://www.tencentcloud.com/document/product/267/38081). The signature covers nothing of what is said: use HTTPS.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.live_video import NotBelieved, Playback, PushTold
from providers.video import Callback, Site, md5, push_told, said_in, same, seconds_of

GOOD_FOR = timedelta(minutes=11)
"""A callback is good for ten minutes; our clocks may differ by one."""
_ENDED, _BEGAN = 0, 1


def secret(key: str, stream: str, time: str) -> str:
    """What proves that we gave an address away.

    >>> secret("e12c46f2612d5106e2034781ab261ca3", "test", "5C271099")
    'f85a2ab363fe4deaffef9754d79da6fe'
    """
    return md5(key + stream + time)


class TencentVideo:
    """Streams through Tencent."""

    name = "tencent"
    answer: Mapping[str, Any] = {"code": 0}

    def __init__(self, site: Site) -> None:
        self._site = site

    def push_url(self, stream: str, expires_at: datetime) -> str:
        query = _signed(self._site.push_key, stream, expires_at)
        return f"rtmp://{self._site.push_domain}/{self._site.app}/{stream}?{query}"

    def play_urls(self, stream: str, expires_at: datetime) -> Playback:
        place = f"{self._site.play_domain}/{self._site.app}/{stream}"
        query = _signed(self._site.play_key, stream, expires_at)
        return Playback(
            rtmp=f"rtmp://{place}?{query}",
            flv=f"https://{place}.flv?{query}",
            hls=f"https://{place}.m3u8?{query}",
            webrtc=f"webrtc://{place}?{query}",
            expires_at=expires_at,
        )

    def verify_callback(self, callback: Callback, now: datetime) -> PushTold | None:
        said = said_in(callback.body)
        until = seconds_of(said.get("t", ""))
        if not same(md5(f"{self._site.callback_key}{said['t']}"), str(said.get("sign", ""))):
            raise NotBelieved
        if not now.timestamp() <= until <= (now + GOOD_FOR).timestamp():
            raise NotBelieved
        if said.get("event_type") not in (_ENDED, _BEGAN):
            return None
        began = said["event_type"] == _BEGAN
        return push_told(said.get("stream_id"), said.get("sequence"), began=began, at=said.get("event_time"))


def _signed(key: str, stream: str, expires_at: datetime) -> str:
    time = f"{int(expires_at.timestamp()):X}"
    return f"txSecret={secret(key, stream, time)}&txTime={time}"
