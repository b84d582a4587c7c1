"""Shipments: what clients see of packages."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain import shipments as rules
from domain.identity import Scope
from domain.shipments import ShipmentState
from resolvers import shipments
from schema.access import attribute, object_type
from schema.enums import described
from schema.ids import Kind, identifier
from schema.node import Node

described(
    ShipmentState,
    "Where a package is.",
    SENT="On its way.",
    RECEIVED="The buyer has it.",
    CANCELLED="Taken back before it arrived; what was in it can be sent again.",
)


@object_type(scope=Scope.MEMBER, description="So many units of an order's line that are in a package.")
class PackedLine:
    order_line_id: strawberry.ID = identifier(Kind.ORDER_LINE, "line_id", description="Of which line.")
    quantity: int = attribute("How many units.")


@object_type(scope=Scope.MEMBER, description="A package, or what was handed over in a store.", record=rules.Shipment)
class Shipment(Node):
    id: strawberry.ID = identifier(Kind.SHIPMENT)
    state: ShipmentState = attribute("Where it is.")
    carrier: str = attribute("Who carries it; empty when it was handed over in a store.")
    tracking_number: str = attribute("The carrier's number; empty when it was handed over in a store.")
    packed: list[PackedLine] = attribute("What is in it.")
    sent_at: datetime = attribute("When it left.")
    received_at: datetime | None = attribute("When the buyer had it.")
    cancelled_at: datetime | None = attribute("When it was taken back.")
    version: int = attribute("Rises with each change.")


NODES = {Kind.SHIPMENT: shipments.shipments_by_id}
