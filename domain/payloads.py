"""Payloads: records as JSON values and back. Ids are 32 hex digits, times ISO 8601, money minor units.

A part that a newer version added is its default, or None, where an older one left it out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Read: TypeAlias = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """A value of a record as JSON values."""
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case None | int() | str():
            return value
        case tuple() | list() | frozenset():
            values = [plain(one) for one in value]
            return sorted(values) if isinstance(value, frozenset) else values
        case _:
            return {one.name: plain(getattr(value, one.name)) for one in fields(value)}


@cache
def reader_of(kind: Any) -> Read:
    """How to read a value of this type from what `plain` made of one.

    What it returns raises KeyError, TypeError, ValueError or AttributeError for what it cannot read.
    """
    if get_origin(kind) in (Union, UnionType):
        (some,) = (one for one in get_args(kind) if one is not NoneType)
        read = reader_of(some)
        return lambda value: None if value is None else read(value)
    if get_origin(kind) in (tuple, frozenset):
        gather, read = get_origin(kind), reader_of(get_args(kind)[0])
        return lambda values: gather(map(read, values))
    if is_dataclass(kind):
        return record_reader(kind)
    return _READERS.get(kind) or kind


def record_reader(kind: Any, besides: Sequence[str] = ()) -> Callable[..., Any]:
    """How to read a dataclass; fields named in `besides` are given as keywords."""
    hints = get_type_hints(kind)
    parts = [(one.name, reader_of(hints[one.name]), _left_out(one, hints)) for one in fields(kind)]
    own = [part for part in parts if part[0] not in besides]

    def read(value: Any, **given: Any) -> Any:
        for name, part, left_out in own:
            if name in value:
                given[name] = part(value[name])
            elif left_out is MISSING:
                raise KeyError(name)
            else:
                given[name] = left_out
        return kind(**given)

    return read


def _left_out(one: Any, hints: dict[str, Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return None if NoneType in get_args(hints[one.name]) else MISSING


def _as(kind: type[Any]) -> Read:
    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value

    return read


_READERS: dict[Any, Read] = {
    UUID: lambda value: UUID(hex=value),
    datetime: datetime.fromisoformat,
    int: _as(int),
    str: _as(str),
    bool: _as(bool),
}
