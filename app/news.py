"""News: of which subjects live rooms are told only how they stand, and how often at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import db.live_boards
import db.live_likes
import db.live_products
import db.room_presence
from app.relay import Latest
from db.connection import Writing
from domain.room_events import EventKind


async def _inventory(tx: Writing, names: Sequence[str]) -> list[tuple[UUID, dict[str, Any]]]:
    return await db.live_products.inventory_of(tx, [UUID(hex=name) for name in names])


LATEST: Mapping[str, Latest] = {
    "live_products": Latest(EventKind.INVENTORY, 0.2, _inventory),
    "live_viewers": Latest(EventKind.VIEWERS, 1.8, db.room_presence.told_of),
    "live_likes": Latest(EventKind.LIKES, 2.8, db.live_likes.told_of),
    "live_boards": Latest(EventKind.BOARD, 2.0, db.live_boards.told_of),
}
"""By the key of a fact's payload that names them. What one process tells regularly has a turn each time."""
