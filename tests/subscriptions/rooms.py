"""Short ways to make room events, and a log in memory whose answers take their time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain.gifts import Combo, GiftCard, Reward, RewardGiven
from domain.resuming import Extent
from domain.room_events import (
    BulletComment,
    BulletCommentPosted,
    BulletCommentRemoved,
    BulletMode,
    InventoryChanged,
    LiveRoomState,
    MemberKicked,
    RoomEvent,
    RoomStateChanged,
    ViewerCountChanged,
)
from subscriptions.hub import Told

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
a_room, a_member = uuid4(), uuid4()


def a_bullet(seq: int, text: str = "你好", at: datetime = NOON) -> BulletCommentPosted:
    comment = BulletComment(uuid4(), text, a_member, "小鱼", None, None, BulletMode.SCROLL, at)
    return BulletCommentPosted(a_room, seq, at, comment)


def a_state(seq: int) -> RoomStateChanged:
    return RoomStateChanged(a_room, seq, NOON, LiveRoomState.LIVE, LiveRoomState.PAUSED)


def a_gift(seq: int) -> RewardGiven:
    card, reward_id = GiftCard(uuid4(), "rose", "玫瑰", "/rose.svg", 10), uuid4()
    return RewardGiven(a_room, seq, NOON, Reward(reward_id, card, 1, 10, Combo(reward_id, 1), a_member, "小鱼", NOON))


def a_removal(seq: int) -> BulletCommentRemoved:
    return BulletCommentRemoved(a_room, seq, NOON, uuid4())


def an_inventory(seq: int, product: UUID, left: int = 5) -> InventoryChanged:
    return InventoryChanged(a_room, seq, NOON, product, product, left, 0, seq)


def a_count(seq: int) -> ViewerCountChanged:
    return ViewerCountChanged(a_room, seq, NOON, seq)


def a_kick(seq: int, member_id: UUID) -> MemberKicked:
    return MemberKicked(a_room, seq, NOON, member_id)


def told(events: Sequence[RoomEvent], *, whole: bool = True) -> Told:
    return Told(a_room, events[0].seq, events[-1].seq, tuple(events) if whole else ())


class SlowLog:
    """A log of one room that answers after some turns of the loop, and may be away or trimmed."""

    def __init__(self, turns: int = 1) -> None:
        self.events: list[RoomEvent] = []
        self.turns = turns
        self.reads = 0
        self.away = False
        self.floor = 0
        self.life = 1

    @property
    def head(self) -> int:
        return self.events[-1].seq if self.events else self.floor

    def append(self, many: int = 1, text: str = "你好") -> list[RoomEvent]:
        at = NOON + timedelta(days=self.life)
        new: list[RoomEvent] = [a_bullet(self.head + n, text, at) for n in range(1, many + 1)]
        self.events += new
        return new

    def trim(self, before: int) -> None:
        self.floor = before - 1
        self.events = [event for event in self.events if event.seq >= before]

    def rewind(self, seq: int) -> None:
        """Come back from a backup: what was after a number has never been."""
        self.events = [event for event in self.events if event.seq <= seq]
        self.life += 1

    async def since(self, _room_id: UUID, after: int, most: int) -> Sequence[RoomEvent]:
        self.reads += 1
        found = [event for event in self.events if event.seq > after][:most]
        await self._answer()
        return found

    async def extents(self, room_ids: Sequence[UUID]) -> Mapping[UUID, Extent]:
        found = dict.fromkeys(room_ids, Extent(self.floor, self.head, f"life {self.life}"))
        await self._answer()
        return found

    async def _answer(self) -> None:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        if self.away:
            raise ConnectionError


async def settled(turns: int = 50) -> None:
    """Let everything happen that waits for nothing."""
    for _ in range(turns):
        await asyncio.sleep(0)
