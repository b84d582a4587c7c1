"""Events: through subscribe as with Strawberry, or prepared once and rendered for many."""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import strawberry
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from engine import Schema, root, stream
from tests.engine.library import Desk, library

RETURNED = "subscription ($n: Int!) { returned(count: $n) { id title } }"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.getLogger("strawberry.execution").disabled = True
    yield
    logging.getLogger("strawberry.execution").disabled = False


async def results(query: str, desk: Desk, variables: dict[str, Any] | None = None) -> list[ExecutionResult]:
    stream = await library().subscribe(query, variables, desk)
    return [result async for result in stream]


async def test_subscribe_gives_a_result_for_each_event() -> None:
    told = await results(RETURNED, Desk(), {"n": 2})

    assert [result.data for result in told] == [
        {"returned": {"id": "0", "title": "Book 0"}},
        {"returned": {"id": "1", "title": "Book 1"}},
    ]


async def test_a_subscriber_that_leaves_closes_the_source() -> None:
    desk = Desk()
    stream = await library().subscribe(RETURNED, {"n": 9}, desk)
    await anext(stream)

    await stream.aclose()

    assert desk.left == ["returned"]
    assert desk.asked == ["returned 0"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param("subscription { refused { id } }", "not now", id="by the function"),
        pytest.param("subscription { nope }", "Cannot query field 'nope' on type 'Subscription'.", id="by validation"),
        pytest.param("{ book { id } }", "query operations are not allowed", id="because it is a query"),
    ],
)
async def test_a_subscription_that_is_refused_gives_one_error_of_before_execution(query: str, message: str) -> None:
    (result,) = await results(query, Desk())

    assert isinstance(result, PreExecutionError)
    assert [error.message for error in result.errors or []] == [message]


async def test_a_source_that_breaks_ends_with_an_error() -> None:
    told = await results("subscription { broken { id } }", Desk())

    assert told[0].data == {"broken": {"id": "1"}}
    assert [error.message for error in told[1].errors or []] == ["the line is dead"]
    assert len(told) == 2


async def test_authorise_and_limits_hold_for_subscriptions() -> None:
    desk = Desk(forbidden="librarian")

    (result,) = await results("subscription { returned { secret } }", desk)

    assert [error.message for error in result.errors or []] == ["Not for you."]
    assert desk.asked == []


def test_a_prepared_subscription_tells_its_field_arguments_and_metadata() -> None:
    prepared = library().prepare(RETURNED, {"n": 3}, context_value=Desk())
    (field,) = prepared.root_fields

    assert prepared.operation is OperationType.SUBSCRIPTION
    assert (field.name, field.arguments, field.metadata["room"]) == ("returned", {"count": 3}, True)


async def test_an_event_is_rendered_with_or_without_waiting() -> None:
    prepared = library().prepare(RETURNED, {"n": 3}, context_value=Desk())

    assert prepared.immediate
    assert prepared.render_now(7, Desk()).data == {"returned": {"id": "7", "title": "Book 7"}}
    assert (await prepared.render(7, Desk())).data == {"returned": {"id": "7", "title": "Book 7"}}


async def test_an_event_with_fields_that_take_a_call_is_rendered_by_waiting_only() -> None:
    prepared = library().prepare("subscription { returned { related { title } } }", context_value=Desk())

    assert not prepared.immediate
    assert (await prepared.render(7, Desk())).data == {"returned": {"related": [{"title": "Book 8"}]}}
    with pytest.raises(AssertionError):
        prepared.render_now(7, Desk())


async def test_an_event_of_a_wrong_kind_is_an_error_of_that_event() -> None:
    prepared = library().prepare(RETURNED, {"n": 3}, context_value=Desk())

    result = prepared.render_now(None, Desk())

    assert result.data is None
    assert [(error.message, error.path) for error in result.errors or []] == [
        ("Cannot return null for non-nullable field Subscription.returned.", ["returned"])
    ]


async def test_events_gives_the_records_themselves() -> None:
    prepared = library().prepare(RETURNED, {"n": 3}, context_value=Desk())

    assert [record async for record in await prepared.events(Desk())] == [0, 1, 2]


async def test_an_event_that_graphql_core_has_to_render_is_rendered_by_it() -> None:
    prepared = library().prepare("subscription { returned { fancy } }", context_value=Desk())

    assert not prepared.immediate
    assert (await prepared.render(7, Desk())).data == {"returned": {"fancy": "returned.fancy"}}


async def test_an_ordinary_subscription_works_as_it_does_with_strawberry() -> None:
    @strawberry.type
    class Query:
        one: int = root(lambda _: 1)

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def count(self, info: strawberry.Info, to: int = 2) -> AsyncIterator[int]:
            for number in range(to):
                yield number + info.context

    stream = await Schema(Query, None, Subscription).subscribe("subscription { count }", context_value=10)

    assert [result.data async for result in stream] == [{"count": 10}, {"count": 11}]


async def test_what_is_no_stream_is_an_error() -> None:
    @strawberry.type
    class Query:
        one: int = root(lambda _: 1)

    @strawberry.type
    class Subscription:
        count: int = stream(lambda _: 5)

    (result,) = [result async for result in await Schema(Query, None, Subscription).subscribe("subscription { count }")]

    assert [error.message for error in result.errors or []] == [
        "Subscription field must return AsyncIterable. Received: 5."
    ]
