"""Variables become what graphql-core makes of them, for every argument of the whole schema, and are refused as it does."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    build_schema,
    get_variable_values,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    parse,
)

import engine.variables
from engine.variables import Coercions, Variables
from tests.pond import the_schema

DEEPEST = 4
LEAVES = (1, "a", "", "12.5", True, 1.5, 2**40, "2026-11-22T04:00:00Z", {"a": 1}, [1], None)
FITTING = {
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "DateTime": "2026-11-22T04:00:00Z",
    "Date": "2026-11-22",
    "Decimal": "12.5",
}


def a_value(type_: Any, chance: Random, strange: float, depth: int = 0) -> Any:
    """A value as a client gives it; `strange` is how likely each part of it does not fit."""
    if chance.random() < strange:
        return chance.choice(LEAVES)
    if is_non_null_type(type_):
        return a_value(type_.of_type, chance, strange, depth)
    if is_list_type(type_):
        return [a_value(type_.of_type, chance, strange, depth + 1) for _ in range(chance.randrange(3))]
    if is_input_object_type(type_):
        some = {n: one for n, one in type_.fields.items() if is_non_null_type(one.type) or depth < chance.randrange(4)}
        given = {name: a_value(one.type, chance, strange, depth + 1) for name, one in some.items()}
        return given | ({"noSuch": 1} if chance.random() < strange else {})
    return next(iter(type_.values)) if is_enum_type(type_) else FITTING.get(type_.name, "a")


def definitions_of(said: str) -> tuple[VariableDefinitionNode, ...]:
    operation = parse(f"query ({said}) {{ x }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation.variable_definitions or ()


def outcome(bound: Any) -> Any:
    """What can be compared: types with marks are made anew each time."""
    if isinstance(bound, list):
        return [error.formatted for error in bound]
    return bound.coerced, {name: (str(one.signature.type), one.value) for name, one in bound.sources.items()}


def same(schema: GraphQLSchema, said: str, inputs: Mapping[str, Any]) -> bool:
    """Whether ours is what graphql-core makes of it; true if it fits."""
    definitions = definitions_of(said)
    expected = get_variable_values(schema, definitions, dict(inputs), 10)
    assert outcome(Variables(schema, definitions, Coercions()).bind(inputs, 10, suggestions=True)) == outcome(expected)
    return not isinstance(expected, list)


@pytest.mark.parametrize("strange", [0.0, 0.03])
def test_every_argument_becomes_what_graphql_core_makes_of_it(strange: float) -> None:
    schema, chance = the_schema()._schema, Random(7)
    types: set[GraphQLInputType] = {
        argument.type
        for root in (schema.query_type, schema.mutation_type, schema.subscription_type)
        if root is not None
        for field in root.fields.values()
        for argument in field.args.values()
    }
    outcomes = [
        same(schema, f"$v: {one}", {"v": a_value(one, chance, strange)})
        for one in sorted(types, key=str)
        for _ in range(5)
    ]
    assert sum(outcomes) > 300
    assert all(outcomes) or outcomes.count(False) > 10


SMALL = build_schema("""
type Query { x: Int }
input Tree { name: String! = "a", below: [Tree!], first: Tree }
input Either @oneOf { a: Int, b: String }
""")


@pytest.mark.parametrize(
    ("said", "inputs"),
    [
        ("$n: Int", {}),
        ("$n: Int", {"n": None, "other": 1}),
        ("$n: Int!", {}),
        ("$n: Int = 3", {}),
        ("$n: Int = 3", {"n": 4}),
        ("$n: [Int!]", {"n": 1}),
        ("$n: [Int!]", {"n": (1, 2)}),
        ("$n: [[Int]]", {"n": [[1, None], None, [2]]}),
        ("$n: [Int!]", {"n": [1, None]}),
        ("$n: Tree", {"n": {}}),
        ("$n: Tree", {"n": {"name": None}}),
        ("$n: Tree", {"n": {"below": [{"name": "b", "first": {"below": []}}]}}),
        ("$n: Either!", {"n": {"a": 1}}),
        ("$n: Either!", {"n": {"a": 1, "b": "b"}}),
        ("$n: Missing", {"n": 1}),
        ("$n: Query", {"n": 1}),
    ],
)
def test_what_is_absent_null_one_of_several_or_within_itself_is_as_in_graphql_core(
    said: str, inputs: dict[str, Any]
) -> None:
    same(SMALL, said, inputs)


def test_what_nests_too_deeply_is_refused() -> None:
    tree: dict[str, Any] = {}
    for _ in range(5_000):
        tree = {"first": tree}

    assert not same(SMALL, "$n: Tree", {"n": tree})


def test_what_fits_does_not_trouble_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    def troubled(*_: Any, **__: Any) -> list[GraphQLError]:
        raise AssertionError

    monkeypatch.setattr(engine.variables, "get_variable_values", troubled)
    schema = the_schema()._schema
    wanted = {"lines": [{"variantId": "var_1", "quantity": 1}], "idempotencyKey": "k"}
    bound = Variables(schema, definitions_of("$input: OrderPlaceInput!"), Coercions()).bind(
        {"input": wanted}, 10, suggestions=True
    )

    assert not isinstance(bound, list)
    assert bound.coerced["input"]["idempotencyKey"] == "k"
