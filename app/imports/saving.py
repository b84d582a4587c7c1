"""Saving one thing after another for an importer: what changed is counted, what is refused is reported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from app.imports.report import Report
from app.imports.rows import Row
from domain.refusals import BadInput, Refusal, Refusals
from resolvers.context import Context

T = TypeVar("T")


class Saving:
    """Runs the resolvers of an import, one at a time, each at the time that its row tells."""

    def __init__(self, ctx: Context, report: Report, done: Callable[[], None]) -> None:
        self.ctx, self.report, self._done = ctx, report, done
        self._told = 0
        ctx.database.when_facts_are_told(self._note)

    def at(self, moment: datetime) -> Context:
        """The context of a thing that came about then."""
        return replace(self.ctx, now=lambda: moment)

    async def save(self, kind: str, row: Row, work: Callable[[], Awaitable[T]]) -> T | None:
        """Save one thing; None when it is refused, which is reported. It changed something if it told a fact."""
        before = self._told
        try:
            saved = await work()
        except Refusal as refusal:
            self._refused(row, refusal)
            return None
        except Refusals as several:
            for one in several.members:
                self._refused(row, one)
            return None
        finally:
            self._done()
        self.report.count(kind, changed=self._told > before)
        return saved

    def _note(self) -> None:
        self._told += 1

    def _refused(self, row: Row, refusal: Refusal) -> None:
        rule = f" ({refusal.rule_zh} · {refusal.rule})" if isinstance(refusal, BadInput) else ""
        says = f"未导入 · refused: {refusal.code.value}{rule}"
        self.report.problem(row.file, row.number, ".".join(refusal.path[1:]), row.values.get("id"), says)
