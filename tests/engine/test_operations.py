"""From text to answer: who may ask, what is remembered, what is left to graphql-core, what a client sees of a fault."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, get_introspection_query
from strawberry.exceptions import MissingQueryError
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from engine import Limits, Rejected, Schema, batched, root
from tests.engine.library import Desk, library


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("strawberry.execution").disabled = True
    yield
    logging.getLogger("strawberry.execution").disabled = False


async def test_authorise_is_told_the_distinct_scopes_once_before_anything_runs() -> None:
    desk = Desk(forbidden="librarian")

    result = await library().execute("{ books { id title a: secret b: secret } }", context_value=desk)

    assert [error.message for error in result.errors or []] == ["Not for you."]
    assert desk.scopes == [frozenset({"reader", "librarian"})]
    assert desk.asked == []


async def test_scopes_are_those_of_the_fields_that_take_part() -> None:
    query = "query ($all: Boolean!) { book { ...A @include(if: $all) } } fragment A on Book { secret }"
    desk, schema = Desk(), library()

    await schema.execute(query, {"all": False}, desk)
    await schema.execute(query, {"all": True}, desk)

    assert desk.scopes == [frozenset({"reader"}), frozenset({"reader", "librarian"})]


async def test_a_fragment_on_an_interface_does_not_lose_the_scope_of_the_type() -> None:
    @strawberry.interface
    class Thing:
        name: str = strawberry.field(metadata={"scope": "anyone"})

    @strawberry.type
    class Secret(Thing):
        name: str = strawberry.field(metadata={"scope": "spy"})

    @strawberry.type
    class Query:
        secret: Secret | None = root(lambda _: None, scope="anyone")

    scopes: list[frozenset[Any]] = []
    schema = Schema(Query, authorise=lambda asked, _: scopes.append(asked))

    schema.prepare("{ secret { ... on Thing { name } } }")

    assert scopes == [{"anyone", "spy"}]


def test_what_prepare_gives_tells_the_operation_and_its_root_fields() -> None:
    query = "query Q($n: Int!) { few: books(first: $n) { id } book { id } __typename }"

    prepared = library().prepare(query, {"n": 3}, context_value=Desk())

    assert prepared.operation is OperationType.QUERY
    assert prepared.cost == 6
    few, book = prepared.root_fields
    assert (few.name, few.response_key, few.arguments) == ("books", "few", {"first": 3, "last": None})
    assert (book.name, book.response_key, book.arguments) == ("book", "book", {})
    assert book.metadata["cost"] == 3


def test_the_key_is_the_same_for_the_same_document_whatever_its_variables() -> None:
    query = "query Q($n: Int!, $b: Boolean!) { books(first: $n) { id title @skip(if: $b) } }"
    schema = library()
    first, more, skipped = (
        schema.prepare(query, {"n": n, "b": b}, context_value=Desk()).key
        for n, b in [(1, False), (2, False), (1, True)]
    )

    assert first == more
    assert hash(first) == hash(more)
    assert first != skipped
    assert first != library().prepare(query + " ", {"n": 1, "b": False}, context_value=Desk()).key


async def test_a_prepared_operation_runs_as_often_as_one_likes() -> None:
    prepared = library().prepare("{ books(first: 1) { title } }", context_value=Desk())

    results = await asyncio.gather(*(prepared.run(Desk()) for _ in range(3)))

    assert [result.data for result in results] == [{"books": [{"title": "Book 0"}]}] * 3


async def test_one_operation_of_several_is_chosen_by_name() -> None:
    query = "query A { a: book { id } } query B { b: book { id } }"
    schema = library()

    assert (await schema.execute(query, context_value=Desk())).data == {"a": {"id": "1"}}
    assert (await schema.execute(query, context_value=Desk(), operation_name="B")).data == {"b": {"id": "1"}}


@pytest.mark.parametrize(
    ("query", "options", "error"),
    [
        pytest.param("", {}, MissingQueryError, id="no query"),
        pytest.param("{ book { id } }", {"operation_name": "X"}, CannotGetOperationTypeError, id="no such operation"),
        pytest.param("mutation { pay }", {"allowed_operation_types": {OperationType.QUERY}}, InvalidOperationTypeError,
                     id="a mutation where only queries are allowed"),
    ],
)  # fmt: skip
async def test_execute_raises_what_strawberrys_views_expect(
    query: str, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await library().execute(query, context_value=Desk(), **options)
    with pytest.raises(Rejected) as rejected:
        library().prepare(query, context_value=Desk(), **options)
    assert (rejected.value.errors[0].extensions or {})["code"] == "OPERATION_RESOLUTION_FAILURE"


async def test_documents_and_plans_are_kept_within_bounds() -> None:
    schema = library(plan_cache_size=10)

    for n in range(50):
        await schema.execute(f"{{ book {{ a{n}: id }} }}", context_value=Desk())
        await schema.execute(f"{{ book {{ b{n} }} }}", context_value=Desk())

    assert len(schema._documents) == 10
    assert len(schema._plans) == 10


async def test_the_text_that_is_kept_is_bounded_too() -> None:
    schema = library(plan_cache_size=10)

    for n in range(10):
        await schema.execute(f"{{ book {{ a{n}: id }} }} #" + "x" * 300_000, context_value=Desk())

    assert len(schema._documents) == 3


async def test_introspection_goes_to_graphql_core_once_per_document() -> None:
    schema = library()

    first = await schema.execute(get_introspection_query(), context_value=Desk())
    again = await schema.execute(get_introspection_query(), context_value=Desk())

    assert first.errors is None
    assert first.data == again.data == schema.introspect()
    assert schema.fallbacks == {"introspection": 1}


@pytest.mark.parametrize("query", [
    "{ __schema { types { name } } }",
    '{ book { id } __type(name: "Book") { name } }',
    "{ ...A } fragment A on Query { ... { s: __schema { types { name } } } }",
])  # fmt: skip
async def test_introspection_can_be_switched_off_per_context(query: str) -> None:
    schema = library(introspection=lambda desk: desk.forbidden is None)

    allowed = await schema.execute(query, context_value=Desk())
    refused = await schema.execute(query, context_value=Desk(forbidden="all"))

    assert allowed.errors is None
    assert [(error.extensions or {})["code"] for error in refused.errors or []] == ["INTROSPECTION_DISABLED"]


async def test_typename_is_no_introspection() -> None:
    result = await library(introspection=False).execute("{ __typename book { __typename } }", context_value=Desk())

    assert result.data == {"__typename": "Query", "book": {"__typename": "Book"}}


async def test_what_the_planner_does_not_serve_is_left_to_graphql_core_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    schema = library()

    for _ in range(2):
        result = await schema.execute("query Where { books(first: 1) { fancy } }", context_value=Desk())

    assert result.data == {"books": [{"fancy": "books.0.fancy"}]}
    assert sum(schema.fallbacks.values()) == 2
    assert "Book.fancy" in next(iter(schema.fallbacks))
    assert [record.message for record in caplog.records if record.name == "engine.schema"] == [
        "graphql-core executes Where: Book.fancy has a resolver that asks for info or has extensions"
    ]


async def test_incremental_delivery_is_left_to_graphql_core() -> None:
    schema = library(config=StrawberryConfig(enable_experimental_incremental_execution=True))
    query = "{ books(first: 1) { id ... @defer { title } } }"

    first, *rest = [each async for each in await schema.stream(query, context_value=Desk())]
    plain = await schema.execute("{ book { fancy } }", context_value=Desk())

    assert first.data == {"books": [{"id": "0"}]}
    assert len(rest) == 1
    assert plain.data == {"book": {"fancy": "book.fancy"}}
    assert schema.fallbacks["@defer or @stream"] == 1


async def test_a_field_with_an_extension_is_never_served_without_it() -> None:
    class Never(BasePermission):
        message = "never"

        def has_permission(self, *_: Any, **__: Any) -> bool:
            return False

    @strawberry.type
    class Inner:
        kept: int | None = batched(lambda _, parents: [1 for _ in parents], permission_classes=[Never])
        plain: int | None = strawberry.field(permission_classes=[Never])

    @strawberry.type
    class Query:
        inner: Inner = root(lambda _: Desk())
        kept: int | None = root(lambda _: 1, permission_classes=[Never])

    schema = Schema(Query)
    inner = await schema.execute("{ inner { kept plain } }")
    top = await schema.execute("{ kept }")

    assert [error.message for error in inner.errors or []] == ["never", "never"]
    assert [error.message for error in top.errors or []] == ["never"]
    assert sum(schema.fallbacks.values()) == 1


async def test_limits_and_scopes_hold_for_what_graphql_core_executes() -> None:
    desk = Desk(forbidden="reader")

    result = await library().execute("{ books(first: 1) { fancy } }", context_value=desk)

    assert [error.message for error in result.errors or []] == ["Not for you."]
    assert desk.asked == []


@pytest.mark.parametrize("query", ["{ fail }", "{ fail books(first: 1) { fancy } }"], ids=["engine", "graphql-core"])
async def test_a_mask_is_told_each_error_of_a_resolver_and_says_what_the_client_sees(query: str) -> None:
    told: list[tuple[Exception | None, Any]] = []

    def mask(error: GraphQLError, context: Any) -> GraphQLError:
        told.append((error.original_error, context))
        return GraphQLError("Internal error", path=error.path, extensions={"code": "INTERNAL"})

    desk = Desk()
    result = await library(mask=mask).execute(query, context_value=desk)

    assert [(error.message, error.path) for error in result.errors or []] == [("Internal error", ["fail"])]
    (original, context) = told[0]
    assert isinstance(original, RuntimeError)
    assert context is desk


async def test_a_mask_is_not_told_of_refusals() -> None:
    def mask(error: GraphQLError, context: Any) -> GraphQLError:
        raise AssertionError(error)

    result = await library(mask=mask).execute("{ nope }", context_value=Desk())

    assert "Cannot query field 'nope'" in str(result.errors)


async def test_value_objects_may_stand_in_each_other_as_deep_as_the_limit_allows() -> None:
    desk = Desk(limits=Limits(depth=200))
    query = "{ box " + "{ inner " * 90 + "{ size }" + " }" * 90 + " }"

    result = await Schema(Boxes, limits=desk.limits).execute(query)

    inner: Any = result.data
    for _ in range(90):
        inner = inner["inner"] if "inner" in inner else inner["box"]
    assert result.errors is None
    assert inner == {"inner": {"size": 1}}


class Endless:
    """Holds itself."""

    size = 1

    @property
    def inner(self) -> "Endless":
        return self


@strawberry.type
class Box:
    size: int
    inner: "Box"


@strawberry.type
class Boxes:
    box: Box = root(lambda _: Endless())


async def test_mutations_run_one_after_the_other() -> None:
    desk = Desk()

    result = await library().execute(
        "mutation { a: lend(number: 1) { related { id } } b: lend(number: 2) { id } }", context_value=desk
    )

    assert result.data == {"a": {"related": [{"id": "2"}]}, "b": {"id": "2"}}
    assert desk.asked == ["lend 1", "lent 1", "related of 1", "lend 2", "lent 2"]


async def test_a_mutation_that_takes_the_answer_away_is_the_last() -> None:
    desk = Desk()

    result = await library().execute(
        "mutation { a: lend(number: 1) { id } b: lend(number: 9) { id } c: lend(number: 3) { id } }", context_value=desk
    )

    assert result.data is None
    assert [error.path for error in result.errors or []] == [["b"]]
    assert desk.asked == ["lend 1", "lent 1", "lend 9", "lent 9"]


async def test_a_mutation_that_fails_where_null_is_allowed_leaves_the_others_alone() -> None:
    desk = Desk()

    result = await library().execute(
        "mutation { b: tryLend(number: 9) { id } c: tryLend(number: 3) { id } }", context_value=desk
    )

    assert result.data == {"b": None, "c": {"id": "3"}}


async def test_a_cancelled_request_cancels_its_work() -> None:
    desk, before = Desk(), asyncio.all_tasks()
    request = asyncio.create_task(library().execute("{ book { held also } }", context_value=desk))
    await desk.entered.wait()

    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request

    assert desk.left == ["held", "held"]
    assert asyncio.all_tasks() <= before


async def test_work_that_was_not_started_yet_is_cancelled_without_a_trace() -> None:
    begun: list[int] = []

    async def begin(_: Any, parents: Any) -> list[int]:
        begun.append(1)
        raise asyncio.CancelledError

    @strawberry.type
    class Query:
        first: int = batched(begin)
        second: int = batched(begin)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(Schema(Query).execute("{ first second }"))

    assert begun == [1]


async def test_a_field_that_fails_leaves_the_others_of_its_level_running_and_no_task_behind() -> None:
    async def fails(_: Any, parents: Any) -> list[int]:
        raise ValueError("no")

    async def works(_: Any, parents: Any) -> list[int]:
        await asyncio.sleep(0.01)
        return [1]

    @strawberry.type
    class Query:
        broken: int | None = batched(fails)
        sound: int = batched(works)

    before = asyncio.all_tasks()
    result = await Schema(Query).execute("{ broken sound }")

    assert result.data == {"broken": None, "sound": 1}
    assert asyncio.all_tasks() <= before
