"""One live room as this process knows it: where it is, its last events, who listens."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from domain.refusals import NotAllowed
from domain.resuming import NO_LOG, Extent, are_same, follows
from domain.room_events import (
    BulletCommentPosted,
    BulletCommentRemoved,
    EventKind,
    MemberKicked,
    ResyncRequired,
    RoomEvent,
)
from subscriptions.groups import AnyGroup, AnyMember, Dealing, Group
from subscriptions.rounds import Rounds

RING = 512
TAIL = 20

_logger = logging.getLogger("yutang.hub")


class Room:
    """Delivers the events of a room to its groups, each once, in the order of their numbers.

    `seq` is the number of the last event that was delivered, `known` the highest that was heard of. A room whose log
    says something that cannot be is doubted until that has been looked into.
    """

    def __init__(self, room_id: UUID) -> None:
        self.id = room_id
        self.seq = 0
        self.known = 0
        self.is_doubted = False
        self.groups: dict[Hashable, AnyGroup] = {}
        self.viewers: Counter[int] = Counter()
        self.joining = 0
        self.arriving: dict[AnyMember, bool] = {}
        """Those who are read to before they are let in, and whether they were kicked meanwhile."""
        self.lives = 1
        self.opened = asyncio.Event()
        self.reading: asyncio.Task[None] | None = None
        self._extent = NO_LOG
        self._ring: deque[RoomEvent] = deque(maxlen=RING)
        self._rounds = Rounds(self.groups, self._cannot_show)

    @property
    def extent(self) -> Extent:
        """What can be replayed, as far as this process knows."""
        return replace(self._extent, head=self.seq)

    @property
    def is_settled(self) -> bool:
        """Whether the room is where it is known to be."""
        return self.opened.is_set() and self.seq >= self.known and not self.is_doubted

    @property
    def is_empty(self) -> bool:
        return not self.joining and not self.groups

    def go_on(self, events: Sequence[RoomEvent]) -> None:
        """Deliver the next events. Those that were delivered before are passed over.

        Raises:
            ResyncRequired: one is missing before or among them.
        """
        fresh = [event for event in events if event.seq > self.seq]
        following = [event for seq, event in enumerate(fresh, self.seq + 1) if event.seq == seq]
        if following:
            self.seq = following[-1].seq
            self._ring.extend(following)
            for event in following:
                if isinstance(event, MemberKicked):
                    self._expel(event.member_id)
                elif isinstance(event, BulletCommentRemoved):
                    self._erase(event.comment_id)
            self._rounds.add(following)
        if len(following) < len(fresh):
            raise ResyncRequired

    def _expel(self, member_id: UUID) -> None:
        """Let a person go, with every stream, and those that are being let in just now."""
        for group in tuple(self.groups.values()):
            for member in [one for one in group.members if one.member_id == member_id]:
                self.remove(group, member)
                member.end(NotAllowed())
        self.arriving |= {one: True for one in self.arriving if one.member_id == member_id}

    def kicked(self, member_id: UUID, since: datetime) -> bool:
        """Whether a member was kicked since then, as far as that is remembered."""
        kicks = (event for event in self._ring if isinstance(event, MemberKicked))
        return any(kick.member_id == member_id and kick.at >= since for kick in kicks)

    def _erase(self, comment_id: UUID) -> None:
        """Forget the text of a comment that was taken back: who comes later does not get it from memory either."""
        for place, event in enumerate(self._ring):
            if isinstance(event, BulletCommentPosted) and event.comment.id == comment_id:
                self._ring[place] = event.erased
                for group in self.groups.values():
                    group.forget(event.seq)

    def _cannot_show(self, group: AnyGroup, error: Exception) -> None:
        _logger.error("a group of room %s cannot show an event up to %s", self.id, self.seq, exc_info=error)
        self.end(group, error)

    def recent(self, after: int, most: int) -> list[RoomEvent]:
        """The next events after a number from memory; none when memory does not go back so far."""
        if not self._ring or self._ring[0].seq > after + 1:
            return []
        skip = after + 1 - self._ring[0].seq
        return list(islice(self._ring, skip, skip + most))

    def group(
        self,
        key: Hashable,
        kinds: frozenset[EventKind] | None,
        make: Callable[[RoomEvent], Any],
        dealing: Dealing[Any] | None = None,
    ) -> AnyGroup:
        """The group of this key, or a new one that nobody is in yet."""
        return self.groups.get(key) or Group(key, kinds, make, dealing)

    def add(self, group: AnyGroup, member: AnyMember) -> AnyGroup:
        """Let a member in to what comes next; returns the group that it is in.

        Raises:
            NotAllowed: the member was kicked while it arrived.
        """
        if self.arriving.get(member):
            raise NotAllowed
        group = self.groups.setdefault(group.key, group)
        group.members[member] = None
        self._rounds.let_in(group, member)
        if member.viewer is not None:
            self.viewers[member.viewer] += 1
        return group

    def remove(self, group: AnyGroup, member: AnyMember) -> None:
        """Let a member go, if it has not gone."""
        if member not in group.members:
            return
        del group.members[member]
        self._rounds.forget(member)
        if not group.members:
            self.groups.pop(group.key, None)
        if member.viewer is not None:
            self.viewers[member.viewer] -= 1
            if not self.viewers[member.viewer]:
                del self.viewers[member.viewer]

    def end(self, group: AnyGroup, why: Exception) -> None:
        """Let all members of a group go."""
        for member in tuple(group.members):
            self.remove(group, member)
            member.end(why)

    def open(self, extent: Extent, recent: Sequence[RoomEvent]) -> None:
        """Begin after the last event of the log. Recent ones are kept for those who come back."""
        self._extent, self.seq, self.known = extent, extent.head, max(self.known, extent.head)
        recent = [event for event in recent if event.seq <= extent.head]
        if follows(recent, extent.head - len(recent)):
            self._ring.extend(recent)
        self.opened.set()

    def learn(self, extent: Extent, seq: int) -> None:
        """Take what the log says of itself, when it was asked after the room had reached a number."""
        self.is_doubted |= extent.epoch != self._extent.epoch or extent.head < seq
        if not self.is_doubted:
            self._extent = extent
        self.known = max(self.known, extent.head)

    def contradicts(self, events: Sequence[RoomEvent]) -> bool:
        """Whether events are others than those of the same numbers that were delivered."""
        heard = [event for event in events if event.seq <= self.seq]
        if not heard:
            return False
        ours = self.recent(heard[0].seq - 1, len(heard))
        return bool(ours) and not are_same(ours, heard)

    def tail(self) -> list[RoomEvent]:
        """The last events that were delivered, as far as they are remembered."""
        return list(self._ring)[-TAIL:]

    def trust(self, extent: Extent) -> None:
        """Go on: the log is the one that it was."""
        self.is_doubted = False
        self._extent = extent
        self.known = max(self.seq, extent.head)

    def start_over(self, extent: Extent) -> None:
        """Go on from the log's newest number. Whoever listens has to read anew."""
        self.is_doubted = False
        self._extent = extent
        self.seq = self.known = extent.head
        self._ring.clear()
        self._rounds.clear()
        self.lives += 1
        for group in tuple(self.groups.values()):
            self.end(group, ResyncRequired())
