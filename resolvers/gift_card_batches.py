"""What operators do with gift cards: have a batch printed, activate it, void it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

import db.gift_cards
import db.idempotency
import db.outbox
from db.connection import Writing
from domain.codes import CARD_CODE_BYTES, card_code_of, hash_of_card
from domain.gift_cards import MOST_CARDS, MOST_FACE, GiftCardBatch
from domain.idempotency import request_of
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound, between, text_within
from resolvers.context import Context


async def batches(ctx: Context, request: PageRequest) -> Page[GiftCardBatch]:
    """All batches, the latest first."""
    return await db.gift_cards.batches(ctx.reading, request)


async def issue(
    ctx: Context, face: Money, count: int, expires_at: datetime, note: str, key: str
) -> tuple[GiftCardBatch, bool]:
    """Have cards printed; a repeated request gets the batch without its codes, which nobody keeps, and True.

    Raises:
        BadInput: the face value, the number, the note or the time is out of bounds.
    """
    between(face.minor, 1, MOST_FACE, "input", "face", "minor")
    between(count, 1, MOST_CARDS, "input", "count")
    if expires_at <= ctx.now():
        raise BadInput("a time to come", "应为将来的时间", path=("input", "expiresAt"))
    note = text_within(note, 100, "input", "note", least=0)
    asked = {"face": face.minor, "count": count, "expires_at": expires_at, "note": note}
    request = request_of(f"staff:{ctx.member_id.hex}", "giftCardsIssue", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return msgspec.convert(before, GiftCardBatch, strict=False), True
        batch = GiftCardBatch(ctx.new_id(), face, count, note, ctx.now(), expires_at)
        codes = tuple(card_code_of(ctx.chance(CARD_CODE_BYTES)) for _ in range(count))
        await db.gift_cards.add_batch(tx, batch, [(ctx.new_id(), hash_of_card(code), code[-4:]) for code in codes])
        await _tell(ctx, tx, "GiftCardsIssued", batch)
        await db.idempotency.answer(tx, request, msgspec.to_builtins(batch))
    return replace(batch, codes=codes), False


async def activate(ctx: Context, batch_id: UUID) -> GiftCardBatch:
    """Let the cards of a batch be bound, say because they were sold.

    Raises:
        NotFound: there is no batch that waits for it.
    """
    async with ctx.database.writing() as tx:
        batch = await db.gift_cards.activate(tx, batch_id, ctx.now())
        if batch is None:
            raise NotFound(path=("input", "batchId"))
        await _tell(ctx, tx, "GiftCardsActivated", batch)
    return batch


async def void(ctx: Context, batch_id: UUID) -> GiftCardBatch:
    """Make those cards of a batch worthless that nobody has bound, say because they were stolen.

    Raises:
        NotFound: there is no such batch, or it is void already.
    """
    async with ctx.database.writing() as tx:
        batch = await db.gift_cards.void(tx, batch_id, ctx.now())
        if batch is None:
            raise NotFound(path=("input", "batchId"))
        await _tell(ctx, tx, "GiftCardsVoided", batch)
    return batch


async def _tell(ctx: Context, tx: Writing, kind: str, batch: GiftCardBatch) -> None:
    fact = {"batch": batch.id.hex, "face_minor": batch.face.minor, "count": batch.count, "by": ctx.member_id.hex}
    await db.outbox.tell(tx, kind, "gift_card_batch", batch.id, fact, ctx.now())
