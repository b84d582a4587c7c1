"""What staff and other systems do to stock: book what comes in or was counted, and move it between locations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import db.catalogue
import db.idempotency
import db.outbox
import db.stock
import db.stock_locations
from db.connection import Writing
from domain.catalogue import Audience, Variant
from domain.idempotency import request_of
from domain.refusals import BadInput, NotFound, Refusal
from domain.stock import MOST_RECEIVED, Movement, OutOfStock, StockChange, StockMoved
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Booking:
    """A change of one variant at one location, and how people call its cause."""

    variant_id: UUID
    location_id: UUID
    change: StockChange
    reference: str | None = None

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        keys = {"variantId": self.variant_id.hex, "locationId": self.location_id.hex, "reference": self.reference}
        return keys | asdict(self.change)


async def adjust(ctx: Context, booking: Booking, idempotency_key: str) -> tuple[Variant, bool]:
    """Book units of a variant that came in, went or were counted; the variant as it is now, and whether replayed.

    Raises:
        NotFound: there is no such variant or location.
        OutOfStock: fewer can be sold than are to be taken.
        StockMoved: other units are there than were expected.
        BadInput: more than 1,000,000,000 would have come in, all in all.
        KeyReused: the key belongs to another request.
    """
    variant_id = booking.variant_id
    request = request_of(ctx.member_id.hex, "stockAdjust", idempotency_key, booking.values())
    async with ctx.database.writing() as tx:
        replayed = await db.idempotency.claim(tx, request, ctx.now()) is not None
        if not replayed:
            await _book(ctx, tx, booking)
            await db.idempotency.answer(tx, request, {"variantId": variant_id.hex})
        return await _variant(tx, variant_id), replayed


async def _book(ctx: Context, tx: Writing, booking: Booking) -> None:
    variant_id, location_id, change = booking.variant_id, booking.location_id, booking.change
    await _open(tx, variant_id, location_id)
    left = (await db.stock.lock(tx, [variant_id])).sellable[variant_id, location_id]
    if change.expected not in (None, left):
        raise StockMoved(left, path=("input", "expectedQuantity"))
    movement = Movement(
        ctx.new_id(),
        change.kind,
        variant_id,
        location_id,
        abs(change.delta),
        ctx.now(),
        reference=booking.reference,
        actor_id=ctx.principal.member_id,
    )
    levels = await db.stock.move(tx, [movement] if change.delta else [])
    if change.delta and not levels:
        raise _refusal(variant_id, change, left)
    sellable = left + change.delta
    payload = {
        "variantId": variant_id.hex,
        "locationId": location_id.hex,
        "delta": change.delta,
        "sellable": sellable,
        "by": ctx.member_id.hex,
    }
    await db.outbox.tell(tx, "StockAdjusted", "variant", variant_id, payload, ctx.now())


async def _open(tx: Writing, variant_id: UUID, location_id: UUID) -> None:
    """Begin to count a variant at a location.

    Raises:
        NotFound: there is no such variant or location.
    """
    await _variant(tx, variant_id)
    if location_id not in await db.stock_locations.locations_by_id(tx, [location_id]):
        raise NotFound(path=("input", "locationId"))
    await db.stock.open_levels(tx, [variant_id], location_id)


def _refusal(variant_id: UUID, change: StockChange, left: int) -> Refusal:
    """Why a change could not be booked."""
    if change.delta > 0:
        rule = f"at most {MOST_RECEIVED:,} units that ever came in"
        name = "delta" if change.expected is None else "quantity"
        return BadInput(rule, f"累计入库最多 {MOST_RECEIVED:,} 件", path=("input", name))
    return OutOfStock(variant_id, left, path=("input", "delta"))


async def _variant(tx: Writing, variant_id: UUID) -> Variant:
    found = await db.catalogue.variants_by_id(tx, Audience.STAFF, [variant_id])
    if variant_id not in found:
        raise NotFound(path=("input", "variantId"))
    return found[variant_id]
