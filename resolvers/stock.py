"""What staff and other systems do to stock: book what comes in or was counted, and move it between locations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import db.catalogue
import db.idempotency
import db.outbox
import db.stock
import db.stock_locations
import db.stock_movements
from db.connection import Writing
from domain.catalogue import Audience, Variant
from domain.filters import Condition, check_depth
from domain.idempotency import request_of
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import BadInput, NotFound, Refusal
from domain.stock import (
    MOST_RECEIVED,
    Movement,
    MovementKind,
    OutOfStock,
    StockChange,
    StockMoved,
    Transfer,
    check_transfer,
)
from resolvers.context import Context


@record
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
    await _open(tx, variant_id, location_id, "locationId")
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


async def _open(tx: Writing, variant_id: UUID, location_id: UUID, name: str) -> None:
    """Begin to count a variant at a location.

    Raises:
        NotFound: there is no such variant or location.
    """
    await _variant(tx, variant_id)
    if location_id not in await db.stock_locations.locations_by_id(tx, [location_id]):
        raise NotFound(path=("input", name))
    await db.stock.open_levels(tx, [variant_id], location_id)


async def transfer(ctx: Context, wanted: Transfer, idempotency_key: str) -> tuple[Variant, bool]:
    """Move what can be sold from one location to another; the variant, and whether it was done before.

    Raises:
        BadInput: nothing would go, or nowhere else, or more would have come in there than ever may.
        NotFound: there is no such variant or location.
        OutOfStock: fewer can be sold where they are to come from.
        KeyReused: the key belongs to another request.
    """
    check_transfer(wanted)
    request = request_of(ctx.member_id.hex, "stockTransfer", idempotency_key, asdict(wanted))
    async with ctx.database.writing() as tx:
        replayed = await db.idempotency.claim(tx, request, ctx.now()) is not None
        if not replayed:
            await _transfer(ctx, tx, wanted)
            await db.idempotency.answer(tx, request, {"variantId": wanted.variant_id.hex})
        return await _variant(tx, wanted.variant_id), replayed


async def _transfer(ctx: Context, tx: Writing, wanted: Transfer) -> None:
    await _open(tx, wanted.variant_id, wanted.from_id, "fromId")
    await _open(tx, wanted.variant_id, wanted.to_id, "toId")
    transfer_id = ctx.new_id()
    out = _half(ctx, wanted, MovementKind.TRANSFER_OUT, wanted.from_id, transfer_id)
    levels = await db.stock.move(tx, [out, _half(ctx, wanted, MovementKind.TRANSFER_IN, wanted.to_id, transfer_id)])
    if (wanted.variant_id, wanted.from_id) not in levels:
        left = (await db.stock.levels_of(tx, [wanted.variant_id], wanted.from_id))[wanted.variant_id].sellable
        raise OutOfStock(wanted.variant_id, left, path=("input", "quantity"))
    if (wanted.variant_id, wanted.to_id) not in levels:
        raise _too_many("quantity")
    fact = {
        "variantId": wanted.variant_id.hex,
        "fromId": wanted.from_id.hex,
        "toId": wanted.to_id.hex,
        "quantity": wanted.quantity,
        "by": ctx.member_id.hex,
    }
    await db.outbox.tell(tx, "StockTransferred", "variant", wanted.variant_id, fact, ctx.now())


def _half(ctx: Context, wanted: Transfer, kind: MovementKind, location_id: UUID, transfer_id: UUID) -> Movement:
    return Movement(
        ctx.new_id(),
        kind,
        wanted.variant_id,
        location_id,
        wanted.quantity,
        ctx.now(),
        cause_id=transfer_id,
        reference=wanted.reference,
        actor_id=ctx.principal.member_id,
    )


async def movements(ctx: Context, request: PageRequest, where: Condition) -> Page[Movement]:
    """A page of the ledger, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.stock_movements.movements(ctx.reading, request, where)


def _refusal(variant_id: UUID, change: StockChange, left: int) -> Refusal:
    """Why a change could not be booked."""
    if change.delta > 0:
        return _too_many("delta" if change.expected is None else "quantity")
    return OutOfStock(variant_id, left, path=("input", "delta"))


def _too_many(name: str) -> BadInput:
    rule = f"at most {MOST_RECEIVED:,} units that ever came in"
    return BadInput(rule, f"累计入库最多 {MOST_RECEIVED:,} 件", path=("input", name))


async def _variant(tx: Writing, variant_id: UUID) -> Variant:
    found = await db.catalogue.variants_by_id(tx, Audience.STAFF, [variant_id])
    if variant_id not in found:
        raise NotFound(path=("input", "variantId"))
    return found[variant_id]
