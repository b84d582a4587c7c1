"""Writes: what several slices write together, in one statement, each row of it under its own guard.

While rows are locked that others wait for, each further statement would be another exchange with the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CTE, func, select

from db.connection import Writing
from db.metadata import as_json
from db.statements import Statement, prepared
from domain.records import record


class Part:
    """What one slice writes of rows that come in as JSON, by the name of the parameter (`json_rows`).

    `counted` returns a row for each that its guard let through; `others` go along with it. Within one statement no
    two parts change the same row, and none sees what another wrote.
    """

    def __init__(self, name: str, counted: CTE, *others: CTE) -> None:
        self.name = name
        self.counted = counted
        self.others = others


@record
class Write:
    """Rows for a part, and how many rows it counts when each guard lets all of them through."""

    part: Part
    rows: Sequence[Mapping[str, Any]]
    many: int

    @classmethod
    def of(cls, part: Part, rows: Sequence[Mapping[str, Any]]) -> Write:
        """Rows of which each is counted."""
        return cls(part, rows, len(rows))


async def write(tx: Writing, writes: Iterable[Write]) -> bool:
    """Write all of it in one statement, or in none when there is nothing; what is for one part goes in together.

    False when a guard did not hold: the transaction is void then.

    Raises:
        asyncpg.UniqueViolationError: a key was taken.
    """
    rows: dict[Part, list[Mapping[str, Any]]] = {}
    many: dict[Part, int] = {}
    for one in writes:
        if one.many:
            rows.setdefault(one.part, []).extend(one.rows)
            many[one.part] = many.get(one.part, 0) + one.many
    if not many:
        return True
    row = await tx.row(_statement(tuple(many)), **{part.name: as_json(some) for part, some in rows.items()})
    assert row is not None, "a query without a table has a row"
    return list(row) == list(many.values())


@cache
def _statement(parts: tuple[Part, ...]) -> Statement:
    """There are as many as there are kinds of orders: what is written together is written in one order."""
    counts = (select(func.count()).select_from(part.counted).scalar_subquery() for part in parts)
    return prepared(select(*counts).add_cte(*(other for part in parts for other in part.others)))
