"""What can be asked of a room's shelf: put a product on it, explain it, change it, take it off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.catalogue
import db.live
import db.live_explanations
import db.live_products
import db.live_shelves
import db.offers
import db.outbox
import db.stock
from db.connection import Writing
from domain import live, live_shelves
from domain.catalogue import Audience
from domain.live import AlreadyOnShelf, LiveProduct, LiveRoom, NotForEverybody, ShelfItem
from domain.live_shelves import Explanation, ShelfEdit
from domain.payloads import plain
from domain.refusals import NotFound, WrongState
from domain.room_events import EventKind, LiveProductCard, LiveProductState
from domain.stock import OutOfStock, Wanted
from domain.stock_locations import DEFAULT_LOCATION
from resolvers import hosting, stock_moving
from resolvers.context import Context


async def shelves_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[LiveProduct]]:
    """What each room shows on its shelf."""
    found = await db.live_products.shelves_of(ctx.reading, ctx.viewer, [room.source_id for room in rooms])
    return [found.get(room.source_id, []) for room in rooms]


async def hidden_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[LiveProduct] | None]:
    """What each room hides from its viewers, where the caller runs it."""
    run = [room.id for room in rooms if room.mirror_of is None and live.may_run(room, ctx.principal)]
    found = await db.live_products.hidden_of(ctx.reading, run) if run else {}
    return [found.get(room.id, []) if room.id in run else None for room in rooms]


async def pinned_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[LiveProduct | None]:
    """What is being explained in each room."""
    found = await db.live_products.pinned_of(ctx.reading, ctx.viewer, [room.source_id for room in rooms])
    return [found.get(room.source_id) for room in rooms]


async def explanations_of(ctx: Context, products: Sequence[LiveProduct]) -> list[list[Explanation] | None]:
    """When each product was explained, and what came of it, where the caller runs the room."""
    rooms = await db.live.rooms_by_id(ctx.reading, list({one.room_id for one in products}))
    seen = [one.id for one in products if live.may_run(rooms[one.room_id], ctx.principal)]
    found = await db.live_explanations.explanations_of(ctx.reading, seen) if seen else {}
    return [found.get(one.id, []) if one.id in seen else None for one in products]


async def products_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, LiveProduct]:
    """Those of the products that stand on shelves of rooms that the caller may know of."""
    found = await db.live_products.products_by_id(ctx.reading, list(dict.fromkeys(ids)))
    rooms = await db.live.rooms_by_id(ctx.reading, list({one.room_id for one in found.values()}))
    goods = await db.catalogue.products_by_id(ctx.reading, ctx.viewer, [p.card.product_id for p in found.values()])
    return {
        key: one
        for key, one in found.items()
        if (one.state is not LiveProductState.HIDDEN or _is_kept_by(rooms[one.room_id], one, ctx))
        and one.card.product_id in goods
        and live.is_seen_by(rooms[one.room_id], ctx.principal)
    }


def _is_kept_by(room: LiveRoom, hidden: LiveProduct, ctx: Context) -> bool:
    """Whether the caller hides a product, and may show it again."""
    return not hidden.is_removed and live.may_run(room, ctx.principal)


async def put(
    ctx: Context, tx: Writing, room: LiveRoom, items: Sequence[ShelfItem], shelf: Sequence[LiveProduct] = ()
) -> list[LiveProduct]:
    """Put products at the end of a locked room's shelf, setting their stock aside from the shop's.

    Raises:
        NotFound: a variant is not sold to the caller.
        NotForEverybody: a variant is sold to members only, and a room is open to everybody.
        OutOfStock: the shop holds less than is to be set aside.
        AlreadyOnShelf: the variant stands there already, or the shelf is full.
    """
    if not items:
        return []
    ids = [item.variant_id for item in items]
    offers = await db.offers.offers_of(tx, ctx.audience, ids)
    shown = await db.offers.offers_of(tx, Audience.VISITORS, ids)
    for item in items:
        if item.variant_id not in shown:
            raise (NotForEverybody if item.variant_id in offers else NotFound)(path=("input", "variantId"))
    carved = await stock_moving.carve(ctx, tx, [Wanted(item.variant_id, item.live_stock) for item in items], room.id)
    for item in items:
        if item.variant_id not in carved:
            left = await stock_moving.left_of(tx, item.variant_id)
            raise OutOfStock(item.variant_id, left, path=("input", "liveStock"))
    slots = live_shelves.free_slots([one.slot for one in shelf if one.slot is not None], len(items))
    if slots is None:
        raise AlreadyOnShelf(path=("input", "liveRoomId"))
    positions = live_shelves.positions_after(max((one.position for one in shelf), default=None), len(items))
    rows = [_row(ctx, room, *one) for one in zip(items, slots, positions, strict=True)]
    if not await db.live_shelves.add(tx, rows):
        raise AlreadyOnShelf(path=("input", "variantId"))
    found = await db.live_products.products_by_id(tx, [row["id"] for row in rows])
    return [found[row["id"]] for row in rows]


def _row(ctx: Context, room: LiveRoom, item: ShelfItem, slot: int, position: int) -> dict[str, Any]:
    return {
        "id": ctx.new_id(),
        "live_room_id": room.id,
        "variant_id": item.variant_id,
        "price_minor": item.live_price.minor,
        "currency": item.live_price.currency,
        "stock": item.live_stock,
        "limit_per_member": item.limit_per_member,
        "position": position,
        "slot": slot,
        "goes_with": [stage.name for stage in sorted(item.goes_with)],
    }


async def put_as_in(ctx: Context, tx: Writing, room: LiveRoom, former_id: UUID, beside: Sequence[ShelfItem]) -> None:
    """Put on a new room's shelf what stood on a former one's, as much of it as the shop has, behind other products.

    Raises:
        NotFound: the caller's store had no such room.
    """
    former = await db.live.find(tx, former_id)
    if former is None or former.host.store_id != room.host.store_id:
        raise NotFound(path=("input", "copyShelfOf"))
    shelf = await db.live_products.shelf_by_hand(tx, former.source_id)
    ids = [one.card.variant_id for one in shelf]
    shelves = await db.stock.lock(tx, ids)
    shown = await db.offers.offers_of(tx, Audience.VISITORS, ids)
    sellable = {key: shelves.sellable.get((key, DEFAULT_LOCATION), 0) for key in shown}
    items = live_shelves.as_before(shelf, sellable, besides=[item.variant_id for item in beside])
    await put(ctx, tx, room, items, await db.live_products.shelf_by_hand(tx, room.id))


async def clear(ctx: Context, tx: Writing, room_id: UUID) -> list[dict[str, Any]]:
    """Give what a closed room did not sell back to the shop; says what its viewers have to know."""
    shelf = await db.live_products.lock_all(tx, room_id)
    left: Counter[UUID] = Counter()
    for one in shelf:
        left[one.card.variant_id] += one.card.live_stock
    events = await _unpin(ctx, tx, shelf)
    await db.live_shelves.close_shelf(tx, room_id)
    if given := [Wanted(key, many) for key, many in left.items() if many]:
        await stock_moving.uncarve(ctx, tx, given, room_id)
    return [*events, _pin_event(room_id, None)] if events else []


async def add(ctx: Context, room_id: UUID, item: ShelfItem) -> LiveProduct:
    """Put one product on the shelf of a room that the caller runs.

    Raises:
        BadInput: a price, stock or limit is out of bounds.
        NotFound: the variant is not sold to the caller, or as `hosting.lock_room`, with NotAllowed and IsMirror.
        WrongState: the room is over.
        OutOfStock: the shop holds less than is to be set aside.
        AlreadyOnShelf: the variant stands there already, or the shelf is full.
    """
    live.check_shelf([item], "input")
    async with ctx.database.writing() as tx:
        room = await hosting.lock_running(ctx, tx, room_id)
        (added,) = await put(ctx, tx, room, [item], await db.live_products.lock_shelf(tx, room_id))
        await _tell(ctx, tx, "LiveProductAdded", room_id, [_shelf_event(added)])
    return added


async def pin(ctx: Context, live_product_id: UUID) -> LiveProduct:
    """Explain a product, and no other: the one before goes back on the shelf (product rules 2.8.2).

    Raises:
        NotFound: there is no such product on a shelf that the caller may know of.
        NotAllowed, IsMirror: as `hosting.lock_room`.
        WrongState: the product is sold out or hidden, or the room is over.
    """
    async with ctx.database.writing() as tx:
        chosen, shelf = await _lock_shelf_of(ctx, tx, live_product_id)
        if chosen.state is LiveProductState.EXPLAINING:
            return chosen
        if chosen.state is not LiveProductState.ON_SHELF:
            raise WrongState(chosen.state.value, path=("input", "liveProductId"))
        events = await _unpin(ctx, tx, shelf)
        pinned = await _stand(tx, chosen, LiveProductState.EXPLAINING)
        await db.live_explanations.begin(tx, ctx.new_id(), chosen.room_id, chosen.id, ctx.now())
        events.append(_pin_event(chosen.room_id, pinned.card))
        await _tell(ctx, tx, "LiveProductPinned", chosen.room_id, events)
    return pinned


async def unpin(ctx: Context, room_id: UUID) -> LiveRoom:
    """Explain nothing any more.

    Raises:
        NotFound, NotAllowed, IsMirror, WrongState: as `hosting.lock_running`.
    """
    async with ctx.database.writing() as tx:
        room = await hosting.lock_running(ctx, tx, room_id)
        events = await _unpin(ctx, tx, await db.live_products.lock_shelf(tx, room_id))
        if events:
            await _tell(ctx, tx, "LiveProductUnpinned", room_id, [*events, _pin_event(room_id, None)])
    return room


async def hide(ctx: Context, live_product_id: UUID, *, hidden: bool) -> LiveProduct:
    """Take a product off the shelf, or put it back; its stock stays set aside.

    Raises:
        NotFound, NotAllowed, IsMirror: as `pin`.
        WrongState: the room is over.
    """
    async with ctx.database.writing() as tx:
        chosen, _ = await _lock_shelf_of(ctx, tx, live_product_id)
        if hidden is (chosen.state is LiveProductState.HIDDEN):
            return chosen
        state = LiveProductState.HIDDEN if hidden else live_shelves.at_rest(chosen.card.live_stock)
        changed = await _stand(tx, chosen, state)
        events = [_shelf_event(changed), *await _end_if_explained(ctx, tx, chosen)]
        await _tell(ctx, tx, "LiveProductHidden" if hidden else "LiveProductShown", chosen.room_id, events)
    return changed


async def edit(ctx: Context, live_product_id: UUID, wanted: ShelfEdit, expected_version: int | None) -> LiveProduct:
    """Change price, limit or stock of a product; more stock is set aside from the shop's, less goes back to it.

    Raises:
        BadInput: a price, number or limit is out of bounds.
        NotFound, NotAllowed, IsMirror: as `pin`.
        StaleVersion: its terms changed since the caller read them.
        WrongState: the room is over.
        OutOfStock: the shop holds less than is to be set aside, or less remains than is to go back.
    """
    async with ctx.database.writing() as tx:
        product = await _lock_one(ctx, tx, live_product_id)
        live_shelves.check_edit(product, wanted, expected_version, "input")
        price = wanted.live_price or product.card.live_price
        limit = product.card.limit_per_member if wanted.keeps_limit else wanted.limit_per_member
        changed = await db.live_shelves.edit(tx, product.id, price, limit, wanted.stock_delta)
        assert changed, f"live product {product.id} is locked, and less remained than was seen"
        await _rebalance(ctx, tx, product, wanted.stock_delta)
        edited = (await db.live_products.products_by_id(tx, [product.id]))[product.id]
        await _tell(ctx, tx, "LiveProductUpdated", product.room_id, _seen([edited]))
    return edited


async def _rebalance(ctx: Context, tx: Writing, product: LiveProduct, delta: int) -> None:
    """Set more of the shop's stock aside, or give some back."""
    variant_id, room_id = product.card.variant_id, product.room_id
    if delta > 0 and not await stock_moving.carve(ctx, tx, [Wanted(variant_id, delta)], room_id):
        left = await stock_moving.left_of(tx, variant_id)
        raise OutOfStock(variant_id, left, path=("input", "liveStockDelta"))
    if delta < 0:
        await stock_moving.uncarve(ctx, tx, [Wanted(variant_id, -delta)], room_id)


async def move(ctx: Context, live_product_id: UUID, after_id: UUID | None) -> LiveProduct:
    """Put a product behind another one of its shelf, or first.

    Raises:
        NotFound, NotAllowed, IsMirror: as `pin`; NotFound also when the other one does not stand there.
        WrongState: the room is over.
    """
    async with ctx.database.writing() as tx:
        chosen, shelf = await _lock_shelf_of(ctx, tx, live_product_id)
        after = next((one for one in shelf if one.id == after_id), None)
        if after_id is not None and (after is None or after is chosen):
            raise NotFound(path=("input", "afterId"))
        places = live_shelves.move(shelf, chosen, after)
        await db.live_shelves.place(tx, [(one.id, position) for one, position in places])
        moved = [replace(_changed(one, one.state), position=position) for one, position in places]
        if moved:
            await _tell(ctx, tx, "LiveProductMoved", chosen.room_id, _seen(moved))
    return next((one for one in moved if one.id == chosen.id), chosen)


async def remove(ctx: Context, live_product_id: UUID) -> LiveProduct:
    """Take a product off the shelf for good; what remains of it goes back to the shop.

    Orders keep what they were promised.

    Raises:
        NotFound, NotAllowed, IsMirror: as `pin`.
        WrongState: the room is over.
    """
    async with ctx.database.writing() as tx:
        chosen, _ = await _lock_shelf_of(ctx, tx, live_product_id)
        events = await _end_if_explained(ctx, tx, chosen)
        await db.live_shelves.remove(tx, chosen.id, ctx.now())
        if chosen.card.live_stock:
            back = [Wanted(chosen.card.variant_id, chosen.card.live_stock)]
            await stock_moving.uncarve(ctx, tx, back, chosen.room_id)
        removed = (await db.live_products.products_by_id(tx, [chosen.id]))[chosen.id]
        told = [] if chosen.state is LiveProductState.HIDDEN else [_shelf_event(removed)]
        await _tell(ctx, tx, "LiveProductRemoved", chosen.room_id, [*told, *events])
    return removed


async def _lock_room_of(ctx: Context, tx: Writing, live_product_id: UUID) -> LiveRoom:
    found = (await db.live_products.products_by_id(tx, [live_product_id])).get(live_product_id)
    if found is None:
        raise NotFound(path=("input", "liveProductId"))
    return await hosting.lock_running(ctx, tx, found.room_id)


async def _lock_one(ctx: Context, tx: Writing, live_product_id: UUID) -> LiveProduct:
    await _lock_room_of(ctx, tx, live_product_id)
    product = await db.live_products.lock_one(tx, live_product_id)
    if product is None or product.is_removed:
        raise NotFound(path=("input", "liveProductId"))
    return product


async def _lock_shelf_of(ctx: Context, tx: Writing, live_product_id: UUID) -> tuple[LiveProduct, list[LiveProduct]]:
    room = await _lock_room_of(ctx, tx, live_product_id)
    shelf = await db.live_products.lock_shelf(tx, room.id)
    chosen = next((one for one in shelf if one.id == live_product_id), None)
    if chosen is None:
        raise NotFound(path=("input", "liveProductId"))
    return chosen, shelf


async def _unpin(ctx: Context, tx: Writing, shelf: Sequence[LiveProduct]) -> list[dict[str, Any]]:
    """Put what is explained back on a locked shelf; says where it stands now."""
    for one in shelf:
        if one.state is LiveProductState.EXPLAINING:
            rested = await _stand(tx, one, live_shelves.at_rest(one.card.live_stock))
            await db.live_explanations.end(tx, one.room_id, ctx.now())
            return [_shelf_event(rested)]
    return []


async def _end_if_explained(ctx: Context, tx: Writing, product: LiveProduct) -> list[dict[str, Any]]:
    if product.state is not LiveProductState.EXPLAINING:
        return []
    await db.live_explanations.end(tx, product.room_id, ctx.now())
    return [_pin_event(product.room_id, None)]


async def _stand(tx: Writing, product: LiveProduct, state: LiveProductState) -> LiveProduct:
    await db.live_shelves.set_state(tx, product.id, state)
    return _changed(product, state)


def _changed(product: LiveProduct, state: LiveProductState) -> LiveProduct:
    return replace(product, state=state, card=replace(product.card, version=product.card.version + 1))


def _shelf_event(product: LiveProduct) -> dict[str, Any]:
    payload = {"live_product": plain(product.card), "state": product.state.value, "position": product.position}
    return {"room": product.room_id.hex, "kind": EventKind.SHELF.value, "payload": payload}


def _seen(changed: Sequence[LiveProduct]) -> list[dict[str, Any]]:
    """What viewers hear of products that changed: nothing of those that they do not see, such as a price to come."""
    return [_shelf_event(one) for one in changed if one.state is not LiveProductState.HIDDEN]


def _pin_event(room_id: UUID, card: LiveProductCard | None) -> dict[str, Any]:
    return {"room": room_id.hex, "kind": EventKind.PIN.value, "payload": {"live_product": plain(card)}}


async def _tell(ctx: Context, tx: Writing, kind: str, room_id: UUID, events: list[dict[str, Any]]) -> None:
    await db.outbox.tell(tx, kind, "live_room", room_id, {"room": room_id.hex, "room_events": events}, ctx.now())
