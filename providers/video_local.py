"""A video engine on this machine, node-media-server 4, for trying live rooms out (docs/live-video.md).

Addresses: `sign={expiry}-{md5("/{app}/{stream}-{expiry}-{key}")}`. What it tells is not signed, so the address that it
calls holds the key: `?key=…`, known to this machine alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.live_video import NotBelieved, NotUnderstood, Playback, PushTold
from providers.video import Callback, Site, md5, push_told, said_in, same

_PUSH = "push"
"""All pushes of a stream go by one name and tell themselves apart by time: the engine gives a push that goes on where
another broke off a name of its own, and says nothing of the other's end."""
_TIMES = {"postPublish": "createtime", "donePublish": "endtime"}


class LocalVideo:
    """Streams through an engine of our own. Domains have their ports: `127.0.0.1:1935` and `127.0.0.1:8935`."""

    name = "local"
    answer: Mapping[str, Any] = {}

    def __init__(self, site: Site) -> None:
        self._site = site

    def push_url(self, stream: str, expires_at: datetime) -> str:
        return f"rtmp://{self._site.push_domain}/{self._site.app}/{stream}?{self._signed(stream, expires_at)}"

    def play_urls(self, stream: str, expires_at: datetime) -> Playback:
        query = self._signed(stream, expires_at)
        return Playback(
            rtmp=f"rtmp://{self._site.push_domain}/{self._site.app}/{stream}?{query}",
            flv=f"http://{self._site.play_domain}/{self._site.app}/{stream}.flv?{query}",
            hls=None,
            webrtc=None,
            expires_at=expires_at,
        )

    def verify_callback(self, callback: Callback, now: datetime) -> PushTold | None:  # noqa: ARG002  it says no time
        if not same(self._site.callback_key, callback.query.get("key", "")):
            raise NotBelieved
        said = said_in(callback.body)
        action = said.get("action")
        if action not in _TIMES:
            return None
        time = said.get(_TIMES[action])
        if not isinstance(time, int | float):
            raise NotUnderstood
        return push_told(said.get("name"), _PUSH, began=action == "postPublish", at=time / 1000)

    def _signed(self, stream: str, expires_at: datetime) -> str:
        expiry = int(expires_at.timestamp())
        return f"sign={expiry}-{md5(f'/{self._site.app}/{stream}-{expiry}-{self._site.push_key}')}"
