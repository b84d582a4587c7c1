"""Feeds: read once for all, when told, and how it stands for whoever comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

import pytest

from subscriptions import feeds as feeding
from subscriptions.feeds import Feeds, State
from tests.waiting import until


class Source:
    """Something that can be read, and counts how often it is."""

    def __init__(self) -> None:
        self.value = 0
        self.reads = 0
        self.fault: Exception | None = None

    def was_read(self, since: int) -> bool:
        return self.reads > since

    async def read(self) -> int:
        self.reads += 1
        if self.fault is not None:
            raise self.fault
        return self.value


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "EVERY_S", 0.0)
    monkeypatch.setattr(feeding, "LOOK_AGAIN_S", 30.0)


@asynccontextmanager
async def following(feeds: Feeds, source: Source) -> AsyncIterator[Any]:
    async with aclosing(feeds.follow("it", ["topic"], source.read, lambda value: value)) as states:
        yield states


async def heard(states: Any) -> State[int]:
    async with asyncio.timeout(5):
        state: State[int] = await anext(states)
        return state


async def test_all_who_follow_get_the_same_state_of_one_reading() -> None:
    feeds, source = Feeds(), Source()
    async with following(feeds, source) as one, following(feeds, source) as other:
        first, second = await heard(one), await heard(other)

        assert first is second
        assert source.reads == 1


async def test_what_is_told_is_read_anew_and_nothing_is_said_unless_it_changed() -> None:
    feeds, source = Feeds(), Source()
    async with following(feeds, source) as states:
        assert (await heard(states)).value == 0
        feeds.tell(["another"])
        feeds.tell(["topic"])
        await until(lambda: source.reads == 2)
        source.value = 1
        feeds.tell(["topic"])
        assert (await heard(states)).value == 1


async def test_who_is_busy_gets_the_last_state_alone() -> None:
    feeds, source = Feeds(), Source()
    async with following(feeds, source) as states:
        await heard(states)
        for value in (1, 2, 3):
            source.value = value
            feeds.doubt()
            await until(partial(source.was_read, source.reads))
        assert (await heard(states)).value == 3


async def test_what_cannot_be_read_at_first_is_told_and_later_waited_out() -> None:
    feeds, source = Feeds(), Source()
    source.fault = OSError("away")
    async with following(feeds, source) as states:
        with pytest.raises(OSError, match="away"):
            await heard(states)
    source.fault = None
    async with following(feeds, source) as states:
        await heard(states)
        source.fault = OSError("away")
        feeds.tell(["topic"])
        await until(lambda: source.reads == 3)
        source.fault, source.value = None, 7
        feeds.tell(["topic"])
        assert (await heard(states)).value == 7


async def test_what_nobody_follows_any_more_is_forgotten() -> None:
    feeds, source = Feeds(), Source()
    async with following(feeds, source) as states:
        await heard(states)
    assert (feeds._feeds, feeds._by_topic) == ({}, {})
