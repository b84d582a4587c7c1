"""Whether what happened at once could have happened one after the other (Wing and Gong, with memory as by Lowe)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that was asked for and answered, between two instants."""

    began: float
    ended: float
    asked: Any
    answered: Any


class NotLinear(AssertionError):
    """No order of the operations explains their answers."""


def check(history: Sequence[Operation], state: S, step: Callable[[S, Any, Any], S | None]) -> S:
    """The state after an order of the operations that explains all answers, in which who ended before is before.

    `step` gives the state after an operation with its answer, or None when it could not be answered so.

    Raises:
        NotLinear: there is no such order.
    """
    operations = sorted(history, key=lambda one: one.began)
    search = _Search(operations, step)
    return search.run(state)


class _Search(Generic[S]):
    def __init__(self, operations: Sequence[Operation], step: Callable[[S, Any, Any], S | None]) -> None:
        self._operations = operations
        self._step = step
        self._seen: set[tuple[int, frozenset[int], S]] = set()

    def run(self, state: S) -> S:
        """Depth first: the first that are not done, those of them that began before any of them ended."""
        waiting: list[tuple[int, frozenset[int], S]] = [(0, frozenset(), state)]
        while waiting:
            first, ahead, state = waiting.pop()
            if first == len(self._operations):
                return state
            for i in self._candidates(first, ahead):
                after = self._step(state, self._operations[i].asked, self._operations[i].answered)
                if after is None:
                    continue
                found = (*self._done(first, ahead | {i}), after)
                if found not in self._seen:
                    self._seen.add(found)
                    waiting.append(found)
        raise NotLinear

    def _candidates(self, first: int, ahead: frozenset[int]) -> list[int]:
        """Those that may be next: none that is not done ended before it began."""
        candidates, earliest_end = [], float("inf")
        for i in range(first, len(self._operations)):
            one = self._operations[i]
            if one.began > earliest_end:
                break
            if i not in ahead:
                candidates.append(i)
                earliest_end = min(earliest_end, one.ended)
        return [i for i in candidates if self._operations[i].began <= earliest_end]

    def _done(self, first: int, ahead: frozenset[int]) -> tuple[int, frozenset[int]]:
        while first in ahead:
            ahead -= {first}
            first += 1
        return first, ahead
