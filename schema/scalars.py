"""Scalars: integers beyond 32 bits, exact decimals and UTC times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode, value_from_ast_untyped
from strawberry.schema.config import StrawberryConfig

from domain.money import LARGEST_MINOR

Long = NewType("Long", int)
Decimal = NewType("Decimal", str)
Json = NewType("Json", object)

FIRST_YEAR, LAST_YEAR = 1970, 9990
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?", re.ASCII)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})", re.ASCII)


def parse_long(value: Any) -> int:
    """A whole number of at most 53 bits; a float is refused even when it is whole."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_MINOR:
        msg = f"Long must be an integer of at most 53 bits, not {value!r:.40}."
        raise GraphQLError(msg)
    return value


def parse_long_literal(node: Any, _variables: Any = None) -> int:
    if not isinstance(node, IntValueNode):
        msg = "Long must be an integer."
        raise GraphQLError(msg, node)
    return parse_long(int(node.value)) if len(node.value) <= 17 else parse_long(None)


def parse_decimal(value: Any) -> str:
    """A decimal number as a string, never a float."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        msg = 'Decimal must be a string such as "19.90".'
        raise GraphQLError(msg)
    return value


def parse_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    return value_from_ast_untyped(node, variables)


def parse_time(value: Any) -> datetime:
    """A point in time with its offset, from 1970 to 9990: a year from then there still are dates."""
    try:
        time = datetime.fromisoformat(value)
        known = time.tzinfo is not None and FIRST_YEAR <= time.astimezone(UTC).year <= LAST_YEAR
    except (TypeError, ValueError, OverflowError):
        known = False
    if not known:
        msg = 'DateTime must be RFC 3339 with an offset, such as "2026-11-22T02:11:00Z".'
        raise GraphQLError(msg)
    return time.astimezone(UTC)


def print_time(value: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds where there are any."""
    return (
        value.astimezone(UTC)
        .isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        .replace("+00:00", "Z")
    )


SCALARS: dict[object, Any] = {
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of at most 53 bits, which every JSON reader takes exactly.",
        serialize=int,
        parse_value=parse_long,
        parse_literal=parse_long_literal,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as a string, such as "19.90".',
        serialize=str,
        parse_value=parse_decimal,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value, for what only a plug-in knows the shape of.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
        parse_literal=parse_json_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime", description="A point in time, RFC 3339 in UTC.", serialize=print_time, parse_value=parse_time
    ),
}

CONFIG = StrawberryConfig(scalar_map=SCALARS)
