"""Pages of a list: keyset cursors that survive inserts."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput

MOST_PER_PAGE = 100

T = TypeVar("T")
U = TypeVar("U")


@record
class Position:
    """A place in a sorted list: the value sorted by (as text, empty when sorted by id alone) and the id."""

    value: str
    id: UUID

    @property
    def cursor(self) -> str:
        return urlsafe_b64encode(f"{self.id.hex}{self.value}".encode()).decode().rstrip("=")


def position_at(cursor: str, *path: str) -> Position:
    """Read a cursor that we gave out.

    Raises:
        BadInput: we did not.
    """
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return Position(raw[32:], UUID(hex=raw[:32]))
    except (NotBase64, UnicodeDecodeError, ValueError):
        raise BadInput("a cursor from this list", "应为此列表返回的游标", path=path) from None


@record
class PageRequest:
    """Which part of a list is wanted: the first so many after a position, or the last so many before one."""

    size: int
    backward: bool = False
    start: Position | None = None


def page_request(first: int | None, after: str | None, last: int | None, before: str | None) -> PageRequest:
    """Read the arguments of a Relay connection.

    Raises:
        BadInput: not exactly one of first and last is given, or it is not within 1..100, or a cursor is not ours.
    """
    if (first is None) == (last is None):
        raise BadInput("exactly one of first and last", "first 与 last 必须且只能提供一个", path=("first",))
    name, size = ("first", first) if first is not None else ("last", last)
    if size is None or not 1 <= size <= MOST_PER_PAGE:
        raise BadInput(f"from 1 to {MOST_PER_PAGE}", f"应在 1 到 {MOST_PER_PAGE} 之间", path=(name,))
    cursor, cursor_name = (after, "after") if first is not None else (before, "before")
    start = None if cursor is None else position_at(cursor, cursor_name)
    return PageRequest(size, first is None, start)


@record
class Edge(Generic[T]):
    cursor: str
    node: T


@record
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@record
class CountResult:
    """How many there are; not exact when counting stopped at its limit."""

    value: int
    exact: bool


@record
class Page(Generic[T]):
    """One page of a list, in list order."""

    edges: Sequence[Edge[T]]
    page_info: PageInfo
    count: Callable[[], Awaitable[CountResult]] | None = None
    """Counts the whole list, for whoever selects `totalCount`."""

    @property
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]

    def mapped(self, make: Callable[[T], U], count: Callable[[], Awaitable[CountResult]] | None = None) -> Page[U]:
        """The same page of what is made of each member."""
        return Page([Edge(edge.cursor, make(edge.node)) for edge in self.edges], self.page_info, count)


def page_of(found: Sequence[T], request: PageRequest, position: Callable[[T], Position]) -> Page[T]:
    """Make a page of what was found in the direction of reading: one more than wanted tells that there is more."""
    more = len(found) > request.size
    kept = list(found[: request.size])
    if request.backward:
        kept.reverse()
    edges = [Edge(position(node).cursor, node) for node in kept]
    came_from_somewhere = request.start is not None
    info = PageInfo(
        has_next_page=came_from_somewhere if request.backward else more,
        has_previous_page=more if request.backward else came_from_somewhere,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Page(edges, info)
