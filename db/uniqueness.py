"""Unique keys: a duplicate is an expected no, told by the constraint that caught it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg

from domain.catalogue import SlugTaken


@contextmanager
def keeping_unique(paths: Mapping[str, tuple[str, ...]]) -> Iterator[None]:
    """Refuse what a unique constraint catches in the block. `paths` leads from its name to the input at fault.

    Raises:
        SlugTaken: another object has the slug, SKU or reference.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as violation:
        raise SlugTaken(path=paths.get(str(violation.constraint_name), ("input",))) from violation
