"""Places: where there may be only so many rows, each takes a place that no other has.

The table holds the place to its bounds by a CHECK, and each place to one row by a unique key. Whoever adds a row takes
their turn first, so that nobody is refused while a place is free; the constraints hold without it as well.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Subquery,
    Text,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    select,
)

from db.connection import Writing
from db.statements import prepared

_TURN = prepared(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("places", type_=Text()), 0))))


def free_place(place: Column[int], most: int, *among: ColumnElement[bool]) -> Subquery:
    """One row with the lowest free `place` among the rows of a condition; none when all of them are taken."""
    numbers = (
        func.generate_series(literal_column("0"), literal_column(str(most - 1)))
        .table_valued(column("place", Integer()))
        .render_derived(name="numbers")
    )
    is_taken = exists().where(place == numbers.c.place, *among).correlate(numbers)
    return (
        select(numbers.c.place).where(~is_taken).order_by(numbers.c.place).limit(literal_column("1")).subquery("free")
    )


async def take_turn(tx: Writing, places: str) -> None:
    """Keep others from taking a place of this name until the transaction ends."""
    await tx.value(_TURN, places=places)
