"""Live video: where a room's picture comes from, and what a provider tells of it (product rules 2.8.1).

The bytes are a provider's. What it tells may come late, twice or in another order: each push is kept with when it
began and when it ended, and whether there is a picture now is read from all of them together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import ErrorCode, Refusal

LONGEST_PUSH = 100
"""How long a provider's name of a push may be, in characters."""


class VideoSource(Enum):
    """Where the picture of a room comes from."""

    NONE = "NONE"
    STREAM = "STREAM"
    CHANNELS = "CHANNELS"


@record
class VideoTerms:
    """The brand's patience with streams, and for how long addresses are good."""

    absent_for: timedelta = timedelta(seconds=60)
    """A live room pauses when no stream came for so long."""
    gone_for: timedelta = timedelta(minutes=10)
    """A room that is paused ends when no stream came for so long."""
    push_lasts: timedelta = timedelta(minutes=30)
    play_lasts: timedelta = timedelta(hours=6)


@record
class Stream:
    """The stream of a room. `waits_since`: since when the room, in the state it is in, waits for it; None: it flows."""

    room_id: UUID
    key: str
    waits_since: datetime | None
    paused_the_room: bool
    """Whether the room is paused because the stream was absent, and not by its host's hand."""

    @property
    def flows(self) -> bool:
        return self.waits_since is None


@record
class Push:
    """One time that somebody sent a stream, from a provider's clock. It may have been told of its end only."""

    began_at: datetime | None
    ended_at: datetime | None


@record
class PushTold:
    """A provider says that a push began or ended. `push` is the same for both."""

    stream_key: str
    push: str
    began: bool
    at: datetime


@record
class PushAddress:
    """Where a host sends the stream to, until it expires."""

    url: str
    expires_at: datetime


@record
class Playback:
    """Where viewers find the stream, in the ways that the provider has, until they expire."""

    rtmp: str | None
    flv: str | None
    hls: str | None
    webrtc: str | None
    expires_at: datetime


class NotBelieved(Exception):
    """What came is not from the provider, or too old."""


class NotUnderstood(Exception):
    """What came is from the provider and cannot be read."""


@dataclass(eq=False)
class NoVideo(Refusal):
    """No provider of live video is set up."""

    code = ErrorCode.INVALID_STATE


def is_on(pushes: Iterable[Push]) -> bool:
    """Whether the newest push that began has not ended, whatever is known of those before it."""
    began = [(push.began_at, _goes_on(push)) for push in pushes if push.began_at is not None]
    return max(began)[1] if began else False


def _goes_on(push: Push) -> bool:
    return push.ended_at is None or (push.began_at is not None and push.ended_at < push.began_at)


def hear(stream: Stream, pushes: Iterable[Push], at: datetime) -> Stream:
    """The stream after the news that its pushes are these."""
    if is_on(pushes):
        return replace(stream, waits_since=None)
    return replace(stream, waits_since=stream.waits_since or at)


def is_missed(stream: Stream, for_long: timedelta, at: datetime) -> bool:
    """Whether the room has waited for its stream for so long."""
    return stream.waits_since is not None and stream.waits_since + for_long <= at
