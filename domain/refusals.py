"""Refusals: the expected ways of saying no, named as facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar


class ErrorCode(Enum):
    """What went wrong, for programs. Codes are only ever added."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    CONFLICT = "CONFLICT"
    STALE_VERSION = "STALE_VERSION"
    RATE_LIMITED = "RATE_LIMITED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    INSUFFICIENT_COINS = "INSUFFICIENT_COINS"
    LIMIT_PER_MEMBER = "LIMIT_PER_MEMBER"
    INVALID_STATE = "INVALID_STATE"
    CODE_INVALID = "CODE_INVALID"
    TOKEN_INVALID = "TOKEN_INVALID"
    CONTENT_REJECTED = "CONTENT_REJECTED"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    RESYNC_REQUIRED = "RESYNC_REQUIRED"
    CONDITION_NOT_MET = "CONDITION_NOT_MET"
    NOT_OPEN_YET = "NOT_OPEN_YET"
    NONE_LEFT = "NONE_LEFT"
    NOT_OF_AGE = "NOT_OF_AGE"
    MEMBER_MUTED = "MEMBER_MUTED"
    MEMBER_KICKED = "MEMBER_KICKED"
    ROOM_MUTED = "ROOM_MUTED"
    PRICE_CHANGED = "PRICE_CHANGED"
    PRICE_BELOW_FLOOR = "PRICE_BELOW_FLOOR"
    COUPON_NOT_APPLICABLE = "COUPON_NOT_APPLICABLE"
    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    GROUP_FULL = "GROUP_FULL"
    NOT_STARTED = "NOT_STARTED"
    STALE_QUANTITY = "STALE_QUANTITY"
    TOO_MANY_UNPAID = "TOO_MANY_UNPAID"
    ADDRESS_NOT_SERVED = "ADDRESS_NOT_SERVED"
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    GUIDE_CYCLE = "GUIDE_CYCLE"
    WEBHOOK_URL_FORBIDDEN = "WEBHOOK_URL_FORBIDDEN"
    FOUR_EYES = "FOUR_EYES"
    STEP_UP_REQUIRED = "STEP_UP_REQUIRED"


@dataclass(eq=False)
class Refusal(Exception):
    """An expected no. A resolver raises it, its transaction rolls back, the client gets it typed.

    `path` leads to the part of the input that is at fault, outermost name first. Text of a
    refusal for people stands in `schema/messages.py`, by class name.
    """

    code: ClassVar[ErrorCode]
    retryable: ClassVar[bool] = False
    path: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(eq=False)
class Refusals(Exception):
    """Several refusals of one request."""

    members: Sequence[Refusal]


@dataclass(eq=False)
class BadInput(Refusal):
    """A value is outside of what the contract allows. `rule` says what is allowed, in English and Chinese."""

    code = ErrorCode.BAD_USER_INPUT
    rule: str = ""
    rule_zh: str = ""


@dataclass(eq=False)
class NotFound(Refusal):
    """There is no such object, or the caller may not see it; the two are not told apart."""

    code = ErrorCode.NOT_FOUND


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The caller sees the object and may not do this to it."""

    code = ErrorCode.FORBIDDEN


@dataclass(eq=False)
class StaleVersion(Refusal):
    """The object changed since the caller read it."""

    code = ErrorCode.STALE_VERSION
    current: int = 0


@dataclass(eq=False)
class TooOften(Refusal):
    """The caller does this more often than allowed. `retry_after_ms` None: it is not known any finer."""

    code = ErrorCode.RATE_LIMITED
    retryable = True
    retry_after_s: int = 1
    retry_after_ms: int | None = None


@dataclass(eq=False)
class KeyReused(Refusal):
    """The idempotency key was used for another request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED


@dataclass(eq=False)
class KeyInProgress(Refusal):
    """The first request with this idempotency key is still running."""

    code = ErrorCode.IDEMPOTENCY_IN_PROGRESS
    retryable = True


@dataclass(eq=False)
class WrongState(Refusal):
    """The object's state does not allow this. `state` is the state it is in."""

    code = ErrorCode.INVALID_STATE
    state: str = ""


@dataclass(eq=False)
class ProviderUnavailable(Refusal):
    """A service that we call did not answer properly; nothing was changed."""

    code = ErrorCode.PROVIDER_UNAVAILABLE
    retryable = True


def between(value: int, low: int, high: int, *path: str) -> int:
    """The value itself, when it lies within both bounds.

    Raises:
        BadInput: it does not.
    """
    if not low <= value <= high:
        raise BadInput(f"from {low} to {high}", f"应在 {low} 到 {high} 之间", path=path)
    return value


def text_within(value: str, most: int, *path: str, least: int = 1) -> str:
    """The text without surrounding space, when its length is within bounds.

    Raises:
        BadInput: it is too short or too long, or holds control characters.
    """
    text = value.strip()
    if not least <= len(text) <= most:
        raise BadInput(f"{least} to {most} characters", f"长度应为 {least} 到 {most} 个字符", path=path)
    if any(ord(c) < 32 and c not in "\n\t" for c in text):
        raise BadInput("no control characters", "不能包含控制字符", path=path)
    return text


def same_version(current: int, expected: int | None) -> None:
    """Hold an edit to the version that its author read; None does not ask.

    Raises:
        StaleVersion: the object is at another one.
    """
    if expected is not None and expected != current:
        raise StaleVersion(current, path=("input", "expectedVersion"))
