"""Shipments: how the goods of a paid order leave, in one package or several, and reach the buyer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.orders import Delivery, Order, OrderState
from domain.records import record
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, WrongState, text_within

MOST_PACKAGES = 50
"""Of one order."""
LONGEST_CARRIER, LONGEST_NUMBER = 40, 64


class ShipmentState(Enum):
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"


TRANSITIONS: Mapping[ShipmentState, frozenset[ShipmentState]] = {
    ShipmentState.SENT: frozenset({ShipmentState.RECEIVED, ShipmentState.CANCELLED}),
    ShipmentState.RECEIVED: frozenset(),
    ShipmentState.CANCELLED: frozenset(),
}


@record
class Packed:
    """So many units of a line are in a package."""

    line_id: UUID
    quantity: int


@record
class Shipment:
    """A package. One that was handed over in a store has no carrier and no number."""

    id: UUID
    order_id: UUID
    state: ShipmentState
    carrier: str
    tracking_number: str
    packed: Sequence[Packed]
    sent_at: datetime
    received_at: datetime | None = None
    cancelled_at: datetime | None = None
    version: int = 1


@record
class ReceiptTerms:
    """Who says nothing has received after `receive_within`; what was received is done with after `complete_after`."""

    receive_within: timedelta = timedelta(days=10)
    complete_after: timedelta = timedelta(days=15)


@dataclass(eq=False)
class OrderOnHold(Refusal):
    """The order is paid and must not leave yet: its group is not complete, or not drawn."""

    code = ErrorCode.INVALID_STATE
    hold: str


@dataclass(eq=False)
class MoreThanLeft(Refusal):
    """More units are to leave than are left to be sent."""

    code = ErrorCode.INVALID_STATE
    left: int


def left_to_ship(order: Order, sent: Mapping[UUID, int], kept_back: Mapping[UUID, int]) -> dict[UUID, int]:
    """How many units of each line have still to leave.

    `sent` are in packages; `kept_back` went back, or an after-sale is about them: of a line that left in part, what
    did not leave is what stays.
    """
    left = {line.id: line.quantity - max(sent.get(line.id, 0), 0) - kept_back.get(line.id, 0) for line in order.lines}
    return {line_id: many for line_id, many in left.items() if many > 0}


def check_shippable(order: Order) -> None:
    """Hold what is to leave to a paid order that may.

    Raises:
        WrongState: it is not paid, or all of it has left.
        OrderOnHold: it must not leave yet.
    """
    if order.state is not OrderState.PAID:
        raise WrongState(order.state.value, path=("input", "orderId"))
    if order.hold is not None:
        raise OrderOnHold(order.hold.value, path=("input", "orderId"))


def check_packed(packed: Sequence[Packed], left: Mapping[UUID, int], order: Order) -> None:
    """Hold the contents of a package to what is left of the order.

    Raises:
        BadInput: it is empty, or names a line twice or none of it.
        NotFound: a line is not of this order.
        MoreThanLeft: more units are to leave than are left.
    """
    if not packed or len({one.line_id for one in packed}) < len(packed):
        raise BadInput("each line once, at least one", "至少一行,每行一次", path=("input", "lines"))
    own = {line.id for line in order.lines}
    for i, one in enumerate(packed):
        path = ("input", "lines", str(i))
        if one.line_id not in own:
            raise NotFound(path=(*path, "orderLineId"))
        if one.quantity < 1:
            raise BadInput("at least 1", "至少为 1", path=(*path, "quantity"))
        if one.quantity > left.get(one.line_id, 0):
            raise MoreThanLeft(left.get(one.line_id, 0), path=(*path, "quantity"))


def checked_label(carrier: str, tracking_number: str) -> tuple[str, str]:
    """Carrier and number without surrounding space.

    Raises:
        BadInput: one is empty or too long.
    """
    return (
        text_within(carrier, LONGEST_CARRIER, "input", "carrier"),
        text_within(tracking_number, LONGEST_NUMBER, "input", "trackingNumber"),
    )


def sent(order: Order, left: Mapping[UUID, int], at: datetime) -> Order:
    """The order after a package left: SHIPPED when nothing is left to leave."""
    if left:
        return replace(order, version=order.version + 1)
    return replace(order, state=OrderState.SHIPPED, shipped_at=at, version=order.version + 1)


def taken_back(order: Order) -> Order:
    """The order after a package that had not arrived was taken back: something is left to leave again.

    Raises:
        WrongState: the buyer has it already, or it was refunded.
    """
    if order.state not in (OrderState.PAID, OrderState.SHIPPED):
        raise WrongState(order.state.value, path=("input", "shipmentId"))
    return replace(order, state=OrderState.PAID, shipped_at=None, version=order.version + 1)


def check_contents(
    shipment: Shipment, elsewhere: Mapping[UUID, int], gone: Mapping[UUID, int], taken: Mapping[UUID, int]
) -> None:
    """Hold a package that is to be taken back to units that may leave again.

    Of the units of each line that have left, so many are `elsewhere`, in other packages, and so many are `gone`: they
    went back. `taken` are those and the ones that after-sales are or were about.

    Raises:
        WrongState: others than those elsewhere went back, or an after-sale is about them.
    """
    for why, units in (("REFUNDED", gone), ("AFTER_SALE", taken)):
        if any(units.get(one.line_id, 0) > elsewhere.get(one.line_id, 0) for one in shipment.packed):
            raise WrongState(why, path=("input", "shipmentId"))


def received(order: Order, at: datetime) -> Order:
    """The order after the buyer has it.

    Raises:
        WrongState: it has not left yet, or is done with.
    """
    at_hand = order.delivery is Delivery.PICK_UP and order.state is OrderState.PAID
    if order.state is not OrderState.SHIPPED and not at_hand:
        raise WrongState(order.state.value, path=("input", "orderId"))
    return replace(
        order,
        state=OrderState.RECEIVED,
        shipped_at=order.shipped_at or at,
        received_at=at,
        version=order.version + 1,
    )


def completed(order: Order, at: datetime) -> Order:
    """The order after the time in which it could be given back."""
    assert order.state is OrderState.RECEIVED, f"order {order.number} is {order.state.value}"
    return replace(order, state=OrderState.COMPLETED, completed_at=at, version=order.version + 1)


def changed(shipment: Shipment, state: ShipmentState, at: datetime) -> Shipment:
    """A package that arrived, or was taken back.

    Raises:
        WrongState: it did before.
    """
    if state not in TRANSITIONS[shipment.state]:
        raise WrongState(shipment.state.value, path=("input", "shipmentId"))
    if state is ShipmentState.RECEIVED:
        return replace(shipment, state=state, received_at=at, version=shipment.version + 1)
    return replace(shipment, state=state, cancelled_at=at, version=shipment.version + 1)


def units_sent(shipments: Collection[Shipment]) -> dict[UUID, int]:
    """How many units of each line are in packages."""
    units: dict[UUID, int] = {}
    for shipment in shipments:
        if shipment.state is not ShipmentState.CANCELLED:
            for one in shipment.packed:
                units[one.line_id] = units.get(one.line_id, 0) + one.quantity
    return units


def fact_of(shipment: Shipment) -> dict[str, Any]:
    """What the outbox tells of a package."""
    return {
        "shipment": shipment.id.hex,
        "shipment_state": shipment.state.value,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "packed": [{"line": one.line_id.hex, "quantity": one.quantity} for one in shipment.packed],
    }
