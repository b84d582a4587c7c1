"""Room events: what a live room streams, and the subscriptions to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import resuming
from domain import room_events as rules
from domain.identity import Scope
from domain.room_events import EventKind, LiveProductState, LiveRoomState
from resolvers import live
from resolvers.context import Context
from resolvers.entrances import Entrance
from schema.access import attribute, derived, interface, object_type, query, subscription
from schema.enums import described
from schema.ids import Kind, identifier, key_of
from schema.money import Money
from schema.scalars import Long

described(
    EventKind,
    "What a room event is about.",
    BULLET_COMMENT="A bullet comment (弹幕) was sent. May be skipped where there are many.",
    BULLET_COMMENT_REMOVED="A bullet comment was taken back. Always delivered.",
    INVENTORY="The live stock of a product changed. Only the latest counts; the final one is always delivered.",
    REWARD="A gift (打赏) was given. Always delivered.",
    PIN="Another product is being explained (讲解). Always delivered.",
    SHELF="A product came onto or left the shelf. Always delivered.",
    STATE="The room started, paused or ended. Always delivered.",
    VIEWERS="The number of viewers changed. Only the latest counts.",
    BULLET_COMMENT_WAITING="A bullet comment waits for review, or was decided on. For those who moderate the room.",
    LIKES="The number of likes (点赞) rose; told every few seconds. Only the latest counts.",
    RULES="What may be said changed: mute of the room, slow mode, review. Always delivered.",
    MUTE="A member was muted (禁言) or may speak again. Always delivered.",
    KICK="A member was shown the door (踢出); their own subscriptions to the room end with it. Always delivered.",
    DRAW="A lucky bag (福袋) or draw opened, closed, or was drawn. Always delivered.",
    RED_PACKET="A red packet (红包) opened, was grabbed up or expired. Always delivered.",
    BOARD="A board (榜) of the room changed. Only the latest counts.",
    CALL_TO_ACTION="A card that leads elsewhere (引流) was shown or taken away. Always delivered.",
)
described(
    LiveProductState,
    "Where a product of a live room stands.",
    HIDDEN="Not shown.",
    ON_SHELF="On the shelf (上架).",
    EXPLAINING="Being explained (讲解中); one at a time.",
    SOLD_OUT="Nothing of its live stock remains (已抢光).",
)
described(
    LiveRoomState,
    "The life of a live room.",
    DRAFT="Being prepared; seen by those who run it.",
    SCHEDULED="Announced (预告).",
    LIVE="On air (直播中).",
    PAUSED="On air, the host is away.",
    ENDED="Over; terminal.",
    CANCELLED="Called off before it started; terminal.",
    EXPIRED="Not started within 12 hours of its time; terminal.",
    BANNED="Shut down; terminal.",
)


@object_type(scope=Scope.VISITOR, description="A product of a shelf with all that it takes to show it.")
class LiveProductCard:
    live_product_id: strawberry.ID = identifier(Kind.LIVE_PRODUCT, "live_product_id")
    product_id: strawberry.ID = identifier(Kind.PRODUCT, "product_id", description="The product.")
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="The variant, for `orderPlace`.")
    name: str = attribute("The product's and the variant's name.")
    image_url: str | None = attribute("A picture of it.")
    live_price: Money = attribute("What one costs in the room.")
    list_price: Money = attribute("What one costs, or used to cost, outside of it.")
    live_stock: int = attribute("How many remain for the room.")
    sold: int = attribute("How many were sold in the room and paid.")
    limit_per_member: int | None = attribute("How many one member may buy; null: any number.")
    version: Long = attribute("Rises with each change; ignore a card with a smaller one than yours.")


@interface(
    scope=Scope.VISITOR, description="Something that happened in a live room. It carries all that it takes to draw it."
)
class LiveRoomEvent:
    room_id: strawberry.ID = identifier(Kind.LIVE_ROOM, "room_id", description="The room.")
    seq: Long = attribute("Its number in the room, rising by one.")
    at: datetime = attribute("When it happened.")
    kind: EventKind = attribute("What it is about.")


@object_type(scope=Scope.VISITOR, description="The live stock of a product changed.", record=rules.InventoryChanged)
class InventoryChanged(LiveRoomEvent):
    live_product_id: strawberry.ID = identifier(
        Kind.LIVE_PRODUCT, "live_product_id", description="The product of the shelf."
    )
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="The variant.")
    live_stock: int = attribute("How many remain for the room.")
    sold: int = attribute("How many were sold in the room and paid.")
    version: Long = attribute("Never falls; ignore an event with a smaller one than yours.")
    state: LiveProductState | None = attribute(
        "Where it stands now: sold out, or on the shelf again. Null in an event from before this was told."
    )


@object_type(scope=Scope.VISITOR, description="Another product is being explained.", record=rules.ProductPinned)
class ProductPinned(LiveRoomEvent):
    pinned: LiveProductCard | None = derived(
        lambda event: event.live_product, "The product; null when none is explained any more."
    )


@object_type(scope=Scope.VISITOR, description="A product came onto the shelf or left it.", record=rules.ShelfChanged)
class ShelfChanged(LiveRoomEvent):
    live_product: LiveProductCard = attribute("The product.")
    state: LiveProductState = attribute("Where it stands now; HIDDEN: take it off the shelf.")
    position: int | None = attribute(
        "Its place: products stand in the order of this number. Null in an event from before this was told."
    )


@object_type(scope=Scope.VISITOR, description="The room started, paused or ended.", record=rules.RoomStateChanged)
class RoomStateChanged(LiveRoomEvent):
    from_state: LiveRoomState = attribute("Where it stood.")
    to_state: LiveRoomState = attribute(
        "Where it stands now. In a room that is over, nothing remains of any live stock."
    )


@object_type(scope=Scope.VISITOR, description="The number of viewers changed.", record=rules.ViewerCountChanged)
class ViewerCountChanged(LiveRoomEvent):
    viewer_count: int = attribute("How many watch now.")


@object_type(scope=Scope.VISITOR, description="Events that were missed.")
class LiveRoomEventPage:
    events: list[LiveRoomEvent] = attribute("The events, in order.")
    next_after: Long = attribute("Pass it as `after` next time.")
    next_poll_ms: int = attribute("Ask again after so many milliseconds; 0: there is more already.")
    resync_required: bool = attribute(
        "The log no longer holds what was missed: query `liveRoom` and go on from its `seq`."
    )


Room = Annotated[strawberry.ID, strawberry.argument(description="The room.")]
Kinds = Annotated[
    list[EventKind] | None,
    strawberry.argument(description="Only these kinds; all when left out; none for an empty list."),
]
Cursor = Annotated[
    Long | None,
    strawberry.argument(
        description="The `seq` of the last event that the client has: what it missed comes first, in order, once."
        " From now on when left out."
    ),
]

Epoch = Annotated[
    str | None,
    strawberry.argument(
        description="The `epoch` of the room that gave `after`: with another one the answer is RESYNC_REQUIRED."
    ),
]


async def _enter(
    ctx: Context,
    *,
    room_id: str,
    kinds: list[EventKind] | None = None,
    after: int | None = None,
    epoch: str | None = None,
) -> Entrance:
    only = None if kinds is None else frozenset(kinds)
    return await live.enter(ctx, key_of(Kind.LIVE_ROOM, room_id, "roomId"), only, after, epoch)


async def _events(
    ctx: Context, *, room_id: Room, kinds: Kinds = None, after: Cursor = None, epoch: Epoch = None
) -> AsyncIterator[Any]:
    async for event in live.watch(ctx, await _enter(ctx, room_id=room_id, kinds=kinds, after=after, epoch=epoch)):
        yield event


def _of(kind: EventKind) -> tuple[Any, Any]:
    """How to watch, and to enter for, events of one kind only."""

    async def enter(ctx: Context, *, room_id: str, after: int | None = None, epoch: str | None = None) -> Entrance:
        return await _enter(ctx, room_id=room_id, kinds=[kind], after=after, epoch=epoch)

    async def watch(ctx: Context, *, room_id: Room, after: Cursor = None, epoch: Epoch = None) -> AsyncIterator[Any]:
        async for event in live.watch(ctx, await enter(ctx, room_id=room_id, after=after, epoch=epoch)):
            yield event

    return watch, enter


def shortcut(kind: EventKind, description: str) -> Any:
    """A subscription to events of one kind."""
    watch, enter = _of(kind)
    return subscription(watch, description, scope=Scope.VISITOR, enter=enter)


@strawberry.type
class LiveSubscription:
    live_room_events: LiveRoomEvent = subscription(
        _events,
        "Everything that happens in a room: the one subscription that a client of a live room needs.",
        scope=Scope.VISITOR,
        enter=_enter,
    )
    live_inventory: InventoryChanged = shortcut(EventKind.INVENTORY, "The live stock of a room's products.")


async def _since(
    ctx: Context,
    *,
    room_id: Room,
    after: Annotated[Long, strawberry.argument(description="The `seq` of the last event that the client has.")],
    first: Annotated[int, strawberry.argument(description="At most so many, 1 to 100.")] = 100,
    epoch: Epoch = None,
) -> Any:
    cursor = resuming.Cursor(after, epoch)
    return await live.events_since(ctx, key_of(Kind.LIVE_ROOM, room_id, "roomId"), cursor, first)


@strawberry.type
class LiveEventsQuery:
    live_room_events_since: LiveRoomEventPage = query(
        _since, "What `liveRoomEvents` would have told, for clients without a socket.", scope=Scope.VISITOR
    )


TYPES = (
    InventoryChanged,
    ProductPinned,
    ShelfChanged,
    RoomStateChanged,
    ViewerCountChanged,
)
