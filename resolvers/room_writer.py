"""Writes events into the logs of live rooms, together where many wait (architecture, "A live event")."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import db.room_log
from db.connection import Database, Writing
from domain.bullets import BulletTerms, Remark
from domain.refusals import Refusal, TooOften
from domain.room_events import EventKind, RoomEvent
from resolvers.bullet_batches import BulletBatches, Entry

MOST_WAITING = 2_000
MOST_IN_BATCH = 500
ROOMS_AT_ONCE = 4

_logger = logging.getLogger("yutang.rooms")

Publish: TypeAlias = Callable[[UUID, Sequence[RoomEvent]], Awaitable[None]]
"""Tells every process of events that are in the log. It may lose some: the log is the truth."""


@dataclass(slots=True)
class _Post:
    said: Entry | Remark
    stored: asyncio.Future[RoomEvent]


@dataclass(slots=True)
class _Lane:
    """What waits to be written to one room, and the task that writes it."""

    waiting: deque[_Post] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class RoomWriter:
    """Appends events to rooms: the first at once, and what comes meanwhile as one batch per room.

    At most 2,000 events wait per room; more are refused.
    """

    def __init__(
        self, database: Database, publish: Publish, now: Callable[[], datetime], terms: BulletTerms | None = None
    ) -> None:
        self._database = database
        self._publish = publish
        self._now = now
        self._bullets = BulletBatches(terms or BulletTerms())
        self._lanes: dict[UUID, _Lane] = {}
        self._turns = asyncio.Semaphore(ROOMS_AT_ONCE)
        self._closed = False

    async def post(self, room_id: UUID, kind: EventKind, payload: dict[str, Any]) -> RoomEvent:
        """Append one event; when this returns, the event is stored.

        Raises:
            TooOften: too much waits for this room, or the process is about to end.
        """
        return await self._post(room_id, (kind, payload, self._now()))

    async def say(self, room_id: UUID, remark: Remark) -> RoomEvent:
        """Let a member say something; when this returns, it is stored: posted, or waiting for review.

        Raises:
            TooOften: as `post`.
            Refusal: whatever `domain.bullets.hear` says.
        """
        return await self._post(room_id, remark)

    async def tell(self, room_id: UUID, events: Sequence[RoomEvent]) -> None:
        """Tell every process of events that somebody else wrote into the log."""
        try:
            await self._publish(room_id, events)
        except Exception:
            _logger.exception("events of room %s are in the log, but were not told of", room_id)

    async def _post(self, room_id: UUID, said: Entry | Remark) -> RoomEvent:
        lane = self._lanes.get(room_id) or _Lane()
        if self._closed or len(lane.waiting) >= MOST_WAITING:
            raise TooOften
        self._lanes[room_id] = lane
        post = _Post(said, asyncio.get_running_loop().create_future())
        lane.waiting.append(post)
        if lane.task is None:
            lane.task = asyncio.create_task(self._write(room_id, lane))
        return await post.stored

    async def close(self) -> None:
        """Refuse what comes from now on and write what waits."""
        self._closed = True
        await asyncio.gather(*(lane.task for lane in list(self._lanes.values()) if lane.task))

    async def _write(self, room_id: UUID, lane: _Lane) -> None:
        """Write what waits for a room until nothing does, then forget the room."""
        while lane.waiting:
            async with self._turns:
                await self._write_batch(room_id, _batch(lane))
        del self._lanes[room_id]

    async def _write_batch(self, room_id: UUID, batch: list[_Post]) -> None:
        if not batch:
            return
        try:
            async with self._database.writing() as tx:
                results = await self._append(tx, room_id, batch)
        except Exception as error:  # noqa: BLE001  it belongs to those who wait for this batch, not to the next one
            for post in batch:
                if not post.stored.done():
                    post.stored.set_exception(error)
            return
        for post, result in zip(batch, results, strict=True):
            _settle(post.stored, result)
        events = [result for result in results if not isinstance(result, Refusal)]
        if events:
            await self.tell(events[0].room_id, events)

    async def _append(self, tx: Writing, room_id: UUID, batch: list[_Post]) -> list[RoomEvent | Refusal]:
        """Write a batch to the log, without what is refused."""
        remarks = [post.said for post in batch if isinstance(post.said, Remark)]
        log_id, decided = await self._bullets.decide(tx, room_id, remarks) if remarks else (room_id, [])
        heard = iter(decided)
        entries = [next(heard) if isinstance(post.said, Remark) else post.said for post in batch]
        kept = [entry for entry in entries if not isinstance(entry, Refusal)]
        events = iter(await db.room_log.append(tx, log_id, kept) if kept else ())
        return [entry if isinstance(entry, Refusal) else next(events) for entry in entries]


def _settle(stored: asyncio.Future[RoomEvent], result: RoomEvent | Refusal) -> None:
    if stored.done():
        return
    if isinstance(result, Refusal):
        stored.set_exception(result)
    else:
        stored.set_result(result)


def _batch(lane: _Lane) -> list[_Post]:
    """The posts that go next, without those whose senders have gone."""
    many = min(len(lane.waiting), MOST_IN_BATCH)
    taken = [lane.waiting.popleft() for _ in range(many)]
    return [post for post in taken if not post.stored.done()]
