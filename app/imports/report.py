"""The report of an import: what was taken, what had been taken before, and each value that could not be."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

MOST_SHOWN = 50
LONGEST_VALUE = 80


class CannotImport(Exception):
    """Nothing can be imported; the message says why."""


@dataclass(frozen=True)
class Problem:
    """One value that could not be taken, and what became of its row."""

    file: str
    row: int
    field: str
    value: str
    says: str


@dataclass
class Report:
    """Grows while an import runs."""

    problems: list[Problem] = field(default_factory=list)
    saved: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    """What the other shop has and this one has no place for yet."""

    def problem(self, file: str, row: int, name: str, value: object, says: str) -> None:
        shown = str(value)
        short = shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"
        self.problems.append(Problem(file, row, name, short, says))

    def count(self, kind: str, *, changed: bool) -> None:
        (self.saved if changed else self.unchanged)[kind] += 1

    @property
    def changed_nothing(self) -> bool:
        return not self.saved.total()

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        written = {
            "saved": dict(self.saved),
            "unchanged": dict(self.unchanged),
            "left_out": dict(self.left_out),
            "problems": [asdict(one) for one in self.problems],
        }
        path.write_text(json.dumps(written, ensure_ascii=False, indent=1), encoding="utf-8")

    def show(self, console: Console) -> None:
        """Print the sums and the first problems."""
        table = Table("", "新增或更新 saved", "未变 unchanged", box=None, padding=(0, 2))
        for kind in dict.fromkeys([*self.saved, *self.unchanged]):
            table.add_row(kind, str(self.saved[kind]), str(self.unchanged[kind]))
        console.print(table)
        if self.changed_nothing:
            console.print("[green]与上次导入一致，没有任何改动 · nothing has changed since the last import[/]")
        for what, many in self.left_out.items():
            console.print(f"[dim]暂无去处 · no place yet: {what} × {many}[/]")
        self.show_problems(console)

    def show_problems(self, console: Console) -> None:
        """Print the first problems."""
        for one in self.problems[:MOST_SHOWN]:
            place = f"{one.file}:{one.row}  {one.field} = {one.value!r}"
            console.print(f"[yellow]![/] {one.says}: ", end="")
            console.print(place, markup=False, soft_wrap=True)
        if len(self.problems) > MOST_SHOWN:
            console.print(f"… 另有 {len(self.problems) - MOST_SHOWN} 条 · and so many more")
