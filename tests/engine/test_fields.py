"""What a field marker says holds under both executors."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, Generic, TypeVar

import pytest
import strawberry
from graphql.pyutils import Undefined
from strawberry.types.execution import ExecutionResult

from engine import Schema, Selected, batched, derived, describes, root, scoped


@dataclass(frozen=True, slots=True)
class Author:
    """A record of a data layer, which knows no GraphQL."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """Another one."""

    number: int
    name: str


AUTHORS = [Author(1, "Lu Xun"), Author(2, "Mao Dun"), Author(3, "Lao She")]
calls: list[tuple[Any, ...]] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


@strawberry.input
class BookWhere:
    """Tells null from nothing."""

    title: str | None = strawberry.UNSET
    pages: int = 100


async def books_of(
    ctx: Any,
    authors: Sequence[Author],
    *,
    first: Annotated[int, strawberry.argument(description="How many.")] = 2,
    where: BookWhere | None = None,
    selected: Selected,
) -> list[Any]:
    """Books by author; none are left for the second."""
    calls.append(("books", ctx, [author.number for author in authors], first, where, selected))
    return [
        LookupError("no shelf") if author.number == 2 else [Book(title=f"{author.name} {n}") for n in range(first)]
        for author in authors
    ]


def rank_of(_: Any, authors: Sequence[Author]) -> list[int]:
    """Fails for all."""
    raise ValueError(f"no rank for {authors[0].name}" if len(authors) == 1 else "no rank")


@strawberry.type
class Book:
    """A plain Strawberry object."""

    title: str


@strawberry.interface
class Named:
    """What has a name."""

    name: str


@strawberry.type
@describes(Author)
class Writer(Named):
    """Its records are authors."""

    id: strawberry.ID = derived(lambda author: f"author-{author.number}", description="Opaque.")
    books: list[Book] | None = batched(books_of, description="What they wrote.", deprecation_reason="Out of print.")
    works: list[Book] | None = batched(books_of, name="opera")
    rank: int | None = batched(rank_of)


@describes(Publisher)
@strawberry.type
class House(Named):
    """Its records are publishers."""


Either = Annotated[Writer | House, strawberry.union("Either")]


@strawberry.type
class Edge:
    """One of a page."""

    node: Writer


@strawberry.type
class Page:
    """Some writers."""

    edges: list[Edge]


T = TypeVar("T")


@scoped("reader")
@strawberry.type
class Connection(Generic[T]):
    """A page of anything."""

    nodes: list[T]


@scoped("reader")
@strawberry.type
class _Connected:
    numbers: Connection[int] = root(lambda _: None)


def writers(ctx: Any, *, count: int = 3) -> list[Author]:
    """The first authors."""
    calls.append(("writers", ctx, count))
    return AUTHORS[:count]


@strawberry.type
class Query:
    """The root."""

    writers: list[Writer] = root(writers)
    named: list[Named] = root(lambda _: [AUTHORS[0], Publisher(7, "Sanlian")])
    either: list[Either] = root(lambda _: [Publisher(7, "Sanlian"), AUTHORS[0]])


schema = Schema(Query)
both = pytest.mark.parametrize("executor", [Schema, strawberry.Schema], ids=["engine", "graphql-core"])


async def answer(executor: type[strawberry.Schema], query: str, **variables: Any) -> ExecutionResult:
    return await executor.execute(schema, query, variables, "the context")


async def test_a_batch_function_is_called_once_for_all_parents_of_a_level() -> None:
    await answer(Schema, "{ writers { books { title } } }")

    assert [call[2] for call in calls if call[0] == "books"] == [[1, 2, 3]]


async def test_a_batch_function_serves_one_parent_at_a_time_under_graphql_core() -> None:
    await answer(strawberry.Schema, "{ writers { books { title } } }")

    assert [call[2] for call in calls if call[0] == "books"] == [[1], [2], [3]]


@both
async def test_an_exception_in_a_parents_place_fails_only_that_one(executor: type[strawberry.Schema]) -> None:
    result = await answer(executor, "{ writers { books(first: 1) { title } } }")

    assert result.data == {
        "writers": [{"books": [{"title": "Lu Xun 0"}]}, {"books": None}, {"books": [{"title": "Lao She 0"}]}]
    }
    assert [(error.message, error.path) for error in result.errors or []] == [("no shelf", ["writers", 1, "books"])]


@both
async def test_an_exception_of_the_whole_call_fails_every_parent(executor: type[strawberry.Schema]) -> None:
    result = await answer(executor, "{ writers(count: 2) { rank name } }")

    assert result.data == {"writers": [{"rank": None, "name": "Lu Xun"}, {"rank": None, "name": "Mao Dun"}]}
    assert [error.path for error in result.errors or []] == [["writers", 0, "rank"], ["writers", 1, "rank"]]


@both
async def test_a_resolver_gets_the_context_and_its_arguments_as_strawberry_makes_them(
    executor: type[strawberry.Schema],
) -> None:
    query = "query ($title: String) { writers(count: 1) { books(first: 5, where: {title: $title}) { title } } }"
    await answer(executor, query, title=None)
    await answer(executor, query)

    assert [call[4] for call in calls if call[0] == "books"] == [BookWhere(title=None), BookWhere()]
    assert {call[1] for call in calls} == {"the context"}


@both
async def test_a_resolver_may_change_the_input_that_it_is_given(executor: type[strawberry.Schema]) -> None:
    query = "{ writers(count: 1) { books(where: {pages: 5}) { title } } }"
    await answer(executor, query)
    next(call[4] for call in calls if call[0] == "books").pages = 6
    calls.clear()
    await answer(executor, query)

    assert next(call[4] for call in calls if call[0] == "books").pages == 5


@both
async def test_selected_tells_the_python_names_below_whatever_the_aliases(executor: type[strawberry.Schema]) -> None:
    query = """
        query ($deep: Boolean!) { writers(count: 1) { opera { t: title ...Rest } } }
        fragment Rest on Book { __typename u: title @include(if: $deep) }
    """
    await answer(executor, query, deep=False)

    assert [call[5] for call in calls if call[0] == "books"] == [{"title"}]


async def test_selected_looks_further_down_a_dotted_path() -> None:
    seen: list[Selected] = []

    def first_page(_: Any, *, selected: Selected) -> Any:
        seen.append(selected)

    @strawberry.type
    class Query:
        page: Page | None = root(first_page)

    await Schema(Query).execute("{ page { edges { node { name books { title } } } } }")

    (selected,) = seen
    assert selected == {"edges"}
    assert selected.below("edges.node") == {"name", "books"}
    assert selected.below("edges.node.books") == {"title"}
    assert selected.below("nodes.books") == set()


@both
async def test_records_are_of_the_type_that_describes_them(executor: type[strawberry.Schema]) -> None:
    query = "{ named { __typename name } either { __typename ... on Writer { id } ... on House { name } } }"
    result = await answer(executor, query)

    assert result.data == {
        "named": [{"__typename": "Writer", "name": "Lu Xun"}, {"__typename": "House", "name": "Sanlian"}],
        "either": [{"__typename": "House", "name": "Sanlian"}, {"__typename": "Writer", "id": "author-1"}],
    }


class Ghostwriter(Author):
    """An author by another class."""


@pytest.mark.parametrize("strictly", [False, True], ids=["nullable", "non-null"])
@pytest.mark.parametrize(
    "record", [AUTHORS[0], Ghostwriter(4, "Nobody"), Publisher(7, "Sanlian"), None, ValueError("burnt"), Undefined]
)
async def test_an_object_within_another_is_of_the_type_that_describes_it(record: Any, strictly: bool) -> None:
    @strawberry.type
    class Shelf:
        owner: Writer if strictly else Writer | None  # type: ignore[valid-type]

    @strawberry.type
    class Query:
        shelf: Shelf | None = root(lambda _: SimpleNamespace(owner=record))

    query, ours = "{ shelf { owner { id name } } }", Schema(Query)
    expected = await strawberry.Schema(Query).execute(query)

    for found in [await ours.execute(query), await ours.execute(query)]:  # the second one knows the class
        assert found.data == expected.data
        assert [(e.message, e.path, e.locations) for e in found.errors or []] == [
            (e.message, e.path, e.locations) for e in expected.errors or []
        ]


def test_name_description_and_deprecation_show_in_the_schema() -> None:
    text = schema.as_str()

    assert "opera(" in text
    assert '"""How many."""' in text
    assert '@deprecated(reason: "Out of print.")' in text
    assert "where: BookWhere = null" in text
    assert "selected" not in text


async def test_an_answer_that_is_not_one_value_per_parent_is_a_fault() -> None:
    def two(_: Any, parents: Sequence[Any]) -> list[int]:
        return [1, 2]

    @strawberry.type
    class Query:
        number: int | None = batched(two)

    result = await Schema(Query).execute("{ number }")

    assert [error.message for error in result.errors or []] == ["two returned 2 values for 1 parents"]


def test_a_field_that_was_given_the_same_name_before_is_not_taken_for_its_function() -> None:
    def number_of(_: Any) -> int: ...

    with pytest.raises(TypeError, match="give the function another name"):
        root(root(number_of))


def test_a_derived_field_cannot_wait() -> None:
    async def later(record: object) -> None: ...

    with pytest.raises(TypeError, match="is async: a derived field cannot wait"):
        derived(later)


def test_a_schema_that_requires_scopes_names_every_field_that_has_none() -> None:
    @strawberry.type
    class Inner:
        bare: int
        stated: int = strawberry.field(metadata={"scope": "reader"})

    @scoped("reader")
    @strawberry.type
    class Query:
        inner: Inner = root(lambda _: None)
        other: int = root(lambda _: 1, scope="writer")
        naked: Inner = root(lambda _: None, scope=None)

    with pytest.raises(ValueError, match=r"^These fields have no scope, nor has their type: Inner\.bare$"):
        Schema(Query, require_scope=True)


def test_a_type_of_a_generic_has_the_scope_of_the_generic() -> None:
    Schema(_Connected, require_scope=True)


async def test_functions_of_one_level_run_at_the_same_time() -> None:
    met = asyncio.Barrier(2)

    async def meet(_: Any, parents: Sequence[Any]) -> list[int]:
        await met.wait()
        return [1 for _ in parents]

    @strawberry.type
    class Query:
        left: int = batched(meet)
        right: int = batched(meet)

    async with asyncio.timeout(5):
        result = await Schema(Query).execute("{ left right }")

    assert result.data == {"left": 1, "right": 1}
