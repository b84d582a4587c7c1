"""Webhooks: who is told what happened, how often that is tried, and how the receiver knows that it is from us.

Signatures and headers are those of Standard Webhooks (https://www.standardwebhooks.com). Each event is delivered at
least once, for 72 hours, to each endpoint that asked for its type (R68, reliability P5).
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from html import escape
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, between, text_within
from domain.webhook_events import WebhookEvent, WebhookEventType, Word, check_types, public_id

MOST_ENDPOINTS = 50
LONGEST_DESCRIPTION = 200
LONGEST_RESPONSE = 500
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105  what it begins with
LONGEST_OVERLAP_HOURS = 168
PERSISTENCE = timedelta(hours=72)
LEAST_ATTEMPTS = 12
PAUSES_S = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 28_800, 36_000, 43_200, 50_400, 50_400)
"""How long after each attempt the next one is made; they add up to 72 hours."""
JITTER = 0.2
LONGEST_ASKED_PAUSE = timedelta(hours=1)
TIRED_AFTER = 10
"""After so many failures in a row an endpoint rests between attempts, whatever waits for it."""
LONGEST_REST_S = 300
GONE = 410


class WebhookEndpointState(Enum):
    """Whether events are sent to an endpoint. Those that happen while it pauses are kept for it."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class WebhookPauseReason(Enum):
    """Why an endpoint pauses."""

    STAFF = "STAFF"
    FAILING = "FAILING"
    GONE = "GONE"


class WebhookDeliveryState(Enum):
    """What became of an event on its way to an endpoint."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class WebhookFailure(Enum):
    """Why an attempt failed."""

    NAME_UNKNOWN = "NAME_UNKNOWN"
    ADDRESS_FORBIDDEN = "ADDRESS_FORBIDDEN"
    NOT_CONNECTED = "NOT_CONNECTED"
    TLS_FAILED = "TLS_FAILED"
    TIMED_OUT = "TIMED_OUT"
    BROKE_OFF = "BROKE_OFF"
    REDIRECTED = "REDIRECTED"
    REFUSED = "REFUSED"


@record
class WebhookEndpoint:
    """Where another system wants to be told of events of some types. Its secrets are nobody's to read."""

    id: UUID
    url: str
    types: frozenset[WebhookEventType]
    description: str
    created_at: datetime
    state: WebhookEndpointState = WebhookEndpointState.ACTIVE
    pause_reason: WebhookPauseReason | None = None
    paused_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    """How many attempts in a row have failed."""
    resting_until: datetime | None = None
    old_secret_until: datetime | None = None
    version: int = 1


@record
class EndpointDraft:
    """What is asked for of an endpoint."""

    url: str
    types: Sequence[WebhookEventType]
    description: str = ""

    def checked(self) -> EndpointDraft:
        """The draft as it is kept; its URL is looked at elsewhere.

        Raises:
            BadInput: there are no types, or the description is longer than 200 characters.
        """
        types = check_types(self.types)
        if not types:
            raise BadInput("at least one type of event", "至少选择一种事件", path=("input", "types"))
        description = text_within(self.description, LONGEST_DESCRIPTION, "input", "description", least=0)
        return EndpointDraft(self.url, sorted(types, key=lambda one: one.value), description)


@record
class Due:
    """A delivery whose turn it is: everything that is needed to send it."""

    delivery_id: UUID
    endpoint_id: UUID
    url: str
    secrets: tuple[str, ...]
    event: WebhookEvent
    attempts: int
    """With this one."""
    first_tried_at: datetime


@record
class Answer:
    """What came of sending: the status, unless it went wrong before, and the beginning of what was answered."""

    status: int | None
    failure: WebhookFailure | None
    response: str = ""
    duration_ms: int = 0
    retry_after: timedelta | None = None


@record
class Attempt:
    """One time that an event was sent."""

    id: UUID
    delivery_id: UUID
    at: datetime
    answer: Answer


@record
class Outcome:
    """What an attempt makes of its delivery. `next_try_at` is there for one that is tried again."""

    attempt: Attempt
    endpoint_id: UUID
    state: WebhookDeliveryState
    next_try_at: datetime | None
    is_test: bool


@record
class Delivery:
    """An event on its way to an endpoint; its id is the same at each attempt (C46)."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    state: WebhookDeliveryState
    attempt_count: int
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


@record
class Replay:
    """What was sent again: how many, and up to which event; there is none when nothing was left."""

    count: int
    last_event_id: UUID | None


def status_failure(status: int) -> WebhookFailure | None:
    """Why an answer with this status is a failure; None when it is not: 2xx alone say that the event has arrived."""
    if 200 <= status < 300:
        return None
    return WebhookFailure.REDIRECTED if 300 <= status < 400 else WebhookFailure.REFUSED


def next_try(due: Due, answer: Answer, at: datetime, spread: float) -> datetime | None:
    """When to try again after a failure; None when it was tried for 72 hours, and 12 times at least.

    `spread`, from 0 to 1, lengthens the pause by up to a fifth, so that what failed together does not come back
    together. A receiver may ask for a longer pause, of an hour at most.
    """
    end = due.first_tried_at + PERSISTENCE
    if at >= end and due.attempts >= LEAST_ATTEMPTS:
        return None
    pause = timedelta(seconds=PAUSES_S[min(due.attempts, len(PAUSES_S)) - 1] * (1 + JITTER * spread))
    asked = min(answer.retry_after or timedelta(0), LONGEST_ASKED_PAUSE)
    then = at + max(pause, asked)
    return min(then, end) if at < end else then


def outcome(due: Due, attempt: Attempt, at: datetime, spread: float) -> Outcome:
    """What an attempt makes of its delivery once it is over. A test is not tried again: whoever tests looks on."""
    answer, is_test = attempt.answer, due.event.type is WebhookEventType.TEST
    if answer.failure is None:
        return Outcome(attempt, due.endpoint_id, WebhookDeliveryState.DELIVERED, None, is_test)
    again = None if is_test else next_try(due, answer, at, spread)
    state = WebhookDeliveryState.DEAD if again is None else WebhookDeliveryState.PENDING
    return Outcome(attempt, due.endpoint_id, state, again, is_test)


def after(endpoint: WebhookEndpoint, outcomes: Sequence[Outcome], at: datetime) -> WebhookEndpoint:
    """An endpoint after attempts: it pauses when it failed for 72 hours, or when it says that it is gone.

    One success is enough to be well again. A test changes nothing.
    """
    answers = [one.attempt.answer for one in outcomes if not one.is_test]
    if not answers or endpoint.state is WebhookEndpointState.PAUSED:
        return endpoint
    if any(one.failure is None for one in answers):
        return replace(endpoint, failing_since=None, failures=0, resting_until=None)
    failures = endpoint.failures + len(answers)
    failing_since = endpoint.failing_since or at
    tired = replace(endpoint, failures=failures, failing_since=failing_since, resting_until=_rest(failures, at))
    if any(one.status == GONE for one in answers):
        return pause(tired, WebhookPauseReason.GONE, at)
    return pause(tired, WebhookPauseReason.FAILING, at) if at - failing_since >= PERSISTENCE else tired


def _rest(failures: int, at: datetime) -> datetime | None:
    if failures < TIRED_AFTER:
        return None
    return at + timedelta(seconds=min(5 * 2 ** min(failures - TIRED_AFTER, 16), LONGEST_REST_S))


def pause(endpoint: WebhookEndpoint, reason: WebhookPauseReason, at: datetime) -> WebhookEndpoint:
    """Send nothing more for now; one that pauses stays as it is."""
    if endpoint.state is WebhookEndpointState.PAUSED:
        return endpoint
    version = endpoint.version + 1
    return replace(endpoint, state=WebhookEndpointState.PAUSED, pause_reason=reason, paused_at=at, version=version)


def resume(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Send again, what was kept first; one that is active stays as it is."""
    if endpoint.state is WebhookEndpointState.ACTIVE:
        return endpoint
    return replace(
        endpoint,
        state=WebhookEndpointState.ACTIVE,
        pause_reason=None,
        paused_at=None,
        failing_since=None,
        failures=0,
        resting_until=None,
        version=endpoint.version + 1,
    )


def rotated(endpoint: WebhookEndpoint, overlap_hours: int, at: datetime) -> WebhookEndpoint:
    """An endpoint that gets a new secret; the one before it signs as well for so many hours.

    Raises:
        BadInput: not from 0 to 168 hours.
    """
    hours = between(overlap_hours, 0, LONGEST_OVERLAP_HOURS, "input", "oldSecretHours")
    return replace(endpoint, old_secret_until=at + timedelta(hours=hours), version=endpoint.version + 1)


def new_secret(random: bytes) -> str:
    """A secret as Standard Webhooks writes it."""
    return SECRET_PREFIX + b64encode(random).decode()


def headers_of(due: Due, body: bytes, at: datetime) -> dict[str, str]:
    """The headers by which a receiver knows an event, when it was sent, and that it is from us.

    There is a signature by each secret that is good: a receiver has one of them.
    """
    name, seconds = public_id(Word.WEBHOOK_DELIVERY, due.delivery_id), str(int(at.timestamp()))
    signed = f"{name}.{seconds}.".encode() + body
    signatures = " ".join(_signature(secret, signed) for secret in due.secrets)
    return {"webhook-id": name, "webhook-timestamp": seconds, "webhook-signature": signatures}


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


def shown(response: str) -> str:
    """The beginning of what a receiver answered, safe to be put into a page (reliability J14).

    >>> shown("<b>no</b>")
    '&lt;b&gt;no&lt;/b&gt;'
    """
    return escape(response)


def readable(raw: bytes) -> str:
    """The beginning of what a receiver answered, as text that can be kept."""
    text = raw[: LONGEST_RESPONSE * 4].decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)[:LONGEST_RESPONSE]
