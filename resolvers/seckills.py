"""What can be asked of seckills (秒杀): publish and end one, and see those that run."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.idempotency
import db.outbox
import db.seckills
from db.connection import Writing
from domain import seckills
from domain.catalogue import Product
from domain.idempotency import request_of
from domain.pages import Page, PageRequest
from domain.payloads import plain
from domain.refusals import NotFound
from domain.seckills import Seckill, SeckillTerms
from domain.stock import OutOfStock, Wanted
from resolvers import activities, price_checks, stock_moving
from resolvers.context import Context
from resolvers.turns import each_alone

SHOWN = 20


async def publish(
    ctx: Context, terms: SeckillTerms, key: str, *, shown_as_discount: bool = False
) -> tuple[Seckill, bool]:
    """Set units aside and sell them in a flash sale. True when it was done before.

    `shown_as_discount`: its price is held to the lowest deal of the last days (2.7.3).

    Raises:
        BadInput, NotFound: a term is out of bounds, or there is no such variant or campaign.
        BelowFloor: the price is below what the variant may ever be sold for.
        Refusals of NoRealDiscount: it was sold for less, and this is to be shown as a discount.
        SlotTaken: another flash sale sells the variant at these times.
        OutOfStock: the default warehouse holds fewer.
    """
    terms = seckills.check_terms(terms, ctx.now())
    # What is not asked for is left out: a new part spoils no old key.
    said = {name: value for name, value in plain(terms).items() if value or name not in _LATER}
    asked = {"terms": said, "shown_as_discount": shown_as_discount}
    request = request_of(f"member:{ctx.member_id.hex}", "seckillPublish", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            known = UUID(hex=before)
            return (await db.seckills.seckills_by_id(tx, [known]))[known], True
        await activities.check_campaign(tx, terms.campaign_id)
        product_id = await activities.product_of(tx, [terms.variant_id], "input", "variantId")
        await activities.check_floors(tx, {terms.variant_id: terms.price}, terms.starts_at, terms.ends_at, *_PRICE)
        if shown_as_discount:
            await price_checks.check_discounts(ctx, tx, {terms.variant_id: terms.price.minor}, *_PRICE)
        await db.seckills.take_turn(tx, terms.variant_id)
        others = await db.seckills.published_of(tx, terms.variant_id)
        seckills.check_no_clash(terms, others, ctx.services.rules.time_zone)
        new = seckills.publish(ctx.new_id(), product_id, terms)
        await db.seckills.add(tx, new)
        await _set_aside(ctx, tx, new)
        await _tell(ctx, tx, "SeckillPublished", new)
        await db.idempotency.answer(tx, request, new.id.hex)
    return new, False


_PRICE = ("input", "price")
_LATER = ("goes_with", "campaign_id")


async def _set_aside(ctx: Context, tx: Writing, new: Seckill) -> None:
    variant_id, stock = new.terms.variant_id, new.terms.stock
    if not await stock_moving.carve(ctx, tx, [Wanted(variant_id, stock)], new.id):
        raise OutOfStock(variant_id, await stock_moving.left_of(tx, variant_id), path=("input", "stock"))


async def end(ctx: Context, seckill_id: UUID) -> Seckill:
    """End a flash sale before its time; what remains goes back to the shop.

    Raises:
        NotFound: there is no such flash sale.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        found = (await db.seckills.lock(tx, [seckill_id])).get(seckill_id)
        if found is None:
            raise NotFound(path=("input", "seckillId"))
        await _end(ctx, tx, found)
        return (await db.seckills.seckills_by_id(tx, [seckill_id]))[seckill_id]


async def end_over(ctx: Context) -> int:
    """End flash sales whose time is over; returns how many, which is at most 50."""
    return await each_alone(ctx, db.seckills.lock_over, _end)


async def _end(ctx: Context, tx: Writing, one: Seckill) -> None:
    ended = seckills.end(one)
    await db.seckills.end(tx, one.id)
    if one.remaining:
        await stock_moving.uncarve(ctx, tx, [Wanted(one.terms.variant_id, one.remaining)], one.id)
    await _tell(ctx, tx, "SeckillEnded", ended)


async def _tell(ctx: Context, tx: Writing, kind: str, one: Seckill) -> None:
    fact = {"seckill": one.id.hex, "variant": one.terms.variant_id.hex, "state": one.state.value}
    units = {"stock": one.terms.stock, "remaining": one.remaining, "sold": one.sold}
    await db.outbox.tell(tx, kind, "seckill", one.id, fact | units, ctx.now())


async def seckills_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Seckill]:
    """Those of the flash sales whose products the caller may know of."""
    return await db.seckills.seckills_seen(ctx.reading, ctx.viewer, list(dict.fromkeys(ids)))


async def seckills_of(ctx: Context, products: Sequence[Product]) -> list[list[Seckill]]:
    """The flash sales of each product that run or are to come, the next to begin first; at most twenty."""
    found = await db.seckills.seckills_of(ctx.reading, [one.id for one in products], ctx.now(), SHOWN)
    return [found.get(one.id, []) for one in products]


async def running(ctx: Context, request: PageRequest) -> Page[Seckill]:
    """A page of the flash sales that run or are to come, the first to end first."""
    return await db.seckills.seckills(ctx.reading, ctx.viewer, ctx.now(), request)
