"""Stock: what of a variant can be sold at a location, is promised, is set aside for plays, and is sold.

Nothing changes a level but a movement, and movements are only ever added: at any time they sum to the levels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between

MOST_PER_LINE = 999
MOST_STOCK = 100_000_000
MOST_RECEIVED = 1_000_000_000
"""So many units of a variant may ever come in, all in all, at one location."""


class Bucket(Enum):
    """Where a unit stands while the brand counts it."""

    SELLABLE = "SELLABLE"
    RESERVED = "RESERVED"
    CARVED = "CARVED"
    SOLD = "SOLD"


class MovementKind(Enum):
    """Why units moved."""

    OPENING = "OPENING"
    RECEIVE = "RECEIVE"
    ADJUST_UP = "ADJUST_UP"
    ADJUST_DOWN = "ADJUST_DOWN"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    SELL = "SELL"
    CARVE = "CARVE"
    UNCARVE = "UNCARVE"
    GIVE_AWAY = "GIVE_AWAY"
    RETURN = "RETURN"
    WRITE_OFF = "WRITE_OFF"


ROUTES: dict[MovementKind, tuple[Bucket | None, Bucket | None]] = {
    MovementKind.OPENING: (None, Bucket.SELLABLE),
    MovementKind.RECEIVE: (None, Bucket.SELLABLE),
    MovementKind.ADJUST_UP: (None, Bucket.SELLABLE),
    MovementKind.ADJUST_DOWN: (Bucket.SELLABLE, None),
    MovementKind.TRANSFER_OUT: (Bucket.SELLABLE, None),
    MovementKind.TRANSFER_IN: (None, Bucket.SELLABLE),
    MovementKind.RESERVE: (Bucket.SELLABLE, Bucket.RESERVED),
    MovementKind.RELEASE: (Bucket.RESERVED, Bucket.SELLABLE),
    MovementKind.SELL: (Bucket.RESERVED, Bucket.SOLD),
    MovementKind.CARVE: (Bucket.SELLABLE, Bucket.CARVED),
    MovementKind.UNCARVE: (Bucket.CARVED, Bucket.SELLABLE),
    MovementKind.GIVE_AWAY: (Bucket.CARVED, Bucket.SOLD),
    MovementKind.RETURN: (Bucket.SOLD, Bucket.SELLABLE),
    MovementKind.WRITE_OFF: (Bucket.SOLD, None),
}
"""From which bucket to which each kind leads; None is outside of what the brand counts."""


@record
class StockLevel:
    """The units of one variant. They sum to what came in and did not go elsewhere: `received` (product rules 2.7.3)."""

    variant_id: UUID
    received: int
    sellable: int
    reserved: int
    carved: int
    sold: int


@record
class Wanted:
    """So many units of one variant, for one line of an order."""

    variant_id: UUID
    quantity: int


@record
class Movement:
    """Units of one variant that went from one bucket of one location to another, for one cause.

    `cause_id` is the order, live room, draw or transfer that they moved for, `line_id` the line of the order.
    `reference` is how people or another system call the cause. Nobody is the actor of what the clock does.
    """

    id: UUID
    kind: MovementKind
    variant_id: UUID
    location_id: UUID
    quantity: int
    at: datetime
    cause_id: UUID | None = None
    line_id: UUID | None = None
    reference: str | None = None
    actor_id: UUID | None = None

    @property
    def source(self) -> Bucket | None:
        return ROUTES[self.kind][0]

    @property
    def target(self) -> Bucket | None:
        return ROUTES[self.kind][1]


@record
class Allocation:
    """So many units of one line come from this location."""

    line_id: UUID
    variant_id: UUID
    location_id: UUID
    quantity: int


@record
class Need:
    """So many units of one variant are needed for one line. Several lines may need the same variant."""

    line_id: UUID
    variant_id: UUID
    quantity: int


@dataclass(slots=True)
class Plan:
    """Which locations give which units; `short` says of which variants there are fewer, and how many there are."""

    allocations: list[Allocation] = field(default_factory=list)
    short: dict[UUID, int] = field(default_factory=dict)


def allocate(needs: Sequence[Need], places: Sequence[UUID], sellable: Mapping[tuple[UUID, UUID], int]) -> Plan:
    """Choose which locations give the units that the lines of one order need.

    The first of the places that has everything gives everything: one parcel. Where none has, each place gives what
    it has, in their order. Lines that need the same variant count together. `sellable` is by variant and location;
    it is left as it is. Nothing is allocated when something is short.
    """
    demand = _demand(needs)
    whole = next((p for p in places if all(sellable.get((v, p), 0) >= n for v, n in demand.items())), None)
    if whole is not None:
        return Plan([Allocation(need.line_id, need.variant_id, whole, need.quantity) for need in needs])
    left = {v: sum(sellable.get((v, p), 0) for p in places) for v in demand}
    if short := {v: left[v] for v, n in demand.items() if left[v] < n}:
        return Plan(short=short)
    return Plan(_split(needs, places, sellable))


def _demand(needs: Iterable[Need]) -> dict[UUID, int]:
    demand: dict[UUID, int] = defaultdict(int)
    for need in needs:
        demand[need.variant_id] += need.quantity
    return demand


def _split(
    needs: Sequence[Need], places: Sequence[UUID], sellable: Mapping[tuple[UUID, UUID], int]
) -> list[Allocation]:
    """Take what each place has, in their order; together they have enough."""
    taken: dict[tuple[UUID, UUID], int] = defaultdict(int)
    parts = []
    for need in needs:
        wanted = need.quantity
        for place in places:
            key = (need.variant_id, place)
            if given := min(wanted, sellable.get(key, 0) - taken[key]):
                taken[key] += given
                wanted -= given
                parts.append(Allocation(need.line_id, need.variant_id, place, given))
    return parts


@dataclass(eq=False)
class OutOfStock(Refusal):
    """Fewer are left than were asked for."""

    code = ErrorCode.INSUFFICIENT_STOCK
    variant_id: UUID
    available: int


@dataclass(eq=False)
class StockMoved(Refusal):
    """Units were sold or came in since they were counted."""

    code = ErrorCode.STALE_QUANTITY
    available: int


@record
class StockChange:
    """Units that come in, or go when negative.

    `expected` is what must be there to be sold before, when that matters.
    """

    delta: int
    expected: int | None = None

    @property
    def kind(self) -> MovementKind:
        """What is counted is adjusted; what comes in uncounted is received."""
        if self.delta < 0:
            return MovementKind.ADJUST_DOWN
        return MovementKind.RECEIVE if self.expected is None else MovementKind.ADJUST_UP


def change_of(delta: int | None, quantity: int | None, expected: int | None) -> StockChange:
    """The change that brings so many units, or that leaves so many where so many were expected.

    Raises:
        BadInput: neither or both are asked for, or a number is out of bounds.
    """
    if delta is not None and quantity is None and expected is None:
        return StockChange(between(delta, -MOST_STOCK, MOST_STOCK, "input", "delta"))
    if delta is None and quantity is not None and expected is not None:
        between(expected, 0, MOST_STOCK, "input", "expectedQuantity")
        return StockChange(between(quantity, 0, MOST_STOCK, "input", "quantity") - expected, expected)
    rule = "either delta, or quantity with expectedQuantity"
    raise BadInput(rule, "请提供 delta,或同时提供 quantity 与 expectedQuantity", path=("input", "delta"))


@record
class Transfer:
    """So many units of a variant go from one location to another."""

    variant_id: UUID
    from_id: UUID
    to_id: UUID
    quantity: int
    reference: str | None = None


def check_transfer(transfer: Transfer) -> Transfer:
    """A transfer that moves something somewhere else.

    Raises:
        BadInput: the quantity is out of bounds, or both locations are the same.
    """
    between(transfer.quantity, 1, MOST_STOCK, "input", "quantity")
    if transfer.from_id == transfer.to_id:
        raise BadInput("another location", "调入与调出不能为同一地点", path=("input", "toId"))
    return transfer


class PushOutcome(Enum):
    """What became of a count that another system pushed."""

    APPLIED = "APPLIED"
    STALE = "STALE"
    SHORT = "SHORT"
    UNKNOWN = "UNKNOWN"


def pushed_delta(level: StockLevel, on_hand: int) -> tuple[int, PushOutcome]:
    """By how much what can be sold changes when another system counts so many units that are not sold.

    What is promised or set aside stays so. When fewer are counted than that, nothing can be sold, and the answer
    says so: somebody has to look.
    """
    delta = on_hand - level.reserved - level.carved - level.sellable
    if delta < -level.sellable:
        return -level.sellable, PushOutcome.SHORT
    return delta, PushOutcome.APPLIED
