"""The limits of an operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one operation may ask for. Over any of them it is refused before anything runs.

    `overlaps` bounds the pairs of fields that stand in the same place of the answer, because validation
    compares each pair. `errors` bounds those told of one refused document or of its variables.
    """

    tokens: int = 2000
    depth: int = 12
    cost: int = 5000
    fields: int = 2000
    overlaps: int = 10_000
    root_fields: int = 20
    root_mutations: int = 3
    root_money_mutations: int = 1
    page_default: int = 20
    page_minimum: int = 1
    page_maximum: int = 100
    errors: int = 10
