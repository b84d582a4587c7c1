"""Cursors: what a client says that we gave out, read as the value of the column that a list is sorted by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement

from domain.pages import PageRequest, Position
from domain.refusals import BadInput

LONGEST_TEXT = 1_000
_EARLIEST, _LATEST = 2, 9998  # whatever the offset, it is a time that Python and PostgreSQL have


def value_of(request: PageRequest, start: Position, column: ColumnElement[Any]) -> Any:
    """The value that a page begins behind.

    Raises:
        BadInput: the column cannot hold it, so the cursor belongs to another list or to none.
    """
    try:
        value = _read(start.value, column)
    except ValueError:
        value = None
    if value is None:
        path = "before" if request.backward else "after"
        raise BadInput("a cursor from this list", "应为此列表返回的游标", path=(path,))
    return value


def _read(text: str, column: ColumnElement[Any]) -> Any:
    kind = column.type.python_type
    if kind is datetime:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None and _EARLIEST <= at.year <= _LATEST else None
    if kind is int:
        number, bound = int(text), 2 ** (63 if isinstance(column.type, BigInteger) else 31)
        return number if -bound <= number < bound else None
    assert kind is str, f"no list is sorted by {kind.__name__}"
    return text if len(text) <= LONGEST_TEXT and "\0" not in text else None
