"""Lists as Relay connections, with `nodes` beside `edges`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import strawberry

from domain import pages
from domain.identity import Scope
from resolvers.context import Context
from schema.access import attribute, batched, object_type
from schema.enums import described

T = TypeVar("T")

First: TypeAlias = Annotated[
    int | None, strawberry.argument(description="So many from the start, 1 to 100. Give this or `last`.")
]
After: TypeAlias = Annotated[str | None, strawberry.argument(description="A cursor: the page begins behind it.")]
Last: TypeAlias = Annotated[
    int | None, strawberry.argument(description="So many from the end, 1 to 100. Give this or `first`.")
]
Before: TypeAlias = Annotated[str | None, strawberry.argument(description="A cursor: the page ends before it.")]


class SortDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


described(SortDirection, "Up or down; the id decides between equals.", ASC="Smallest first.", DESC="Largest first.")


@object_type(scope=Scope.VISITOR, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = attribute("Whether there is more behind this page.")
    has_previous_page: bool = attribute("Whether there is more before this page.")
    start_cursor: str | None = attribute("The cursor of the first edge.")
    end_cursor: str | None = attribute("The cursor of the last edge.")


@object_type(scope=Scope.VISITOR, description="How long a list is.")
class CountResult:
    value: int = attribute("How many, counted to 1,000 at most.")
    exact: bool = attribute("False when there are more than were counted.")


@object_type(scope=Scope.VISITOR, description="A member of a list and its place.")
class Edge(Generic[T]):
    cursor: str = attribute("The place, for `after` and `before`.")
    node: T = attribute("The member.")


async def _counts(_: Context, found: Sequence[pages.Page[Any]]) -> list[pages.CountResult | None]:
    return list(await asyncio.gather(*(_count(page) for page in found)))


async def _count(page: pages.Page[Any]) -> pages.CountResult | None:
    return pages.CountResult(len(page.edges), exact=True) if page.count is None else await page.count()


@object_type(scope=Scope.VISITOR, description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = attribute("The members of the page with their places.")
    nodes: list[T] = attribute("The members of the page.")
    page_info: PageInfo = attribute("Where the page stands in the list.")
    total_count: CountResult | None = batched(_counts, "How long the list is; counted only when selected.", cost=5)
