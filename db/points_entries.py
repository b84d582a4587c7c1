"""Points entries: the ledger of each member, as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    select,
)

from db.connection import Reading, Row
from db.points import points_entry
from db.sublists import Sublist
from domain.pages import Page, PageRequest
from domain.points import Entry, PointsKind


def _entry(row: Row) -> Entry:
    return Entry(
        row["id"], row["member_id"], PointsKind(row["kind"]), row["points"], row["order_id"], row["reason"], row["at"]
    )


_ENTRIES = Sublist(
    select(
        points_entry.c.id,
        points_entry.c.member_id,
        points_entry.c.kind,
        points_entry.c.points,
        points_entry.c.order_id,
        points_entry.c.reason,
        points_entry.c.at,
    ),
    _entry,
    parent=points_entry.c.member_id,
    id=points_entry.c.id,
    descending=True,
)


async def entries_of(reading: Reading, member_ids: Sequence[UUID], request: PageRequest) -> list[Page[Entry]]:
    """The same page of each member's ledger, the latest first."""
    return await _ENTRIES.pages(reading, member_ids, request)
