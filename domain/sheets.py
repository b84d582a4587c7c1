"""Sheets: tables for people to take along, as values; how they are written is another matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

from domain.money import Money
from domain.records import record

Cell: TypeAlias = str | int | date | Money | None
"""A date may be a datetime. Text is text, whatever it begins with: never a formula or a link."""

MOST_ROWS = 50_000
"""Of one sheet."""


@record
class Sheet:
    """A table with a heading for each column."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@record
class Workbook:
    """Some sheets in a file; its name has no extension."""

    file_name: str
    sheets: Sequence[Sheet]
