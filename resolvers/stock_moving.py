"""How units are set aside for plays and given back: they are those of the default warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import db.stock
from db.connection import Writing
from domain.stock import Movement, MovementKind, Wanted
from domain.stock_locations import DEFAULT_LOCATION
from resolvers.context import Context


def moved(ctx: Context, kind: MovementKind, wanted: Iterable[Wanted], cause_id: UUID) -> list[Movement]:
    """Movements of units of the default warehouse, by whoever asks now, for one cause: a room, a draw, a play."""
    at, actor_id = ctx.now(), ctx.principal.member_id
    return [
        Movement(
            ctx.new_id(),
            kind,
            one.variant_id,
            DEFAULT_LOCATION,
            one.quantity,
            at,
            cause_id=cause_id,
            actor_id=actor_id,
        )
        for one in wanted
    ]


async def carve(ctx: Context, tx: Writing, wanted: Sequence[Wanted], cause_id: UUID) -> set[UUID]:
    """Set units aside; returns the variants of which the default warehouse had enough."""
    levels = await db.stock.move(tx, moved(ctx, MovementKind.CARVE, wanted, cause_id))
    return {variant_id for variant_id, _ in levels}


async def uncarve(ctx: Context, tx: Writing, wanted: Sequence[Wanted], cause_id: UUID) -> None:
    """Give units that were set aside back to the shop."""
    await move_all(tx, moved(ctx, MovementKind.UNCARVE, wanted, cause_id))


async def give_away(ctx: Context, tx: Writing, wanted: Sequence[Wanted], cause_id: UUID) -> None:
    """Hand out units that were set aside, as prizes, or sell them."""
    await move_all(tx, moved(ctx, MovementKind.GIVE_AWAY, wanted, cause_id))


async def move_all(tx: Writing, movements: Sequence[Movement]) -> None:
    """Move units that are known to be there: what was set aside or promised is kept for its cause."""
    levels = await db.stock.move(tx, movements)
    missing = {(one.variant_id, one.location_id) for one in movements} - levels.keys()
    assert not missing, f"units that were promised are not there: {missing}"


async def left_of(tx: Writing, variant_id: UUID) -> int:
    """How much of a variant the default warehouse can sell."""
    level = (await db.stock.levels_of(tx, [variant_id], DEFAULT_LOCATION)).get(variant_id)
    return 0 if level is None else level.sellable
