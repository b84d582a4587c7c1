"""The bus: tells every process of what is new in the logs of live rooms.

broadcaster is the interface. Each process subscribes once, to one channel, because broadcaster loses listeners when two
subscribe at a time; rooms are told apart in the process. The backends among processes are ours: broadcaster's own do
not come back from an outage. A message is a hint and may be lost: the log is the truth.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from broadcaster import Broadcast, BroadcastBackend, Event

from domain.room_events import EventKind, RoomEvent, event_from, payload_of
from subscriptions.hub import Told

CHANNEL = "yutang_rooms"
LONGEST_MESSAGE = 7_000
PUBLISH_WITHIN_S = 2.0
AGAIN_AFTER_S = 1.0
LOST = ""

_logger = logging.getLogger("yutang.bus")


class Wire(Protocol):
    """One channel between processes. It connects again by itself."""

    async def connect(self) -> None:
        """Begin to receive."""

    async def close(self) -> None:
        """End."""

    async def send(self, message: str) -> None:
        """Send a message to every process, this one too. Raises when that fails."""

    async def receive(self) -> str | None:
        """The next message; None when some may have been lost. It waits out an outage."""


class WireBackend(BroadcastBackend):
    """A wire as a backend of broadcaster."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def connect(self) -> None:
        await self._wire.connect()

    async def disconnect(self) -> None:
        await self._wire.close()

    async def subscribe(self, group: str) -> None:
        """Do nothing: there is one channel."""

    async def unsubscribe(self, group: str) -> None:
        """Do nothing: there is one channel."""

    async def publish(self, channel: str, message: Any) -> None:  # noqa: ARG002  there is one channel
        await self._wire.send(message)

    async def next_published(self) -> Event:
        return Event(CHANNEL, await self._wire.receive() or LOST)


class Bus:
    """Publishes what is new in rooms and hears what others publish, in the order in which it comes."""

    def __init__(self, backend: BroadcastBackend, hear: Callable[[Told], None], doubt: Callable[[], None]) -> None:
        """Take what to call for each message, and what when some may have been lost."""
        self._broadcast = Broadcast(backend=backend)
        self._hear = hear
        self._doubt = doubt
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and listen until closed."""
        await self._broadcast.connect()
        subscribed = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(subscribed))
        await subscribed.wait()

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            await self._broadcast.disconnect()

    async def publish(self, room_id: UUID, events: Sequence[RoomEvent]) -> None:
        """Tell of events that were just appended to a room.

        Where the bus fails, this process at least hears of them.
        """
        try:
            async with asyncio.timeout(PUBLISH_WITHIN_S):
                await self._broadcast.publish(CHANNEL, written(room_id, events))
        except Exception as error:  # noqa: BLE001  whatever keeps a message from others, they read the log later
            _logger.warning("the bus does not take messages: %r", error)
            self._hear(Told(room_id, events[0].seq, events[-1].seq, tuple(events)))

    async def _listen(self, subscribed: asyncio.Event) -> None:
        while True:
            try:
                async with self._broadcast.subscribe(CHANNEL) as subscriber:
                    subscribed.set()
                    while True:
                        self._take((await subscriber.get()).message)
            except Exception:
                _logger.exception("listening to the bus failed; it begins again")
            self._doubt()
            await asyncio.sleep(AGAIN_AFTER_S)

    def _take(self, message: str) -> None:
        if message == LOST:
            self._doubt()
            return
        try:
            told = read(message)
        except (ValueError, KeyError, TypeError) as error:
            _logger.warning("a message of the bus cannot be read: %r", error)
            self._doubt()
            return
        self._hear(told)


def written(room_id: UUID, events: Sequence[RoomEvent]) -> str:
    """The message that tells of events that follow each other; with the events, unless they are too long for it."""
    envelope = {"room": room_id.hex, "from": events[0].seq, "to": events[-1].seq}
    bodies = [{"kind": event.kind.value, "at": event.at.isoformat(), "payload": payload_of(event)} for event in events]
    whole = orjson.dumps({**envelope, "events": bodies})
    return (whole if len(whole) < LONGEST_MESSAGE else orjson.dumps(envelope)).decode()


def read(message: str) -> Told:
    """The message that `written` wrote."""
    told = orjson.loads(message)
    room_id, first = UUID(hex=told["room"]), told["from"]
    events = tuple(
        event_from(EventKind(one["kind"]), room_id, seq, datetime.fromisoformat(one["at"]), one["payload"])
        for seq, one in enumerate(told.get("events", ()), first)
    )
    return Told(room_id, first, told["to"], events)
