"""Orders: what is wanted, what it costs, and the life of an order until it is paid or given up (R61 in part)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.money import Money, total_of
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, Refusals, between
from domain.stock import MOST_PER_LINE, OutOfStock, Wanted

MOST_LINES = 100


class OrderState(Enum):
    PLACED = "PLACED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


TRANSITIONS = {
    OrderState.PLACED: {OrderState.PAID, OrderState.CANCELLED},
    OrderState.PAID: set[OrderState](),
    OrderState.CANCELLED: set[OrderState](),
}


class CancelReason(Enum):
    BY_MEMBER = "BY_MEMBER"
    NOT_PAID_IN_TIME = "NOT_PAID_IN_TIME"


@dataclass(frozen=True, slots=True)
class CartLine:
    """So many units of one variant are wanted."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Offer:
    """At what a variant can be had now, and from which stock: a live room's own, or the shop's."""

    variant_id: UUID
    product_id: UUID
    name: str
    variant_name: str
    sku: str
    picture_url: str | None
    unit_price: Money
    available: int
    live_product_id: UUID | None = None
    limit_per_member: int | None = None


@dataclass(frozen=True, slots=True)
class QuoteLine:
    offer: Offer
    quantity: int

    @property
    def total(self) -> Money:
        return self.offer.unit_price.times(self.quantity)

    @property
    def in_stock(self) -> bool:
        return self.offer.available >= self.quantity


@dataclass(frozen=True, slots=True)
class Quote:
    """What a cart costs. It promises nothing: stock and prices may change until the order is placed."""

    lines: Sequence[QuoteLine]

    @property
    def total(self) -> Money:
        return total_of([line.total for line in self.lines])


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, with everything as it was when the order was placed."""

    id: UUID
    variant_id: UUID
    product_id: UUID
    live_product_id: UUID | None
    name: str
    variant_name: str
    sku: str
    picture_url: str | None
    unit_price: Money
    quantity: int

    @property
    def total(self) -> Money:
        return self.unit_price.times(self.quantity)


@dataclass(frozen=True, slots=True)
class ShippingAddress:
    """Where an order goes, as it was when the order was placed."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    line: str


@dataclass(frozen=True, slots=True)
class Order:
    id: UUID
    number: str
    member_id: UUID
    state: OrderState
    total: Money
    lines: Sequence[OrderLine]
    address: ShippingAddress | None
    note: str
    live_room_id: UUID | None
    store_id: UUID | None
    guide_id: UUID | None
    placed_at: datetime
    pay_before: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: CancelReason | None
    version: int

    def wanted(self, *, live: bool) -> list[Wanted]:
        """The units that the order takes from live rooms' stock, or from the shop's."""
        return [
            Wanted(line.variant_id, line.quantity) for line in self.lines if (line.live_product_id is not None) is live
        ]


@dataclass(eq=False)
class NotPayable(Refusal):
    """The order was paid or cancelled before, or its time to pay is over."""

    code = ErrorCode.INVALID_STATE
    state: str


@dataclass(eq=False)
class NotCancellable(Refusal):
    """The order was paid or cancelled before."""

    code = ErrorCode.INVALID_STATE
    state: str


@dataclass(eq=False)
class OverLimit(Refusal):
    """One member may not buy so many of this."""

    code = ErrorCode.LIMIT_PER_MEMBER
    limit: int


def check_lines(lines: Sequence[CartLine]) -> list[CartLine]:
    """The lines of a cart, when they can be ordered together.

    Raises:
        BadInput: there are none, too many, a quantity out of bounds, or one variant twice.
    """
    between(len(lines), 1, MOST_LINES, "input", "lines")
    seen: set[UUID] = set()
    for i, line in enumerate(lines):
        between(line.quantity, 1, MOST_PER_LINE, "input", "lines", str(i), "quantity")
        if line.variant_id in seen:
            raise BadInput(
                "one line for each variant", "同一规格只能出现一次", path=("input", "lines", str(i), "variantId")
            )
        seen.add(line.variant_id)
    return list(lines)


def quote(lines: Sequence[CartLine], offers: Mapping[UUID, Offer]) -> Quote:
    """Price a cart.

    Raises:
        Refusals: some variants are not on offer for this caller.
    """
    missing = [
        NotFound(path=("input", "lines", str(i), "variantId"))
        for i, line in enumerate(lines)
        if line.variant_id not in offers
    ]
    if missing:
        raise Refusals(missing)
    return Quote([QuoteLine(offers[line.variant_id], line.quantity) for line in lines])


def shortages(priced: Quote, left: Mapping[UUID, int]) -> Refusals:
    """Why an order cannot be placed: of these variants fewer are left than were asked for."""
    return Refusals(
        [
            OutOfStock(line.offer.variant_id, left[line.offer.variant_id], path=("input", "lines", str(i), "quantity"))
            for i, line in enumerate(priced.lines)
            if line.offer.variant_id in left
        ]
    )


def mark_paid(order: Order, at: datetime) -> Order:
    """Settle a placed order.

    Raises:
        NotPayable: it was paid or cancelled before.
    """
    if OrderState.PAID not in TRANSITIONS[order.state]:
        raise NotPayable(order.state.value)
    return replace(order, state=OrderState.PAID, paid_at=at, version=order.version + 1)


def cancel(order: Order, reason: CancelReason, at: datetime) -> Order:
    """Give a placed order up.

    Raises:
        NotCancellable: it was paid or cancelled before.
    """
    if OrderState.CANCELLED not in TRANSITIONS[order.state]:
        raise NotCancellable(order.state.value)
    return replace(order, state=OrderState.CANCELLED, cancelled_at=at, cancel_reason=reason, version=order.version + 1)


def commission_base(order: Order) -> Money:
    """What commission is computed on: the net goods paid, without shipping (product rules 2.1.2)."""
    return total_of([line.total for line in order.lines])


def number_of(order_id: UUID, placed_at: datetime) -> str:
    """A number for people: the day in UTC and the random end of the id.

    >>> number_of(UUID("0199aaaa-bbbb-7ccc-8ddd-0123456789ab"), datetime(2026, 11, 22))
    '20261122-0123456789AB'
    """
    return f"{placed_at:%Y%m%d}-{order_id.hex[-12:].upper()}"


def fact_of(order: Order) -> dict[str, Any]:
    """What the outbox tells of an order."""
    return {
        "order": order.id.hex,
        "number": order.number,
        "member": order.member_id.hex,
        "state": order.state.value,
        "total_minor": order.total.minor,
        "currency": order.total.currency,
        "guide": order.guide_id.hex if order.guide_id else None,
        "version": order.version,
        "live_products": [line.live_product_id.hex for line in order.lines if line.live_product_id],
        "lines": [{"variant": line.variant_id.hex, "quantity": line.quantity} for line in order.lines],
    }
