"""Windows: what callers did lately, to hold them to rates. In memory: each process counts for itself."""

from __future__ import annotations

from collections import OrderedDict, deque

from limits import RateLimitItem

Whose = tuple[str, ...]


class Windows:
    """Counts what each caller does, for as long as the window of its rate lasts.

    What is out of its window is forgotten as others are counted, at the cost of those that are forgotten; the storage
    of `limits` looks through all that it keeps, each in a thread, again and again.
    """

    def __init__(self) -> None:
        self._by_length: dict[int, OrderedDict[Whose, deque[float]]] = {}

    def wait_s(self, rate: RateLimitItem, whose: Whose, at: float) -> float:
        """How many seconds until one more is allowed; 0: it is now."""
        window = self._by_length.get(rate.get_expiry())
        times = None if window is None else window.get(_key(rate, whose))
        if times is None or len(times) < rate.amount:
            return 0.0
        return max(0.0, times[0] + rate.get_expiry() - at)

    def count(self, rate: RateLimitItem, whose: Whose, at: float) -> None:
        """Count one more. Times must not run backwards."""
        window = self._by_length.setdefault(rate.get_expiry(), OrderedDict())
        key = _key(rate, whose)
        # The last so many are enough: one more is allowed once the first of them is out of the window.
        window.setdefault(key, deque(maxlen=rate.amount)).append(at)
        window.move_to_end(key)
        while next(iter(window.values()))[-1] <= at - rate.get_expiry():
            window.popitem(last=False)


def _key(rate: RateLimitItem, whose: Whose) -> Whose:
    return (str(rate.amount), *whose)
