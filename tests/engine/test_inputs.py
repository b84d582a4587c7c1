"""Inputs become the values that Strawberry would make of them, for every argument of the whole schema."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_arguments

from engine.inputs import Inputs, converted
from tests.pond import the_schema

DEEPEST = 4


def a_value(type_: GraphQLInputType, way: int, depth: int = 0) -> Any:
    """A value as graphql-core hands it over: all fields given, or null wherever that may be, or as little as possible."""
    if is_non_null_type(type_):
        assert isinstance(type_, GraphQLNonNull)
        return a_value(type_.of_type, 0 if way == 1 else way, depth)
    if way == 1:
        return None
    if is_list_type(type_):
        assert isinstance(type_, GraphQLList)
        return [a_value(type_.of_type, way, depth + 1)] * 2 if depth < DEEPEST else []
    if is_input_object_type(type_):
        assert isinstance(type_, GraphQLInputObjectType)
        some = {name: one for name, one in type_.fields.items() if way != 2 or is_non_null_type(one.type)}
        return {name: a_value(one.type, way, depth + 1) for name, one in some.items()} if depth < DEEPEST else None
    if is_enum_type(type_):
        return next(iter(type_.values.values())).value
    return "a leaf"


def test_every_argument_becomes_what_strawberry_makes_of_it() -> None:
    schema = the_schema()
    inner = schema._schema
    inputs = Inputs(schema.schema_converter.scalar_registry, schema.config)
    compared = 0
    for root in (inner.query_type, inner.mutation_type, inner.subscription_type):
        for definition in root.fields.values():
            field = definition.extensions["strawberry-definition"]
            parts = inputs.parts_of(field.arguments)
            for way in range(3):
                given = {name: a_value(argument.type, way) for name, argument in definition.args.items()}
                expected = convert_arguments(
                    given, field.arguments, schema.schema_converter.scalar_registry, schema.config
                )
                assert converted(parts, given, {}) == expected, definition
                compared += 1
    assert compared > 300


@strawberry.input
class Branch:
    """An input that holds itself."""

    name: str
    below: list[Branch] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def name(self, tree: Branch) -> str:
        return tree.name


def test_an_input_may_hold_itself() -> None:
    definition = strawberry.Schema(Query)._schema.query_type
    assert definition is not None
    field = definition.fields["name"].extensions["strawberry-definition"]
    parts = Inputs({}, StrawberryConfig()).parts_of(field.arguments)

    tree = converted(parts, {"tree": {"name": "a", "below": [{"name": "b"}, {"name": "c", "below": None}]}}, {})

    assert tree == {"tree": Branch(name="a", below=[Branch(name="b"), Branch(name="c")])}
