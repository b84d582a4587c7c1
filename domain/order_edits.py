"""Order edits: what may still be changed of an order, and what that does to its money.

Nothing is priced anew: units that are taken out take along what they were to be paid, or were paid, and the rest costs
what it did. Coupons, gifts and shipping stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.money import Money
from domain.orders import Delivery, Order, OrderLine, OrderState, PriceStep, ShippingAddress
from domain.records import record
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, WrongState, text_within

MOST_EDITS = 50
"""Of one order."""
EDITABLE = frozenset({OrderState.PLACED, OrderState.PAID})
LONGEST = {"name": 50, "province": 50, "city": 50, "district": 50, "line": 200}


class ActorKind(Enum):
    """Who changed an order."""

    MEMBER = "MEMBER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


@record
class OrderChanges:
    """What is to be changed; None: it stays. `quantities` say how many units a line is to have."""

    address: ShippingAddress | None = None
    note: str | None = None
    quantities: Mapping[UUID, int] = field(default_factory=dict)


@record
class LineEdit:
    """How many units a line had, and has."""

    line_id: UUID
    before: int
    after: int


@record
class OrderEdit:
    """One edit, as it is kept: what was before, where it was changed, and what goes back for it."""

    id: UUID
    order_id: UUID
    actor_id: UUID
    actor: ActorKind
    at: datetime
    address_before: ShippingAddress | None = None
    note_before: str | None = None
    lines: tuple[LineEdit, ...] = ()
    refunded: Money = Money(0)


@record
class OrderChange:
    """Something that happened to an order: it came into another state, or was edited. Exactly one of the two."""

    at: datetime
    actor: ActorKind
    reason: str = ""
    from_state: OrderState | None = None
    to_state: OrderState | None = None
    edit: OrderEdit | None = None


@dataclass(eq=False)
class PaymentOpen(Refusal):
    """A payment of the order is open or made: what it is to be paid cannot change (scenario C15)."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class PriceOfPlay(Refusal):
    """The line was sold by a play; it stays whole, or the order is given up."""

    code = ErrorCode.INVALID_STATE


def check_changes(changes: OrderChanges) -> OrderChanges:
    """The changes without surrounding space; the phone is for the caller to check.

    Raises:
        BadInput: nothing is to be changed, or a text is empty or too long.
    """
    if changes.address is None and changes.note is None and not changes.quantities:
        raise BadInput("an address, a note or lines", "请至少修改一项", path=("input", "changes"))
    note = None if changes.note is None else text_within(changes.note, 200, "input", "changes", "note", least=0)
    address = changes.address
    if address is not None:
        texts: dict[str, Any] = {
            name: text_within(getattr(address, name), most, "input", "changes", "address", name)
            for name, most in LONGEST.items()
        }
        address = replace(address, **texts)
    return replace(changes, address=address, note=note)


def check_editable(order: Order, *, left: bool) -> None:
    """Hold an edit to an order that is unpaid, or paid and of which nothing has left (block G21).

    Raises:
        WrongState: it has left, or is done with.
    """
    if order.state not in EDITABLE:
        raise WrongState(order.state.value, path=("input", "orderId"))
    if left:
        raise WrongState(OrderState.SHIPPED.value, path=("input", "orderId"))


def readdress(order: Order, address: ShippingAddress, *, by_staff: bool) -> Order:
    """The order sent elsewhere. Members stay within their city, so that shipping costs what it did.

    Raises:
        WrongState: the order is fetched from a store.
        BadInput: a member would have it sent to another city.
    """
    if order.delivery is not Delivery.SHIP:
        raise WrongState(order.delivery.value, path=("input", "changes", "address"))
    old = order.address
    if not by_staff and (old is None or (old.province, old.city) != (address.province, address.city)):
        raise BadInput(
            "the province and city that it has; the shop can change them",
            "省市不可更改,如需更改请联系客服",
            path=("input", "changes", "address", "city"),
        )
    return replace(order, address=address)


def units_to_go(order: Order, quantities: Mapping[UUID, int], left: Mapping[UUID, int]) -> dict[UUID, int]:
    """How many units of each line are to go, which has `left` units now. Lines that keep theirs are left out.

    Raises:
        NotFound: a line is not of this order.
        BadInput: a line would have more units than it has.
    """
    going = {}
    for i, (line_id, wanted) in enumerate(quantities.items()):
        path = ("input", "changes", "lines", str(i))
        if line_id not in left:
            raise NotFound(path=(*path, "orderLineId"))
        least = 0 if order.state is OrderState.PAID else 1
        if not least <= wanted <= left[line_id]:
            most = left[line_id]
            raise BadInput(f"from {least} to {most}", f"应在 {least} 到 {most} 之间", path=(*path, "quantity"))
        if wanted < left[line_id]:
            going[line_id] = left[line_id] - wanted
    return going


def take_out(order: Order, going: Mapping[UUID, int]) -> Order:
    """An unpaid order without so many units of its lines.

    Raises:
        PaymentOpen: a payment is open or made.
        PriceOfPlay: a line was sold by a play.
    """
    if order.asked.minor:
        raise PaymentOpen(path=("input", "changes", "lines"))
    if any(line.activity_kind is not None for line in order.lines if line.id in going):
        raise PriceOfPlay(path=("input", "changes", "lines"))
    worth = sum(sum(line.unit_paid[: going.get(line.id, 0)]) for line in order.lines)
    points = sum(sum(line.unit_points[: going.get(line.id, 0)]) for line in order.lines)
    return replace(
        order,
        lines=[_shorter(line, going.get(line.id, 0)) for line in order.lines],
        goods=Money(order.goods.minor - worth, order.goods.currency),
        total=Money(order.total.minor - worth, order.total.currency),
        points_used=order.points_used - points,
    )


def _shorter(line: OrderLine, many: int) -> OrderLine:
    """The line without its first units. Its steps are those of the units that stay."""
    if many == 0:
        return line
    kept, quantity = line.unit_paid[many:], line.quantity - many
    off = line.list_price.minor * quantity - sum(kept)
    return replace(
        line,
        quantity=quantity,
        payable=Money(sum(kept), line.payable.currency),
        unit_paid=kept,
        unit_points=line.unit_points[many:],
        steps=_scaled(line.steps, off, quantity, line.quantity),
    )


def _scaled(steps: Sequence[PriceStep], off: int, quantity: int, before: int) -> tuple[PriceStep, ...]:
    """The steps for fewer units: in proportion, and exactly what is taken off these; the last take what is over.

    None takes off more than it did: that much of its budget was used, and comes back when the order is given up.
    """
    amounts = [step.amount * quantity // before for step in steps]
    over = off - sum(amounts)
    for i in reversed(range(len(steps))):
        least, most = sorted((0, steps[i].amount))
        amount = min(max(amounts[i] + over, least), most)
        over, amounts[i] = over - amount + amounts[i], amount
    return tuple(replace(step, amount=amount) for step, amount in zip(steps, amounts, strict=True))


def fact_of(edit: OrderEdit) -> dict[str, Any]:
    """What the outbox tells of an edit. What was written before is for those who may read the order."""
    return {
        "edit": edit.id.hex,
        "actor": edit.actor.value,
        "readdressed": edit.address_before is not None,
        "note_changed": edit.note_before is not None,
        "edited": [{"line": one.line_id.hex, "before": one.before, "after": one.after} for one in edit.lines],
        "refunded_minor": edit.refunded.minor,
    }


def actor_of(actor_id: UUID | None, member_id: UUID) -> ActorKind:
    """Who somebody is to an order of this member."""
    if actor_id is None:
        return ActorKind.SYSTEM
    return ActorKind.MEMBER if actor_id == member_id else ActorKind.STAFF
