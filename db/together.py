"""Reading together: what several slices ask at the same time is one statement. Each keeps its own query."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias

from db.connection import Reading, Row
from db.statements import Statement, side_by_side, values_of_each
from domain.records import record

Asking: TypeAlias = Callable[[Reading], Coroutine[Any, Any, Any]]
"""What is read of the reader that it is given. It waits for nothing but that."""


async def together(reading: Reading, *askings: Asking) -> list[Any]:
    """The answers, in the order of who asks. All first questions are one statement, then all second ones.

    No statement where nobody asks anything.
    """
    answers: list[Any] = [None] * len(askings)
    asking = [asking(_ASKER) for asking in askings]
    waiting: dict[int, list[Row] | None] = dict.fromkeys(range(len(asking)))
    try:
        while waiting:
            questions: dict[int, _Question] = {}
            for i, rows in waiting.items():
                try:
                    questions[i] = asking[i].send(rows)
                except StopIteration as done:
                    answers[i] = done.value
            waiting = dict(zip(questions, await _ask(reading, list(questions.values())), strict=True))
    finally:
        for one in asking:
            one.close()
    return answers


@record
class _Question:
    statement: Statement
    values: dict[str, Any]

    def __await__(self) -> Generator[_Question, list[Row], list[Row]]:
        return (yield self)


class _Asker(Reading):
    """A reader that hands each question to whoever runs what asks."""

    def __init__(self) -> None: ...

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        return await _Question(statement, values)

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        return next(iter(await self.rows(statement, **values)), None)


_ASKER = _Asker()


async def _ask(reading: Reading, questions: Sequence[_Question]) -> Sequence[list[Row]]:
    """The rows that answer each question."""
    if len(questions) < 2:
        return [await reading.rows(one.statement, **one.values) for one in questions]
    statements = tuple(one.statement for one in questions)
    (found,) = await reading.rows(side_by_side(statements), **values_of_each([one.values for one in questions]))
    return [list(map(_row_with(one.columns), rows)) for one, rows in zip(statements, found, strict=True)]


@cache
def _row_with(columns: tuple[str, ...]) -> Callable[[Iterable[Any]], Row]:
    """How to make a row of a record, whose values have no names where they come within another row."""
    places = {name: i for i, name in enumerate(columns)}

    class Named(tuple[Any, ...]):
        __slots__ = ()

        def __getitem__(self, key: Any) -> Any:
            return super().__getitem__(places[key] if isinstance(key, str) else key)

    return Named
