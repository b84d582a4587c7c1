"""After-sales: what a buyer asks to be put right, unit by unit, and how that ends (R71, product rules 2.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.extras import Claims, Extras, Policy
from domain.links import check_link
from domain.money import NOTHING, Money
from domain.orders import LineKind, Order, OrderState
from domain.records import record
from domain.refunds import LessThanPaid
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, WrongState, between, text_within
from domain.units import Units, check_sent, together, units_left, worth_of

SELLER_ANSWERS = timedelta(hours=48)
BUYER_SHIPS = timedelta(days=7)
SELLER_CONFIRMS = timedelta(days=7)
MOST_LINES = 100
MOST_PICTURES = 9


class AfterSaleKind(Enum):
    REFUND_ONLY = "REFUND_ONLY"
    RETURN_REFUND = "RETURN_REFUND"
    EXCHANGE = "EXCHANGE"


class AfterSaleState(Enum):
    APPLIED = "APPLIED"
    AGREED = "AGREED"
    RETURNING = "RETURNING"
    REFUNDING = "REFUNDING"
    COMPLETED = "COMPLETED"
    CANCELLED_BY_BUYER = "CANCELLED_BY_BUYER"
    REJECTED = "REJECTED"
    REFUSED = "REFUSED"


class AfterSaleAction(Enum):
    APPLY = "APPLY"
    AGREE = "AGREE"
    REJECT = "REJECT"
    CANCEL = "CANCEL"
    SHIP_BACK = "SHIP_BACK"
    RECEIVE = "RECEIVE"
    REFUSE = "REFUSE"
    SETTLE = "SETTLE"


_K, _S, _A = AfterSaleKind, AfterSaleState, AfterSaleAction
_RETURNS: dict[tuple[AfterSaleState, AfterSaleAction], AfterSaleState] = {
    (_S.APPLIED, _A.AGREE): _S.AGREED,
    (_S.APPLIED, _A.REJECT): _S.REJECTED,
    (_S.APPLIED, _A.CANCEL): _S.CANCELLED_BY_BUYER,
    (_S.AGREED, _A.SHIP_BACK): _S.RETURNING,
    (_S.AGREED, _A.CANCEL): _S.CANCELLED_BY_BUYER,
    (_S.RETURNING, _A.REFUSE): _S.REFUSED,
}
TRANSITIONS: dict[AfterSaleKind, Mapping[tuple[AfterSaleState, AfterSaleAction], AfterSaleState]] = {
    _K.REFUND_ONLY: {
        (_S.APPLIED, _A.AGREE): _S.REFUNDING,
        (_S.APPLIED, _A.REJECT): _S.REJECTED,
        (_S.APPLIED, _A.CANCEL): _S.CANCELLED_BY_BUYER,
        (_S.REFUNDING, _A.SETTLE): _S.COMPLETED,
    },
    _K.RETURN_REFUND: {
        **_RETURNS,
        (_S.RETURNING, _A.RECEIVE): _S.REFUNDING,
        (_S.REFUNDING, _A.SETTLE): _S.COMPLETED,
    },
    _K.EXCHANGE: {**_RETURNS, (_S.RETURNING, _A.RECEIVE): _S.COMPLETED},
}
"""Where each kind may go, and by what."""
OPEN = frozenset({_S.APPLIED, _S.AGREED, _S.RETURNING, _S.REFUNDING})
GIVEN_UP = frozenset({_S.CANCELLED_BY_BUYER, _S.REJECTED, _S.REFUSED})
"""Its units are free again."""


class UnitRole(Enum):
    """How an after-sale is about a unit: it was asked for, goes back along with those, or stays and is deducted."""

    ASKED = "ASKED"
    ALONG = "ALONG"
    KEPT = "KEPT"


@record
class AfterSaleTerms:
    """How long after receipt a buyer may ask, and what becomes of gifts and add-ons whose reason has gone back."""

    window: timedelta = timedelta(days=7)
    gifts: Policy = Policy.CHARGE_BACK
    add_ons: Policy = Policy.KEEP

    @property
    def policies(self) -> dict[LineKind, Policy]:
        return {LineKind.GIFT: self.gifts, LineKind.ADD_ON: self.add_ons}


@record
class AfterSale:
    """One wish of a buyer about units of one order. `due_at` is when the next step is taken without anybody."""

    id: UUID
    order_id: UUID
    member_id: UUID
    kind: AfterSaleKind
    state: AfterSaleState
    units: Units
    """Those that were asked for."""
    along: Units
    """Units of gifts and add-ons that go back along: they have not left, and do not leave as long as it stands."""
    kept: Units
    """Units of gifts and add-ons that the buyer keeps: `deducted` is what they are worth."""
    amount: Money
    """What goes back for the units and those along with them, before `deducted`; nothing for an exchange."""
    deducted: Money
    """The value of gifts and add-ons that the buyer keeps though their reason goes back."""
    reason: str
    pictures: tuple[str, ...]
    answer: str
    """What the brand says to it."""
    carrier: str
    tracking_number: str
    restock: bool | None
    """Whether what came back can be sold again; None while nothing came back."""
    replacement_order_id: UUID | None
    unsent: bool
    """Whether the units had not left when it was asked for; they do not leave as long as it stands."""
    created_at: datetime
    due_at: datetime | None
    version: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@record
class Applying:
    """What a buyer asks for: so many units of lines. `amount` None: all that was paid for them."""

    order_id: UUID
    kind: AfterSaleKind
    quantities: Mapping[UUID, int]
    reason: str
    amount: Money | None = None
    pictures: Sequence[str] = field(default_factory=tuple)

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        return {
            "order": self.order_id,
            "kind": self.kind.value,
            "units": sorted((line_id.hex, many) for line_id, many in self.quantities.items()),
            "amount": None if self.amount is None else (self.amount.minor, self.amount.currency),
            "reason": self.reason,
            "pictures": list(self.pictures),
        }


@dataclass(eq=False)
class UnitsTaken(Refusal):
    """So many units of the line are not free: they went back, or another after-sale is about them."""

    code = ErrorCode.INVALID_STATE
    free: int


@dataclass(eq=False)
class WindowClosed(Refusal):
    """The time in which it could be asked for is over."""

    code = ErrorCode.INVALID_STATE


def apply(
    order: Order,
    wanted: Applying,
    taken: Units,
    unsent: Mapping[UUID, int],
    terms: AfterSaleTerms,
    after_sale_id: UUID,
    now: datetime,
) -> AfterSale:
    """Ask for units of one's own order to be put right; `taken` are those that went back or are asked about.

    `unsent` says how many of each line have not left and are to. A wish for money that they cover is about those, and
    any other about units that have left.

    Raises:
        WrongState: the order's state does not allow it, or not this kind.
        UnitsUnsent: some of the units have left, and some have not: that is two wishes.
        WindowClosed: the goods were received too long ago.
        NotFound: a line is not of this order.
        UnitsTaken: so many units are not free.
        BadInput: a value is out of bounds.
        LessThanPaid: less is asked for than was paid for units that have not left.
    """
    between(len(wanted.quantities), 1, MOST_LINES, "input", "lines")
    between(len(wanted.pictures), 0, MOST_PICTURES, "input", "pictures")
    units = _units(order, wanted.quantities, taken)
    worth = Money(worth_of(order, units), order.total.currency)
    free = {line.id: len(units_left(line, taken)) for line in order.lines}
    is_unsent = _is_unsent(wanted, free, unsent)
    _check_order(order, wanted.kind, terms, now, unsent=is_unsent)
    if not is_unsent:
        check_sent(order, wanted.quantities, free, unsent)
    return AfterSale(
        after_sale_id,
        order.id,
        order.member_id,
        wanted.kind,
        AfterSaleState.APPLIED,
        units,
        {},
        {},
        _amount(order, wanted, worth, unsent=is_unsent),
        NOTHING,
        text_within(wanted.reason, 200, "input", "reason"),
        tuple(check_link(one, "input", "pictures", str(i)) for i, one in enumerate(wanted.pictures)),
        "",
        "",
        "",
        None,
        None,
        is_unsent,
        now,
        now + SELLER_ANSWERS if is_unsent else None,
        1,
    )


def _is_unsent(wanted: Applying, free: Mapping[UUID, int], unsent: Mapping[UUID, int]) -> bool:
    """Whether the wish is about units that have not left."""
    have_not = all(many <= unsent.get(line_id, 0) for line_id, many in wanted.quantities.items())
    have = all(many <= free[line_id] - unsent.get(line_id, 0) for line_id, many in wanted.quantities.items())
    return have_not and (wanted.kind is AfterSaleKind.REFUND_ONLY or not have)


def _check_order(order: Order, kind: AfterSaleKind, terms: AfterSaleTerms, now: datetime, *, unsent: bool) -> None:
    asked = {OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED}
    # Who paid for a group that still forms leaves the group instead (product rules 2.7.1).
    if order.state not in asked or order.hold is not None:
        raise WrongState(order.state.value, path=("input", "orderId"))
    if unsent and kind is not AfterSaleKind.REFUND_ONLY:
        raise WrongState(order.state.value, path=("input", "kind"))
    if order.received_at is not None and now > order.received_at + terms.window:
        raise WindowClosed(path=("input", "orderId"))


def _units(order: Order, quantities: Mapping[UUID, int], taken: Units) -> Units:
    lines = {line.id: line for line in order.lines}
    units = {}
    for i, (line_id, many) in enumerate(quantities.items()):
        if line_id not in lines:
            raise NotFound(path=("input", "lines", str(i), "orderLineId"))
        between(many, 1, lines[line_id].quantity, "input", "lines", str(i), "quantity")
        free = units_left(lines[line_id], taken)
        if many > len(free):
            raise UnitsTaken(len(free), path=("input", "lines", str(i), "quantity"))
        units[line_id] = free[:many]
    return units


def taken_of(order: Order, gone: Units, claimed: Units) -> Units:
    """The units of each line that went back, or that after-sales are or were about."""
    both = together(gone, claimed)
    return {line.id: both.get(line.id, ()) for line in order.lines}


def check_free(order: Order, quantities: Mapping[UUID, int], taken: Units) -> None:
    """Hold units of lines of the order to those that are not taken.

    Raises:
        UnitsTaken: so many are not free.
    """
    lines = {line.id: line for line in order.lines}
    for i, (line_id, many) in enumerate(quantities.items()):
        if line_id in lines and many > len(free := units_left(lines[line_id], taken)):
            raise UnitsTaken(len(free), path=("input", "lines", str(i), "quantity"))


def _amount(order: Order, wanted: Applying, worth: Money, *, unsent: bool) -> Money:
    if wanted.kind is AfterSaleKind.EXCHANGE:
        return NOTHING
    if wanted.amount is None:
        return worth
    amount = check_amount(wanted.amount, worth)
    least = min(worth.minor, order.total.minor - order.refunded.minor)
    if unsent and amount.minor < least:
        raise LessThanPaid(Money(least, worth.currency), path=("input", "amount"))
    return amount


def check_amount(amount: Money, most: Money) -> Money:
    """The amount, when it is within what the units were paid.

    Raises:
        BadInput: it is not.
    """
    if amount.currency != most.currency or not 0 <= amount.minor <= most.minor:
        raise BadInput(f"from 0 to {most.amount} CNY", f"应在 0 到 {most.amount} 元之间", path=("input", "amount"))
    return amount


def move(after_sale: AfterSale, action: AfterSaleAction, now: datetime) -> AfterSale:
    """Take the next step.

    Raises:
        WrongState: it is not its turn.
    """
    state = TRANSITIONS[after_sale.kind].get((after_sale.state, action))
    if state is None:
        raise WrongState(after_sale.state.value, path=("input", "afterSaleId"))
    waits = {AfterSaleState.AGREED: BUYER_SHIPS, AfterSaleState.RETURNING: SELLER_CONFIRMS}.get(state)
    due_at = None if waits is None else now + waits
    return replace(after_sale, state=state, due_at=due_at, version=after_sale.version + 1)


def next_by_itself(after_sale: AfterSale) -> AfterSaleAction | None:
    """What happens when nobody did anything in time; None where it goes on waiting.

    A silent seller agrees to give back what was not shipped, a buyer who does not ship has given up, and what a
    seller does not look at has come back well.
    """
    match after_sale.state:
        case AfterSaleState.APPLIED:
            return AfterSaleAction.AGREE if after_sale.unsent else None
        case AfterSaleState.AGREED:
            return AfterSaleAction.CANCEL
        case AfterSaleState.RETURNING:
            return AfterSaleAction.RECEIVE
        case _:
            return None


def keeps_goods(after_sale: AfterSale, order: Order) -> bool:
    """Whether the buyer keeps the goods and gets a part of what they cost: nothing of the order goes back then."""
    if after_sale.kind is not AfterSaleKind.REFUND_ONLY or after_sale.unsent:
        return False
    return after_sale.amount.minor < worth_of(order, together(after_sale.units, after_sale.along))


def for_money(exchange: AfterSale, order: Order) -> AfterSale:
    """The exchange as a return: what was paid for the goods goes back, and none are sent."""
    worth = Money(worth_of(order, exchange.units), order.total.currency)
    return replace(exchange, kind=AfterSaleKind.RETURN_REFUND, amount=worth)


def claims_of(others: Sequence[AfterSale]) -> Claims:
    """What other after-sales of an order are about."""
    standing = [one for one in others if one.state not in GIVEN_UP]
    coming = [one for one in standing if one.is_open]
    brought = [one for one in coming if one.kind is not AfterSaleKind.EXCHANGE and (one.unsent or _is_sent_back(one))]
    return Claims(
        together(*(units for one in standing for units in (one.units, one.along, one.kept))),
        together(*(one.along for one in coming), *(one.units for one in brought)),
        sum(one.deducted.minor for one in coming if one.state is not AfterSaleState.REFUNDING),
    )


def _is_sent_back(after_sale: AfterSale) -> bool:
    return after_sale.state in (AfterSaleState.RETURNING, AfterSaleState.REFUNDING)


def charge(after_sale: AfterSale, order: Order, extras: Extras) -> AfterSale:
    """The after-sale with what becomes of gifts and add-ons: what has not left goes back, what has is deducted.

    What it said of them before does not count any more.
    """
    if keeps_goods(after_sale, order):
        return after_sale
    more = worth_of(order, extras.along) - worth_of(order, after_sale.along)
    amount = Money(max(after_sale.amount.minor + more, 0), after_sale.amount.currency)
    deducted = Money(min(extras.deducted, amount.minor), amount.currency)
    return replace(after_sale, amount=amount, deducted=deducted, along=extras.along, kept=extras.kept)


def lower(after_sale: AfterSale, order: Order, amount: Money) -> AfterSale:
    """The after-sale for a lower amount. With goods that the buyer keeps for it gifts and add-ons stay, free of charge.

    Raises:
        BadInput: it is more than was asked for.
    """
    lowered = replace(after_sale, amount=check_amount(amount, after_sale.amount))
    if keeps_goods(lowered, order):
        return replace(lowered, along={}, kept={}, deducted=Money(0, amount.currency))
    return replace(lowered, deducted=Money(min(lowered.deducted.minor, amount.minor), amount.currency))


def fact_of(after_sale: AfterSale) -> dict[str, Any]:
    """What the outbox tells of an after-sale."""
    return {
        "after_sale": after_sale.id.hex,
        "order": after_sale.order_id.hex,
        "member": after_sale.member_id.hex,
        "kind": after_sale.kind.value,
        "state": after_sale.state.value,
        "amount_minor": after_sale.amount.minor,
        "deducted_minor": after_sale.deducted.minor,
        "version": after_sale.version,
    }
