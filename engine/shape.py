"""Where a value may be null and where it is a list, and how a single value is finished."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLString,
)
from graphql.pyutils import Undefined, inspect
from graphql.type.scalars import GraphQLBoolean

Finish = Callable[[Any], Any]

CLASSES = 100  # somebody may make classes at run time


@dataclass(frozen=True, slots=True)
class Shape:
    """The wrappers of a type from outside in: `[T!]` is a nullable list of non-null items."""

    non_null: bool
    item: Shape | None


def shape_of(type_: GraphQLOutputType) -> Shape:
    """The wrappers of an output type."""
    non_null = isinstance(type_, GraphQLNonNull)
    inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return Shape(non_null, shape_of(inner.of_type) if isinstance(inner, GraphQLList) else None)


def serializer(type_: GraphQLLeafType) -> Finish:
    """Turns one value, not null, into what the answer holds, or raises what graphql-core would report."""
    coerce = type_.coerce_output_value

    def serialize(value: Any) -> Any:
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(coerced)}"
            )
        return coerced

    return serialize


def strict(shape: Shape, serialize: Finish, null_error: Callable[[], Exception]) -> Finish:
    """Finishes a leaf value of this shape all at once: any fault in it is raised, to be looked at closely."""
    item = None if shape.item is None else strict(shape.item, serialize, null_error)

    def finish(value: Any) -> Any:
        if value is None or value is Undefined:
            if shape.non_null:
                raise null_error()
            return None
        if isinstance(value, Exception):
            raise value
        return serialize(value)

    def finish_list(value: Any) -> Any:
        if value.__class__ is list or value.__class__ is tuple:
            return [item(element) for element in value]  # type: ignore[misc]
        if value is None and not shape.non_null:
            return None
        raise TypeError("not a plain list")

    return finish if item is None else finish_list


def learning(finish: Finish, classes: set[type]) -> Finish:
    """Notes the classes of the values that were finished without a fault."""

    def noted(value: Any) -> Any:
        finished = finish(value)
        if finished is not None and len(classes) < CLASSES:
            classes.add(value.__class__)
        return finished

    return noted


_THEMSELVES: dict[object, str] = {str: "v.__class__ is str", int: "v.__class__ is int"}
"""Custom scalars whose serialisation is a class of Python: one of its own is passed through."""
_PLAIN: dict[GraphQLLeafType, str] = {
    GraphQLString: "v.__class__ is str",
    GraphQLID: "v.__class__ is str",
    GraphQLInt: "v.__class__ is int and -2147483648 <= v <= 2147483647",
    GraphQLFloat: "v.__class__ is float and -1.7976931348623157e308 <= v <= 1.7976931348623157e308",
    GraphQLBoolean: "v.__class__ is bool",
}


def plain_test(type_: GraphQLLeafType) -> str | None:
    """Code that is true of values `v` which the scalar passes through as they are."""
    return _PLAIN.get(type_) or _THEMSELVES.get(type_.coerce_output_value)


@dataclass(frozen=True, slots=True)
class EnumNames:
    """How the values of a Strawberry enum are told: its members, and the strings that stand for them."""

    members: type
    of_member: dict[str, str]
    of_string: dict[str, str]


def names_of_enum(type_: GraphQLLeafType) -> EnumNames | None:
    """The names of a Strawberry enum, by what records may hold."""
    members = getattr(type_, "wrapped_cls", None)
    if not isinstance(type_, GraphQLEnumType) or members is None:
        return None
    coerce = type_.coerce_output_value
    of_string = {}
    for member in members:
        if member.value.__class__ is str:
            with suppress(GraphQLError):
                of_string[member.value] = coerce(member.value)
    return EnumNames(members, {member._name_: coerce(member) for member in members}, of_string)
