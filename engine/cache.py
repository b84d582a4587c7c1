"""A bounded memory of what was worked out before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Keeps the entries used last: at most so many, and together at most of so much weight."""

    def __init__(self, entries: int, weight: int | None = None) -> None:
        self._entries = entries
        self._weight = weight
        self._held = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value, which now counts as used last."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, weight: int = 1) -> None:
        """Remember a value, and forget those not used for longest if there is no room."""
        _, before = self._values.pop(key, (None, 0))
        self._values[key] = (value, weight)
        self._held += weight - before
        while len(self._values) > self._entries or (self._weight is not None and self._held > self._weight):
            _, (_, freed) = self._values.popitem(last=False)
            self._held -= freed
