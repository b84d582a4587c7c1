"""Lists that can be filtered, sorted and paged, each shape of them compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import count as counting
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.connection import Reading, Row
from db.cursors import value_of
from db.statements import Statement, prepared
from domain.filters import EVERYTHING, All, AnyOf, Condition, Is, Not
from domain.pages import CountResult, Page, PageRequest, Position, page_of
from domain.records import record

T = TypeVar("T")
Shape = tuple[Any, ...]

SHAPES_KEPT = 500
MOST_COUNTED = 1000
"""A list longer than this is not counted to its end."""


@record
class Linked:
    """A field of many values, to filter by: those that another table links with the row."""

    id: ColumnElement[UUID]
    link: ColumnElement[UUID]
    value: ColumnElement[Any]


class Listing(Generic[T]):
    """One list: a query, the columns that it can be filtered and sorted by, and how a row becomes a value.

    Every column that can be sorted by is NOT NULL and has an index together with the id.
    """

    def __init__(
        self,
        query: Select[Any],
        make: Callable[[Row], T],
        *,
        id: ColumnElement[UUID],  # noqa: A002  the field's own name
        filters: Mapping[str, ColumnElement[Any] | Linked] | None = None,
        sorts: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        self._query, self._make, self._id = query, make, id
        self._filters = filters or {}
        self._sorts = {"id": None, **(sorts or {})}
        self._page_statement = lru_cache(SHAPES_KEPT)(self._compile_page)
        self._count_statement = lru_cache(SHAPES_KEPT)(self._compile_count)

    async def page(
        self,
        reading: Reading,
        request: PageRequest,
        *,
        where: Condition = EVERYTHING,
        sort: str = "id",
        descending: bool = False,
        **values: Any,
    ) -> Page[T]:
        """One page. `values` fill the parameters of the query itself.

        Raises:
            BadInput: the cursor belongs to another list.
        """
        statement = self._page_statement(
            shape_of(where), sort, descending ^ request.backward, request.start is not None
        )
        values |= _numbered(where) | self._start(request, sort)
        rows = await reading.rows(statement, page_size=request.size + 1, **values)
        found = page_of(rows, request, lambda row: Position(row["rank"], row["page_key"]))
        return found.mapped(self._make, lambda: self.count(reading, where, values))

    async def count(self, reading: Reading, where: Condition, values: Mapping[str, Any]) -> CountResult:
        """How many there are in all, counted to 1,000 at most."""
        number = await reading.value(self._count_statement(shape_of(where)), **values)
        return CountResult(min(number, MOST_COUNTED), exact=number <= MOST_COUNTED)

    def _start(self, request: PageRequest, sort: str) -> dict[str, Any]:
        if request.start is None:
            return {}
        column = self._sorts[sort]
        if column is None:
            return {"start_id": request.start.id}
        return {"start_id": request.start.id, "start_value": value_of(request, request.start, column)}

    def _filtered(self, shape: Shape) -> Select[Any]:
        return self._query.where(clause_of(shape, self._filters, counting()))

    def _compile_page(self, shape: Shape, sort: str, descending: bool, started: bool) -> Statement:
        column = self._sorts[sort]
        keys = [self._id] if column is None else [column, self._id]
        rank = literal_column("''") if column is None else cast(column, Text)
        query = self._filtered(shape).add_columns(rank.label("rank"), self._id.label("page_key"))
        if started:
            query = query.where(_beyond(keys, descending=descending))
        order = [key.desc() if descending else key.asc() for key in keys]
        return prepared(query.order_by(*order).limit(bindparam("page_size")))

    def _compile_count(self, shape: Shape) -> Statement:
        inner = self._filtered(shape).with_only_columns(self._id).limit(MOST_COUNTED + 1).subquery()
        return prepared(select(func.count()).select_from(inner))


def _beyond(keys: list[ColumnElement[Any]], *, descending: bool) -> ColumnElement[bool]:
    names = ["start_id"] if len(keys) == 1 else ["start_value", "start_id"]
    here = tuple_(*keys)
    start = tuple_(*(bindparam(name, type_=key.type) for name, key in zip(names, keys, strict=True)))
    return here < start if descending else here > start


def shape_of(condition: Condition) -> Shape:
    """A condition without its values: what its SQL depends on."""
    match condition:
        case Is(field, operator, value):
            return (operator, field, value) if operator == "isNull" else (operator, field)
        case All(parts):
            return ("AND", *map(shape_of, parts))
        case AnyOf(parts):
            return ("OR", *map(shape_of, parts))
        case Not(part):
            return ("NOT", shape_of(part))


def values_of(condition: Condition) -> Iterator[Any]:
    """The values of a condition, in the order in which `clause_of` numbers them."""
    match condition:
        case Is(_, operator, value):
            if operator != "isNull":
                yield value
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from values_of(part)
        case Not(part):
            yield from values_of(part)


def clause_of(
    shape: Shape, columns: Mapping[str, ColumnElement[Any] | Linked], numbers: Iterator[int]
) -> ColumnElement[bool]:
    """The SQL of a condition; its values are parameters named `where_0`, `where_1` and so on."""
    match shape:
        case ("AND", *parts):
            return and_(true(), *(clause_of(part, columns, numbers) for part in parts))
        case ("OR", *parts):
            return or_(false(), *(clause_of(part, columns, numbers) for part in parts))
        case ("NOT", part):
            return not_(clause_of(part, columns, numbers))
        case ("isNull", field, wanted):
            return _absent(columns[field]) if wanted else not_(_absent(columns[field]))
        case (operator, field):
            return _comparison(columns[field], operator, f"where_{next(numbers)}")
    raise AssertionError(shape)


def _absent(column: ColumnElement[Any] | Linked) -> ColumnElement[bool]:
    return column.id.not_in(select(column.link)) if isinstance(column, Linked) else column.is_(None)


def _comparison(column: ColumnElement[Any] | Linked, operator: str, name: str) -> ColumnElement[bool]:
    if isinstance(column, Linked):
        return column.id.in_(select(column.link).where(_comparison(column.value, operator, name)))
    if operator == "oneOf":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    value = bindparam(name, type_=column.type)
    return {"eq": column == value, "gte": column >= value, "lt": column < value}[operator]


def _numbered(condition: Condition) -> dict[str, Any]:
    return {f"where_{i}": value for i, value in enumerate(values_of(condition))}
