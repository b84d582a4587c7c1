"""Where a value may be null and where it is a list, and how a single value is finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
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


_PLAIN: dict[GraphQLLeafType, str] = {
    GraphQLString: "v.__class__ is str",
    GraphQLID: "v.__class__ is str",
    GraphQLInt: "v.__class__ is int and -2147483648 <= v <= 2147483647",
    GraphQLFloat: "v.__class__ is float and -1.7976931348623157e308 <= v <= 1.7976931348623157e308",
    GraphQLBoolean: "v.__class__ is bool",
}


def plain_test(type_: GraphQLLeafType) -> str | None:
    """Code that is true of values `v` which the scalar passes through as they are."""
    return _PLAIN.get(type_)


def names_of_enum(type_: GraphQLLeafType) -> tuple[type, dict[str, str]] | None:
    """The class of a Strawberry enum and the GraphQL name of each of its members."""
    members = getattr(type_, "wrapped_cls", None)
    if not isinstance(type_, GraphQLEnumType) or members is None:
        return None
    return members, {member._name_: type_.coerce_output_value(member) for member in members}
