"""What staff do to stock."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

import db.catalogue
import db.idempotency
import db.outbox
import db.stock
from db.connection import Writing
from domain.catalogue import Audience, Variant
from domain.idempotency import request_of
from domain.refusals import BadInput, NotFound, Refusal
from domain.stock import MOST_RECEIVED, OutOfStock, StockChange, StockMoved
from resolvers.context import Context


async def adjust(ctx: Context, variant_id: UUID, change: StockChange, idempotency_key: str) -> tuple[Variant, bool]:
    """Book units of a variant that came in, went or were counted; the variant as it is now, and whether replayed.

    Raises:
        NotFound: there is no such variant.
        OutOfStock: fewer can be sold than are to be taken.
        StockMoved: other units are there than were expected.
        BadInput: more than 1,000,000,000 would have come in, all in all.
        KeyReused: the key belongs to another request.
    """
    values = {"variantId": variant_id.hex, **asdict(change)}
    request = request_of(ctx.member_id.hex, "stockAdjust", idempotency_key, values)
    async with ctx.database.writing() as tx:
        replayed = await db.idempotency.claim(tx, request, ctx.now()) is not None
        if not replayed:
            await _book(ctx, tx, variant_id, change)
            await db.idempotency.answer(tx, request, {"variantId": variant_id.hex})
        return await _variant(tx, variant_id), replayed


async def _book(ctx: Context, tx: Writing, variant_id: UUID, change: StockChange) -> None:
    level = await db.stock.adjust(tx, variant_id, change.delta, expected=change.expected)
    if level is None:
        raise _refusal(await _variant(tx, variant_id), change)
    payload = {"variantId": variant_id.hex, "delta": change.delta, "sellable": level.sellable, "by": ctx.member_id.hex}
    await db.outbox.tell(tx, "StockAdjusted", "variant", variant_id, payload, ctx.now())


def _refusal(variant: Variant, change: StockChange) -> Refusal:
    """Why a change could not be booked."""
    if change.delta > 0 and change.expected in (None, variant.available):
        rule = f"at most {MOST_RECEIVED:,} units that ever came in"
        name = "delta" if change.expected is None else "quantity"
        return BadInput(rule, f"累计入库最多 {MOST_RECEIVED:,} 件", path=("input", name))
    if change.expected is not None:
        return StockMoved(variant.available, path=("input", "expectedQuantity"))
    return OutOfStock(variant.id, variant.available, path=("input", "delta"))


async def _variant(tx: Writing, variant_id: UUID) -> Variant:
    found = await db.catalogue.variants_by_id(tx, Audience.STAFF, [variant_id])
    if variant_id not in found:
        raise NotFound(path=("input", "variantId"))
    return found[variant_id]
