"""What operators do to price floors: set and lift them (R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.catalogue
import db.outbox
import db.price_floors
import db.promotion_editions
from db.connection import Writing
from db.price_floors import MOST_OF_A_VARIANT
from domain.catalogue import Audience, Variant
from domain.price_floors import PriceFloor, check_floor
from domain.refusals import BadInput, NotFound, same_version
from resolvers.context import Context


async def save(
    ctx: Context, floor: PriceFloor, *, floor_id: UUID | None = None, expected: int | None = None
) -> PriceFloor:
    """Set a floor for a variant, or change one. What is ordered from now on is held to it.

    Raises:
        BadInput: something is out of bounds, or the variant has 20 floors.
        NotFound: there is no such variant, or no such floor of it.
        StaleVersion: it changed since its author read it.
    """
    check_floor(floor)
    async with ctx.database.writing() as tx:
        old = None if floor_id is None else await _locked(tx, floor_id)
        if old is not None and old.variant_id != floor.variant_id:
            raise NotFound(path=("input", "priceFloorId"))
        same_version(old.version if old else 0, expected)
        if not await db.catalogue.variants_by_id(tx, Audience.STAFF, [floor.variant_id]):
            raise NotFound(path=("input", "variantId"))
        kept = replace(floor, id=old.id if old else ctx.new_id(), version=old.version + 1 if old else 1)
        if old is not None:
            await db.price_floors.save(tx, kept)
        elif not await db.price_floors.add(tx, kept):
            rule = f"at most {MOST_OF_A_VARIANT} floors of a variant"
            raise BadInput(rule, f"每个规格最多 {MOST_OF_A_VARIANT} 条限价", path=("input", "variantId"))
        await _tell(ctx, tx, "PriceFloorSet", kept)
    return kept


async def remove(ctx: Context, floor_id: UUID, expected: int | None = None) -> PriceFloor:
    """Lift a floor.

    Raises:
        NotFound: there is no such floor.
        StaleVersion: it changed since the caller read it.
    """
    async with ctx.database.writing() as tx:
        floor = await _locked(tx, floor_id)
        same_version(floor.version, expected)
        await db.price_floors.remove(tx, floor_id)
        await _tell(ctx, tx, "PriceFloorRemoved", floor)
    return floor


async def _locked(tx: Writing, floor_id: UUID) -> PriceFloor:
    floor = await db.price_floors.lock(tx, floor_id)
    if floor is None:
        raise NotFound(path=("input", "priceFloorId"))
    return floor


async def _tell(ctx: Context, tx: Writing, fact: str, floor: PriceFloor) -> None:
    payload = {"variant": floor.variant_id.hex, "least_minor": floor.least, "version": floor.version}
    await db.outbox.tell(tx, fact, "price_floor", floor.id, payload, ctx.now())
    await db.promotion_editions.turn(tx)


async def floors_of(ctx: Context, variants: Sequence[Variant]) -> list[list[PriceFloor]]:
    """The floors of each variant, the oldest first."""
    found = await db.price_floors.floors_of(ctx.reading, [variant.id for variant in variants])
    return [found.get(variant.id, []) for variant in variants]
