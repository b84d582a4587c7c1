"""Room events: what happens in a live room, one numbered entry of its log each (R61, R64, R67).

An event carries everything that a client needs to draw it. It is kept and sent between processes as
JSON (`payload_of`, `event_from`). Slices of the live room define events of their own beside their rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from domain.money import Money
from domain.payloads import plain, record_reader
from domain.records import record
from domain.refusals import ErrorCode, Refusal


class EventKind(Enum):
    BULLET_COMMENT = "BULLET_COMMENT"
    BULLET_COMMENT_REMOVED = "BULLET_COMMENT_REMOVED"
    BULLET_COMMENT_WAITING = "BULLET_COMMENT_WAITING"
    INVENTORY = "INVENTORY"
    REWARD = "REWARD"
    PIN = "PIN"
    SHELF = "SHELF"
    STATE = "STATE"
    VIEWERS = "VIEWERS"
    LIKES = "LIKES"
    RULES = "RULES"
    MUTE = "MUTE"
    KICK = "KICK"
    DRAW = "DRAW"
    RED_PACKET = "RED_PACKET"
    BOARD = "BOARD"
    CALL_TO_ACTION = "CALL_TO_ACTION"


class Priority(Enum):
    """What may happen to an event on its way to a subscriber that does not keep up."""

    MUST_ARRIVE = "MUST_ARRIVE"
    LATEST_WINS = "LATEST_WINS"
    MAY_DROP = "MAY_DROP"


PRIORITIES = dict.fromkeys(EventKind, Priority.MUST_ARRIVE) | {
    EventKind.BULLET_COMMENT: Priority.MAY_DROP,
    EventKind.INVENTORY: Priority.LATEST_WINS,
    EventKind.VIEWERS: Priority.LATEST_WINS,
    EventKind.LIKES: Priority.LATEST_WINS,
    EventKind.BOARD: Priority.LATEST_WINS,
}
MODERATORS_ONLY = frozenset({EventKind.BULLET_COMMENT_WAITING})
"""What only those who may moderate the room receive."""
FOR_ALL = frozenset(EventKind) - MODERATORS_ONLY


class BulletMode(Enum):
    """Where a bullet comment flies."""

    SCROLL = "SCROLL"
    TOP = "TOP"
    BOTTOM = "BOTTOM"


class LiveProductState(Enum):
    HIDDEN = "HIDDEN"
    ON_SHELF = "ON_SHELF"
    EXPLAINING = "EXPLAINING"
    SOLD_OUT = "SOLD_OUT"


class LiveRoomState(Enum):
    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    LIVE = "LIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    BANNED = "BANNED"


class ResyncRequired(Refusal):
    """What was missed is not kept as a whole any more: read the room's snapshot and go on from its number."""

    code = ErrorCode.RESYNC_REQUIRED
    retryable = True


@record
class BulletComment:
    """A comment that flies over the picture (弹幕)."""

    id: UUID
    text: str
    sender_id: UUID
    sender_name: str
    sender_avatar_url: str | None
    color: str | None
    mode: BulletMode
    at: datetime
    removed: bool = False


@record
class LiveProductCard:
    """A product of the shelf with all that a client needs to show it."""

    live_product_id: UUID
    product_id: UUID
    variant_id: UUID
    name: str
    image_url: str | None
    live_price: Money
    list_price: Money
    live_stock: int
    sold: int
    limit_per_member: int | None
    version: int


@record
class RoomEvent:
    """Something that happened in a room. A subclass names its kind; its own fields are the payload."""

    kind: ClassVar[EventKind]
    room_id: UUID
    seq: int
    at: datetime

    def __init_subclass__(cls) -> None:
        EVENT_TYPES[cls.kind] = cls

    @property
    def latest_key(self) -> object:
        """What a newer event replaces an older one of, where the latest wins."""
        return self.kind

    @property
    def is_told(self) -> bool:
        """Whether subscribers hear of it; if not, it is in the log alone."""
        return True


EVENT_TYPES: dict[EventKind, type[RoomEvent]] = {}


@record
class BulletCommentPosted(RoomEvent):
    """`shown` is False for what more were said at once than a room shows: it is kept, and nobody is told."""

    kind: ClassVar[EventKind] = EventKind.BULLET_COMMENT
    comment: BulletComment
    shown: bool = True

    @property
    def is_told(self) -> bool:
        return self.shown

    @property
    def erased(self) -> BulletCommentPosted:
        """What is left of it once it was taken back."""
        return replace(self, comment=replace(self.comment, text="", removed=True))


@record
class BulletCommentRemoved(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.BULLET_COMMENT_REMOVED
    comment_id: UUID


@record
class InventoryChanged(RoomEvent):
    """`version` rises with every change of this product. `state` None: told before it was told along."""

    kind: ClassVar[EventKind] = EventKind.INVENTORY
    live_product_id: UUID
    variant_id: UUID
    live_stock: int
    sold: int
    version: int
    state: LiveProductState | None = None

    @property
    def latest_key(self) -> object:
        return self.live_product_id


@record
class ProductPinned(RoomEvent):
    """The product being explained changed; None when none is."""

    kind: ClassVar[EventKind] = EventKind.PIN
    live_product: LiveProductCard | None


@record
class ShelfChanged(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.SHELF
    live_product: LiveProductCard
    state: LiveProductState
    position: int | None = None


@record
class RoomStateChanged(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.STATE
    from_state: LiveRoomState
    to_state: LiveRoomState


@record
class ViewerCountChanged(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.VIEWERS
    viewer_count: int


@record
class MemberKicked(RoomEvent):
    """A member was shown the door: whatever they listen to in the room ends. `until` None: as long as it lasts."""

    kind: ClassVar[EventKind] = EventKind.KICK
    member_id: UUID
    until: datetime | None = None


_ENVELOPE = ("room_id", "seq", "at")


def payload_of(event: RoomEvent) -> dict[str, Any]:
    """The event without its room, number and time, as JSON values."""
    return {one.name: plain(getattr(event, one.name)) for one in fields(event) if one.name not in _ENVELOPE}


def event_from(kind: EventKind, room_id: UUID, seq: int, at: datetime, payload: dict[str, Any]) -> RoomEvent:
    """The event that `payload_of` was made of.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the payload is not one of this kind.
    """
    event: RoomEvent = _reader(kind)(payload, room_id=room_id, seq=seq, at=at)
    return event


@cache
def _reader(kind: EventKind) -> Callable[..., Any]:
    return record_reader(EVENT_TYPES[kind], besides=_ENVELOPE)
