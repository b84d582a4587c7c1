"""Groups: the members of a room for whom an event looks the same, so that it is made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from domain.room_events import EventKind, RoomEvent

MOST_REMEMBERED = 128

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class SlowConsumer(Exception):
    """The reader did not take even what must arrive. It may come back from the last event that it got."""


class Member(Protocol[T_contra]):
    """One subscriber. It takes events in their order, without a gap but for what its priority lets go."""

    @property
    def viewer(self) -> int | None:
        """The number of whom it counts as someone who watches the room, on any number of connections."""

    @property
    def member_id(self) -> UUID | None:
        """Who subscribed, where that is known."""

    @property
    def dealing(self) -> Dealing[Any] | None:
        """A faster way to give events to all members of a group, if they have one, than to let each take each."""

    def take(self, event: RoomEvent, made: T_contra) -> None:
        """Take an event, and what the group made of it. It must neither wait nor raise."""

    def end(self, why: Exception) -> None:
        """Nothing comes any more."""

    async def ready(self) -> None:
        """Wait until some hundred events can be taken."""


AnyMember: TypeAlias = Member[Any]
Deal: TypeAlias = Callable[[Sequence[AnyMember]], None]
"""Gives certain events to members, as `Member.take` would; it passes over those that have left."""
Dealing: TypeAlias = Callable[[Sequence[tuple[RoomEvent, T]]], Deal]


class Group(Generic[T]):
    """Members who get the same of each event. Joining clients ask for what others got just before, so some is kept."""

    __slots__ = ("_dealing", "_kinds", "_made", "_make", "key", "members")

    def __init__(
        self,
        key: Hashable,
        kinds: frozenset[EventKind] | None,
        make: Callable[[RoomEvent], T],
        dealing: Dealing[T] | None = None,
    ) -> None:
        """`dealing`: see `Member`."""
        self.key = key
        self.members: dict[Member[T], None] = {}
        self._kinds = kinds
        self._make = make
        self._dealing = dealing or self._one_by_one
        self._made: dict[int, T] = {}

    def wants(self, event: RoomEvent) -> bool:
        return event.is_told and (self._kinds is None or event.kind in self._kinds)

    def deal(self, events: Sequence[RoomEvent]) -> Deal | None:
        """What gives members those of the events that the group wants; None if it wants none.

        Raises whatever an event raises that cannot be shown.
        """
        made = [(event, self._made_of(event)) for event in events if self.wants(event)]
        return self._dealing(made) if made else None

    def replay(self, member: Member[T], event: RoomEvent) -> None:
        """Give an event to one member."""
        if self.wants(event):
            member.take(event, self._made_of(event))

    def forget(self, seq: int) -> None:
        """Make an event anew when it is asked for again: it is not what it was."""
        self._made.pop(seq, None)

    def _one_by_one(self, events: Sequence[tuple[RoomEvent, T]]) -> Deal:
        def deal(members: Sequence[AnyMember]) -> None:
            for member in members:
                if member in self.members:
                    for event, made in events:
                        member.take(event, made)

        return deal

    def _made_of(self, event: RoomEvent) -> T:
        made = self._made.get(event.seq)
        if made is None:
            made = self._made[event.seq] = self._make(event)
            if len(self._made) > MOST_REMEMBERED:
                del self._made[next(iter(self._made))]
        return made


AnyGroup: TypeAlias = Group[Any]
