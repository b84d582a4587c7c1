"""Alarms: wakes many connections, each at its own time, with one timer of the loop for all of them."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count
from typing import Protocol


class Sleeper(Protocol):
    """Something that has to be woken now and then."""

    wakes_at: float
    """When that is next, in the loop's time. An alarm of another time is out of date."""

    def wake(self) -> None:
        """Do what is due, and set the next alarm, if there is to be one."""


class Alarms:
    """The alarms of a process. One that is out of date is forgotten at its time, so none may be set far ahead."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Sleeper]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    def set(self, sleeper: Sleeper, at: float) -> None:
        """Wake someone at this time, in place of the time that was set before."""
        sleeper.wakes_at = at
        heappush(self._heap, (at, next(self._numbers), sleeper))
        if self._heap[0][2] is sleeper:
            self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap:
            self._timer = asyncio.get_running_loop().call_at(self._heap[0][0], self._ring)

    def _ring(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._heap and self._heap[0][0] <= now:
            at, _, sleeper = heappop(self._heap)
            if sleeper.wakes_at == at:
                sleeper.wake()
        self._wait()
