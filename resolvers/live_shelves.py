"""What can be asked of a room's shelf: put a product on it, explain it, take it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.catalogue
import db.live
import db.live_products
import db.outbox
import db.stock
from db.connection import Writing
from domain import live
from domain.catalogue import Audience
from domain.live import AlreadyOnShelf, LiveProduct, LiveRoom, NotForEverybody, ShelfItem
from domain.payloads import plain
from domain.refusals import NotFound, WrongState
from domain.room_events import EventKind, LiveProductCard, LiveProductState
from domain.stock import OutOfStock, Wanted
from resolvers.context import Context


async def shelves_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[LiveProduct]]:
    """What each room shows on its shelf."""
    found = await db.live_products.shelves_of(ctx.reading, ctx.audience, [room.id for room in rooms])
    return [found.get(room.id, []) for room in rooms]


async def pinned_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[LiveProduct | None]:
    """What is being explained in each room."""
    found = await db.live_products.pinned_of(ctx.reading, ctx.audience, [room.id for room in rooms])
    return [found.get(room.id) for room in rooms]


async def products_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, LiveProduct]:
    """Those of the products that stand on shelves of rooms that the caller may know of."""
    found = await db.live_products.products_by_id(ctx.reading, list(dict.fromkeys(ids)))
    rooms = await db.live.rooms_by_id(ctx.reading, list({one.room_id for one in found.values()}))
    goods = await db.catalogue.products_by_id(ctx.reading, ctx.audience, [p.card.product_id for p in found.values()])
    return {
        key: one
        for key, one in found.items()
        if one.state is not LiveProductState.HIDDEN
        and one.card.product_id in goods
        and live.is_seen_by(rooms[one.room_id], ctx.principal)
    }


async def lock_room(ctx: Context, tx: Writing, room_id: UUID) -> LiveRoom:
    """A room that the caller runs, kept so until the transaction ends.

    Raises:
        NotFound: there is no such room that the caller may know of.
        NotAllowed: the caller does not run it.
    """
    room = await db.live.lock(tx, room_id)
    if room is None or not live.is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    live.check_may_run(room, ctx.principal)
    return room


async def lock_running(ctx: Context, tx: Writing, room_id: UUID) -> LiveRoom:
    """A room that the caller runs and that is not over, kept so until the transaction ends.

    Raises:
        NotFound, NotAllowed: as `lock_room`.
        WrongState: the room is over.
    """
    room = await lock_room(ctx, tx, room_id)
    if room.state in live.CLOSED_STATES:
        raise WrongState(room.state.value)
    return room


async def put(
    ctx: Context, tx: Writing, room: LiveRoom, items: Sequence[ShelfItem], position: int
) -> list[LiveProductCard]:
    """Put products on a locked room's shelf, setting their stock aside from the shop's.

    Raises:
        NotFound: a variant is not sold to the caller.
        NotForEverybody: a variant is sold to members only, and a room is open to everybody.
        OutOfStock: the shop holds less than is to be set aside.
        AlreadyOnShelf: the variant stands there already.
    """
    if not items:
        return []
    offers = await db.catalogue.offers_of(tx, ctx.audience, [item.variant_id for item in items])
    shown = await db.catalogue.offers_of(tx, Audience.VISITORS, [item.variant_id for item in items])
    for item in sorted(items, key=lambda one: one.variant_id):
        if item.variant_id not in offers:
            raise NotFound(path=("input", "variantId"))
        if item.variant_id not in shown:
            raise NotForEverybody(path=("input", "variantId"))
        if not await db.stock.carve(tx, Wanted(item.variant_id, item.live_stock)):
            raise OutOfStock(item.variant_id, offers[item.variant_id].available, path=("input", "liveStock"))
    rows = [_row(ctx, room, item, position + i) for i, item in enumerate(items)]
    if not await db.live_products.add(tx, rows):
        raise AlreadyOnShelf(path=("input", "variantId"))
    found = await db.live_products.products_by_id(tx, [row["id"] for row in rows])
    return [found[row["id"]].card for row in rows]


def _row(ctx: Context, room: LiveRoom, item: ShelfItem, position: int) -> dict[str, Any]:
    return {
        "id": ctx.new_id(),
        "live_room_id": room.id,
        "variant_id": item.variant_id,
        "price_minor": item.live_price.minor,
        "currency": item.live_price.currency,
        "stock": item.live_stock,
        "limit_per_member": item.limit_per_member,
        "position": position,
    }


async def clear(tx: Writing, room_id: UUID) -> None:
    """Give what a closed room did not sell back to the shop."""
    shelf = await db.live_products.lock_shelf(tx, room_id)
    left = [Wanted(one.card.variant_id, one.card.live_stock) for one in shelf if one.card.live_stock]
    await db.live_products.close_shelf(tx, room_id)
    if left:
        await db.stock.uncarve(tx, left)


async def add(ctx: Context, room_id: UUID, item: ShelfItem) -> LiveProduct:
    """Put one product on the shelf of a room that the caller runs.

    Raises:
        BadInput: a price, stock or limit is out of bounds.
        NotFound, NotAllowed: as `lock_room`; NotFound also when the variant is not sold to the caller.
        WrongState: the room is over.
        OutOfStock: the shop holds less than is to be set aside.
        AlreadyOnShelf: the variant stands there already, or the shelf is full.
    """
    live.check_shelf([item], "input")
    async with ctx.database.writing() as tx:
        room = await lock_running(ctx, tx, room_id)
        shelf = await db.live_products.lock_shelf(tx, room_id)
        if len(shelf) >= live.MOST_ON_SHELF:
            raise AlreadyOnShelf(path=("input", "liveRoomId"))
        position = max((one.position for one in shelf), default=-1) + 1
        (card,) = await put(ctx, tx, room, [item], position)
        added = LiveProduct(room_id, card, LiveProductState.ON_SHELF, position, 0)
        await _tell(ctx, tx, "LiveProductAdded", room, [_shelf_event(room, added)])
    return added


async def pin(ctx: Context, live_product_id: UUID) -> LiveProduct:
    """Explain a product, and no other: the one before goes back on the shelf (product rules 2.8.2).

    Raises:
        NotFound: there is no such product on a shelf that the caller may know of.
        NotAllowed: the caller does not run the room.
        WrongState: the product is sold out or hidden, or the room is over.
    """
    async with ctx.database.writing() as tx:
        room, shelf = await _lock_shelf_of(ctx, tx, live_product_id)
        chosen = next(one for one in shelf if one.id == live_product_id)
        if chosen.state not in (LiveProductState.ON_SHELF, LiveProductState.EXPLAINING):
            raise WrongState(chosen.state.value, path=("input", "liveProductId"))
        await _unpin(tx, shelf)
        await db.live_products.set_state(tx, live_product_id, LiveProductState.EXPLAINING)
        pinned = _changed(chosen, LiveProductState.EXPLAINING)
        await _tell(ctx, tx, "LiveProductPinned", room, [_pin_event(room, pinned.card)])
    return pinned


async def unpin(ctx: Context, room_id: UUID) -> LiveRoom:
    """Explain nothing any more.

    Raises:
        NotFound, NotAllowed, WrongState: as `lock_running`.
    """
    async with ctx.database.writing() as tx:
        room = await lock_running(ctx, tx, room_id)
        await _unpin(tx, await db.live_products.lock_shelf(tx, room_id))
        await _tell(ctx, tx, "LiveProductUnpinned", room, [_pin_event(room, None)])
    return room


async def hide(ctx: Context, live_product_id: UUID, *, hidden: bool) -> LiveProduct:
    """Take a product off the shelf, or put it back; its stock stays set aside.

    Raises:
        NotFound, NotAllowed: as `pin`.
        WrongState: the room is over.
    """
    async with ctx.database.writing() as tx:
        room, shelf = await _lock_shelf_of(ctx, tx, live_product_id)
        chosen = next(one for one in shelf if one.id == live_product_id)
        on_shelf = LiveProductState.ON_SHELF if chosen.card.live_stock else LiveProductState.SOLD_OUT
        changed = _changed(chosen, LiveProductState.HIDDEN if hidden else on_shelf)
        await db.live_products.set_state(tx, live_product_id, changed.state)
        events = [_shelf_event(room, changed)]
        if chosen.state is LiveProductState.EXPLAINING:
            events.append(_pin_event(room, None))
        await _tell(ctx, tx, "LiveProductHidden" if hidden else "LiveProductShown", room, events)
    return changed


async def _lock_shelf_of(ctx: Context, tx: Writing, live_product_id: UUID) -> tuple[LiveRoom, list[LiveProduct]]:
    found = (await db.live_products.products_by_id(tx, [live_product_id])).get(live_product_id)
    if found is None:
        raise NotFound(path=("input", "liveProductId"))
    room = await lock_running(ctx, tx, found.room_id)
    return room, await db.live_products.lock_shelf(tx, found.room_id)


async def _unpin(tx: Writing, shelf: Sequence[LiveProduct]) -> None:
    for one in shelf:
        if one.state is LiveProductState.EXPLAINING:
            on_shelf = LiveProductState.ON_SHELF if one.card.live_stock else LiveProductState.SOLD_OUT
            await db.live_products.set_state(tx, one.id, on_shelf)


def _changed(product: LiveProduct, state: LiveProductState) -> LiveProduct:
    return replace(product, state=state, card=replace(product.card, version=product.card.version + 1))


def _shelf_event(room: LiveRoom, product: LiveProduct) -> dict[str, Any]:
    payload = {"live_product": plain(product.card), "state": product.state.value}
    return {"room": room.id.hex, "kind": EventKind.SHELF.value, "payload": payload}


def _pin_event(room: LiveRoom, card: LiveProductCard | None) -> dict[str, Any]:
    return {"room": room.id.hex, "kind": EventKind.PIN.value, "payload": {"live_product": plain(card)}}


async def _tell(ctx: Context, tx: Writing, kind: str, room: LiveRoom, events: list[dict[str, Any]]) -> None:
    await db.outbox.tell(tx, kind, "live_room", room.id, {"room": room.id.hex, "room_events": events}, ctx.now())
