"""`where` inputs: typed operators on the fields of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry
from strawberry import UNSET

from domain.filters import All, AnyOf, Condition, Is, Not
from domain.refusals import BadInput
from schema.ids import Kind, key_if
from schema.scalars import Long

E = TypeVar("E")

MOST_VALUES = 100


@strawberry.input(description="Compares an id. Several operators must all hold.")
class IdFilter:
    eq: strawberry.ID | None = strawberry.field(default=UNSET, description="Is this one.")
    one_of: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Is one of at most 100; an empty list matches nothing."
    )
    is_null: bool | None = strawberry.field(default=UNSET, description="There is none (true) or one (false).")


@strawberry.input(description="Compares one of a fixed set of values. Several operators must all hold.")
class EnumFilter(Generic[E]):
    eq: E | None = strawberry.field(default=UNSET, description="Is this one.")
    one_of: list[E] | None = strawberry.field(
        default=UNSET, description="Is one of these; an empty list matches nothing."
    )


@strawberry.input(description="Compares a text as a whole.")
class StringFilter:
    eq: str | None = strawberry.field(default=UNSET, description="Is this one.")
    one_of: list[str] | None = strawberry.field(
        default=UNSET, description="Is one of at most 100; an empty list matches nothing."
    )


@strawberry.input(description="From a bound on, and below a bound.")
class LongRange:
    gte: Long | None = strawberry.field(default=UNSET, description="At least this.")
    lt: Long | None = strawberry.field(default=UNSET, description="Less than this.")


@strawberry.input(description="Compares a whole number.")
class LongFilter:
    eq: Long | None = strawberry.field(default=UNSET, description="Is this one.")
    range: LongRange | None = strawberry.field(default=UNSET, description="Lies in this range.")


@strawberry.input(description="From a time on, and before a time.")
class DateTimeRange:
    gte: datetime | None = strawberry.field(default=UNSET, description="At this time or later.")
    lt: datetime | None = strawberry.field(default=UNSET, description="Before this time.")


@strawberry.input(description="Compares a point in time.")
class DateTimeFilter:
    range: DateTimeRange | None = strawberry.field(default=UNSET, description="Lies in this range.")


def condition_of(where: Any, ids: Mapping[str, Kind], names: Mapping[str, str]) -> Condition:
    """The condition that a `where` input describes.

    `names` maps the input's attributes to the fields of the list; `ids` says of which kind the ids of a field are.

    Raises:
        BadInput: an operator has an explicit null, or a list is longer than 100.
    """
    if where is None or where is UNSET:
        return All(())
    parts: list[Condition] = []
    for attribute, name in names.items():
        given = getattr(where, attribute)
        if given not in (None, UNSET):
            parts += _comparisons(name, given, ids.get(name))
    parts += _combinations(where, lambda inner: condition_of(inner, ids, names))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _combinations(where: Any, read: Callable[[Any], Condition]) -> list[Condition]:
    parts: list[Condition] = []
    if where.AND not in (None, UNSET):
        parts.append(All(tuple(read(part) for part in _bounded(where.AND))))
    if where.OR not in (None, UNSET):
        parts.append(AnyOf(tuple(read(part) for part in _bounded(where.OR))))
    if where.NOT not in (None, UNSET):
        parts.append(Not(read(where.NOT)))
    return parts


def _comparisons(name: str, given: Any, kind: Kind | None) -> list[Condition]:
    found: list[Condition] = []
    for one in fields(given):
        value = getattr(given, one.name)
        if value is UNSET:
            continue
        if value is None:
            raise BadInput(
                "no null here; leave the operator out", "此处不能为 null,请省略该条件", path=("where", name, one.name)
            )
        if one.name == "range":
            found += _comparisons(name, value, kind)
        else:
            found.append(_comparison(name, one.name, value, kind))
    return found


def _comparison(name: str, operator: str, value: Any, kind: Kind | None) -> Condition:
    match operator:
        case "one_of":
            return Is(name, "oneOf", [v for v in (_plain(v, kind) for v in _bounded(value)) if v is not None])
        case "is_null":
            return Is(name, "isNull", value)
        case "eq":
            plain = _plain(value, kind)
            return AnyOf(()) if plain is None else Is(name, "eq", plain)
        case "gte":
            return Is(name, "gte", value)
        case _:
            return Is(name, "lt", value)


def _plain(value: Any, kind: Kind | None) -> Any:
    """The value as the database has it; None for an id of another kind, which matches nothing."""
    return key_if(kind, value) if kind is not None else getattr(value, "value", value)


def _bounded(values: list[Any]) -> list[Any]:
    if len(values) > MOST_VALUES:
        raise BadInput(f"at most {MOST_VALUES} values", f"最多 {MOST_VALUES} 个值", path=("where",))
    return values
