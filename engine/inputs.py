"""Inputs: how what a client gives becomes the Python values that a resolver takes, worked out once for each type.

Strawberry looks at the types anew for each value of each request; of a mutation with a large input that is more than
all the rest of its execution (`tests/engine/test_inputs.py` holds both to the same values).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from typing import Any, TypeAlias

from strawberry import UNSET
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

Convert: TypeAlias = Callable[[Any], Any]
Part: TypeAlias = tuple[str, Convert | None]
"""The name of a value in Python, and how it is converted; None: it stays as it is."""
Parts: TypeAlias = dict[str, Part]
"""By the name for clients."""


class Inputs:
    """The converters of one schema, made when they are first needed."""

    def __init__(self, scalars: Mapping[object, Any], config: StrawberryConfig) -> None:
        self._scalars, self._config = scalars, config
        self._objects: dict[Any, Convert] = {}

    def parts_of(self, arguments: Iterable[StrawberryArgument]) -> Parts:
        """How the arguments of a field are converted."""
        name_of = self._config.name_converter.from_argument
        return {name_of(one): (one.python_name, self._converter_of(one.type)) for one in arguments}

    def _converter_of(self, type_: Any) -> Convert | None:
        if isinstance(type_, StrawberryMaybe):
            return lambda value: convert_argument(value, type_, self._scalars, self._config)
        if isinstance(type_, StrawberryOptional):
            return self._converter_of(type_.of_type)
        if isinstance(type_, LazyType):
            return self._converter_of(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            return _list_of(self._converter_of(type_.of_type))
        if has_object_definition(type_):
            return self._objects.get(type_) or self._object(type_)
        return None

    def _object(self, type_: Any) -> Convert:
        definition = type_.__strawberry_definition__
        absent = {one.python_name: None for one in definition.fields if _has_no_default(one)}
        parts: Parts = {}

        def convert(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            return type_(**converted(parts, value, absent))

        # An input may hold itself: who asks for its converter meanwhile gets this one.
        self._objects[type_] = convert
        for one in definition.fields:
            part = self._converter_of(one.resolve_type(type_definition=definition))
            parts[self._config.name_converter.from_field(one)] = one.python_name, part
        return convert


def converted(parts: Parts, given: Mapping[str, Any], absent: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were given, by Python name, and those in place of what was not."""
    made = {**absent}
    for name, value in given.items():
        if name in parts:
            python_name, convert = parts[name]
            made[python_name] = value if convert is None else convert(value)
    return made


def _has_no_default(field: StrawberryField) -> bool:
    return field.default_value is MISSING and field.default_factory is MISSING


def _list_of(part: Convert | None) -> Convert:
    def convert(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        # A list is copied though its items stay: a default is one list for all requests.
        return list(value) if part is None else [part(one) for one in value]

    return convert
