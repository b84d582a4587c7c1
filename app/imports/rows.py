"""Rows of a JSON-lines file: read one by one, every value held to what it should be, every bad one reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from app.imports.report import CannotImport, Report
from domain.links import is_link
from domain.money import Money

SHANGHAI = timezone(timedelta(hours=8))
MOST_MINOR = 10**12


@dataclass(frozen=True)
class Row:
    """One line of a file. Getters return None for what cannot be taken, and report it."""

    file: str
    number: int
    values: dict[str, Any]
    report: Report

    def complain(self, name: str, says: str) -> None:
        self.report.problem(self.file, self.number, name, self.values.get(name), says)

    def integer(self, name: str) -> int | None:
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.complain(name, "不是整数 · not an integer")
        return None

    def text(self, name: str, default: str = "") -> str:
        """Text without surrounding space and without control characters."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.complain(name, "不是文本，已留空 · not text, left empty")
            return default
        return "".join(c for c in value if c >= " " or c in "\n\t").strip()

    def truth(self, name: str) -> bool:
        return self.values.get(name) is True

    def texts(self, name: str) -> list[str]:
        value = self.values.get(name)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        if value is not None:
            self.complain(name, "不是文本列表，已略过 · not a list of texts, passed over")
        return []

    def price(self, name: str) -> Money | None:
        """Yuan as a decimal string, exactly in fen."""
        value = self.values.get(name)
        try:
            fen = Decimal(value) * 100 if isinstance(value, str) else None
        except InvalidOperation:
            fen = None
        if fen is None or not fen.is_finite() or fen != int(fen) or not 0 <= fen <= MOST_MINOR:
            self.complain(name, "不是以元计的价格 · not a price in yuan")
            return None
        return Money(int(fen))

    def link(self, name: str) -> str | None:
        """The address of a picture; nothing where none is given."""
        value = self.values.get(name)
        return None if value in (None, "") else self.checked_link(name, value)

    def links(self, name: str) -> list[str]:
        found = (self.checked_link(name, one) for one in self.texts(name))
        return [one for one in found if one is not None]

    def checked_link(self, name: str, value: Any) -> str | None:
        link = f"https:{value}" if isinstance(value, str) and value.startswith("//") else value
        if isinstance(link, str) and is_link(link):
            return link
        self.report.problem(self.file, self.number, name, value, "不是图片地址，已略过 · not an address, passed over")
        return None

    def moment(self, name: str) -> datetime:
        """Wall-clock time of Shanghai, in UTC; the beginning of 2018 where it cannot be read."""
        try:
            given = datetime.strptime(str(self.values.get(name)), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  it has no zone
        except ValueError:
            self.complain(name, "不是时间，记为 2018-01-01 · not a time, taken as 2018-01-01")
            given = datetime(2018, 1, 1)  # noqa: DTZ001  see above
        return given.replace(tzinfo=SHANGHAI).astimezone(UTC)


def read_rows(folder: Path, name: str, report: Report, *, must: bool = False) -> list[Row]:
    """The rows of a file that are objects with an id of their own; others are reported.

    Raises:
        CannotImport: a file that must be there is not, or cannot be read.
    """
    path = folder / f"{name}.jsonl"
    if not path.exists() and not must:
        report.problem(path.name, 0, "", "", "没有这个文件 · there is no such file")
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotImport(f"{path} cannot be read: {error}") from None
    rows, seen = [], set[int]()
    for number, line in enumerate(lines, 1):
        row = _row(path.name, number, line, report)
        key = row.integer("id") if row else None
        if row is None or key is None:
            continue
        if key in seen:
            row.complain("id", "编号重复，已略过 · the id is taken, passed over")
            continue
        seen.add(key)
        rows.append(row)
    return rows


def _row(file: str, number: int, line: str, report: Report) -> Row | None:
    if not line.strip():
        return None
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if isinstance(values, dict):
        return Row(file, number, values, report)
    report.problem(file, number, "", line, "不是 JSON 对象 · not a JSON object")
    return None


def grouped(rows: list[Row], name: str, known: Callable[[int], bool]) -> dict[int, list[Row]]:
    """The rows that are not deleted, by what they belong to; one that belongs to nothing known is reported."""
    groups: dict[int, list[Row]] = {}
    for row in rows:
        owner = row.integer(name)
        if owner is None or row.truth("deleted"):
            continue
        if not known(owner):
            row.complain(name, "所属对象不存在，已略过 · belongs to nothing that is there, passed over")
            continue
        groups.setdefault(owner, []).append(row)
    return groups
