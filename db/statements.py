"""Statements: written with SQLAlchemy Core, compiled once, run as text on the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

if TYPE_CHECKING:
    from sqlalchemy.sql import ClauseElement

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Statement:
    """PostgreSQL text with numbered parameters, and the order in which named values fill them."""

    __slots__ = ("_constants", "_names", "text")

    def __init__(self, core: ClauseElement) -> None:
        compiled: Any = core.compile(dialect=_DIALECT)
        self.text: str = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._constants: dict[str, Any] = {k: v for k, v in compiled.params.items() if v is not None}

    def values(self, given: dict[str, Any]) -> list[Any]:
        """The values in the order of the parameters; a name that is neither given nor constant is NULL."""
        constants = self._constants
        return [given[name] if name in given else constants.get(name) for name in self._names]


def prepared(core: ClauseElement) -> Statement:
    """Compile a statement for repeated use, at import or on first need."""
    return Statement(core)
