"""Lists of which each parent has its own, a page of each read in one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, bindparam, cast, column, func, select, true, tuple_

from db.connection import Reading, Row, by_key
from db.cursors import value_of
from db.listing import MOST_COUNTED
from db.metadata import UUIDS
from db.statements import Statement, prepared
from domain.pages import CountResult, Page, PageRequest, Position, page_of

T = TypeVar("T")


def _position(row: Row) -> Position:
    return Position(row["rank"], row["page_key"])


class Sublist(Generic[T]):
    """A list per parent: the query of its members, how a row becomes a value, and the order.

    The order is by the id, after `rank` where there is one: a whole number. All of it has an index behind the parent.
    """

    def __init__(
        self,
        query: Select[Any],
        make: Callable[[Row], T],
        *,
        parent: ColumnElement[UUID],
        id: ColumnElement[UUID],  # noqa: A002  the field's own name
        rank: ColumnElement[int] | None = None,
        descending: bool = False,
    ) -> None:
        self._query, self._make, self._parent = query, make, parent
        self._keys: list[ColumnElement[Any]] = [id] if rank is None else [rank, id]
        self._descending = descending
        self._parents = (
            func.unnest(bindparam("parents", type_=UUIDS))
            .table_valued(column("parent", Uuid()))
            .render_derived(name="parents")
        )
        self._statement = lru_cache(None)(self._compile)
        self._count = self._compile_count()

    async def pages(
        self, reading: Reading, parents: Sequence[UUID], request: PageRequest, **values: Any
    ) -> list[Page[T]]:
        """The same page of each parent's list. `values` fill the parameters of the query itself.

        Raises:
            BadInput: the cursor belongs to another list.
        """
        statement = self._statement(self._descending ^ request.backward, request.start is not None)
        given = {**values, "parents": list(parents)}
        rows = await reading.rows(statement, page_size=request.size + 1, **self._start(request), **given)
        groups = by_key(rows, "parent", lambda row: row)
        count = self._counter(reading, given)
        found = (page_of(groups.get(parent, []), request, _position) for parent in parents)
        return [page.mapped(self._make, partial(count, parent)) for page, parent in zip(found, parents, strict=True)]

    def _start(self, request: PageRequest) -> dict[str, Any]:
        if request.start is None:
            return {}
        if len(self._keys) == 1:
            return {"start_id": request.start.id}
        return {"start_id": request.start.id, "start_rank": value_of(request, request.start, self._keys[0])}

    def _counter(self, reading: Reading, values: dict[str, Any]) -> Callable[[UUID], Any]:
        """Counts the lists of all parents together, for the first page that is asked for its count."""
        asked: list[asyncio.Future[dict[UUID, int]]] = []

        async def count_all() -> dict[UUID, int]:
            return dict(await reading.rows(self._count, **values))

        async def count(parent: UUID) -> CountResult:
            if not asked:
                asked.append(asyncio.ensure_future(count_all()))
            number = (await asked[0]).get(parent, 0)
            return CountResult(min(number, MOST_COUNTED), exact=number <= MOST_COUNTED)

        return count

    def _of_parent(self) -> Select[Any]:
        return self._query.where(self._parent == self._parents.c.parent)

    def _compile(self, descending: bool, started: bool) -> Statement:
        rank = cast("" if len(self._keys) == 1 else self._keys[0], Text())
        query = self._of_parent().add_columns(rank.label("rank"), self._keys[-1].label("page_key"))
        if started:
            names = ["start_rank", "start_id"][-len(self._keys) :]
            start = tuple_(*(bindparam(n, type_=k.type) for n, k in zip(names, self._keys, strict=True)))
            query = query.where(tuple_(*self._keys) < start if descending else tuple_(*self._keys) > start)
        order = [key.desc() if descending else key.asc() for key in self._keys]
        page = query.order_by(*order).limit(bindparam("page_size", type_=Integer())).lateral("page")
        return prepared(select(*page.c, self._parents.c.parent).select_from(self._parents.join(page, true())))

    def _compile_count(self) -> Statement:
        some = self._of_parent().with_only_columns(self._keys[-1]).limit(MOST_COUNTED + 1).lateral("some")
        whole = select(self._parents.c.parent, func.count()).select_from(self._parents.join(some, true()))
        return prepared(whole.group_by(self._parents.c.parent))
