"""Statements: written with SQLAlchemy Core, compiled once, run as text on the driver."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, SelectBase, select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

if TYPE_CHECKING:
    from sqlalchemy.sql import ClauseElement

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Statement:
    """PostgreSQL text with numbered parameters, and the order in which named values fill them.

    `columns` are the names of what a query returns.
    """

    __slots__ = ("_constants", "_names", "columns", "text")

    def __init__(self, text: str, names: Sequence[str], constants: Mapping[str, Any], columns: Sequence[str]) -> None:
        self.text = text
        self.columns = tuple(columns)
        self._names = tuple(names)
        self._constants = {name: value for name, value in constants.items() if value is not None}

    def values(self, given: dict[str, Any]) -> list[Any]:
        """The values in the order of the parameters; a name that is neither given nor constant is NULL."""
        constants = self._constants
        return [given[name] if name in given else constants.get(name) for name in self._names]


def prepared(core: ClauseElement) -> Statement:
    """Compile a statement for repeated use, at import or on first need."""
    compiled: Any = core.compile(dialect=_DIALECT)
    columns = core.selected_columns.keys() if isinstance(core, SelectBase) else ()
    return Statement(str(compiled), compiled.positiontup or (), compiled.params, columns)


def once(chosen: Select[Any], name: str) -> Select[Any]:
    """The rows of a query for `IN`, chosen once.

    A subquery with a limit that stands within a join is run for each turn of it, by some plans: each time it chooses
    others, since those before are locked or gone, and the limit is none.
    """
    rows = chosen.cte(name).prefix_with("MATERIALIZED")
    return select(*rows.c)


@cache
def side_by_side(statements: tuple[Statement, ...]) -> Statement:
    """Several queries as one, whose only row has an array of records for each; `values_of_each` are its values."""
    parts, names, constants = list[str](), list[str](), dict[str, Any]()
    for i, one in enumerate(statements):
        parts.append(f"ARRAY(SELECT part FROM ({_numbered(one.text, len(names))}) AS part)")  # noqa: S608  our own
        names += (f"{i} {name}" for name in one._names)  # noqa: SLF001  of the same kind
        constants |= {f"{i} {name}": value for name, value in one._constants.items()}  # noqa: SLF001
    return Statement(f"SELECT {', '.join(parts)}", names, constants, ())


def _numbered(text: str, after: int) -> str:
    """A text whose parameters come after so many others."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + after}", text)


_PARAMETER = re.compile(r"\$(\d+)")


def values_of_each(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of statements that go side by side, each of which has names of its own."""
    return {f"{i} {name}": value for i, values in enumerate(given) for name, value in values.items()}
