"""Extras: gifts and add-ons that came with what goes back, and what becomes of them (R43, R45)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from uuid import UUID

from domain.orders import LineKind, Order, OrderLine
from domain.records import record
from domain.units import Units, together, units_left


class Policy(Enum):
    """What becomes of gifts and add-ons whose reason has gone back (R43, R45)."""

    KEEP = "KEEP"
    CHARGE_BACK = "CHARGE_BACK"


@record
class Extras:
    """What becomes of gifts and add-ons whose reason goes back."""

    along: Units = field(default_factory=dict)
    """They have not left, and go back along with the rest."""
    kept: Units = field(default_factory=dict)
    """They have left, and stay with the buyer."""
    deducted: int = 0
    """What those are worth that stay and were not paid for before, in fen."""


@record
class Claims:
    """What other after-sales of an order are about, but for those that were given up."""

    held: Units = field(default_factory=dict)
    """Nobody else can ask for these."""
    returning: Units = field(default_factory=dict)
    """Of those, what does not stay with the buyer: it is on its way back, or does not leave."""
    deducted: int = 0
    """What open ones are to deduct, in fen."""


@record
class Lost:
    """Gifts and add-ons that what is left of an order does not earn: of which promotions, and what a unit is worth.

    `values` are by line, in fen; an add-on is worth what was saved on it.
    """

    promotions: frozenset[UUID]
    values: Mapping[UUID, int]
    policies: Mapping[LineKind, Policy]

    def is_charged(self, line: OrderLine) -> bool:
        return line.promotion_id in self.promotions and self.policies.get(line.kind) is Policy.CHARGE_BACK

    def worth(self, line: OrderLine, unit: int) -> int:
        if line.kind is LineKind.ADD_ON:
            return max(line.list_price.minor - line.unit_paid[unit], 0)
        return self.values.get(line.id, 0)


def extras(
    order: Order, leaving: Units, claims: Claims, unsent: Mapping[UUID, int], lost: Lost, settled: int
) -> Extras:
    """What becomes of the gifts and add-ons that what is left does not earn any more.

    `leaving` are units that went back or go back now; so many of a line as `unsent` says have not left. Of what all
    that stays is worth, `settled` fen were deducted before: in whatever order units go back, it comes to the same.
    """
    along, kept, worth = dict[UUID, tuple[int, ...]](), dict[UUID, tuple[int, ...]](), 0
    for line in order.lines:
        if not lost.is_charged(line):
            continue
        left = units_left(line, together(leaving, claims.returning))
        free = units_left(line, together(leaving, claims.held))
        along[line.id] = free[: unsent.get(line.id, 0)]
        stays = [unit for unit in left if unit not in along[line.id]]
        kept[line.id] = tuple(unit for unit in stays if unit in free)
        worth += sum(lost.worth(line, unit) for unit in stays)
    return Extras(_some(along), _some(kept), max(worth - settled, 0))


def _some(units: Units) -> Units:
    return {line_id: numbers for line_id, numbers in units.items() if numbers}


def left_behind(order: Order, going: Units, gone: Units, claimed: Units, unsent: Mapping[UUID, int]) -> Units:
    """Units that will not have left, and that neither went nor are `going` nor are claimed by an after-sale.

    `going` are units that have not left; so many of a line as `unsent` says have not, without those that are claimed.
    """
    found = {}
    for line in order.lines:
        free = units_left(line, together(gone, claimed, going))
        here = unsent.get(line.id, 0) - len({*going.get(line.id, ())} - {*claimed.get(line.id, ())})
        found[line.id] = free[: max(here, 0)]
    return _some(found)
