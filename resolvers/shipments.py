"""What can be asked of shipments: send a package, take it back, hand over in a store, receive, be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.after_sales
import db.idempotency
import db.orders
import db.outbox
import db.refunds
import db.shipments
import db.stores
from db.connection import Writing
from domain import orders
from domain import shipments as rules
from domain.idempotency import request_of
from domain.identity import Role, Scope
from domain.orders import Delivery, Order, OrderState
from domain.records import record
from domain.refusals import NotAllowed, NotFound, WrongState, text_within
from domain.shipments import MOST_PACKAGES, Packed, Shipment, ShipmentState
from domain.units import counted, together
from resolvers import order_life
from resolvers.context import Context
from resolvers.turns import each_alone

LONGEST_ORDER_NUMBER = 40


@record
class Sending:
    """A package that is to leave. No lines: everything that is left of the order."""

    order_id: UUID
    packed: Sequence[Packed] | None
    carrier: str
    tracking_number: str
    idempotency_key: str

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        lines = None if self.packed is None else [(one.line_id, one.quantity) for one in self.packed]
        return {"order": self.order_id, "lines": lines, "label": (self.carrier, self.tracking_number)}


async def send(ctx: Context, wanted: Sending) -> tuple[Shipment, Order, bool]:
    """Let a package of a paid order leave. True when this very request was answered before.

    Raises:
        NotFound: there is no such order, or line of it.
        WrongState, OrderOnHold: the order must not leave, or has.
        MoreThanLeft, BadInput: its contents are not what is left.
        KeyReused: the idempotency key belongs to another request.
    """
    carrier, number = rules.checked_label(wanted.carrier, wanted.tracking_number)
    request = request_of(f"staff:{ctx.member_id.hex}", "shipmentCreate", wanted.idempotency_key, wanted.values())
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, request, ctx.now())
        order = await _lock(tx, wanted.order_id)
        if answered is not None:
            key = UUID(hex=answered)
            return (await db.shipments.shipments_by_id(tx, [key]))[key], order, True
        rules.check_shippable(order)
        left, waits = await _left(tx, order)
        packed = wanted.packed if wanted.packed is not None else [Packed(*one) for one in left.items()]
        new = Shipment(ctx.new_id(), order.id, ShipmentState.SENT, carrier, number, tuple(packed), ctx.now())
        rules.check_packed(new.packed, left, order)
        after = await _sent(ctx, tx, order, new, waits)
        await db.idempotency.answer(tx, request, new.id.hex)
    return new, after, False


async def _sent(ctx: Context, tx: Writing, order: Order, new: Shipment, waits: Mapping[UUID, int]) -> Order:
    await _check_room(tx, order)
    await db.shipments.add(tx, new, {line.id: line.quantity for line in order.lines})
    packed = {one.line_id: one.quantity for one in new.packed}
    rest = {line_id: many - packed.get(line_id, 0) for line_id, many in waits.items()}
    after = rules.sent(order, {line_id: many for line_id, many in rest.items() if many}, new.sent_at)
    await _save(ctx, tx, order, after, "ShipmentSent", rules.fact_of(new))
    return after


async def _check_room(tx: Writing, order: Order) -> None:
    packages = (await db.shipments.shipments_of(tx, [order.id])).get(order.id, [])
    if len(packages) >= MOST_PACKAGES:
        raise WrongState(order.state.value, path=("input", "orderId"))


async def _left(tx: Writing, order: Order) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """How many units of each line have still to leave; and how many with those that wait for an after-sale to end."""
    packages = (await db.shipments.shipments_of(tx, [order.id])).get(order.id, [])
    sent, (kept_back, gone) = rules.units_sent(packages), await db.after_sales.kept_back(tx, order.id)
    return rules.left_to_ship(order, sent, kept_back), rules.left_to_ship(order, sent, gone)


async def relabel(ctx: Context, shipment_id: UUID, carrier: str, tracking_number: str) -> Shipment:
    """Correct what is written on a package.

    Raises:
        NotFound: there is no such package.
        WrongState: it was taken back.
        BadInput: the label is empty or too long.
    """
    carrier, number = rules.checked_label(carrier, tracking_number)
    async with ctx.database.writing() as tx:
        shipment, order = await _lock_package(tx, shipment_id)
        if shipment.state is ShipmentState.CANCELLED:
            raise WrongState(shipment.state.value, path=("input", "shipmentId"))
        after = replace(shipment, carrier=carrier, tracking_number=number, version=shipment.version + 1)
        await db.shipments.save(tx, after)
        await db.outbox.tell(tx, "ShipmentRelabelled", "order", order.id, rules.fact_of(after), ctx.now())
    return after


async def take_back(ctx: Context, shipment_id: UUID) -> tuple[Shipment, Order]:
    """Take a package back that has not arrived; its units can leave again.

    Raises:
        NotFound: there is no such package.
        WrongState: it arrived, was taken back before, or what is in it went back, or is to by an after-sale.
    """
    async with ctx.database.writing() as tx:
        shipment, order = await _lock_package(tx, shipment_id)
        after = rules.changed(shipment, ShipmentState.CANCELLED, ctx.now())
        await _check_contents(tx, shipment, order)
        await db.shipments.take_back(tx, shipment, after)
        open_again = rules.taken_back(order)
        await _save(ctx, tx, order, open_again, "ShipmentCancelled", rules.fact_of(after))
    return after, open_again


async def _check_contents(tx: Writing, shipment: Shipment, order: Order) -> None:
    """What of the package was paid back, or an after-sale is about, does not leave again for nothing."""
    packages = (await db.shipments.shipments_of(tx, [order.id]))[order.id]
    elsewhere = rules.units_sent([one for one in packages if one.id != shipment.id])
    gone, claimed = await db.after_sales.taken(tx, order.id)
    unsent, gone_unsent = await db.after_sales.kept_back(tx, order.id)
    taken = _but(counted(together(gone, claimed)), unsent)
    rules.check_contents(shipment, elsewhere, _but(counted(gone), gone_unsent), taken)


def _but(units: Mapping[UUID, int], unsent: Mapping[UUID, int]) -> dict[UUID, int]:
    return {line_id: many - unsent.get(line_id, 0) for line_id, many in units.items()}


async def hand_over(ctx: Context, order_number: str) -> Order:
    """Hand an order over to the buyer in the store where it is picked up, by the number that the buyer shows.

    Raises:
        NotFound: there is no such order to be picked up where the caller works.
        WrongState, OrderOnHold: it is not paid, was handed over, or waits for an after-sale to be answered.
        BadInput: no order has such a number.
    """
    order_number = text_within(order_number, LONGEST_ORDER_NUMBER, "input", "orderNumber")
    async with ctx.database.writing() as tx:
        order = await db.orders.lock_number(tx, order_number)
        if order is None or order.pick_up_store_id is None or not await _works_at(ctx, tx, order.pick_up_store_id):
            raise NotFound(path=("input", "orderNumber"))
        rules.check_shippable(order)
        left, waits = await _left(tx, order)
        if left != waits:
            raise WrongState("AFTER_SALE", path=("input", "orderNumber"))
        at = ctx.now()
        packed = tuple(Packed(*one) for one in left.items())
        handed = Shipment(ctx.new_id(), order.id, ShipmentState.RECEIVED, "", "", packed, at, at)
        if packed:
            await db.shipments.add(tx, handed, {line.id: line.quantity for line in order.lines})
        return await _receive(ctx, tx, order, "OrderHandedOver")


async def _works_at(ctx: Context, tx: Writing, store_id: UUID) -> bool:
    store = (await db.stores.units_by_id(tx, [store_id])).get(store_id)
    return store is not None and ctx.principal.has_duty(Role.STORE_MANAGER, store.path)


async def receive(ctx: Context, order_id: UUID) -> Order:
    """Say that one's own order has arrived.

    Raises:
        NotFound: the caller has no such order.
        WrongState: it has not left, or is done with.
    """
    async with ctx.database.writing() as tx:
        order = await db.orders.lock(tx, order_id)
        if order is None or order.member_id != ctx.member_id:
            raise NotFound(path=("input", "orderId"))
        if order.state is OrderState.PAID and order.delivery is Delivery.PICK_UP:
            raise NotAllowed(path=("input", "orderId"))
        return await _receive(ctx, tx, order)


async def receive_overdue(ctx: Context) -> int:
    """Take what was sent long ago as received; returns how many orders, at most 50."""
    before = ctx.now() - ctx.services.rules.receipt.receive_within
    return await each_alone(ctx, db.orders.lock_shipped, _receive, before)


async def complete(ctx: Context) -> int:
    """Be done with what was received and can no longer be given back; returns how many orders, at most 50."""
    before = ctx.now() - ctx.services.rules.receipt.complete_after
    return await each_alone(ctx, db.orders.lock_received, _complete, before)


async def _receive(ctx: Context, tx: Writing, order: Order, kind: str = "OrderReceived") -> Order:
    at = ctx.now()
    after = rules.received(order, at)
    await db.shipments.arrive(tx, order.id, at)
    facts = await order_life.changed(ctx, tx, after, order_life.RECEIVED)
    await _save(ctx, tx, order, after, kind, facts)
    return after


async def _complete(ctx: Context, tx: Writing, order: Order) -> Order:
    # One that was asked for while this waited for the order is seen only now.
    if await db.after_sales.some_are_open(tx, order.id):
        return order
    after = rules.completed(order, ctx.now())
    await _save(ctx, tx, order, after, "OrderCompleted", {})
    return after


async def _save(ctx: Context, tx: Writing, before: Order, after: Order, kind: str, facts: Mapping[str, Any]) -> None:
    if after.state is before.state:
        await db.orders.save(tx, after)
    else:
        await db.orders.save_state(tx, before, after, ctx.principal.member_id, ctx.now())
    await db.outbox.tell(tx, kind, "order", after.id, {**orders.fact_of(after), **facts}, ctx.now())


async def _lock(tx: Writing, order_id: UUID) -> Order:
    order = await db.orders.lock(tx, order_id)
    if order is None:
        raise NotFound(path=("input", "orderId"))
    return order


async def _lock_package(tx: Writing, shipment_id: UUID) -> tuple[Shipment, Order]:
    """A package as it is once its order is locked."""
    found = (await db.shipments.shipments_by_id(tx, [shipment_id])).get(shipment_id)
    if found is None:
        raise NotFound(path=("input", "shipmentId"))
    order = await _lock(tx, found.order_id)
    return (await db.shipments.shipments_by_id(tx, [shipment_id]))[shipment_id], order


async def shipments_of(ctx: Context, found: Sequence[Order]) -> list[list[Shipment]]:
    """The packages of each order, the first first."""
    packages = await db.shipments.shipments_of(ctx.reading, [one.id for one in found])
    return [packages.get(one.id, []) for one in found]


async def shipments_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Shipment]:
    """Those of the packages whose orders are the caller's own, or that staff may see."""
    found = await db.shipments.shipments_by_id(ctx.reading, list(dict.fromkeys(ids)))
    if ctx.holds(Scope.OPERATOR):
        return found
    theirs = await db.orders.orders_by_id(ctx.reading, [one.order_id for one in found.values()])
    own = ctx.principal.member_id
    return {key: one for key, one in found.items() if theirs[one.order_id].member_id == own}
