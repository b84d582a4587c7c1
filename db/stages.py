"""Stages that an activity's price goes with, as a column: names of plays that it does not keep off (rules 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.promotions.stages import PLAYS, Stage

_KNOWN = ", ".join(f"'{stage.name}'" for stage in sorted(PLAYS))


def goes_with() -> tuple[Column[Any], CheckConstraint]:
    """The column, and the constraint that holds it to the stages of plays."""
    column: Column[Any] = Column("goes_with", ARRAY(Text()), nullable=False, server_default=text("'{}'"))
    return column, CheckConstraint(f"goes_with <@ ARRAY[{_KNOWN}]", name="it_goes_with_plays")


def names_of(stages: Iterable[Stage]) -> list[str]:
    return [stage.name for stage in sorted(stages)]


def stages_of(names: Iterable[str]) -> frozenset[Stage]:
    return frozenset(Stage[name] for name in names)
