"""Stock: what of a variant can be sold, is promised, is set aside for live rooms, and is sold."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.refusals import BadInput, ErrorCode, Refusal, between

MOST_PER_LINE = 999
MOST_STOCK = 100_000_000
MOST_RECEIVED = 1_000_000_000
"""So many units of a variant may ever come in."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The units of one variant. Their sum is what was ever received: `received` (product rules 2.7.3)."""

    variant_id: UUID
    received: int
    sellable: int
    reserved: int
    carved: int
    sold: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many units of one variant, for one line of an order."""

    variant_id: UUID
    quantity: int


@dataclass(eq=False)
class OutOfStock(Refusal):
    """Fewer are left than were asked for."""

    code = ErrorCode.INSUFFICIENT_STOCK
    variant_id: UUID
    available: int


@dataclass(eq=False)
class StockMoved(Refusal):
    """Units were sold or came in since they were counted."""

    code = ErrorCode.STALE_VERSION
    available: int


@dataclass(frozen=True, slots=True)
class StockChange:
    """Units that come in, or go when negative.

    `expected` is what must be there to be sold before, when that matters.
    """

    delta: int
    expected: int | None = None


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
