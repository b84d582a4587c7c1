"""Orders: what is wanted, what it costs, and the life of an order until it is paid or given up (R61 in part)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.money import NOTHING, Money
from domain.promotions.stages import Stage
from domain.records import record
from domain.refusals import ErrorCode, Refusal


class OrderState(Enum):
    PLACED = "PLACED"
    PAID = "PAID"
    SHIPPED = "SHIPPED"
    RECEIVED = "RECEIVED"
    COMPLETED = "COMPLETED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    CANCELLED = "CANCELLED"


TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.SHIPPED, OrderState.RECEIVED, OrderState.REFUNDING, OrderState.REFUNDED}),
    # A package that was taken back leaves something to be shipped again.
    OrderState.SHIPPED: frozenset({OrderState.PAID, OrderState.RECEIVED, OrderState.REFUNDING, OrderState.REFUNDED}),
    OrderState.RECEIVED: frozenset({OrderState.COMPLETED, OrderState.REFUNDING, OrderState.REFUNDED}),
    OrderState.COMPLETED: frozenset({OrderState.REFUNDING, OrderState.REFUNDED}),
    # What was to be refunded as a whole and could not be is paid again.
    OrderState.REFUNDING: frozenset({OrderState.REFUNDED, OrderState.PAID}),
    OrderState.REFUNDED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
"""Where an order may go. A payment that was taken is never rolled back: only PLACED leads to CANCELLED."""


class Delivery(Enum):
    """How the goods come to the buyer."""

    SHIP = "SHIP"
    PICK_UP = "PICK_UP"


class OrderHold(Enum):
    """Why a paid order must not leave yet (R36, R37)."""

    GROUP_FORMING = "GROUP_FORMING"
    GROUP_DRAW = "GROUP_DRAW"


class LineKind(Enum):
    """What a line is: bought as such, given along, or bought at the price of an add-on (R43, R45)."""

    GOODS = "GOODS"
    GIFT = "GIFT"
    ADD_ON = "ADD_ON"


class CancelReason(Enum):
    BY_MEMBER = "BY_MEMBER"
    NOT_PAID_IN_TIME = "NOT_PAID_IN_TIME"


@record
class CartLine:
    """So many units of one variant are wanted; as the add-on of a promotion, if one is named (R43)."""

    variant_id: UUID
    quantity: int
    add_on_of: UUID | None = None
    points_offer_id: UUID | None = None
    """The offer under which points are exchanged for it."""


@record
class Offer:
    """At what a variant can be had now, and from which stock: a live room's own, or the shop's."""

    variant_id: UUID
    product_id: UUID
    name: str
    variant_name: str
    sku: str
    picture_url: str | None
    unit_price: Money
    """In the shop, before anything is taken off."""
    available: int
    live_product_id: UUID | None = None
    live_price: Money | None = None
    limit_per_member: int | None = None
    category_ids: tuple[UUID, ...] = ()
    """The product's category and all above it."""
    weight_g: int = 0
    admits: tuple[str, ...] | None = None
    """Whom a private product is for (`domain.private_products`); None: it is not private."""
    tax_bp: int | None = None
    """The rate of tax that the price includes; None: the brand's."""
    goes_with: frozenset[Stage] = frozenset()
    """The plays that lower the live price further."""


@record
class PriceStep:
    """One step by which a price came about: what a stage took off, and by which promotion (product rules 2.4)."""

    stage: str
    kind: str
    name: str
    amount: int
    """Fen, taken off when positive."""
    promotion_id: UUID | None = None


@record
class OrderLine:
    """One line of an order, with everything as it was when the order was placed.

    `unit_paid` are fen, one number for each unit, which sum to `payable`: what a refund of that unit gives back.
    """

    id: UUID
    variant_id: UUID
    product_id: UUID
    live_product_id: UUID | None
    name: str
    variant_name: str
    sku: str
    picture_url: str | None
    unit_price: Money
    """After the stages of the unit price, before what is taken off the line."""
    quantity: int
    list_price: Money
    payable: Money
    unit_paid: tuple[int, ...]
    unit_points: tuple[int, ...] = ()
    """Points spent for each unit; none when no points were spent."""
    kind: LineKind = LineKind.GOODS
    steps: tuple[PriceStep, ...] = ()
    activity_kind: str | None = None
    """The exclusive play that the price comes from: SECKILL, GROUP, BARGAIN, POINTS."""
    activity_id: UUID | None = None
    promotion_id: UUID | None = None
    """Whose gift or add-on this is."""
    tax_bp: int = 1_300
    """The rate of tax that was in its price when it was placed, in basis points of the price without it."""

    @property
    def total(self) -> Money:
        return self.unit_price.times(self.quantity)


@record
class ShippingAddress:
    """Where an order goes, as it was when the order was placed."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    line: str


@record
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
    goods: Money
    shipping: Money
    """What shipping costs after everything that is taken off it."""
    delivery: Delivery = Delivery.SHIP
    pick_up_store_id: UUID | None = None
    points_used: int = 0
    coupon_ids: tuple[UUID, ...] = ()
    promotion_ids: tuple[UUID, ...] = ()
    """The promotions that were applied and that count their uses."""
    steps: tuple[PriceStep, ...] = ()
    """What was taken off the order as a whole, such as its shipping."""
    hold: OrderHold | None = None
    refunded: Money = NOTHING
    """What was decided to go back of what was paid, whether it has arrived or not."""
    asked: Money = NOTHING
    """What payments that are open or paid come to; never more than the total."""
    paid: Money = NOTHING
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    completed_at: datetime | None = None
    unpaid_place: int | None = None
    """Its place among the unpaid orders of its member, of which there are only so many; None: it takes none."""


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


def mark_paid(order: Order, at: datetime) -> Order:
    """Settle a placed order.

    Raises:
        NotPayable: it was paid or cancelled before.
    """
    if OrderState.PAID not in TRANSITIONS[order.state]:
        raise NotPayable(order.state.value)
    return replace(order, state=OrderState.PAID, paid_at=at, version=order.version + 1)


def takes_from_shop(line: OrderLine) -> bool:
    """Whether the line's units come from the shop's stock, not from units that were set aside for a play.

    Live rooms and flash sales set units aside; a group buy or a bargain sells what is in the shop.
    """
    return line.live_product_id is None and line.activity_kind != "SECKILL"


def cancel(order: Order, reason: CancelReason, at: datetime) -> Order:
    """Give a placed order up.

    Raises:
        NotCancellable: it was paid or cancelled before.
    """
    if OrderState.CANCELLED not in TRANSITIONS[order.state]:
        raise NotCancellable(order.state.value, path=("input", "orderId"))
    return replace(order, state=OrderState.CANCELLED, cancelled_at=at, cancel_reason=reason, version=order.version + 1)


def number_of(order_id: UUID, placed_at: datetime) -> str:
    """A number for people: the day in UTC and the random end of the id.

    >>> number_of(UUID("0199aaaa-bbbb-7ccc-8ddd-0123456789ab"), datetime(2026, 11, 22))
    '20261122-0123456789AB'
    """
    return f"{placed_at.year:04}{placed_at.month:02}{placed_at.day:02}-{order_id.hex[-12:].upper()}"


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
        "store": order.store_id.hex if order.store_id else None,
        "version": order.version,
        "live_products": [line.live_product_id.hex for line in order.lines if line.live_product_id],
        "lines": [{"variant": line.variant_id.hex, "quantity": line.quantity} for line in order.lines],
    }
