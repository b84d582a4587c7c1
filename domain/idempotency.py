"""Idempotency: one key, one request, one effect, one answer."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from domain.records import record
from domain.refusals import BadInput

LONGEST_KEY = 100
_ENCODER = json.JSONEncoder(sort_keys=True, default=str)


@record
class Request:
    """What a client asked for under a key. Two requests are the same when their fingerprints are."""

    owner: str
    """Whose key it is: the same key of two callers has nothing to do with each other."""
    key: str
    fingerprint: str


def request_of(owner: str, operation: str, key: str, values: dict[str, Any]) -> Request:
    """Describe a request by everything that its effect depends on.

    Raises:
        BadInput: the key is empty or longer than 100 characters.
    """
    return Request(owner, checked_key(key), fingerprint(operation, values))


def checked_key(key: str) -> str:
    """A key of a client's.

    Raises:
        BadInput: it is empty or longer than 100 characters.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise BadInput(
            f"1 to {LONGEST_KEY} printable characters",
            f"应为 1 到 {LONGEST_KEY} 个可见字符",
            path=("input", "idempotencyKey"),
        )
    return key


def fingerprint(operation: str, values: dict[str, Any]) -> str:
    """By what a request is known again."""
    return hashlib.sha256(_ENCODER.encode([operation, values]).encode()).hexdigest()
