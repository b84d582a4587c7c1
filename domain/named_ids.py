"""Ids that follow from names: what is brought in twice is the same thing."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID


def named_id(name: str, at: datetime) -> UUID:
    """A UUIDv7 of this time whose remaining bits follow from the name: the same for the same two, wherever it is made.

    >>> from datetime import UTC
    >>> str(named_id("litemall:comment:1", datetime(2018, 1, 31, 16, tzinfo=UTC)))[:18]
    '01614cf2-4000-7944'
    """
    tail = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    random_a, random_b = tail >> 68, tail & (1 << 62) - 1
    moment_ms = int(at.timestamp() * 1000)
    return UUID(int=(moment_ms << 80) | (0x7 << 76) | (random_a << 64) | (0b10 << 62) | random_b)
