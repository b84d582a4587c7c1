"""The engine answers as graphql-core does, for documents, data and failures drawn at random.

Where all functions answer at once, graphql-core is deterministic, and data and errors must be equal, in order.
Where they answer later, it reports the errors of concurrent fields in the order of the event loop, and of
several fields that take the same object away whichever failed first: there the data must be equal, each
object that was taken away must have an error, and all other errors must be the same, in whatever order.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes
from strawberry.types.execution import ExecutionResult

from tests.engine.documents import Drawn, Pen
from tests.engine.world import World, schema

# graphql-core forgets coroutines of fields whose object was taken away before they started.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOCUMENTS = int(os.environ.get("ENGINE_DOCUMENTS", "2000"))

many = settings(
    max_examples=DOCUMENTS // 2,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
ROOT = SimpleNamespace(fixed="fixed")

faults = st.sampled_from([0, 2, 10, 40])


foreign = from_schema(schema.as_str(), custom_scalars={"Even": st.sampled_from([0, 2]).map(nodes.Int)}, allow_x00=False)


@st.composite
def documents(draw: st.DrawFn) -> Drawn:
    """A document over the schema of the world."""
    return Pen(schema._schema, Random(draw(st.integers(0, 2**48)))).document()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    logging.disable()
    with asyncio.Runner() as runner:
        yield runner
    logging.disable(logging.NOTSET)


async def answers(drawn: Drawn, world: World, executor: type[strawberry.Schema]) -> list[ExecutionResult]:
    """All results that an executor gives: one, or one per event."""
    if not drawn.text.startswith("subscription"):
        return [await executor.execute(schema, drawn.text, dict(drawn.variables), world, ROOT)]
    stream = await executor.stream(schema, drawn.text, dict(drawn.variables), world, ROOT)
    return [result async for result in stream]  # type: ignore[misc]


def told(error: GraphQLError) -> tuple[Any, ...]:
    """What a client sees of an error, but for the code that the engine adds to a refusal."""
    extensions = {key: value for key, value in (error.extensions or {}).items() if key != "code"}
    return error.message, error.path, error.locations, extensions


def is_seen(data: Any, error: GraphQLError) -> bool:
    """Whether the object in which a field failed is still in the answer."""
    for step in (error.path or [])[:-1]:
        if data is None:
            return False
        data = data[step]
    return data is not None


@many
@given(documents(), st.integers(0, 2**16), faults)
def test_functions_that_answer_at_once(runner: asyncio.Runner, drawn: Drawn, seed: int, percent: int) -> None:
    ours = runner.run(answers(drawn, World(seed, percent), type(schema)))
    theirs = runner.run(answers(drawn, World(seed, percent), strawberry.Schema))

    assert [json.dumps(each.data) for each in ours] == [json.dumps(each.data) for each in theirs]
    assert [list(map(told, each.errors or [])) for each in ours] == [
        list(map(told, each.errors or [])) for each in theirs
    ]


@many
@given(documents(), st.integers(0, 2**16), faults)
def test_functions_that_answer_later(runner: asyncio.Runner, drawn: Drawn, seed: int, percent: int) -> None:
    ours = runner.run(answers(drawn, World(seed, percent, later=True), type(schema)))
    theirs = runner.run(answers(drawn, World(seed, percent, later=True), strawberry.Schema))

    assert [json.dumps(each.data) for each in ours] == [json.dumps(each.data) for each in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert sorted(seen(our), key=repr) == sorted(seen(their), key=repr)
        assert bool(our.errors) == bool(their.errors)


@settings(many, max_examples=DOCUMENTS // 20, phases=[Phase.generate])  # its documents shrink too slowly
@given(foreign, st.integers(0, 2**16), faults)
def test_documents_that_another_generator_draws(runner: asyncio.Runner, text: str, seed: int, percent: int) -> None:
    drawn = Drawn(text, {})

    ours = runner.run(answers(drawn, World(seed, percent), type(schema)))
    theirs = runner.run(answers(drawn, World(seed, percent), strawberry.Schema))

    assert [json.dumps(each.data) for each in ours] == [json.dumps(each.data) for each in theirs]
    assert [list(map(told, each.errors or [])) for each in ours] == [
        list(map(told, each.errors or [])) for each in theirs
    ]


def seen(result: ExecutionResult) -> list[tuple[Any, ...]]:
    """The errors of fields of objects that are still in the answer."""
    return [told(error) for error in result.errors or [] if is_seen(result.data, error)]
