"""Order edits: changing orders, and writing down what staff should know of them."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import orders as order_rules
from domain.identity import Scope
from domain.order_edits import OrderChanges
from resolvers import order_edits, order_notes
from resolvers.context import Context
from resolvers.order_edits import Editing
from schema.access import attribute, mutation, object_type
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.money import Money
from schema.order_changes import OrderNote
from schema.orders import Order


@strawberry.input(description="Where an order is to go instead. A member keeps the province and the city.")
class ShippingAddressInput:
    name: str = strawberry.field(description="Who receives it, 1 to 50 characters.")
    phone: str = strawberry.field(description="The receiver's phone.")
    province: str = strawberry.field(description="Province or municipality, 1 to 50 characters.")
    city: str = strawberry.field(description="City, 1 to 50 characters.")
    district: str = strawberry.field(description="District or county, 1 to 50 characters.")
    line: str = strawberry.field(description="Street, number and the rest, 1 to 200 characters.")

    def value(self) -> order_rules.ShippingAddress:
        return order_rules.ShippingAddress(self.name, self.phone, self.province, self.city, self.district, self.line)


@strawberry.input(description="How many units a line is to have.")
class OrderLineQuantityInput:
    order_line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: int = strawberry.field(description="No more than it has; 0 only once the order is paid.")


@strawberry.input(description="What is to be changed of an order; what is left out stays.")
class OrderChangesInput:
    address: ShippingAddressInput | None = strawberry.field(default=None, description="Where it is to go.")
    note: str | None = strawberry.field(default=None, description="What the member asks for, at most 200 characters.")
    lines: list[OrderLineQuantityInput] = strawberry.field(
        default_factory=list, description="Lines that are to have fewer units, for operators; at most 100."
    )

    def value(self) -> OrderChanges:
        quantities = {
            key_of(Kind.ORDER_LINE, one.order_line_id, "input", "changes", "lines", str(i), "orderLineId"): one.quantity
            for i, one in enumerate(self.lines)
        }
        return OrderChanges(self.address.value() if self.address else None, self.note, quantities)


@strawberry.input(description="An edit of an order that is unpaid, or paid and of which nothing has left.")
class OrderEditInput:
    order_id: strawberry.ID = strawberry.field(description="The order: one's own, or any for operators.")
    changes: OrderChangesInput = strawberry.field(description="What is to be changed.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters. A dry run leaves it unused."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Whether it is only tried: the answer says what would be, and nothing changes."
    )


@strawberry.input(description="What staff writes down about an order.")
class OrderNoteAddInput:
    order_id: strawberry.ID = strawberry.field(description="An order that one works on.")
    text: str = strawberry.field(description="1 to 500 characters.")


@object_type(scope=Scope.MEMBER, description="The answer to `orderEdit`.")
class OrderEditPayload(Payload):
    order: Order | None = attribute("The order as it is now, or would be after a dry run.", default=None)
    paid_back: Money | None = attribute("What goes back for the units that are taken out.", default=None)
    left_to_pay: Money | None = attribute("What is left to be paid.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.STAFF, description="The answer to `orderNoteAdd`.")
class OrderNoteAddPayload(Payload):
    note: OrderNote | None = attribute("The note.", default=None)


async def _edit(ctx: Context, *, input: OrderEditInput) -> Any:
    order_id = key_of(Kind.ORDER, input.order_id, "input", "orderId")
    wanted = Editing(order_id, input.changes.value(), input.idempotency_key, input.dry_run)
    edited = await order_edits.edit(ctx, wanted)
    return OrderEditPayload.of(
        order=edited.order, paid_back=edited.refunded, left_to_pay=edited.left_to_pay, replayed=edited.replayed
    )


async def _add_note(ctx: Context, *, input: OrderNoteAddInput) -> Any:
    key = key_of(Kind.ORDER, input.order_id, "input", "orderId")
    return OrderNoteAddPayload.of(note=await order_notes.add(ctx, key, input.text))


@strawberry.type
class OrderEditsMutation:
    order_edit: OrderEditPayload | None = mutation(
        _edit,
        OrderEditPayload,
        "Change the address, the note or the units of an order of which nothing has left, or try what that comes to. "
        "Nothing is priced anew: units take along what they cost.",
        scope=Scope.MEMBER,
        money=True,
    )
    order_note_add: OrderNoteAddPayload | None = mutation(
        _add_note, OrderNoteAddPayload, "Write something down about an order, for staff alone.", scope=Scope.STAFF
    )
