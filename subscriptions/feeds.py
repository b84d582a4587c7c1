"""Feeds: how something stands now, for the many who follow it, such as a board or the tasks of a guide.

A feed has no history: who comes or comes back gets how it stands, and then each new state, or only the last of several.
It is read once for all who follow it in this process: when somebody tells of its topics, at most once a second, and now
and then besides, since what is told is a hint and may be lost. The database is the truth.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeAlias, TypeVar

from domain.refusals import TooOften

EVERY_S = 1.0
LOOK_AGAIN_S = 4.0
MOST_FEEDS = 20_000

_logger = logging.getLogger("yutang.feeds")

T = TypeVar("T")


class State(Generic[T]):
    """How something stood, and what was made of that for those to whom it looks alike."""

    __slots__ = ("made", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self.made: dict[Hashable, Any] = {}


class Feed(Generic[T]):
    """One thing that is followed. It is read as long as somebody follows it."""

    def __init__(self, read: Callable[[], Awaitable[T]], standing: Callable[[T], object]) -> None:
        """`standing` says of what was read what matters: as long as that is the same there are no news."""
        self.followers = 0
        self._read = read
        self._standing = standing
        self._state: State[T] | None = None
        self._fault: Exception | None = None
        self._told = asyncio.Event()
        self._turn = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """It may have changed."""
        self._told.set()

    async def states(self) -> AsyncGenerator[State[T], None]:
        """How it stands, and each new state, but for those that come while the caller is busy with another.

        Raises whatever keeps it from being read, until it was read once.
        """
        self._begin()
        seen: State[T] | None = None
        try:
            while True:
                turn, state = self._turn, self._state
                if state is not None and state is not seen:
                    seen = state
                    yield state
                elif state is None and self._fault is not None:
                    raise self._fault
                else:
                    await turn.wait()
        finally:
            self._leave()

    def _begin(self) -> None:
        self.followers += 1
        if self._task is None:
            self._state = self._fault = None
            self._task = asyncio.create_task(self._run())

    def _leave(self) -> None:
        self.followers -= 1
        if self.followers == 0 and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            self._told.clear()
            await self._look()
            await asyncio.sleep(EVERY_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S - EVERY_S):
                    await self._told.wait()

    async def _look(self) -> None:
        try:
            value = await self._read()
        except Exception as error:  # noqa: BLE001  who follows already waits for the next look
            _logger.warning("what is followed cannot be read: %r", error)
            self._fault = error
        else:
            if self._state is not None and self._standing(self._state.value) == self._standing(value):
                return
            self._state = State(value)
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()


AnyFeed: TypeAlias = Feed[Any]


class Feeds:
    """What is followed in this process, by key and by the topics that are told of when it changes."""

    def __init__(self) -> None:
        self._feeds: dict[Hashable, AnyFeed] = {}
        self._by_topic: defaultdict[str, set[AnyFeed]] = defaultdict(set)

    def tell(self, topics: Iterable[str]) -> None:
        """What these topics are about has changed."""
        for topic in topics:
            for feed in self._by_topic.get(topic, ()):
                feed.look()

    def doubt(self) -> None:
        """Something may have been told and not heard."""
        for feed in self._feeds.values():
            feed.look()

    async def follow(
        self,
        key: Hashable,
        topics: Sequence[str],
        read: Callable[[], Awaitable[T]],
        standing: Callable[[T], object],
    ) -> AsyncGenerator[State[T], None]:
        """How what this key names stands, and each new state (`Feed.states`). All who give the key follow one feed.

        Raises:
            TooOften: too much is followed in this process.
        """
        feed: Feed[T] = self._feeds.get(key) or self._open(key, topics, Feed(read, standing))
        states = feed.states()
        try:
            async for state in states:
                yield state
        finally:
            await states.aclose()
            if feed.followers == 0 and self._feeds.get(key) is feed:
                self._forget(key, feed, topics)

    def _open(self, key: Hashable, topics: Sequence[str], feed: AnyFeed) -> AnyFeed:
        if len(self._feeds) >= MOST_FEEDS:
            raise TooOften
        self._feeds[key] = feed
        for topic in topics:
            self._by_topic[topic].add(feed)
        return feed

    def _forget(self, key: Hashable, feed: AnyFeed, topics: Sequence[str]) -> None:
        del self._feeds[key]
        for topic in topics:
            self._by_topic[topic].discard(feed)
            if not self._by_topic[topic]:
                del self._by_topic[topic]
