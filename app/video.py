"""The provider of live video that a deployment's settings choose."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from app.settings import Video
from domain.live_video import VideoTerms
from providers.video import LiveVideoProvider, Site
from providers.video_aliyun import AliyunVideo
from providers.video_local import LocalVideo
from providers.video_tencent import TencentVideo

CALLED = "/callbacks/live/"
"""Where a provider calls, followed by its name."""


def provider_of(chosen: str, video: Video, own_url: str) -> LiveVideoProvider | None:
    """The provider, or None when there is none.

    Raises:
        ValueError: one is chosen whose domains or keys are not set, or whose one key lets viewers push.
    """
    if chosen == "none":
        return None
    site = Site(video.push_domain, video.play_domain, video.app, video.push_key, video.play_key, video.callback_key)
    missing = [f"YUTANG_VIDEO__{name.upper()}" for name, value in vars(video).items() if value == ""]
    if missing:
        msg = f"LIVE_VIDEO={chosen} needs {', '.join(missing)}"
        raise ValueError(msg)
    if chosen != "local" and video.push_key == video.play_key:
        msg = "YUTANG_VIDEO__PUSH_KEY and YUTANG_VIDEO__PLAY_KEY must differ: who may play could push"
        raise ValueError(msg)
    match chosen:
        case "tencent":
            return TencentVideo(site)
        case "aliyun":
            return AliyunVideo(site, urlsplit(own_url).hostname or "")
        case _:
            return LocalVideo(site)


def terms_of(video: Video) -> VideoTerms:
    """The brand's patience with streams."""
    return VideoTerms(
        absent_for=timedelta(seconds=video.absent_s),
        gone_for=timedelta(seconds=video.gone_s),
        push_lasts=timedelta(seconds=video.push_lasts_s),
        play_lasts=timedelta(seconds=video.play_lasts_s),
    )
