"""Fulfilment: how staff send and hand over what was paid, and how buyers say that they have it."""

from __future__ import annotations

from typing import Any

import strawberry

from domain.identity import Scope
from domain.shipments import Packed
from resolvers import shipments
from resolvers.context import Context
from resolvers.shipments import Sending
from schema.access import attribute, mutation, object_type
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.orders import Order
from schema.shipments import Shipment


@strawberry.input(description="So many units of an order's line.")
class PackedLineInput:
    order_line_id: strawberry.ID = strawberry.field(description="Of which line.")
    quantity: int = strawberry.field(description="How many units, at least 1.")


@strawberry.input(description="A package that leaves.")
class ShipmentCreateInput:
    order_id: strawberry.ID = strawberry.field(description="The paid order.")
    carrier: str = strawberry.field(description="Who carries it, 1 to 40 characters.")
    tracking_number: str = strawberry.field(description="The carrier's number, 1 to 64 characters.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    lines: list[PackedLineInput] | None = strawberry.field(
        default=None, description="What is in it; everything that has still to leave when left out."
    )


@strawberry.input(description="What is written on a package.")
class ShipmentUpdateInput:
    shipment_id: strawberry.ID = strawberry.field(description="The package.")
    carrier: str = strawberry.field(description="Who carries it, 1 to 40 characters.")
    tracking_number: str = strawberry.field(description="The carrier's number, 1 to 64 characters.")


@strawberry.input(description="A package to take back.")
class ShipmentCancelInput:
    shipment_id: strawberry.ID = strawberry.field(description="The package, which has not arrived.")


@strawberry.input(description="An order to hand over in the store.")
class OrderHandOverInput:
    order_number: str = strawberry.field(description="The order's `number`, which the buyer shows.")


@strawberry.input(description="An order that has arrived.")
class OrderReceiveInput:
    order_id: strawberry.ID = strawberry.field(description="The caller's own order.")


@object_type(scope=Scope.STAFF, description="The answer to mutations of packages.")
class ShipmentPayload(Payload):
    shipment: Shipment | None = attribute("The package.", default=None)
    order: Order | None = attribute("Its order.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to mutations by which an order goes on.")
class OrderProgressPayload(Payload):
    order: Order | None = attribute("The order.", default=None)


async def _create(ctx: Context, *, input: ShipmentCreateInput) -> Any:
    lines = None if input.lines is None else [_packed(i, line) for i, line in enumerate(input.lines)]
    order_id = key_of(Kind.ORDER, input.order_id, "input", "orderId")
    wanted = Sending(order_id, lines, input.carrier, input.tracking_number, input.idempotency_key)
    shipment, order, replayed = await shipments.send(ctx, wanted)
    return ShipmentPayload.of(shipment=shipment, order=order, replayed=replayed)


def _packed(i: int, line: PackedLineInput) -> Packed:
    key = key_of(Kind.ORDER_LINE, line.order_line_id, "input", "lines", str(i), "orderLineId")
    return Packed(key, line.quantity)


async def _update(ctx: Context, *, input: ShipmentUpdateInput) -> Any:
    key = key_of(Kind.SHIPMENT, input.shipment_id, "input", "shipmentId")
    return ShipmentPayload.of(shipment=await shipments.relabel(ctx, key, input.carrier, input.tracking_number))


async def _cancel(ctx: Context, *, input: ShipmentCancelInput) -> Any:
    key = key_of(Kind.SHIPMENT, input.shipment_id, "input", "shipmentId")
    shipment, order = await shipments.take_back(ctx, key)
    return ShipmentPayload.of(shipment=shipment, order=order)


async def _hand_over(ctx: Context, *, input: OrderHandOverInput) -> Any:
    return OrderProgressPayload.of(order=await shipments.hand_over(ctx, input.order_number))


async def _receive(ctx: Context, *, input: OrderReceiveInput) -> Any:
    key = key_of(Kind.ORDER, input.order_id, "input", "orderId")
    return OrderProgressPayload.of(order=await shipments.receive(ctx, key))


@strawberry.type
class FulfilmentMutation:
    shipment_create: ShipmentPayload | None = mutation(
        _create, ShipmentPayload, "Let a package of a paid order leave.", scope=Scope.OPERATOR, money=True
    )
    shipment_update: ShipmentPayload | None = mutation(
        _update, ShipmentPayload, "Correct what is written on a package.", scope=Scope.OPERATOR
    )
    shipment_cancel: ShipmentPayload | None = mutation(
        _cancel,
        ShipmentPayload,
        "Take a package back that has not arrived. Not one with units that were paid back, or that an after-sale is "
        "about: they would leave again.",
        scope=Scope.OPERATOR,
    )
    order_hand_over: OrderProgressPayload | None = mutation(
        _hand_over,
        OrderProgressPayload,
        "Hand an order over to the buyer in the store where it is picked up. For whoever runs the store.",
        scope=Scope.STAFF,
    )
    order_receive: OrderProgressPayload | None = mutation(
        _receive, OrderProgressPayload, "Say that one's own order has arrived.", scope=Scope.MEMBER
    )
