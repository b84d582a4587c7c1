"""Video of live rooms: where it comes from, where it is sent to and where it is found."""

from __future__ import annotations

from datetime import datetime

from domain.identity import Scope
from domain.live_video import VideoSource
from schema.access import attribute, object_type
from schema.enums import described

described(
    VideoSource,
    "Where the picture of a live room comes from.",
    NONE="There is none, or clients know where.",
    STREAM="A stream that is pushed through the brand's video provider, which tells whether it flows.",
    CHANNELS="WeChat Channels (视频号), which mini-programs embed themselves.",
)


@object_type(scope=Scope.VISITOR, description="Where viewers find the stream of a room (播放地址).")
class LivePlayback:
    rtmp: str | None = attribute("Over RTMP.")
    flv: str | None = attribute("As FLV over HTTP: for web pages with a player of their own.")
    hls: str | None = attribute("As HLS: for iOS.")
    webrtc: str | None = attribute("Over WebRTC, in the provider's own form.")
    expires_at: datetime = attribute("Read them anew before.")


@object_type(scope=Scope.VISITOR, description="Where a host sends the stream of a room to (推流地址).")
class LivePush:
    url: str = attribute("For the app or the program that sends it. Whoever has it can send a stream: keep it secret.")
    expires_at: datetime = attribute("Read it anew before sending again after this.")
