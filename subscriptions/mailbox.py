"""Mailboxes: what waits for a reader that does not keep up, within bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeAlias, TypeVar

from domain.room_events import PRIORITIES, Priority, RoomEvent

MOST_EVENTS = 256
MOST_BYTES = 256 * 1024

T = TypeVar("T")
_Key: TypeAlias = tuple[Hashable, object]


class Mailbox(Generic[T]):
    """Holds events in their order for one reader, by the priority of each.

    A newer event that makes an older one of the same key obsolete takes its place at the end. When the box is
    full the oldest that may be dropped goes, and is counted; what must arrive is never dropped.
    """

    __slots__ = ("_bytes", "_droppable", "_items", "_most", "_most_bytes", "dropped")

    def __init__(self, most: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self._items: dict[_Key, tuple[T, int]] = {}
        self._droppable: deque[_Key] = deque()
        self._bytes = 0
        self._most = most
        self._most_bytes = most_bytes
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, owner: Hashable, event: RoomEvent, item: T, size: int = 0) -> bool:
        """Leave an item for the reader, `size` bytes of it; False when it must arrive and there is no place.

        `owner` is the stream that it belongs to, of those that share the box.
        """
        priority = PRIORITIES[event.kind]
        key: _Key = (owner, event.seq)
        if priority is Priority.LATEST_WINS:
            key = (owner, event.latest_key)
            self._remove(key)
        while self._is_full_for(size):
            if not self._droppable:
                self.dropped += priority is Priority.MAY_DROP
                return priority is Priority.MAY_DROP
            self._remove(self._droppable.popleft())
            self.dropped += 1
        if priority is Priority.MAY_DROP:
            self._droppable.append(key)
        self._items[key] = item, size
        self._bytes += size
        return True

    def take(self) -> T | None:
        """The oldest item, or None when there is none."""
        for key in self._items:
            if self._droppable and self._droppable[0] == key:
                self._droppable.popleft()
            return self._remove(key)
        return None

    def discard(self, owner: Hashable) -> None:
        """Throw away what belongs to one stream."""
        for key in [key for key in self._items if key[0] == owner]:
            self._remove(key)
        self._droppable = deque(key for key in self._droppable if key in self._items)

    def _is_full_for(self, size: int) -> bool:
        return len(self._items) >= self._most or self._bytes + size > self._most_bytes

    def _remove(self, key: _Key) -> T | None:
        item, size = self._items.pop(key, (None, 0))
        self._bytes -= size
        return item
