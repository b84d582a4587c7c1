"""What can be asked of carts and orders: price, place, give up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

import db.addresses
import db.catalogue
import db.idempotency
import db.live
import db.live_products
import db.live_purchases
import db.orders
import db.outbox
from db.connection import Reading, Writing
from domain import orders
from domain.idempotency import request_of
from domain.identity import Scope
from domain.live import LiveRoom, check_open, is_seen_by
from domain.money import Money
from domain.orders import CancelReason, CartLine, Offer, Order, OrderLine, OrderState, OverLimit, Quote, ShippingAddress
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, text_within
from domain.stock import MovementKind, OutOfStock, Wanted
from resolvers import shares, stock_taking
from resolvers.context import Context
from resolvers.stock_moving import moved

OVERDUE_AT_ONCE = 50

_logger = logging.getLogger("yutang.orders")


@dataclass(frozen=True, slots=True)
class Placing:
    """What a member wants to order."""

    lines: Sequence[CartLine]
    idempotency_key: str
    live_room_id: UUID | None = None
    address_id: UUID | None = None
    code: str | None = None
    note: str = ""

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        return {"lines": [(line.variant_id, line.quantity) for line in self.lines]} | {
            name: getattr(self, name) for name in ("live_room_id", "address_id", "code", "note")
        }


async def quote(ctx: Context, lines: Sequence[CartLine], live_room_id: UUID | None) -> Quote:
    """What a cart costs now, at the prices of the live room for what stands on its shelf.

    Raises:
        BadInput: the lines cannot be ordered together.
        NotFound: there is no such room.
        Refusals: some variants are not on offer for the caller.
    """
    orders.check_lines(lines)
    room = await _room(ctx, ctx.reading, live_room_id)
    return orders.quote(lines, await _offers(ctx, ctx.reading, lines, room))


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a wish: the order, whether it was placed before, and whether its code meant nothing."""

    order: Order
    replayed: bool = False
    code_ignored: bool = False


async def place(ctx: Context, wanted: Placing) -> Placed:
    """Place an order; stock is promised to it until its time to pay is over.

    Raises:
        BadInput, NotFound, Refusals: as `quote`.
        RoomClosed: the live room is not live.
        OverLimit: a member may not buy so many of a live product.
        Refusals of OutOfStock: fewer are left than were asked for; nothing was taken.
        KeyReused: the idempotency key belongs to another request.
    """
    member_id, at = ctx.member_id, ctx.now()
    orders.check_lines(wanted.lines)
    request = request_of(f"member:{member_id.hex}", "orderPlace", wanted.idempotency_key, wanted.values())
    async with ctx.database.writing() as tx:
        given = await db.idempotency.claim(tx, request, at)
        if given is not None:
            return msgspec.convert(given, Placed, strict=False)
        room = await _room(ctx, tx, wanted.live_room_id)
        if room is not None:
            check_open(room)
        priced = orders.quote(wanted.lines, await _offers(ctx, tx, wanted.lines, room))
        order, code_ignored = await _new_order(ctx, tx, wanted, priced, room)
        await _take_stock(ctx, tx, priced, order)
        await db.orders.add(tx, [order])
        await db.outbox.tell(tx, "OrderPlaced", "order", order.id, orders.fact_of(order), at)
        await db.idempotency.answer(tx, request, msgspec.to_builtins(Placed(order, True, code_ignored)))
    return Placed(order, False, code_ignored)


async def _room(ctx: Context, tx: Reading, room_id: UUID | None) -> LiveRoom | None:
    if room_id is None:
        return None
    room = await db.live.find(tx, room_id)
    if room is None or not is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    return room


async def _offers(ctx: Context, tx: Reading, lines: Sequence[CartLine], room: LiveRoom | None) -> dict[UUID, Offer]:
    """What can be bought of each variant: from the open room's shelf where it stands there, else from the shop."""
    ids = [line.variant_id for line in lines]
    offers = await db.catalogue.offers_of(tx, ctx.audience, ids)
    if room is None or not room.is_open:
        return offers
    live = await db.live_products.products_by_variant(tx, room.source_id, ids)
    return offers | {
        key: Offer(
            key,
            offers[key].product_id,
            offers[key].name,
            offers[key].variant_name,
            offers[key].sku,
            offers[key].picture_url,
            product.card.live_price,
            product.card.live_stock,
            product.id,
            product.card.limit_per_member,
        )
        for key, product in live.items()
        if key in offers
    }


@dataclass(frozen=True, slots=True)
class _Draft:
    ctx: Context
    order: Order


async def _take_stock(ctx: Context, tx: Writing, priced: Quote, order: Order) -> None:
    live = [(line.offer, line.quantity) for line in priced.lines if line.offer.live_product_id]
    short: dict[UUID, int] = {}
    if live:
        await _count_limits(tx, live, order.member_id)
        units = {
            offer.live_product_id: (offer.variant_id, quantity) for offer, quantity in live if offer.live_product_id
        }
        taken = await db.live_products.take(tx, [(key, quantity) for key, (_, quantity) in units.items()])
        if missing := [key for key in units if key not in taken]:
            found = await db.live_products.products_by_id(tx, missing)
            short |= {units[key][0]: found[key].card.live_stock for key in missing}
    taking, draft = stock_taking.StockTaking(), _Draft(ctx, order)
    await taking.lock(tx, [draft])
    short |= {one.variant_id: one.available for one in taking.refusals(draft) if isinstance(one, OutOfStock)}
    if short:
        raise orders.shortages(priced, short)
    taking.take(draft)
    await taking.write(tx)


async def _count_limits(tx: Writing, live: Sequence[tuple[Offer, int]], member_id: UUID) -> None:
    limited = [(offer, quantity) for offer, quantity in live if offer.limit_per_member is not None]
    if not limited:
        return
    units = [(offer.live_product_id, quantity) for offer, quantity in limited if offer.live_product_id]
    limits = [offer.limit_per_member or 0 for offer, _ in limited]
    allowed = await db.live_purchases.count(tx, member_id, units, limits)
    for (key, _), limit in zip(units, limits, strict=True):
        if key not in allowed:
            raise OverLimit(limit, path=("input", "lines"))


async def _new_order(
    ctx: Context, tx: Writing, wanted: Placing, priced: Quote, room: LiveRoom | None
) -> tuple[Order, bool]:
    member_id, at, order_id = ctx.member_id, ctx.now(), ctx.new_id()
    decision = await shares.attribute_order(
        ctx,
        tx,
        member_id=member_id,
        order_id=order_id,
        explicit_code=wanted.code,
        live_room_guide_id=room.host.guide_id if room else None,
        at=at,
    )
    order = Order(
        id=order_id,
        number=orders.number_of(order_id, at),
        member_id=member_id,
        state=OrderState.PLACED,
        total=priced.total,
        lines=[_line(ctx.new_id(), line) for line in priced.lines],
        address=await _address(tx, member_id, wanted.address_id),
        note=text_within(wanted.note, 200, "input", "note", least=0),
        live_room_id=room.id if room else None,
        store_id=decision.store_id,
        guide_id=decision.guide_id,
        placed_at=at,
        pay_before=at + ctx.services.rules.pay_within,
        paid_at=None,
        cancelled_at=None,
        cancel_reason=None,
        version=1,
        goods=priced.total,
        shipping=Money(0),
    )
    return order, decision.code_ignored


def _line(line_id: UUID, priced: orders.QuoteLine) -> OrderLine:
    offer = priced.offer
    return OrderLine(
        line_id,
        offer.variant_id,
        offer.product_id,
        offer.live_product_id,
        offer.name,
        offer.variant_name,
        offer.sku,
        offer.picture_url,
        offer.unit_price,
        priced.quantity,
        offer.unit_price,
        priced.total,
        (offer.unit_price.minor,) * priced.quantity,
    )


async def _address(tx: Writing, member_id: UUID, address_id: UUID | None) -> ShippingAddress | None:
    if address_id is None:
        return None
    found = (await db.addresses.addresses_by_id(tx, member_id, [address_id])).get(address_id)
    if found is None:
        raise NotFound(path=("input", "addressId"))
    return ShippingAddress(found.name, found.phone, found.province, found.city, found.district, found.line)


async def cancel(ctx: Context, order_id: UUID) -> Order:
    """Give one's own placed order up; its stock can be bought by others at once.

    Raises:
        NotFound: the caller has no such order.
        NotCancellable: it was paid or cancelled before.
    """
    async with ctx.database.writing() as tx:
        order = await db.orders.lock(tx, order_id)
        if order is None or order.member_id != ctx.member_id:
            raise NotFound(path=("input", "orderId"))
        return await _give_up(ctx, tx, order, CancelReason.BY_MEMBER)


async def cancel_overdue(ctx: Context) -> int:
    """Give up orders whose time to pay is over; returns how many, which is at most 50.

    Each is given up in a transaction of its own: one that fails is logged and does not keep the others.
    """
    done, failed = 0, set[UUID]()
    while done + len(failed) < OVERDUE_AT_ONCE:
        order: Order | None = None
        try:
            async with ctx.database.writing() as tx:
                order = await db.orders.lock_overdue(tx, ctx.now(), failed)
                if order is None:
                    break
                await _give_up(ctx, tx, order, CancelReason.NOT_PAID_IN_TIME)
            done += 1
        except Exception:
            if order is None:
                raise
            _logger.exception("order %s could not be given up", order.number)
            failed.add(order.id)
    return done


async def _give_up(ctx: Context, tx: Writing, order: Order, reason: CancelReason) -> Order:
    at = ctx.now()
    cancelled = orders.cancel(order, reason, at)
    await _return_stock(ctx, tx, order)
    await db.orders.save_state(tx, order, cancelled, ctx.principal.member_id, at)
    await db.outbox.tell(tx, "OrderCancelled", "order", order.id, orders.fact_of(cancelled), at)
    return cancelled


async def _return_stock(ctx: Context, tx: Writing, order: Order) -> None:
    """Give back what the order was promised.

    Everybody locks in this order: the order, the room, purchases, live products, stock.
    """
    carved = await _return_live_stock(tx, order)
    await stock_taking.release(ctx, tx, order, *moved(ctx, MovementKind.UNCARVE, carved, order.id))


async def _return_live_stock(tx: Writing, order: Order) -> list[Wanted]:
    """Give live stock back to its shelf; what no open room takes back is for the shop."""
    live = [(line.live_product_id, line.quantity) for line in order.lines if line.live_product_id]
    if not live:
        return []
    room = await db.live.lock_source(tx, order.live_room_id) if order.live_room_id else None
    await db.live_purchases.uncount(tx, order.member_id, live)
    if room is not None and room.is_open:
        await db.live_products.give_back(tx, live)
        return []
    await db.live_products.shrink(tx, live)
    return order.wanted(live=True)


async def orders_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Those of the orders that are the caller's own, or that staff may see."""
    found = await db.orders.orders_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own, staff = ctx.principal.member_id, ctx.holds(Scope.OPERATOR)
    return {key: order for key, order in found.items() if staff or order.member_id == own}


async def order(ctx: Context, order_id: UUID) -> Order | None:
    return (await orders_by_id(ctx, [order_id])).get(order_id)


async def my_orders(ctx: Context, request: PageRequest) -> Page[Order]:
    """A page of the caller's orders, the newest first."""
    return await db.orders.orders_of(ctx.reading, ctx.member_id, request)
