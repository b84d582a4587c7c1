"""Where orders wait to be placed: the first goes at once, and what comes meanwhile goes together (group commit).

There is one lane. Buyers of one thing would wait for the same row anyway; together they wait once, and the answer to
each still means that the order is durable.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass

from db.connection import Database
from domain.outages import Busy, Contended, Outage
from domain.refusals import Refusal, Refusals, TooOften
from resolvers.placing import Placed, Posted, place_together

MOST_WAITING = 2_000
MOST_IN_BATCH = 128
TRIES = 3

_logger = logging.getLogger("yutang.orders")


@dataclass(slots=True)
class _Post:
    posted: Posted
    placed: asyncio.Future[Placed]


class OrderDesk:
    """Places the orders of one process. At most 2,000 wait; more are refused."""

    def __init__(self, database: Database, most_in_batch: int = MOST_IN_BATCH) -> None:
        self._database = database
        self._most = most_in_batch
        self._waiting: deque[_Post] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def place(self, posted: Posted) -> Placed:
        """Place an order; when this returns, it is durable.

        Raises:
            TooOften: too many wait, or the process is about to end.
            Refusal, Refusals: why it was not placed; nothing was taken.
        """
        if self._closed or len(self._waiting) >= MOST_WAITING:
            raise TooOften
        post = _Post(posted, asyncio.get_running_loop().create_future())
        self._waiting.append(post)
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return await post.placed

    async def close(self) -> None:
        """Refuse what comes from now on and place what waits."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while batch := self._next():
            try:
                await self._place(batch)
            except Exception as error:  # noqa: BLE001  it belongs to those who wait for it, not to the next batch
                if isinstance(error, Outage) and not isinstance(error, Busy):
                    _fail(batch, error)
                else:
                    await self._place_alone(batch)
        self._task = None

    def _next(self) -> list[_Post]:
        """Who goes next, one for each request, without those who have gone."""
        batch: dict[tuple[str, str], _Post] = {}
        later: list[_Post] = []
        while self._waiting and len(batch) < self._most:
            post = self._waiting.popleft()
            if post.placed.done():
                continue
            if post.posted.key in batch:
                later.append(post)
            else:
                batch[post.posted.key] = post
        self._waiting.extendleft(reversed(later))
        return list(batch.values())

    async def _place(self, batch: list[_Post]) -> None:
        async with self._database.writing() as tx:
            outcomes = await place_together(tx, [post.posted for post in batch], batch[0].posted.asking.ctx.now())
        for post, outcome in zip(batch, outcomes, strict=True):
            _settle(post, outcome)

    async def _place_alone(self, batch: list[_Post]) -> None:
        """Place one after the other what could not be placed together, so that each fails only by itself."""
        for post in batch:
            try:
                await self._try_alone(post)
            except Exception as error:  # noqa: BLE001  it belongs to who waits for it
                _fail([post], error)

    async def _try_alone(self, post: _Post) -> None:
        for _ in range(TRIES):
            try:
                await self._place([post])
            except (Contended, Busy):
                continue
            return
        raise Busy


def _settle(post: _Post, outcome: Placed | Refusals) -> None:
    if post.placed.done():
        return
    if isinstance(outcome, Refusals):
        post.placed.set_exception(outcome.members[0] if len(outcome.members) == 1 else outcome)
    else:
        post.placed.set_result(outcome)


def _fail(batch: list[_Post], error: Exception) -> None:
    if not isinstance(error, Refusal | Refusals | Outage):
        _logger.error("an order could not be placed", exc_info=error)
    for post in batch:
        if not post.placed.done():
            post.placed.set_exception(error)
