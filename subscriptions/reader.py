"""A reader: a member of a room that gives its events to an async iterator."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from domain.room_events import RoomEvent
from subscriptions.groups import SlowConsumer
from subscriptions.mailbox import Mailbox


class Reader:
    """Keeps events in a mailbox until they are asked for."""

    dealing = None

    def __init__(self, viewer: int | None = None, member_id: UUID | None = None) -> None:
        self.viewer = viewer
        self.member_id = member_id
        self._mailbox: Mailbox[RoomEvent] = Mailbox()
        self._why: Exception | None = None
        self._news = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def take(self, event: RoomEvent, made: RoomEvent) -> None:
        if self._why is None and not self._mailbox.put(None, event, made):
            self.end(SlowConsumer())
        self._emptied.clear()
        self._news.set()

    def end(self, why: Exception) -> None:
        self._why = self._why or why
        self._news.set()
        self._emptied.set()

    async def ready(self) -> None:
        await self._emptied.wait()

    async def next(self) -> RoomEvent:
        """The next event. Raises why there is none any more, once all that waited has been taken."""
        while (event := self._mailbox.take()) is None:
            if self._why is not None:
                raise self._why
            self._emptied.set()
            self._news.clear()
            await self._news.wait()
        return event

    def joined(self, joining: asyncio.Task[Any]) -> None:
        """End when the reader could not be let in."""
        error = None if joining.cancelled() else joining.exception()
        if isinstance(error, Exception):
            self.end(error)
