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
    """What those are worth that stay, in fen."""


@record
class Earned:
    """Whether a promotion would give for what was left of an order, and does for what will be left."""

    before: bool
    after: bool


def extras(
    order: Order,
    taken: Units,
    unsent: Mapping[UUID, int],
    earned: Mapping[UUID, Earned],
    values: Mapping[UUID, int],
    policies: Mapping[LineKind, Policy],
) -> Extras:
    """What becomes of the gifts and add-ons that what is left does not earn any more.

    `taken` are units that go back now, went back, or that after-sales are about; so many of a line as `unsent` says
    have not left. What was not earned before was settled when its reason went. `values` says what a unit of a gift's
    line is worth; an add-on is worth what was saved on it.
    """
    along, kept, deducted = dict[UUID, tuple[int, ...]](), dict[UUID, tuple[int, ...]](), 0
    for line in order.lines:
        left = units_left(line, taken)
        if not left or policies.get(line.kind) is not Policy.CHARGE_BACK or not _loses_its_reason(line, earned):
            continue
        here = min(unsent.get(line.id, 0), len(left))
        along[line.id], kept[line.id] = left[:here], left[here:]
        deducted += sum(_worth(line, unit, values) for unit in left[here:])
    return Extras(_some(along), _some(kept), deducted)


def _loses_its_reason(line: OrderLine, earned: Mapping[UUID, Earned]) -> bool:
    reason = None if line.promotion_id is None else earned.get(line.promotion_id)
    return reason is not None and reason.before and not reason.after


def _worth(line: OrderLine, unit: int, values: Mapping[UUID, int]) -> int:
    if line.kind is LineKind.ADD_ON:
        return max(line.list_price.minor - line.unit_paid[unit], 0)
    return values.get(line.id, 0)


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
