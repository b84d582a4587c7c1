"""Where orders wait to be placed: the first goes at once, and what comes meanwhile goes together (group commit).

Batches go one after the other: buyers of one thing would wait for the same row anyway. Together they wait once, and the
answer to each still means that the order is durable. While one batch has its turn, the next one is priced.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass

from db.connection import Database
from domain.outages import Busy, Contended, Outage
from domain.refusals import Refusal, Refusals, TooOften
from resolvers import placing
from resolvers.placing import Placed, Posted

MOST_WAITING = 2_000
MOST_IN_BATCH = 128
TRIES = 3

_logger = logging.getLogger("yutang.orders")


@dataclass(slots=True)
class _Post:
    posted: Posted
    placed: asyncio.Future[Placed]

    @property
    def owner(self) -> str:
        return self.posted.request.owner


class OrderDesk:
    """Places the orders of one process. At most 2,000 wait; more are refused.

    Of two batches at most that are under way one is being priced or waits for its turn, the other one has it.
    They have no member in common: what one member has, the other batch could not know yet.
    """

    def __init__(self, database: Database, most_in_batch: int = MOST_IN_BATCH) -> None:
        self._database = database
        self._most = most_in_batch
        self._waiting: deque[_Post] = deque()
        self._turn = asyncio.Lock()
        self._batches: set[asyncio.Task[None]] = set()
        self._ahead: asyncio.Task[None] | None = None
        """The batch that is under way and has not had its turn yet."""
        self._in_turn = 0
        """How many orders are in the batch whose turn it is."""
        self._owners: set[str] = set()
        """Whose orders are under way."""
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
        self._go_on()
        return await post.placed

    async def close(self) -> None:
        """Refuse what comes from now on and place what waits."""
        self._closed = True
        while self._batches:
            await asyncio.wait(self._batches)

    def _go_on(self) -> None:
        """Let the next batch go, unless one is ahead of it, or it would be far smaller than that whose turn it is."""
        if self._ahead is not None or len(self._waiting) * 2 < self._in_turn:
            return
        if batch := self._next():
            self._ahead = asyncio.create_task(self._go(batch))
            self._batches.add(self._ahead)
            self._ahead.add_done_callback(self._batches.discard)

    def _next(self) -> list[_Post]:
        """Who goes next, one for each request, without those who have gone."""
        batch: dict[tuple[str, str], _Post] = {}
        later: list[_Post] = []
        while self._waiting and len(batch) < self._most:
            post = self._waiting.popleft()
            if post.placed.done():
                continue
            if post.posted.key in batch or post.owner in self._owners:
                later.append(post)
            else:
                batch[post.posted.key] = post
        self._waiting.extendleft(reversed(later))
        return list(batch.values())

    async def _go(self, batch: list[_Post]) -> None:
        owners = {post.owner for post in batch}
        self._owners |= owners
        try:
            await self._place(batch)
        except Exception as error:  # noqa: BLE001  it belongs to those who wait for it, not to the next batch
            if isinstance(error, Outage) and not isinstance(error, Busy):
                _fail(batch, error)
            else:
                await self._place_alone(batch)
        finally:
            self._owners -= owners
            self._make_way()

    def _make_way(self) -> None:
        if self._ahead is asyncio.current_task():
            self._ahead = None
        self._go_on()

    async def _place(self, batch: list[_Post]) -> None:
        posted = [post.posted for post in batch]
        async with self._database.reading_on_one() as reading:
            ready = await placing.ready(reading, posted, posted[0].asking.ctx.now())
        async with self._turn:
            self._in_turn = len(batch)
            self._make_way()
            try:
                async with self._database.writing() as tx:
                    await placing.take(tx, ready)
                    outcomes = await placing.keep(tx, ready)
            finally:
                self._in_turn = 0
        for i, (post, outcome) in enumerate(zip(batch, outcomes, strict=True)):
            if i:  # answers take as long as all else: between two of them the batches under way hear from PostgreSQL
                await asyncio.sleep(0)
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
