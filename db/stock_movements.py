"""Stock movements: the ledger as staff read it."""

from __future__ import annotations

from sqlalchemy import select

from db.connection import Reading, Row
from db.listing import Listing
from db.metadata import members_of
from db.stock import stock_movement
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.stock import Movement, MovementKind

_KINDS = members_of(MovementKind)
_FILTERS = {
    "variantId": stock_movement.c.variant_id,
    "locationId": stock_movement.c.location_id,
    "orderId": stock_movement.c.cause_id,
}


def _movement(row: Row) -> Movement:
    id_, kind, *rest = row[:10]
    return Movement(id_, _KINDS[kind], *rest)


_LISTING = Listing(
    select(
        stock_movement.c.id,
        stock_movement.c.kind,
        stock_movement.c.variant_id,
        stock_movement.c.location_id,
        stock_movement.c.quantity,
        stock_movement.c.at,
        stock_movement.c.cause_id,
        stock_movement.c.line_id,
        stock_movement.c.reference,
        stock_movement.c.actor_id,
    ),
    _movement,
    id=stock_movement.c.id,
    filters=_FILTERS,
)


async def movements(reading: Reading, request: PageRequest, where: Condition) -> Page[Movement]:
    """A page of the ledger, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)
