"""Variables: how what a client gives is checked and coerced, worked out once for each operation.

graphql-core looks at the types anew for each value of each request. Here each type is a function. What does not fit is
left to graphql-core, which says what is wrong with it: of values that fit both make the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLString,
    VariableDefinitionNode,
    assert_leaf_type,
    get_variable_values,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce: TypeAlias = Callable[[Any], Any]


class _Unfit(Exception):
    """A value does not fit, or may not: graphql-core looks at it."""


class Variables:
    """The variables of one operation."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode], coercions: Coercions
    ) -> None:
        self._schema, self._definitions = schema, definitions
        signatures = [get_variable_signature(schema, one) for one in definitions]
        self._fits = [(one, coercions.of(one.type)) for one in signatures if not isinstance(one, GraphQLError)]
        self._are_known = len(self._fits) == len(signatures)

    def bind(
        self, inputs: Mapping[str, Any], most_errors: int, *, suggestions: bool
    ) -> VariableValues | list[GraphQLError]:
        """Coerce what is given; else what is wrong with it, so many errors at most."""
        try:
            return self._coerced(inputs)
        except _Unfit:
            return get_variable_values(
                self._schema, self._definitions, dict(inputs), most_errors, hide_suggestions=not suggestions
            )

    def _coerced(self, inputs: Mapping[str, Any]) -> VariableValues:
        if not self._are_known:
            raise _Unfit
        values = VariableValues({}, {})
        for signature, coerce in self._fits:
            name = signature.name
            if name in inputs:
                values.sources[name] = VariableValueSource(signature, inputs[name])
                values.coerced[name] = coerce(inputs[name])
            elif signature.default is not None or is_non_null_type(signature.type):
                raise _Unfit
            else:
                values.sources[name] = VariableValueSource(signature)
        return values


class Coercions:
    """The functions of the input types of one schema, made when they are first needed."""

    def __init__(self) -> None:
        self._objects: dict[tuple[GraphQLInputObjectType, ...], Coerce] = {}

    def of(self, type_: GraphQLInputType, around: tuple[GraphQLInputObjectType, ...] = ()) -> Coerce:
        """The function of a type. `around` are the objects that it is a part of."""
        if is_non_null_type(type_):
            return _text if type_.of_type in _TEXTS else _required(self._of_value(type_.of_type, around))
        inner = self._of_value(type_, around)
        return lambda value: None if value is None else inner(value)

    def _of_value(self, type_: Any, around: tuple[GraphQLInputObjectType, ...]) -> Coerce:
        if is_list_type(type_):
            return _list_of(self.of(type_.of_type, around))
        if not is_input_object_type(type_):
            return _leaf(assert_leaf_type(type_).coerce_input_value)
        if type_ in around or type_.is_one_of:
            return _unfit  # how deep the first may nest graphql-core counts
        place = (*around, type_)
        if place not in self._objects:
            self._objects[place] = self._object(type_, place)
        return self._objects[place]

    def _object(self, type_: GraphQLInputObjectType, place: tuple[GraphQLInputObjectType, ...]) -> Coerce:
        parts = {name: (one.out_name or name, self.of(one.type, place)) for name, one in type_.fields.items()}
        required = [name for name, one in type_.fields.items() if is_required_input_field(one)]
        defaults = {parts[name][0]: coerce_default_value(one) for name, one in type_.fields.items()}
        absent = {name: value for name, value in defaults.items() if value is not Undefined}

        def coerce(value: Any) -> Any:
            if value.__class__ is not dict:
                raise _Unfit
            for name in required:
                if name not in value:
                    raise _Unfit
            made = absent.copy()
            for name, given in value.items():
                if name not in parts:
                    raise _Unfit
                out_name, part = parts[name]
                made[out_name] = part(given)
            try:
                return type_.out_type(made)
            except GraphQLError:
                raise _Unfit from None

        return coerce


_TEXTS = frozenset({GraphQLString, GraphQLID})


def _text(value: Any) -> Any:
    if value.__class__ is not str:
        raise _Unfit
    return value


def _required(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise _Unfit
        return inner(value)

    return coerce


def _list_of(item: Coerce) -> Coerce:
    def coerce(value: Any) -> list[Any]:
        if value.__class__ is not list:
            raise _Unfit
        return [item(one) for one in value]

    return coerce


def _leaf(given: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        try:
            made = given(value)
        except Exception:  # noqa: BLE001  a scalar may raise anything
            raise _Unfit from None
        if made is Undefined:
            raise _Unfit
        return made

    return coerce


def _unfit(_: Any) -> Any:
    raise _Unfit
