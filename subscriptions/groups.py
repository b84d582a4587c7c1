"""Groups: the members of a room for whom an event looks the same, so that it is made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, TypeVar

from domain.room_events import EventKind, RoomEvent

MOST_REMEMBERED = 256

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class SlowConsumer(Exception):
    """The reader did not take even what must arrive. It may come back from the last event that it got."""


class Member(Protocol[T_contra]):
    """One subscriber. It takes events in their order, without a gap but for what its priority lets go."""

    @property
    def viewer(self) -> Hashable | None:
        """The connection, where it counts as someone who watches the room."""

    def take(self, event: RoomEvent, made: T_contra) -> None:
        """Take an event, and what the group made of it. It must neither wait nor raise."""

    def end(self, why: Exception) -> None:
        """Nothing comes any more."""

    async def ready(self) -> None:
        """Wait until some hundred events can be taken."""


class Group(Generic[T]):
    """Members who get the same of each event. Joining clients ask for what others got just before, so some is kept."""

    __slots__ = ("_kinds", "_made", "_make", "key", "members")

    def __init__(self, key: Hashable, kinds: frozenset[EventKind] | None, make: Callable[[RoomEvent], T]) -> None:
        self.key = key
        self.members: dict[Member[T], None] = {}
        self._kinds = kinds
        self._make = make
        self._made: dict[int, T] = {}

    def wants(self, event: RoomEvent) -> bool:
        return event.is_told and (self._kinds is None or event.kind in self._kinds)

    def deal(self, events: Sequence[RoomEvent]) -> Deal | None:
        """What gives members those of the events that the group wants; None if it wants none.

    def deliver(self, event: RoomEvent) -> None:
        """Give an event to every member."""
        if self.members and self.wants(event):
            made = self._made_of(event)
            for member in tuple(self.members):
                member.take(event, made)

    def replay(self, member: Member[T], event: RoomEvent) -> None:
        """Give an event of the past to one member."""
        if self.wants(event):
            member.take(event, self._made_of(event))

    def _made_of(self, event: RoomEvent) -> T:
        made = self._made.get(event.seq)
        if made is None:
            made = self._made[event.seq] = self._make(event)
            if len(self._made) > MOST_REMEMBERED:
                del self._made[next(iter(self._made))]
        return made


AnyGroup = Group[Any]
AnyMember = Member[Any]
