"""Room events: what happens in a live room, one numbered entry of its log each (R61, R64, R67).

An event carries everything that a client needs to draw it. It is kept and sent between processes as
JSON (`payload_of`, `event_from`), with ids as 32 hex digits and money in minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from domain.money import Money
from domain.refusals import ErrorCode, Refusal


class EventKind(Enum):
    BULLET_COMMENT = "BULLET_COMMENT"
    BULLET_COMMENT_REMOVED = "BULLET_COMMENT_REMOVED"
    INVENTORY = "INVENTORY"
    REWARD = "REWARD"
    PIN = "PIN"
    SHELF = "SHELF"
    STATE = "STATE"
    VIEWERS = "VIEWERS"


class Priority(Enum):
    """What may happen to an event on its way to a subscriber that does not keep up."""

    MUST_ARRIVE = "MUST_ARRIVE"
    LATEST_WINS = "LATEST_WINS"
    MAY_DROP = "MAY_DROP"


PRIORITIES = {
    EventKind.BULLET_COMMENT: Priority.MAY_DROP,
    EventKind.BULLET_COMMENT_REMOVED: Priority.MUST_ARRIVE,
    EventKind.INVENTORY: Priority.LATEST_WINS,
    EventKind.REWARD: Priority.MUST_ARRIVE,
    EventKind.PIN: Priority.MUST_ARRIVE,
    EventKind.SHELF: Priority.MUST_ARRIVE,
    EventKind.STATE: Priority.MUST_ARRIVE,
    EventKind.VIEWERS: Priority.LATEST_WINS,
}


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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A gift as it is shown."""

    id: UUID
    code: str
    name: str
    icon_url: str
    coins: int


@dataclass(frozen=True, slots=True)
class Reward:
    """A gift that was given (打赏)."""

    id: UUID
    gift: GiftCard
    count: int
    coins: int
    sender_id: UUID
    sender_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class BulletCommentPosted:
    kind: ClassVar[EventKind] = EventKind.BULLET_COMMENT
    room_id: UUID
    seq: int
    at: datetime
    comment: BulletComment


@dataclass(frozen=True, slots=True)
class BulletCommentRemoved:
    kind: ClassVar[EventKind] = EventKind.BULLET_COMMENT_REMOVED
    room_id: UUID
    seq: int
    at: datetime
    comment_id: UUID


@dataclass(frozen=True, slots=True)
class InventoryChanged:
    """`version` rises with every change of this product's live stock."""

    kind: ClassVar[EventKind] = EventKind.INVENTORY
    room_id: UUID
    seq: int
    at: datetime
    live_product_id: UUID
    variant_id: UUID
    live_stock: int
    sold: int
    version: int


@dataclass(frozen=True, slots=True)
class RewardGiven:
    kind: ClassVar[EventKind] = EventKind.REWARD
    room_id: UUID
    seq: int
    at: datetime
    reward: Reward


@dataclass(frozen=True, slots=True)
class ProductPinned:
    """The product being explained changed; None when none is."""

    kind: ClassVar[EventKind] = EventKind.PIN
    room_id: UUID
    seq: int
    at: datetime
    live_product: LiveProductCard | None


@dataclass(frozen=True, slots=True)
class ShelfChanged:
    kind: ClassVar[EventKind] = EventKind.SHELF
    room_id: UUID
    seq: int
    at: datetime
    live_product: LiveProductCard
    state: LiveProductState


@dataclass(frozen=True, slots=True)
class RoomStateChanged:
    kind: ClassVar[EventKind] = EventKind.STATE
    room_id: UUID
    seq: int
    at: datetime
    from_state: LiveRoomState
    to_state: LiveRoomState


@dataclass(frozen=True, slots=True)
class ViewerCountChanged:
    kind: ClassVar[EventKind] = EventKind.VIEWERS
    room_id: UUID
    seq: int
    at: datetime
    viewer_count: int


RoomEvent: TypeAlias = (
    BulletCommentPosted
    | BulletCommentRemoved
    | InventoryChanged
    | RewardGiven
    | ProductPinned
    | ShelfChanged
    | RoomStateChanged
    | ViewerCountChanged
)
EVENT_TYPES: dict[EventKind, type[Any]] = {event.kind: event for event in RoomEvent.__args__}
_ENVELOPE = ("room_id", "seq", "at")


def latest_key_of(event: RoomEvent) -> object:
    """What a newer event replaces an older one of, where the latest wins."""
    return event.live_product_id if isinstance(event, InventoryChanged) else event.kind


def payload_of(event: RoomEvent) -> dict[str, Any]:
    """The event without its room, number and time, as JSON values."""
    return {name: plain(getattr(event, name)) for name in _own_fields(type(event))}


def event_from(kind: EventKind, room_id: UUID, seq: int, at: datetime, payload: dict[str, Any]) -> RoomEvent:
    """The event that `payload_of` was made of. Parts that a newer version added and an older one left out are None."""
    made = _FROM[kind](payload)
    event: RoomEvent = EVENT_TYPES[kind](room_id=room_id, seq=seq, at=at, **made)
    return event


def _own_fields(kind: type[Any]) -> list[str]:
    return [one.name for one in fields(kind) if one.name not in _ENVELOPE]


def plain(value: Any) -> Any:
    """A value of an event as JSON values: ids as 32 hex digits, times in ISO 8601."""
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case None | int() | str():
            return value
        case _:
            return {one.name: plain(getattr(value, one.name)) for one in fields(value)}


def _money(value: dict[str, Any]) -> Money:
    return Money(value["minor"], value["currency"])


def _comment(value: dict[str, Any]) -> BulletComment:
    return BulletComment(
        id=UUID(hex=value["id"]),
        text=value["text"],
        sender_id=UUID(hex=value["sender_id"]),
        sender_name=value["sender_name"],
        sender_avatar_url=value.get("sender_avatar_url"),
        color=value.get("color"),
        mode=BulletMode(value["mode"]),
        at=datetime.fromisoformat(value["at"]),
        removed=value.get("removed", False),
    )


def _gift(value: dict[str, Any]) -> GiftCard:
    return GiftCard(UUID(hex=value["id"]), value["code"], value["name"], value["icon_url"], value["coins"])


def _reward(value: dict[str, Any]) -> Reward:
    return Reward(
        id=UUID(hex=value["id"]),
        gift=_gift(value["gift"]),
        count=value["count"],
        coins=value["coins"],
        sender_id=UUID(hex=value["sender_id"]),
        sender_name=value["sender_name"],
        at=datetime.fromisoformat(value["at"]),
    )


def _card(value: dict[str, Any]) -> LiveProductCard:
    return LiveProductCard(
        live_product_id=UUID(hex=value["live_product_id"]),
        product_id=UUID(hex=value["product_id"]),
        variant_id=UUID(hex=value["variant_id"]),
        name=value["name"],
        image_url=value.get("image_url"),
        live_price=_money(value["live_price"]),
        list_price=_money(value["list_price"]),
        live_stock=value["live_stock"],
        sold=value["sold"],
        limit_per_member=value.get("limit_per_member"),
        version=value["version"],
    )


def _inventory(value: dict[str, Any]) -> dict[str, Any]:
    ids = {name: UUID(hex=value[name]) for name in ("live_product_id", "variant_id")}
    return {**ids, **{name: value[name] for name in ("live_stock", "sold", "version")}}


_FROM: dict[EventKind, Callable[[dict[str, Any]], dict[str, Any]]] = {
    EventKind.BULLET_COMMENT: lambda p: {"comment": _comment(p["comment"])},
    EventKind.BULLET_COMMENT_REMOVED: lambda p: {"comment_id": UUID(hex=p["comment_id"])},
    EventKind.INVENTORY: _inventory,
    EventKind.REWARD: lambda p: {"reward": _reward(p["reward"])},
    EventKind.PIN: lambda p: {"live_product": None if p["live_product"] is None else _card(p["live_product"])},
    EventKind.SHELF: lambda p: {
        "live_product": _card(p["live_product"]),
        "state": LiveProductState(p["state"]),
    },
    EventKind.STATE: lambda p: {
        "from_state": LiveRoomState(p["from_state"]),
        "to_state": LiveRoomState(p["to_state"]),
    },
    EventKind.VIEWERS: lambda p: {"viewer_count": p["viewer_count"]},
}
