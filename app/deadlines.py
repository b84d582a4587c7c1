"""Deadlines: what is under way and may take only so long, looked after by one timer for all that have equally long.

`asyncio.timeout` sets a timer for each use, and a request needs three: for its body, its operation, and the look
whether its client is still there. They were a seventh of what a short mutation cost.
"""

from __future__ import annotations

import asyncio
from itertools import takewhile
from time import monotonic
from types import TracebackType
from typing import Protocol, Self


class Waiting(Protocol):
    """What is under way. It is told once when it takes too long."""

    def late(self) -> None:
        """The time is over."""


class Patience:
    """Tells what is under way after so many seconds. What began first is late first: one timer is enough."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[Waiting, float] = {}
        self._is_set = False

    def begin(self, one: Waiting) -> None:
        """Tell it after so many seconds, unless it ends before."""
        self._waiting[one] = monotonic() + self._seconds
        if not self._is_set:
            self._is_set = True
            asyncio.get_running_loop().call_later(self._seconds, self._look)

    def end(self, one: Waiting) -> None:
        """It is not under way any more."""
        self._waiting.pop(one, None)

    def _look(self) -> None:
        """Tell those that are late, and look again when the next one would be."""
        now = monotonic()
        try:
            for one, _ in list(takewhile(lambda began: began[1] <= now, self._waiting.items())):
                del self._waiting[one]
                one.late()
        finally:  # who fails at being told keeps nobody else from it
            self._is_set = bool(self._waiting)
            if self._is_set:
                due = next(iter(self._waiting.values()))
                asyncio.get_running_loop().call_later(max(0.0, due - now), self._look)


class Deadline:
    """A block of the current task that ends with TimeoutError when it takes too long. Used once."""

    __slots__ = ("_cancelling", "_is_over", "_patience", "_task")

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._is_over = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "a deadline is for a task"
        self._task, self._cancelling = task, task.cancelling()
        self._patience.begin(self)
        return self

    def late(self) -> None:
        self._is_over = True
        self._task.cancel()

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        self._patience.end(self)
        # As asyncio.timeout has it: when somebody else cancelled the task too, it stays cancelled.
        if self._is_over and self._task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error
