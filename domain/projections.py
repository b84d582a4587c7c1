"""Projections: how far what follows from the outbox has come, without a gap and without anything twice.

Facts are numbered when they are written and seen when they are committed, so a number may be missing only because its
transaction goes on. A projection waits for it. When every transaction that ran at the time has ended and the number is
still missing, it was rolled back, and is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.records import record

PATIENCE = timedelta(seconds=1)
"""A transaction draws a fact's number a moment before it is known as one that runs."""


@record
class Running:
    """Which transactions run: none below `oldest`, none that began yet from `next` on."""

    oldest: int
    next: int
    at: datetime


@record
class Horizon:
    """Of the facts up to `upto` none appears any more once all transactions before `next` have ended."""

    upto: int
    next: int
    at: datetime


@record
class Cursor:
    """The last fact that a projection has dealt with, and what it waits for, if a number is missing."""

    position: int = 0
    horizon: Horizon | None = None


def advance(
    cursor: Cursor, fact_ids: Sequence[int], running: Running, patience: timedelta = PATIENCE
) -> tuple[int, Cursor]:
    """How many of the facts, which come in the order of their numbers, are dealt with now, and where that leads.

    >>> now = datetime(2026, 11, 22)
    >>> advance(Cursor(3), [4, 5, 7], Running(90, 91, now))
    (2, Cursor(position=5, horizon=Horizon(upto=7, next=91, at=datetime.datetime(2026, 11, 22, 0, 0))))
    """
    passable = _passable(cursor.horizon, running, patience)
    position, many = cursor.position, 0
    for fact_id in fact_ids:
        if fact_id > position + 1 and fact_id - 1 > passable:
            break
        position, many = fact_id, many + 1
    moved = replace(cursor, position=position)
    if many == len(fact_ids):
        return many, replace(moved, horizon=None)
    return many, replace(moved, horizon=_waiting(cursor.horizon, fact_ids[many] - 1, fact_ids[-1], running))


def _passable(horizon: Horizon | None, running: Running, patience: timedelta) -> int:
    """Up to where no missing fact appears any more."""
    if horizon is None or running.oldest < horizon.next or running.at - horizon.at < patience:
        return 0
    return horizon.upto


def _waiting(horizon: Horizon | None, missing: int, last: int, running: Running) -> Horizon:
    """The horizon to wait for. A copy of the database in another server begins to count anew, and so do we."""
    if horizon is not None and missing <= horizon.upto and horizon.next <= running.next:
        return horizon
    return Horizon(last, running.next, running.at)
