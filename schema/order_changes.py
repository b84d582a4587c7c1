"""Order changes: what clients see of what happened to an order, and staff of what was noted about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.identity import Scope
from domain.order_edits import ActorKind
from domain.orders import OrderState
from schema.access import attribute, object_type
from schema.enums import described
from schema.ids import Kind, identifier
from schema.money import Money

if TYPE_CHECKING:
    from schema.members import MemberCard
    from schema.orders import ShippingAddress

described(
    OrderState,
    "Where an order stands.",
    PLACED="Its stock is promised; waits to be paid until `payBefore`.",
    PAID="Paid in full.",
    SHIPPED="All that is to be shipped has left.",
    RECEIVED="The buyer has it.",
    COMPLETED="The time in which it could be given back is over.",
    REFUNDING="All of it goes back; some of the money is on its way.",
    REFUNDED="All of it has gone back, for what was paid or for less: `refunded` says for how much.",
    CANCELLED="Given up before it was paid; its stock went back.",
)
described(
    ActorKind,
    "Who changed an order.",
    MEMBER="Its buyer.",
    STAFF="Somebody of the brand.",
    SYSTEM="Nobody: time was over, or a payment provider told.",
)


@object_type(scope=Scope.MEMBER, description="How many units a line had before an edit, and after it.")
class OrderLineEdit:
    order_line_id: strawberry.ID = identifier(Kind.ORDER_LINE, "line_id", description="Which line.")
    before: int = attribute("How many it had.")
    after: int = attribute("How many it has since.")


@object_type(scope=Scope.MEMBER, description="What was changed of an order.")
class OrderEdit:
    address_before: Annotated[ShippingAddress, strawberry.lazy("schema.orders")] | None = attribute(
        "Where it went before; null when that was not changed, or there was none."
    )
    note_before: str | None = attribute("The note before; null when that was not changed.")
    lines: list[OrderLineEdit] = attribute("The lines that have fewer units since, at most 100.")
    refunded: Money = attribute("What went back for it.")


@object_type(
    scope=Scope.MEMBER, description="Something that happened to an order: it came into another state, or was edited."
)
class OrderChange:
    at: datetime = attribute("When.")
    actor: ActorKind = attribute("By whom.")
    reason: str = attribute("Why; may be empty.")
    from_state: OrderState | None = attribute("The state that it left; null for an edit.")
    to_state: OrderState | None = attribute("The state that it came into; null for an edit.")
    edit: OrderEdit | None = attribute("What was edited; null for a change of state.")


@object_type(scope=Scope.STAFF, description="What staff wrote down about an order; its buyer never sees it.")
class OrderNote:
    id: strawberry.ID = identifier(Kind.ORDER_NOTE)
    author: Annotated[MemberCard, strawberry.lazy("schema.members")] = attribute("Who wrote it.")
    text: str = attribute("1 to 500 characters.")
    at: datetime = attribute("When.")
