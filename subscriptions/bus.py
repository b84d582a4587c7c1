"""The bus: tells every process of what is new in the logs of live rooms.

broadcaster is the interface. Each process subscribes once, to one channel, because broadcaster loses listeners when two
subscribe at a time; rooms are told apart in the process. The backends among processes are ours: broadcaster's own do
not come back from an outage. A message is a hint and may be lost: the log is the truth. So nobody waits until one is
sent, and a process hears at once what it publishes itself.
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
from subscriptions.outgoing import Outgoing

CHANNEL = "yutang_rooms"
LONGEST_MESSAGE = 7_000
AGAIN_AFTER_S = 1.0
LAST_WORDS_S = 1.0
LOST = ""
TOPICS_AT_ONCE = 60
NO_ROOM = UUID(int=0)
"""Under which messages wait that are of no room: nobody listens to it."""
_OF_TOPICS = '"topics"'

_logger = logging.getLogger("yutang.bus")


class Wire(Protocol):
    """One channel between processes. It connects again by itself."""

    async def connect(self) -> None:
        """Begin to receive."""

    async def close(self) -> None:
        """End."""

    async def send(self, messages: Sequence[str]) -> None:
        """Send messages to every process, this one too. Raises when that fails."""

    async def receive(self) -> str | None:
        """The next message; None when some may have been lost. In an outage that is said again and again."""


class WireBackend(BroadcastBackend):
    """A wire as a backend of broadcaster."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def connect(self) -> None:
        try:
            await self._wire.connect()
        except Exception as error:  # noqa: BLE001  a process serves without a bus, until it is back
            _logger.warning("the bus is away: %r", error)

    async def disconnect(self) -> None:
        await self._wire.close()

    async def subscribe(self, group: str) -> None:
        """Do nothing: there is one channel."""

    async def unsubscribe(self, group: str) -> None:
        """Do nothing: there is one channel."""

    async def publish(self, channel: str, message: Any) -> None:  # noqa: ARG002  there is one channel
        await self._wire.send(message)

    async def next_published(self) -> Event:
        """The next message. It never raises: broadcaster would stop listening, and say nothing."""
        try:
            message = await self._wire.receive()
        except Exception:
            _logger.exception("the bus cannot be heard; it is tried again")
            await asyncio.sleep(AGAIN_AFTER_S)
            message = None
        return Event(CHANNEL, message or LOST)


class Bus:
    """Publishes what is new in rooms and hears what others publish, in the order in which it comes."""

    def __init__(
        self,
        backend: BroadcastBackend | None,
        hear: Callable[[Told], None],
        doubt: Callable[[], None],
        name: str = "",
        hear_topics: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        """Take what to call for each message, and what when some may have been lost.

        Without a backend this process is the only one. Its name, of hex digits, tells its messages from others'.
        `hear_topics` hears of what is followed without a log (`subscriptions.feeds`).
        """
        self._broadcast = None if backend is None else Broadcast(backend=backend)
        self._outgoing = Outgoing(self._send, _hint)
        self._hear = hear
        self._doubt = doubt
        self._hear_topics = hear_topics
        self._name = name
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect, and listen until closed."""
        if self._broadcast is None:
            return
        await self._broadcast.connect()
        subscribed = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen(self._broadcast, subscribed)),
            asyncio.create_task(self._outgoing.run()),
        ]
        await subscribed.wait()

    async def close(self) -> None:
        """Say what is left to say, and stop listening."""
        if self._broadcast is None or not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._outgoing.flush()
        await self._broadcast.disconnect()

    async def publish(self, room_id: UUID, events: Sequence[RoomEvent]) -> None:
        """Tell of events that were just appended to a room: this process now, the others soon."""
        self._hear(Told(room_id, events[0].seq, events[-1].seq, tuple(events)))
        if self._broadcast is not None:
            self._outgoing.put(room_id, events[-1].seq, written(room_id, events))

    async def tell(self, topics: Sequence[str]) -> None:
        """Tell of topics that have just changed: this process now, the others soon, unless the bus is away."""
        self._hear_topics(topics)
        if self._broadcast is not None:
            for at in range(0, len(topics), TOPICS_AT_ONCE):
                self._outgoing.put(NO_ROOM, 0, orjson.dumps({"topics": topics[at : at + TOPICS_AT_ONCE]}).decode())

    async def _send(self, messages: Sequence[str]) -> None:
        if self._broadcast is not None and messages:
            await self._broadcast.publish(CHANNEL, [self._name + message for message in messages])

    async def _listen(self, broadcast: Broadcast, subscribed: asyncio.Event) -> None:
        while True:
            try:
                async with broadcast.subscribe(CHANNEL) as subscriber:
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
        name, brace, body = message.partition("{")
        if name == self._name != "":
            return
        try:
            if body.startswith(_OF_TOPICS):
                self._hear_topics(orjson.loads(brace + body)["topics"])
                return
            told = read(brace + body)
        except Exception as error:  # noqa: BLE001  whatever a stranger may have said there
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


def _hint(room_id: UUID, last: int) -> str:
    """The message that a room has events up to a number."""
    return orjson.dumps({"room": room_id.hex, "from": last, "to": last}).decode()


def read(message: str) -> Told:
    """The message that `written` wrote."""
    told = orjson.loads(message)
    room_id, first = UUID(hex=told["room"]), told["from"]
    events = tuple(
        event_from(EventKind(one["kind"]), room_id, seq, datetime.fromisoformat(one["at"]), one["payload"])
        for seq, one in enumerate(told.get("events", ()), first)
    )
    return Told(room_id, first, told["to"], events)
