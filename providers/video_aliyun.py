"""Alibaba Cloud ApsaraVideo Live (阿里云视频直播).

Addresses carry a signature of type A: `auth_key={expiry}-{rand}-{uid}-{md5("{uri}-{expiry}-{rand}-{uid}-{key}")}`.
Callbacks are GETs with `action`, `id` and `time`
(https://www.alibabacloud.com/help/en/live/developer-reference/callback-format-description). The header
`ALI-LIVE-SIGNATURE` is md5 of the called host, the header `ALI-LIVE-TIMESTAMP` and the key, with bars between
(https://www.alibabacloud.com/help/en/live/developer-reference/usage-notes-for-callback-authentication); it covers
nothing of what is said: use HTTPS.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.live_video import NotBelieved, NotUnderstood, Playback, PushTold
from providers.video import Callback, Site, md5, push_told, same, seconds_of

FRESH_FOR = timedelta(minutes=5)
_BEGAN = {"publish": True, "publish_done": False}


def auth_key(uri: str, expiry: int, key: str) -> str:
    """What proves that we gave an address away.

    >>> auth_key("/video/standard/1K.html", 1444435200, "aliyuncdnexp1234")
    '1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f'
    """
    return f"{expiry}-0-0-{md5(f'{uri}-{expiry}-0-0-{key}')}"


class AliyunVideo:
    """Streams through Alibaba Cloud. `callback_host` is the host of the address that it calls."""

    name = "aliyun"
    answer: Mapping[str, Any] = {}

    def __init__(self, site: Site, callback_host: str) -> None:
        self._site = site
        self._callback_host = callback_host

    def push_url(self, stream: str, expires_at: datetime) -> str:
        return _signed("rtmp", self._site.push_domain, f"/{self._site.app}/{stream}", self._site.push_key, expires_at)

    def play_urls(self, stream: str, expires_at: datetime) -> Playback:
        def at(scheme: str, ending: str) -> str:
            uri = f"/{self._site.app}/{stream}{ending}"
            return _signed(scheme, self._site.play_domain, uri, self._site.play_key, expires_at)

        return Playback(
            rtmp=at("rtmp", ""),
            flv=at("https", ".flv"),
            hls=at("https", ".m3u8"),
            webrtc=at("artc", ""),
            expires_at=expires_at,
        )

    def verify_callback(self, callback: Callback, now: datetime) -> PushTold | None:
        sent = callback.headers.get("ali-live-timestamp", "")
        expected = md5(f"{self._callback_host}|{sent}|{self._site.callback_key}")
        if not same(expected, callback.headers.get("ali-live-signature", "")):
            raise NotBelieved
        if abs(now.timestamp() - seconds_of(sent)) > FRESH_FOR.seconds:
            raise NotBelieved
        said = callback.query
        if said.get("action") not in _BEGAN:
            return None
        if "time" not in said:
            raise NotUnderstood
        return push_told(said.get("id"), _push_of(said), began=_BEGAN[said["action"]], at=said["time"])


def _push_of(said: Mapping[str, str]) -> str:
    """A name for one push, which has none: from where, through which node, and with which address it was sent."""
    return md5("|".join(said.get(name, "") for name in ("ip", "node", "usrargs")))


def _signed(scheme: str, domain: str, uri: str, key: str, expires_at: datetime) -> str:
    return f"{scheme}://{domain}{uri}?auth_key={auth_key(uri, int(expires_at.timestamp()), key)}"
