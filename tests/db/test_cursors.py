"""A cursor is read as the column that its list is sorted by, or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Text

from db.cursors import LONGEST_TEXT, value_of
from db.metadata import amount, count, moment
from domain.pages import PageRequest, Position
from domain.refusals import BadInput

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
A_NUMBER, AN_AMOUNT, A_TIME, A_NAME = count("n"), amount("m"), moment("t"), Column("name", Text())


def read(column: Column[Any], value: str, *, backward: bool = False) -> Any:
    start = Position(value, UUID(int=1))
    return value_of(PageRequest(1, backward, start), start, column)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (A_NUMBER, str(2**31 - 1), 2**31 - 1),
        (A_NUMBER, str(-(2**31)), -(2**31)),
        (AN_AMOUNT, str(2**63 - 1), 2**63 - 1),
        (A_TIME, "2026-11-22 04:00:00+00", NOON),
        (A_TIME, "2026-11-22T12:00:00+08:00", NOON),
        (A_NAME, "云织", "云织"),
        (A_NAME, "", ""),
    ],
)
def test_is_a_value_of_the_column(column: Column[Any], value: str, expected: Any) -> None:
    assert read(column, value) == expected


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (A_NUMBER, str(2**31)),
        (A_NUMBER, str(-(2**31) - 1)),
        (A_NUMBER, "9" * 5_000),
        (A_NUMBER, "1.5"),
        (A_NUMBER, ""),
        (AN_AMOUNT, str(2**63)),
        (A_TIME, "2026-11-22T04:00:00"),
        (A_TIME, "0001-01-01T00:00:00+14:00"),
        (A_TIME, "9999-12-31T23:59:59-14:00"),
        (A_TIME, "noon"),
        (A_NAME, "a\0"),
        (A_NAME, "x" * (LONGEST_TEXT + 1)),
    ],
)
def test_is_refused_when_the_column_cannot_hold_it(column: Column[Any], value: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(column, value, backward=True)

    assert refused.value.path == ("before",)
