"""Stock: what of a variant can be sold, is promised, is set aside for live rooms, and is sold."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.refusals import ErrorCode, Refusal

MOST_PER_LINE = 999


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
