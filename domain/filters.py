"""Conditions of a `where` input, independent of GraphQL and SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from domain.records import record
from domain.refusals import BadInput

DEEPEST = 3
Operator: TypeAlias = Literal["eq", "oneOf", "gte", "lt", "isNull"]


@record
class Is:
    """One field compared with one value (a list for `oneOf`, where an empty one matches nothing)."""

    field: str
    operator: Operator
    value: object


@record
class All:
    """Every part holds; true when there are none."""

    parts: Sequence[Condition]


@record
class AnyOf:
    """At least one part holds; false when there are none."""

    parts: Sequence[Condition]


@record
class Not:
    part: Condition


Condition: TypeAlias = Is | All | AnyOf | Not
EVERYTHING = All(())


def check_depth(condition: Condition, depth: int = 0) -> None:
    """Hold a condition to the deepest nesting of AND, OR and NOT.

    Raises:
        BadInput: it is nested deeper.
    """
    if depth > DEEPEST:
        raise BadInput(
            f"AND, OR and NOT nested to {DEEPEST} at most", f"AND、OR、NOT 最多嵌套 {DEEPEST} 层", path=("where",)
        )
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                check_depth(part, depth + (0 if isinstance(part, Is) else 1))
        case Not(part):
            check_depth(part, depth + 1)
        case Is():
            pass
