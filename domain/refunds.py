"""Refunds: what of a paid order goes back, to the fen, and to which of its payments (product rules 2.5, 2.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.gateways import Provider
from domain.ledger import REFUNDS_DUE, SALES, Posting, clearing
from domain.money import Money
from domain.orders import Order, OrderState
from domain.payments import Payment, PaymentState, Refund, RefundState
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState
from domain.units import Units, are_all_gone, counted, together, total_of, units_of, worth_of

MOST_REFUNDS = 50
"""Of one payment."""
APART = timedelta(minutes=1)
"""Refunds of one payment at WeChat Pay."""
WITHIN = timedelta(days=365)
"""After this a payment cannot be refunded at its provider."""

REFUNDABLE = frozenset(
    {OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.COMPLETED, OrderState.REFUNDING}
)
GONE = frozenset({OrderState.REFUNDING, OrderState.REFUNDED})
"""All of it has gone back, or will have."""


@record
class OrderRefund:
    """What of an order goes back, decided at once; it may be spread over several payments."""

    id: UUID
    order_id: UUID
    amount: Money
    shipping: Money
    """The part of the amount that is for shipping."""
    units: Units
    points: int
    """Points that were spent for the units."""
    reason: str
    created_at: datetime
    actor_id: UUID | None = None
    after_sale_id: UUID | None = None
    whole: bool = False
    """All of the order has gone back with this: the last unit that was bought, or all of the money."""
    unshipped: bool = False
    """Nothing of the order had left."""
    of_sent: bool = False
    """Whether the units had left."""
    restock: bool | None = None
    """Whether the units can be sold again; None: they stay with the buyer."""
    along: Units = field(default_factory=dict)
    """Gifts and add-ons among the units, which go back along with the others: they had not left."""
    deducted: int = 0
    """What of the worth of gifts and add-ons that the buyer keeps is settled by this, in fen."""

    def again(self) -> dict[UUID, int]:
        """How many units of each line can be sold again."""
        return counted(self.units if self.restock else self.along)

    def lost(self) -> dict[UUID, int]:
        """How many units of each line came back and cannot be sold again."""
        if self.restock is not False:
            return {}
        along = counted(self.along)
        return {line_id: many - along.get(line_id, 0) for line_id, many in counted(self.units).items()}

    def goods(self) -> Money:
        """The part of the amount that is for goods."""
        return Money(self.amount.minor - self.shipping.minor, self.amount.currency)


@record
class Wanted:
    """What is to go back: so many units of lines, shipping, or an amount instead of what they cost.

    `shipping` None: with the last unit of what was not shipped. `amount` None: what the units were paid.
    """

    quantities: Mapping[UUID, int] = field(default_factory=dict)
    shipping: bool | None = None
    amount: Money | None = None
    units: Units | None = None
    """Which units, where it was decided before: those of an after-sale."""
    of_sent: bool = False
    """Whether the units have left; otherwise they are of those that have not, and can be sold again."""
    restock: bool | None = None
    """Whether they can be sold again, where they have left and come back; None: they did not come back."""
    after_sale_id: UUID | None = None
    along: Units = field(default_factory=dict)
    """Gifts and add-ons that go back along with the units: they have not left."""
    deducted: int = 0
    """What gifts and add-ons are worth that the buyer keeps, in fen; it is taken off what goes back."""
    behind: Units = field(default_factory=dict)
    """What cannot leave any more once nothing that was bought is left of the order: it goes along then."""
    everything: bool = False
    """All that is left of the order, whatever its units cost; nothing else need be said."""

    @property
    def names_no_units(self) -> bool:
        return self.units is None and not self.quantities


@dataclass(eq=False)
class NotRefundable(Refusal):
    """So much is not left to go back. `left` is what is."""

    code = ErrorCode.INVALID_STATE
    left: Money


@dataclass(eq=False)
class LessThanPaid(Refusal):
    """It is less than was paid for units that have not left: who gets neither them nor their money is owed it.

    `least` is what has to go back with them.
    """

    code = ErrorCode.BAD_USER_INPUT
    least: Money


def decide(
    order: Order, wanted: Wanted, gone: Units, refund: OrderRefund, *, some_left: bool = False, shipping_gone: int = 0
) -> OrderRefund:
    """Say what exactly goes back; `gone` are the units that did before. `refund` says by whom, when and why.

    `shipping_gone` is what of shipping went back before.

    `unshipped` says that nothing of the order had left, in `some_left` packages neither: coupons come back then, and
    shipping.

    Raises:
        WrongState: the order was not paid, or has gone back and more than an amount is wished.
        NotFound: a line is not of this order.
        BadInput: nothing or less is to go back, or shipping that cannot.
        NotRefundable: fewer units or less money is left.
        LessThanPaid: units that have not left do not go back whole.
    """
    _check_state(order, wanted)
    unshipped = order.shipped_at is None and order.received_at is None and not some_left
    if wanted.everything or (unshipped and wanted.names_no_units and is_all_left(order, wanted.amount)):
        wanted = _everything(order, gone)
    units = wanted.units if wanted.units is not None else units_of(order, wanted.quantities, gone)
    units = together(units, wanted.along)
    last = are_all_gone(order, gone, units)
    returns = _returns_shipping(wanted, last=last, unshipped=unshipped)
    shipping = max(0, order.shipping.minor - shipping_gone) if returns else 0
    left = order.total.minor - order.refunded.minor
    amount = _amount(order, wanted, units, shipping, left)
    # Who says the amount settles with it what was to be deducted.
    settled = min(wanted.deducted, worth_of(order, units) + shipping) if wanted.amount is None else wanted.deducted
    along = together(wanted.along, wanted.behind) if last else wanted.along
    units = together(units, along)
    return replace(
        refund,
        amount=Money(amount, order.total.currency),
        shipping=Money(min(shipping, amount), order.total.currency),
        units=units,
        points=sum(total_of(line.unit_points, units.get(line.id, ())) for line in order.lines),
        whole=order.state not in GONE and (last if units else amount == left),
        unshipped=unshipped,
        of_sent=wanted.of_sent,
        restock=wanted.restock if wanted.of_sent or wanted.restock is not None else True,
        after_sale_id=wanted.after_sale_id,
        along=along,
        deducted=settled,
    )


def goods_left(order: Order, shipping_gone: int) -> int:
    """What was paid for the goods of an order and did not go back, in fen; of its shipping so much did."""
    return max(0, order.goods.minor - (order.refunded.minor - shipping_gone))


def _check_state(order: Order, wanted: Wanted) -> None:
    """An order that has gone back for less than was paid owes its buyer what is kept: an amount.

    Beside that goes back what after-sales were about before it had.
    """
    is_amount = wanted.names_no_units and wanted.amount is not None and not wanted.shipping
    is_owed = order.state is OrderState.REFUNDED and (is_amount or wanted.after_sale_id is not None)
    if order.state not in REFUNDABLE and not is_owed:
        raise WrongState(order.state.value, path=("input", "orderId"))


def is_all_left(order: Order, amount: Money | None) -> bool:
    """Whether an amount is all that is left of an order. Before anything of it leaves, its units go back with that."""
    left = Money(order.total.minor - order.refunded.minor, order.total.currency)
    return left.minor > 0 and amount == left


def _everything(order: Order, gone: Units) -> Wanted:
    left = {line.id: line.quantity - len(gone.get(line.id, ())) for line in order.lines}
    return Wanted(
        {line_id: many for line_id, many in left.items() if many},
        shipping=True,
        amount=Money(order.total.minor - order.refunded.minor, order.total.currency),
        everything=True,
        restock=True,
    )


def _returns_shipping(wanted: Wanted, *, last: bool, unshipped: bool) -> bool:
    """Shipping goes back with the last unit, or while nothing was shipped (product rules 2.5)."""
    if wanted.shipping is None:
        return last and unshipped and wanted.amount is None
    if wanted.shipping and not (last or unshipped):
        raise BadInput(
            "shipping goes back with the last unit, or before anything was shipped",
            "运费仅在未发货或退最后一件时可退",
            path=("input", "shipping"),
        )
    return wanted.shipping


def _amount(order: Order, wanted: Wanted, units: Units, shipping: int, left: int) -> int:
    worth = worth_of(order, units) + shipping
    owed = min(max(worth - wanted.deducted, 0), left)
    if wanted.amount is None:
        if worth == 0 and not units:
            raise BadInput("lines, shipping or an amount", "请指定商品、运费或金额", path=("input", "lines"))
        # What was given back as an amount before is not given back again with the units that it was for.
        return owed
    if wanted.amount.minor < 0 or wanted.amount.currency != order.total.currency:
        raise BadInput("more than nothing", "金额应大于零", path=("input", "amount"))
    if wanted.amount.minor > left or (units and not wanted.everything and wanted.amount.minor > worth):
        most = min(worth, left) if units else left
        raise NotRefundable(Money(most, order.total.currency), path=("input", "amount"))
    least = 0 if wanted.of_sent or wanted.everything else owed
    if units and wanted.amount.minor < least:
        raise LessThanPaid(Money(least, order.total.currency), path=("input", "amount"))
    if wanted.amount.minor == 0 and not units and not wanted.everything:
        raise BadInput("more than nothing", "金额应大于零", path=("input", "amount"))
    return wanted.amount.minor


def spread(amount: Money, payments: Sequence[Payment], now: datetime) -> list[tuple[Payment, Money]]:
    """Which payments give how much back: the latest first, those of providers before money that we keep ourselves.

    Payments that are too old for their provider, or have been refunded too often, give nothing.

    Raises:
        NotRefundable: together they cannot give so much.
    """
    able = [one for one in payments if _can_refund(one, now)]
    able.sort(key=lambda one: (one.is_own, -(one.paid_at or one.created_at).timestamp(), one.id))
    parts, left = [], amount.minor
    for payment in able:
        if part := min(left, payment.left.minor):
            parts.append((payment, Money(part, amount.currency)))
            left -= part
    if left:
        raise NotRefundable(Money(amount.minor - left, amount.currency), path=("input", "amount"))
    return parts


def _can_refund(payment: Payment, now: datetime) -> bool:
    if payment.state is not PaymentState.PAID or payment.left.minor == 0 or payment.refunds >= MOST_REFUNDS:
        return False
    return payment.is_own or (payment.paid_at is not None and now - payment.paid_at <= WITHIN)


def refund_of(
    refund_id: UUID, payment: Payment, amount: Money, reason: str, at: datetime, last_due: datetime | None = None
) -> Refund:
    """The refund of a part of a payment, to be asked for at once or a minute after the last one.

    Money that we keep ourselves is there at once.
    """
    waits = payment.provider is Provider.WECHAT_PAY and last_due is not None
    own = payment.is_own
    return Refund(
        refund_id,
        payment.id,
        payment.order_id,
        amount,
        payment.amount,
        reason,
        at,
        state=RefundState.SUCCEEDED if own else RefundState.REQUESTED,
        provider=payment.provider,
        next_try_at=None if own else max(at, last_due + APART) if waits and last_due else at,
        finished_at=at if own else None,
    )


def reserve(payment: Payment, amount: Money) -> Payment:
    """Count a refund against the payment that it is of."""
    assert amount.minor <= payment.left.minor, f"{amount} of {payment.left} of payment {payment.id}"
    return replace(payment, refunded=payment.refunded + amount, refunds=payment.refunds + 1)


def refund_order(order: Order, refund: OrderRefund, *, arrived: bool) -> Order:
    """Count what goes back; an order that goes back as a whole is REFUNDING until all of it has arrived."""
    state = order.state
    if refund.whole:
        state = OrderState.REFUNDED if arrived else OrderState.REFUNDING
    return replace(order, state=state, refunded=order.refunded + refund.amount, version=order.version + 1)


def arrive(order: Order) -> Order:
    """All of an order that goes back as a whole has arrived."""
    return replace(order, state=OrderState.REFUNDED, version=order.version + 1)


def decided(refund: OrderRefund) -> list[Posting]:
    """What goes back is a sale no more."""
    return [Posting(SALES, REFUNDS_DUE, refund.amount)] if refund.amount.minor else []


def arrived(refund: Refund) -> Posting:
    """The money has left."""
    return Posting(REFUNDS_DUE, clearing(refund.provider.value), refund.amount)


def fact_of(refund: OrderRefund, refunds: Sequence[Refund]) -> dict[str, Any]:
    """What the outbox tells of what goes back."""
    return {
        "refund": refund.id.hex,
        "refunded_minor": refund.amount.minor,
        "shipping_minor": refund.shipping.minor,
        "points": refund.points,
        "reason": refund.reason,
        "units": {line_id.hex: list(units) for line_id, units in refund.units.items()},
        "refunds": [one.id.hex for one in refunds],
    }


def again(refund: Refund, refund_id: UUID, at: datetime) -> tuple[Refund, Refund]:
    """Ask anew for a refund that failed: the failed one, and the one that takes its place.

    Raises:
        WrongState: it has not failed, or was asked for anew before.
    """
    if refund.state is not RefundState.FAILED or refund.replaced_by is not None:
        raise WrongState(refund.state.value, path=("input", "refundId"))
    new = replace(
        refund,
        id=refund_id,
        created_at=at,
        state=RefundState.REQUESTED,
        reference=None,
        failure="",
        attempts=0,
        next_try_at=at,
        finished_at=None,
    )
    return replace(refund, replaced_by=refund_id), new
