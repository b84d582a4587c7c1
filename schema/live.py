"""Live rooms: what clients see of them, and how one is run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

import resolvers.live_shelves as shelves
from domain import live as rules
from domain import pages
from domain.identity import Scope
from domain.refusals import between
from domain.room_events import BulletMode, LiveProductState, LiveRoomState
from resolvers import bullets, catalogue, gift_settlements, live
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.bullets import BulletComment
from schema.draws import LiveDraw
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.gifts import GiftEarnings
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.live_events import BulletComment
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.scalars import Long

from resolvers.draws import draws_of, prepared_of
from resolvers.red_packets import packets_of

async def _product_of(ctx: Context, found: Sequence[rules.LiveProduct]) -> list[Any]:
    products = await catalogue.products_by_id(ctx, [one.card.product_id for one in found])
    return [products.get(one.card.product_id) for one in found]


async def _variant_of(ctx: Context, found: Sequence[rules.LiveProduct]) -> list[Any]:
    variants = await catalogue.variants_by_id(ctx, [one.card.variant_id for one in found])
    return [variants.get(one.card.variant_id) for one in found]


from schema.red_packets import RedPacket
from schema.room_rules import (
    LiveModeration,
    LiveMute,
    LiveRestriction,
    LiveRoomRules,
    kicked_in,
    moderations_in,
    muted_in,
)
@object_type(
    scope=Scope.VISITOR,
    description="A product on the shelf of a live room, with its own price and stock.",
    record=rules.LiveProduct,
)
class LiveProduct(Node):
    id: strawberry.ID = identifier(Kind.LIVE_PRODUCT)
    product_id: strawberry.ID = derived(lambda p: f"prd_{p.card.product_id.hex}", "The product.")
    variant_id: strawberry.ID = derived(lambda p: f"var_{p.card.variant_id.hex}", "The variant, for `orderPlace`.")
    name: str = derived(lambda p: p.card.name, "The product's and the variant's name.")
    image_url: str | None = derived(lambda p: p.card.image_url, "A picture of it.")
    live_price: Money = derived(lambda p: p.card.live_price, "What one costs in the room.")
    list_price: Money = derived(lambda p: p.card.list_price, "What one costs, or used to cost, outside of it.")
    live_stock: int = derived(lambda p: p.card.live_stock, "How many remain for the room.")
    sold: int = derived(lambda p: p.card.sold, "How many were sold in the room and paid.")
    limit_per_member: int | None = derived(
        lambda p: p.card.limit_per_member, "How many one member may buy; null: any number."
    )
    version: Long = derived(lambda p: p.card.version, "Rises with each change.")
    state: LiveProductState = attribute("Where it stands.")
    position: int = attribute("Its place on the shelf, from 0.")
    product: Product | None = batched(_product_of, "The product; null when the caller may not know of it.")
    variant: Variant | None = batched(_variant_of, "The variant; null when the caller may not know of it.")


@object_type(scope=Scope.VISITOR, description="Who runs a live room.")
class LiveRoomHost:
    guide_id: strawberry.ID = identifier(Kind.GUIDE, "guide_id", description="The guide (导购).")
    name: str = attribute("The name that the guide goes by.")
    avatar_url: str | None = attribute("A picture of the guide.")
    store_id: strawberry.ID = identifier(Kind.STORE, "store_id", description="The store.")
    store_name: str = attribute("The store's name.")


async def _latest(
    ctx: Context,
    rooms: Sequence[rules.LiveRoom],
    *,
    last: Annotated[int, strawberry.argument(description="At most so many, 1 to 100.")] = 20,
) -> Any:
    return await bullets.latest_of(ctx, rooms, between(last, 1, bullets.MOST_RECENT, "last"))


@object_type(scope=Scope.VISITOR, description="A live room (直播间).", record=rules.LiveRoom)
class LiveRoom(Node):
    id: strawberry.ID = identifier(Kind.LIVE_ROOM)
    title: str = attribute("Its title, at most 60 characters.")
    state: LiveRoomState = attribute("Where it stands in its life.")
    cover_url: str | None = attribute("A picture for lists.")
    host: LiveRoomHost = attribute("Who runs it, and for which store.")
    scheduled_at: datetime | None = attribute("When it is to start.")
    started_at: datetime | None = attribute("When it went live.")
    ended_at: datetime | None = attribute("When it was over.")
    seq: Long = attribute("The newest event that this snapshot holds: pass it as `after` to `liveRoomEvents`.")
    epoch: str = batched(
        live.epochs_of,
        "The life of the log that `seq` is of: pass it as `epoch` beside `after`, so that events are not taken for "
        "others of the same numbers after the database came back from a backup.",
    )
    viewer_count: int = attribute("How many watch now.")
    version: int = attribute("Rises with each change of its state.")
    pinned: LiveProduct | None = batched(shelves.pinned_of, "The product that is being explained.")
    shelf: list[LiveProduct] = batched(shelves.shelves_of, "What it sells, in shelf order, at most 500.", cost=10)
    recent_bullet_comments: list[BulletComment] = batched(
        _latest, "The latest comments, the oldest of them first.", cost=5
    )
    gift_earnings: GiftEarnings | None = batched(
        gift_settlements.earnings_of,
        "What its gifts come to; null but for those who run it or keep the books.",
        scope=Scope.MEMBER,
    )


@strawberry.input(description="Which live rooms; all conditions must hold.")
class LiveRoomWhere:
    state: EnumFilter[LiveRoomState] | None = strawberry.field(default=UNSET, description="The state.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="The guide who runs it.")
    AND: list[LiveRoomWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[LiveRoomWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: LiveRoomWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


@strawberry.input(description="A product for the shelf. Its stock is set aside from the shop's until the room ends.")
class ShelfItemInput:
    variant_id: strawberry.ID = strawberry.field(description="Which variant.")
    live_price: MoneyInput = strawberry.field(description="What one costs in the room.")
    live_stock: int = strawberry.field(description="How many are set aside, 1 to 1,000,000.")
    limit_per_member: int | None = strawberry.field(default=None, description="How many one member may buy, 1 to 999.")

    def value(self, *path: str) -> rules.ShelfItem:
        key = key_of(Kind.VARIANT, self.variant_id, *path, "variantId")
        return rules.ShelfItem(key, self.live_price.value(), self.live_stock, self.limit_per_member)


@strawberry.input(description="A room that goes live at once.")
class LiveRoomStartInput:
    title: str = strawberry.field(description="Its title, 1 to 60 characters.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    cover_url: str | None = strawberry.field(default=None, description="A picture for lists.")
    shelf: list[ShelfItemInput] = strawberry.field(
        default_factory=list, description="What it sells, at most 100 to begin with."
    )


@strawberry.input(description="A room that is announced.")
class LiveRoomScheduleInput:
    title: str = strawberry.field(description="Its title, 1 to 60 characters.")
    scheduled_at: datetime = strawberry.field(description="When it is to start.")
    cover_url: str | None = strawberry.field(default=None, description="A picture for lists.")


@strawberry.input(description="Which room, and where it is to go in its life.")
class LiveRoomMoveInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    to_state: LiveRoomState = strawberry.field(description="LIVE, PAUSED, ENDED or CANCELLED.")


@strawberry.input(description="A product for the shelf of a room.")
class LiveProductAddInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    item: ShelfItemInput = strawberry.field(description="The product.")


@strawberry.input(description="Which product of a shelf.")
class LiveProductInput:
    live_product_id: strawberry.ID = strawberry.field(description="The product of the shelf.")


    muted: Connection[LiveRestriction] | None = batched(
        muted_in, "Who may not speak in it now; null for all who do not moderate it.", scope=Scope.MEMBER, cost=3
    )
    kicked: Connection[LiveRestriction] | None = batched(
        kicked_in, "Who may not come in now; null for all who do not moderate it.", scope=Scope.MEMBER, cost=3
    )
    moderations: Connection[LiveModeration] | None = batched(
        moderations_in,
        "Who did what to keep order in it, the newest first; null for all who do not moderate it.",
        scope=Scope.MEMBER,
        cost=3,
    )
    draws: list[LiveDraw] = batched(draws_of, "Its latest ten lucky bags and draws, the newest first.", cost=5)
    prepared_draws: list[LiveDraw] | None = batched(
        prepared_of, "Draws that wait to be opened; null for all who do not run the room.", cost=5
    )
    red_packets: list[RedPacket] = batched(packets_of, "Its latest ten red packets, the newest first.", cost=5)
@strawberry.input(description="Which room.")
class LiveRoomInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")


@strawberry.input(description="What to say in a room.")
class BulletCommentSendInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    text: str = strawberry.field(description="1 to 100 characters of plain text.")
    color: str | None = strawberry.field(default=None, description='Such as "#ffcc00".')
    mode: BulletMode = strawberry.field(default=BulletMode.SCROLL, description="Where it flies.")


@strawberry.input(description="Which comment to take back.")
class BulletCommentRemoveInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    seq: Long = strawberry.field(description="The number of the comment's event.")


@object_type(scope=Scope.VISITOR, description="The answer to what changes a live room.")
class LiveRoomPayload(Payload):
    live_room: LiveRoom | None = attribute("The room as it is now.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.VISITOR, description="The answer to what changes a shelf.")
class LiveProductPayload(Payload):
    live_product: LiveProduct | None = attribute("The product as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="The answer to `bulletCommentSend`.")
class BulletCommentSendPayload(Payload):
    comment: BulletComment | None = attribute("The comment as everybody sees it.", default=None)
    seq: Long | None = attribute("The number of its event in the room.", default=None)


@object_type(scope=Scope.VISITOR, description="The answer to `bulletCommentRemove`.")
class BulletCommentRemovePayload(Payload):
    comment_id: strawberry.ID | None = attribute("The comment that was taken back.", default=None)


def _room_key(given: str) -> Any:
    return key_of(Kind.LIVE_ROOM, given, "input", "liveRoomId")


def _product_key(given: str) -> Any:
    return key_of(Kind.LIVE_PRODUCT, given, "input", "liveProductId")


async def _start(ctx: Context, *, input: LiveRoomStartInput) -> Any:
    items = [one.value("input", "shelf", str(i)) for i, one in enumerate(input.shelf)]
    room, replayed = await live.start(ctx, input.title, input.cover_url, items, input.idempotency_key)
    return LiveRoomPayload.of(live_room=room, replayed=replayed)


async def _schedule(ctx: Context, *, input: LiveRoomScheduleInput) -> Any:
    return LiveRoomPayload.of(live_room=await live.schedule(ctx, input.title, input.cover_url, input.scheduled_at))


async def _move(ctx: Context, *, input: LiveRoomMoveInput) -> Any:
    return LiveRoomPayload.of(live_room=await live.move(ctx, _room_key(input.live_room_id), input.to_state))


async def _add(ctx: Context, *, input: LiveProductAddInput) -> Any:
    return LiveProductPayload.of(
        live_product=await shelves.add(ctx, _room_key(input.live_room_id), input.item.value("input", "item"))
    )


async def _pin(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(live_product=await shelves.pin(ctx, _product_key(input.live_product_id)))


async def _unpin(ctx: Context, *, input: LiveRoomInput) -> Any:
    return LiveRoomPayload.of(live_room=await shelves.unpin(ctx, _room_key(input.live_room_id)))


async def _hide(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(live_product=await shelves.hide(ctx, _product_key(input.live_product_id), hidden=True))


async def _show(ctx: Context, *, input: LiveProductInput) -> Any:
    return LiveProductPayload.of(
        live_product=await shelves.hide(ctx, _product_key(input.live_product_id), hidden=False)
    )


async def _send(ctx: Context, *, input: BulletCommentSendInput) -> Any:
    event, masked = await bullets.send(ctx, _room_key(input.live_room_id), input.text, input.color, input.mode)
    warnings = [Warning.of(WarningCode.TEXT_MASKED, ctx.locale)] if masked else []
    return BulletCommentSendPayload.of(comment=event.comment, seq=event.seq, warnings=warnings)


async def _remove(ctx: Context, *, input: BulletCommentRemoveInput) -> Any:
    removed = await bullets.remove(ctx, _room_key(input.live_room_id), input.seq)
    return BulletCommentRemovePayload.of(comment_id=f"{Kind.BULLET_COMMENT.value}_{removed.hex}")


async def _room(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.LIVE_ROOM, id)
    return None if key is None else await live.room(ctx, key)


async def _rooms(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[LiveRoomWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    names = {"state": "state", "store_id": "storeId", "guide_id": "guideId"}
    condition = condition_of(where, {"storeId": Kind.STORE, "guideId": Kind.GUIDE}, names)
    return await live.rooms(ctx, pages.page_request(first, after, last, before), condition)


@strawberry.type
class LiveQuery:
    live_room: LiveRoom | None = query(
        _room, "The snapshot of one room; null when there is none that the caller may know of.", scope=Scope.VISITOR
    )
    live_rooms: Connection[LiveRoom] = query(_rooms, "Live rooms, the newest first.", scope=Scope.VISITOR)


@strawberry.type
class LiveMutation:
    live_room_start: LiveRoomPayload | None = mutation(
        _start,
        LiveRoomPayload,
        "One tap: a room of the caller goes live, with its shelf.",
        scope=Scope.GUIDE,
        money=True,
    )
    live_room_schedule: LiveRoomPayload | None = mutation(
        _schedule, LiveRoomPayload, "Announce a room of the caller.", scope=Scope.GUIDE
    )
    live_room_move: LiveRoomPayload | None = mutation(
        _move, LiveRoomPayload, "Start, pause, resume, end or cancel a room.", scope=Scope.MEMBER
    )
    live_product_add: LiveProductPayload | None = mutation(
        _add, LiveProductPayload, "Put a product on the shelf of a room.", scope=Scope.MEMBER
    )
    live_product_pin: LiveProductPayload | None = mutation(
        _pin, LiveProductPayload, "Explain a product, and no other.", scope=Scope.MEMBER
    )
    live_product_unpin: LiveRoomPayload | None = mutation(
        _unpin, LiveRoomPayload, "Explain nothing any more.", scope=Scope.MEMBER
    )
    live_product_hide: LiveProductPayload | None = mutation(
        _hide, LiveProductPayload, "Take a product off the shelf; its stock stays set aside.", scope=Scope.MEMBER
    )
    live_product_show: LiveProductPayload | None = mutation(
        _show, LiveProductPayload, "Put a hidden product back on the shelf.", scope=Scope.MEMBER
    )
    bullet_comment_send: BulletCommentSendPayload | None = mutation(
        _send,
        BulletCommentSendPayload,
        "Say something in a room; the answer means that it is stored.",
        scope=Scope.MEMBER,
    )
    bullet_comment_remove: BulletCommentRemovePayload | None = mutation(
        _remove, BulletCommentRemovePayload, "Take a comment back, from every screen.", scope=Scope.MEMBER
    )


NODES = {Kind.LIVE_ROOM: live.rooms_by_id, Kind.LIVE_PRODUCT: shelves.products_by_id}
