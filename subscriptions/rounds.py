"""Rounds: how the events of a crowded room reach its members without keeping everything else waiting.

A round takes the events that wait to all who are in the room when it begins, some hundred members at a time. What
comes meanwhile waits for the next round, in which each member gets all of it in one piece. An event that comes alone
goes at once; where a crowd hears many, a round begins a while after the one before, so that several share a write:
what an event costs is the write, for the server and for the radio of each phone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeAlias

from domain.room_events import RoomEvent
from subscriptions.groups import AnyGroup, AnyMember

AT_ONCE = 256
MAKING_COSTS = 8
"""What showing events to a group costs, in members."""
MOST_EVENTS = 32
MOST_WAITING = 256
REST_PER_MEMBER_S, MOST_REST_S = 25e-6, 0.1
"""From the beginning of a round that takes more than one turn to that of the next: some four times what it takes."""

Fail: TypeAlias = Callable[[AnyGroup, Exception], None]
_Share: TypeAlias = tuple[AnyGroup, list[AnyMember], list[RoomEvent]]


class Rounds:
    """Delivers events to the groups of a room, to every member in their order."""

    __slots__ = ("_fail", "_groups", "_is_coming", "_late", "_rests_until", "_round", "_waiting")

    def __init__(self, groups: dict[Hashable, AnyGroup], fail: Fail) -> None:
        """Take the groups, which come and go, and what to call with one that cannot show an event."""
        self._groups = groups
        self._fail = fail
        self._waiting: list[RoomEvent] = []
        self._late: dict[AnyMember, tuple[AnyGroup, int]] = {}
        self._round: Iterator[int] | None = None
        self._rests_until = 0.0
        self._is_coming = False

    def add(self, events: Iterable[RoomEvent]) -> None:
        """Deliver events: to some hundred members at once, to the others in the next turns of the loop.

        Who brings more than can be delivered meanwhile has to wait until it is.
        """
        self._waiting += events
        if not self._is_coming:
            self._go_on()
        while len(self._waiting) > MOST_WAITING:
            self._finish()

    def let_in(self, group: AnyGroup, member: AnyMember) -> None:
        """A new member of a group has everything that waits."""
        if self._waiting:
            self._late[member] = group, self._waiting[-1].seq

    def forget(self, member: AnyMember) -> None:
        """A member has left."""
        self._late.pop(member, None)

    def clear(self) -> None:
        """Everyone has left, and nobody is to get what waits."""
        self._waiting.clear()
        self._late.clear()

    def _go_on(self) -> None:
        self._is_coming = False
        loop, spent = asyncio.get_running_loop(), 0
        while spent < AT_ONCE:
            if self._round is None:
                if not self._waiting:
                    return
                if len(self._waiting) < MOST_EVENTS and loop.time() < self._rests_until:
                    self._is_coming = True
                    loop.call_at(self._rests_until, self._go_on)
                    return
                self._round = self._begin()
            cost = next(self._round, None)
            if cost is None:
                self._round = None
            else:
                spent += cost
        self._is_coming = True
        loop.call_soon(self._go_on)

    def _finish(self) -> None:
        """End the round, if there is one, and hold the next one."""
        for _ in self._round or ():
            pass
        for _ in self._begin():
            pass
        self._round = None

    def _begin(self) -> Iterator[int]:
        """Decide who gets which events."""
        events, self._waiting = self._waiting[:MOST_EVENTS], self._waiting[MOST_EVENTS:]
        late, self._late = self._late, {}
        shares: list[_Share] = [
            (group, [member for member in group.members if member not in late], events)
            for group in self._groups.values()
        ]
        for member, (group, seen) in late.items():
            if seen >= events[-1].seq:
                self._late[member] = group, seen
            else:
                shares.append((group, [member], [event for event in events if event.seq > seen]))
        crowd = sum(len(members) for _, members, _ in shares)
        if crowd > AT_ONCE:
            rest_s = min(crowd * REST_PER_MEMBER_S, MOST_REST_S)
            self._rests_until = asyncio.get_running_loop().time() + rest_s
        return self._deliver(shares)

    def _deliver(self, shares: list[_Share]) -> Iterator[int]:
        """Go round; each step tells what it cost, in members."""
        for group, members, events in shares:
            try:
                deal = group.deal(events) if group.members else None
                yield MAKING_COSTS
                if deal is not None:
                    for at in range(0, len(members), AT_ONCE):
                        deal(members[at : at + AT_ONCE])
                        yield min(AT_ONCE, len(members) - at)
            except Exception as error:  # noqa: BLE001  it is told to those who should have got it
                self._fail(group, error)
