"""Enums of the domain as clients see them: the same values, each described."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=type[Enum])


def described(kind: E, description: str, **values: str) -> E:
    """Make an enum of the domain a GraphQL enum. Every value must be described, and nothing else."""
    assert set(values) == {member.name for member in kind}, f"{kind.__name__}: describe each value once"
    declared = strawberry.enum(kind, description=description)
    for value in declared.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return declared
