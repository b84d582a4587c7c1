"""Entrances: how a subscription field lets its caller into what many follow, for a server that shares streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from uuid import UUID

from domain.records import record
from domain.room_events import EventKind
from resolvers.context import Context
from subscriptions.feeds import State

States: TypeAlias = AsyncGenerator[State[Any], None]
"""How something stands, and each new state of it."""


@record
class Entrance:
    """Where a subscriber was let in: the room, the kinds of events (None: every kind), and the last event it knows.

    `after` None means from now on. `epoch` is the life of the log that gave that number, where the subscriber says so.
    """

    room_id: UUID
    kinds: frozenset[EventKind] | None = None
    after: int | None = None
    epoch: str | None = None

    def lets_through(self, kind: EventKind) -> bool:
        """Whether the subscriber gets events of this kind."""
        return self.kinds is None or kind in self.kinds


@record
class Live:
    """Metadata "live" of a subscription field whose events are those of one room.

    `enter` gets the field's arguments as its resolver would, and decides once whether the caller may come in:
    it raises a Refusal if not. Each event is then executed once for all who entered alike.
    """

    enter: Callable[[Context, Mapping[str, Any]], Awaitable[Entrance]]


@record
class Followed:
    """Metadata "feed" of a subscription field whose events are the states of one feed.

    `enter` gets the field's arguments as its resolver would, and decides once whether the caller may follow it: it
    raises a Refusal if not. Each state is then executed once for all to whom it looks alike.
    """

    enter: Callable[[Context, Mapping[str, Any]], Awaitable[States]]
