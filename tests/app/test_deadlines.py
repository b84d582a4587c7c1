"""Deadlines: who takes too long is told once, whoever else is under way."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.deadlines import Deadline, Patience
from tests.waiting import until


class Waits:
    """Notes when it was told that it is late."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told_after: list[float] = []

    def late(self) -> None:
        self.told_after.append(time.monotonic() - self.began)


async def test_each_is_told_after_its_own_time_and_who_ended_is_not() -> None:
    patience, waiting = Patience(0.3), []
    for _ in range(4):
        waiting.append(Waits())
        patience.begin(waiting[-1])
        await asyncio.sleep(0.02)
    patience.end(waiting[2])
    await until(lambda: waiting[3].told_after)
    await asyncio.sleep(0.05)

    assert [len(one.told_after) for one in waiting] == [1, 1, 0, 1]
    assert all(0.295 <= told < 5 for one in waiting for told in one.told_after)


class Fails:
    """Cannot be told."""

    def late(self) -> None:
        raise RuntimeError


async def test_who_fails_at_being_told_keeps_nobody_else_from_it() -> None:
    patience, second, third = Patience(0.02), Waits(), Waits()
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    patience.begin(Fails())
    patience.begin(second)
    await until(lambda: second.told_after)
    patience.begin(third)
    await until(lambda: third.told_after)

    assert [len(one.told_after) for one in (second, third)] == [1, 1]


async def test_after_nothing_was_under_way_for_a_while_the_next_is_told_again() -> None:
    patience, first, second = Patience(0.02), Waits(), Waits()
    patience.begin(first)
    await until(lambda: first.told_after)
    await asyncio.sleep(0.06)
    patience.begin(second)
    await until(lambda: second.told_after)

    assert [len(one.told_after) for one in (first, second)] == [1, 1]


async def test_a_block_that_takes_too_long_ends_with_a_timeout_and_the_task_goes_on() -> None:
    with pytest.raises(TimeoutError), Deadline(Patience(0.01)):
        await asyncio.sleep(5)

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_of_two_deadlines_the_shorter_one_is_told_apart() -> None:
    outer = Patience(5)
    with Deadline(outer):
        with pytest.raises(TimeoutError), Deadline(Patience(0.01)):
            await asyncio.sleep(5)
        await asyncio.sleep(0)


async def test_a_block_that_ends_in_time_hears_nothing_later() -> None:
    with Deadline(Patience(0.01)):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)


async def test_who_is_cancelled_by_another_stays_cancelled_though_late() -> None:
    entered = asyncio.Event()

    async def work() -> None:
        with Deadline(patience):
            entered.set()
            await asyncio.sleep(5)

    patience = Patience(5)
    task = asyncio.create_task(work())
    await entered.wait()
    (deadline,) = patience._waiting
    deadline.late()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
