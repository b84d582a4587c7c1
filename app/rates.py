"""How often callers may ask: a bucket of tokens for each, in this process."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from domain.identity import Principal

MOST_CALLERS = 50_000
REJECTED_COSTS = 5


@dataclass(slots=True)
class Bucket:
    """Fills with so many tokens a second, up to so many."""

    per_s: float
    most: float
    tokens: float
    at: float

    def wait_s(self, cost: float, now: float) -> float:
        """Take tokens: 0 when there were enough, else the seconds until there would be."""
        self.tokens = min(self.most, self.tokens + (now - self.at) * self.per_s)
        self.at = now
        if self.tokens < cost:
            return (cost - self.tokens) / self.per_s
        self.tokens -= cost
        return 0.0


def bucket(per_s: float, most: float) -> Bucket:
    """A full bucket."""
    return Bucket(per_s, most, most, time.monotonic())


class Rates:
    """The buckets of members, and of visitors by their address. Those that are not used are forgotten."""

    def __init__(self, visitor_per_minute: int, member_per_minute: int) -> None:
        self._visitor, self._member = visitor_per_minute, member_per_minute
        self._buckets: OrderedDict[object, Bucket] = OrderedDict()

    def wait_s(self, principal: Principal, client: str, cost: int = 1) -> int:
        """Count a request: 0 when it may go on, else the whole seconds to wait."""
        return ceil(self._bucket(principal, client).wait_s(cost, time.monotonic()))

    def charge(self, principal: Principal, client: str) -> None:
        """Let a caller pay for a request that was refused: it cost us more than it looks."""
        found = self._bucket(principal, client)
        found.tokens = max(0.0, found.tokens - REJECTED_COSTS)

    def _bucket(self, principal: Principal, client: str) -> Bucket:
        key, per_minute = (
            (client, self._visitor) if principal.member_id is None else (principal.member_id, self._member)
        )
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = bucket(per_minute / 60, per_minute)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return found
