"""Units of lines of an order: which are left, which go back together, and what was paid for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from domain.orders import LineKind, Order, OrderLine
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal

Units = Mapping[UUID, tuple[int, ...]]
"""Numbers of units, from 0, by the line that they are of."""


@dataclass(eq=False)
class UnitsSent(Refusal):
    """Fewer units have not left; those that did go back by an after-sale, or if it is said so."""

    code = ErrorCode.INVALID_STATE
    unsent: int


@dataclass(eq=False)
class UnitsUnsent(Refusal):
    """Fewer units have left; those that have not go back without a word of that."""

    code = ErrorCode.INVALID_STATE
    sent: int


def units_left(line: OrderLine, gone: Units) -> tuple[int, ...]:
    """The units of a line that have not gone back, in their order."""
    before: AbstractSet[int] = frozenset(gone.get(line.id, ()))
    return tuple(unit for unit in range(line.quantity) if unit not in before)


def together(*parts: Units) -> dict[UUID, tuple[int, ...]]:
    """The units of all parts, by line, each once and in their order."""
    lines = dict.fromkeys(line_id for part in parts for line_id in part)
    return {line_id: tuple(sorted({unit for part in parts for unit in part.get(line_id, ())})) for line_id in lines}


def counted(units: Units) -> dict[UUID, int]:
    return {line_id: len(numbers) for line_id, numbers in units.items()}


def units_of(order: Order, quantities: Mapping[UUID, int], gone: Units) -> Units:
    """So many units of lines, the first of those that have not gone back.

    Raises:
        NotFound: a line is not of this order.
        BadInput: none, or more than are left, are asked for.
    """
    lines = {line.id: line for line in order.lines}
    if any(line_id not in lines for line_id in quantities):
        raise NotFound(path=("input", "lines"))
    units = {}
    for line_id, many in quantities.items():
        left = units_left(lines[line_id], gone)
        if not 1 <= many <= len(left):
            raise BadInput(f"from 1 to {len(left)}", f"应在 1 到 {len(left)} 之间", path=("input", "lines"))
        units[line_id] = left[:many]
    return units


def are_all_gone(order: Order, gone: Units, units: Units) -> bool:
    """Whether no unit that was bought is left; gifts do not count."""
    bought = [line for line in order.lines if line.kind is not LineKind.GIFT]
    return all(line.quantity == len(gone.get(line.id, ())) + len(units.get(line.id, ())) for line in bought)


def worth_of(order: Order, units: Units) -> int:
    """What was paid for units, in fen."""
    return sum(total_of(line.unit_paid, units.get(line.id, ())) for line in order.lines)


def total_of(values: Sequence[int], units: Sequence[int]) -> int:
    return sum(values[unit] for unit in units) if values else 0


def check_unsent(order: Order, quantities: Mapping[UUID, int], unsent: Mapping[UUID, int]) -> None:
    """Hold units that are to go back to those that have not left, and that nobody else asks about.

    Raises:
        UnitsSent: fewer of a line have not left.
    """
    for i, (line_id, many) in enumerate(quantities.items()):
        if any(line.id == line_id for line in order.lines) and many > unsent.get(line_id, 0):
            raise UnitsSent(unsent.get(line_id, 0), path=("input", "lines", str(i), "quantity"))


def check_sent(
    order: Order, quantities: Mapping[UUID, int], free: Mapping[UUID, int], unsent: Mapping[UUID, int]
) -> None:
    """Hold units that are said to have left to those that have, of the free ones of each line.

    Raises:
        UnitsUnsent: fewer of a line have left.
    """
    lines = {line.id for line in order.lines}
    for i, (line_id, many) in enumerate(quantities.items()):
        if line_id in lines and many > (sent := free[line_id] - unsent.get(line_id, 0)):
            raise UnitsUnsent(sent, path=("input", "lines", str(i), "quantity"))
