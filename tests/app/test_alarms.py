"""Alarms: everyone is woken at their time, however many there are."""

from __future__ import annotations

import asyncio
import random

from app.alarms import Alarms
from tests.waiting import until


class Sleeper:
    """Counts how often and when it was woken, and sleeps on for a while as often as it is told to."""

    def __init__(self, alarms: Alarms, naps: int = 0) -> None:
        self.wakes_at = 0.0
        self.late_s: list[float] = []
        self._alarms = alarms
        self._naps = naps

    def wake(self) -> None:
        now = asyncio.get_running_loop().time()
        self.late_s.append(now - self.wakes_at)
        if len(self.late_s) <= self._naps:
            self._alarms.set(self, now + 0.01)


async def test_each_is_woken_once_at_its_time_and_not_before() -> None:
    alarms, now, dice = Alarms(), asyncio.get_running_loop().time(), random.Random(7)
    sleepers = [Sleeper(alarms) for _ in range(500)]
    on_time = [Sleeper(alarms) for _ in sleepers]
    for sleeper, other in zip(sleepers, on_time, strict=True):
        sleeper.wakes_at = other.wakes_at = now + dice.uniform(0, 0.1)
        alarms.set(sleeper, sleeper.wakes_at)
        asyncio.get_running_loop().call_at(other.wakes_at, other.wake)

    await until(lambda: all(one.late_s for one in sleepers))
    await asyncio.sleep(0.1)

    assert [len(one.late_s) for one in sleepers] == [1] * 500
    # How late the loop itself is, on a machine that has other things to do, is not ours.
    assert all(0 <= one.late_s[0] < other.late_s[0] + 0.05 for one, other in zip(sleepers, on_time, strict=True))


async def test_an_alarm_that_was_set_anew_rings_at_the_new_time_alone() -> None:
    alarms, now = Alarms(), asyncio.get_running_loop().time()
    earlier, later = Sleeper(alarms), Sleeper(alarms)
    alarms.set(earlier, now + 9)
    alarms.set(earlier, now + 0.02)
    alarms.set(later, now + 0.01)
    alarms.set(later, now + 9)

    await asyncio.sleep(0.05)

    assert (len(earlier.late_s), len(later.late_s)) == (1, 0)


async def test_who_sleeps_on_is_woken_again() -> None:
    alarms = Alarms()
    sleeper = Sleeper(alarms, naps=3)
    alarms.set(sleeper, 0)

    await until(lambda: len(sleeper.late_s) == 4)
    await asyncio.sleep(0.05)

    assert len(sleeper.late_s) == 4
