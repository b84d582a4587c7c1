"""Saving many products at once: what becomes of those, and of their parts, that cannot be saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import TypeVar
from uuid import UUID

from domain.catalogue import Product, ProductDraft
from domain.records import record
from domain.refusals import Refusal

P = TypeVar("P")

MOST_AT_ONCE = 50


class ErrorPolicy(Enum):
    """What is saved when something cannot be."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    IGNORE_FAILED = "IGNORE_FAILED"


@record
class Saving:
    """A product to save. `left_out` are parts that its draft is now without: of which list, and where they stood."""

    draft: ProductDraft
    product_id: UUID | None = None
    expected_version: int | None = None
    left_out: tuple[tuple[str, int], ...] = ()


@record
class Saved:
    """What became of one product: as it is now, or None; and why it, or parts of it, were not saved."""

    product: Product | None = None
    refusals: Sequence[Refusal] = ()


def without_what_is_refused(saving: Saving, path: Sequence[str]) -> Saving | None:
    """The same without the variant or picture that a refusal is about; None when it is about something else."""
    match path:
        case ("input", "variants", i, *_):
            kept = _without(saving.draft.variants, int(i))
            return replace(saving, draft=replace(saving.draft, variants=kept), left_out=_noted(saving, "variants", i))
        case ("input", "media", i, *_):
            pictures = _without(saving.draft.media, int(i))
            return replace(saving, draft=replace(saving.draft, media=pictures), left_out=_noted(saving, "media", i))
    return None


def _without(parts: Sequence[P], i: int) -> list[P]:
    return [part for n, part in enumerate(parts) if n != i]


def _noted(saving: Saving, name: str, i: str) -> tuple[tuple[str, int], ...]:
    return (*saving.left_out, (name, int(place_as_given(saving, name, i))))


def place_as_given(saving: Saving, name: str, i: str) -> str:
    """Where a part of the draft stood before others were left out."""
    place = int(i)
    for gone in sorted(n for of, n in saving.left_out if of == name):
        place += gone <= place
    return str(place)


def path_as_given(saving: Saving, row: int, path: Sequence[str]) -> tuple[str, ...]:
    """Where in the input of all products something stands that stands there in this one."""
    rest = list(path[1:])
    if len(rest) > 1 and rest[1].isdigit():
        rest[1] = place_as_given(saving, rest[0], rest[1])
    return "input", "products", str(row), *rest
