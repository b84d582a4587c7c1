"""How stand-ins tell merchants: as providers do, again and again until they hear, or as a test wants it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TypeAlias

RETRY_AFTER_S = (0.2, 1.0, 3.0, 10.0)

Send: TypeAlias = Callable[[], Awaitable[bool]]
"""Says one thing once; True when the merchant said that it heard."""

_logger = logging.getLogger("yutang.standins")


class Post(Enum):
    """What becomes of what is to be told."""

    AT_ONCE = "AT_ONCE"
    HELD = "HELD"
    """It waits for `Telling.deliver`, which may take it in any order and as often as it likes."""
    LOST = "LOST"


class Telling:
    """Tells merchants. Tests hold, lose, double or turn around what is told through its attributes."""

    def __init__(self) -> None:
        self.post = Post.AT_ONCE
        self.copies = 1
        """How often each thing is told, all at the same time."""
        self.held: list[Send] = []
        """What waits, the oldest first."""
        self._running: set[asyncio.Task[None]] = set()

    def tell(self, what: str, send: Send) -> None:
        """Let a merchant know, when and if the post says so."""
        if self.post is Post.HELD:
            self.held += [send] * self.copies
        elif self.post is Post.AT_ONCE:
            for _ in range(self.copies):
                self._run(_until_heard(what, send))

    async def deliver(self, *order: int) -> list[bool]:
        """Tell what was held at these places, or all of it, one after the other, once; nothing is held after."""
        held, self.held = self.held, []
        return [await held[place]() for place in order or range(len(held))]

    async def all_told(self) -> None:
        """Wait until every merchant heard, or will not."""
        await asyncio.gather(*self._running)

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


async def _until_heard(what: str, send: Send) -> None:
    for pause in (0.0, *RETRY_AFTER_S):
        await asyncio.sleep(pause)
        if await send():
            return
    _logger.warning("the merchant did not hear of %s", what)
