"""Providers of live video: one port. They take a host's stream and bring it to viewers; we sign who may do either."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from domain.live_video import LONGEST_PUSH, NotBelieved, NotUnderstood, Playback, PushTold
from domain.records import record


@record
class Callback:
    """What came to the address that a provider calls. Names of headers are in lower case."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@record
class Site:
    """Where a provider takes and gives streams, and the keys that sign the addresses and what it tells."""

    push_domain: str
    play_domain: str
    app: str
    push_key: str
    play_key: str
    callback_key: str


class LiveVideoProvider(Protocol):
    """Where the streams of live rooms go through. `name` is the last part of the address that it calls."""

    name: str
    answer: Mapping[str, Any]
    """What it wants to hear when its news were taken."""

    def push_url(self, stream: str, expires_at: datetime) -> str:
        """Where the stream with this key is sent to."""

    def play_urls(self, stream: str, expires_at: datetime) -> Playback:
        """Where the stream with this key is found."""

    def verify_callback(self, callback: Callback, now: datetime) -> PushTold | None:
        """Check and read what the provider tells; None when it is not about a push.

        Raises:
            NotBelieved: it is forged or stale.
            NotUnderstood: it is not to be read.
        """


def md5(text: str) -> str:
    """What providers sign with; the keys are theirs and ours alone."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def same(expected: str, given: str) -> bool:
    """Whether two signatures are the same, found out in the same time for all."""
    return hmac.compare_digest(expected.encode(), given.encode())


def seconds_of(given: Any) -> int:
    """A Unix timestamp in decimal digits.

    Raises:
        NotBelieved: it is none.
    """
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise NotBelieved
    return int(text)


def said_in(body: bytes) -> dict[str, Any]:
    """The object that a body of JSON holds.

    Raises:
        NotUnderstood: it holds none.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotUnderstood from error
    if not isinstance(said, dict):
        raise NotUnderstood
    return said


def push_told(stream: Any, push: Any, *, began: bool, at: Any) -> PushTold:
    """News of a push; `at` in seconds since 1970.

    Raises:
        NotUnderstood: a part is missing or out of bounds.
    """
    if not isinstance(stream, str) or not isinstance(push, str) or not 1 <= len(push) <= LONGEST_PUSH:
        raise NotUnderstood
    if "\0" in stream + push:
        raise NotUnderstood
    try:
        return PushTold(stream, push, began, datetime.fromtimestamp(float(at), UTC))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise NotUnderstood from error
