"""What can be asked of levels: the ladder, who stands where on it, and what orders do to growth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.levels
import db.outbox
import db.refunds
from db.connection import Writing
from domain import levels as rules
from domain.levels import Growth, MemberLevel, Standing
from domain.members import Member
from domain.orders import Order
from domain.refunds import OrderRefund, goods_left
from domain.refusals import NotFound
from resolvers import price_checks, rights
from resolvers.context import Context
from resolvers.members import members_shown


async def ladder(ctx: Context) -> list[MemberLevel]:
    """All levels, the lowest first."""
    return await db.levels.ladder(ctx.reading)


async def save_ladder(ctx: Context, levels: Sequence[MemberLevel]) -> list[MemberLevel]:
    """Replace the ladder as a whole. Members stand at once where their growth leads to on the new one.

    Raises:
        BadInput: thresholds do not rise strictly, or something is out of bounds.
        NotFound: an id is not that of a level, or a gift not one of a variant.
        Refusals of BelowFloor: a level would pay less for something than it may be sold for.
    """
    wanted = rules.check_ladder(levels)
    async with ctx.database.writing() as tx:
        known = {level.id for level in await db.levels.ladder(tx)}
        given = [level.id for level in wanted]
        _check_ids(given, known)
        await rights.check_gifts(
            tx, {("input", "levels", str(i), "rights"): one.rights for i, one in enumerate(wanted)}
        )
        await _check_floors(ctx, tx, wanted)
        new = [level if level.id in known else _with_id(ctx, level) for level in wanted]
        await db.levels.save_ladder(tx, new)
        fact = {"levels": [level.id.hex for level in new], "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "LevelsSaved", "level", ctx.new_id(), fact, ctx.now())
    return new


NEW = UUID(int=0)
"""Stands for the id of a level that is not known yet."""


def _check_ids(given: Sequence[UUID], known: set[UUID]) -> None:
    for i, id_ in enumerate(given):
        if id_ != NEW and (id_ not in known or id_ in given[:i]):
            raise NotFound(path=("input", "levels", str(i), "levelId"))


async def _check_floors(ctx: Context, tx: Writing, levels: Sequence[MemberLevel]) -> None:
    """Hold to the price floors what the level pays that pays least (product rules 2.6)."""
    i, least = min(enumerate(levels), key=lambda one: one[1].discount_bp, default=(0, None))
    if least is not None:
        path = ("input", "levels", str(i), "discountBp")
        await price_checks.check_share(tx, least.discount_bp, ctx.now(), *path)


def _with_id(ctx: Context, level: MemberLevel) -> MemberLevel:
    return MemberLevel(ctx.new_id(), level.rank, level.name, level.growth_threshold, level.discount_bp, level.rights)


async def standings_of(ctx: Context, members: Sequence[Member]) -> list[Standing | None]:
    """Where each member stands, for the member alone and for operators."""
    ids = members_shown(ctx, members)
    if not ids:
        return [None for _ in members]
    steps = await db.levels.ladder(ctx.reading)
    found = await db.levels.growth_of(ctx.reading, ids)
    standings = {id_: rules.standing_of(id_, found.get(id_, Growth()), steps, ctx.now()) for id_ in ids}
    return [standings.get(member.id) for member in members]


async def received(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """The buyer has the goods: whole yuan that were paid for them, and not refunded, are growth (R19)."""
    growth = goods_left(order, await db.refunds.shipping_gone(tx, order)) // 100
    if not order.lines or growth == 0:
        return {}
    return await _grow(ctx, tx, order, growth, f"received:{order.id.hex}")


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Money goes back, and growth with it: what is left is the growth of what is left of the payment."""
    if order.received_at is None or not order.lines:
        return {}
    gave = await db.levels.growth_by(tx, order.id)
    left = goods_left(order, await db.refunds.shipping_gone(tx, order) + refund.shipping.minor) // 100
    if gave <= left:
        return {}
    return await _grow(ctx, tx, order, left - gave, f"refund:{refund.id.hex}")


async def _grow(ctx: Context, tx: Writing, order: Order, by: int, key: str) -> dict[str, Any]:
    at, zone, member_id = ctx.now(), ctx.services.rules.time_zone, order.member_id
    steps = await db.levels.ladder(tx)
    before = await db.levels.lock_growth(tx, member_id)
    after = rules.grown(before, by, steps, at, zone)
    await db.levels.enter(tx, ctx.new_id(), member_id, order.id, by, key, at)
    await db.levels.keep(tx, member_id, after)
    return {"growth": by} | _moved(
        rules.level_at(steps, before.counting(at)), rules.level_at(steps, after.counting(at))
    )


def _moved(was: MemberLevel | None, now: MemberLevel | None) -> dict[str, Any]:
    if was == now:
        return {}
    return {"level": now.id.hex if now else None, "level_before": was.id.hex if was else None}


async def keep_anniversaries(ctx: Context) -> int:
    """Hold a member's level for another year, or a lower one where growth has fallen; returns how many members, 1 or 0.

    The only way down (product rules 2.6).
    """
    at = ctx.now()
    async with ctx.database.writing() as tx:
        found = await db.levels.lock_next_anniversary(tx, at)
        if found is None:
            return 0
        member_id, before = found
        steps = await db.levels.ladder(tx)
        after = rules.rolled(before, at, ctx.services.rules.time_zone)
        await db.levels.keep(tx, member_id, after)
        was = rules.level_at(steps, max(before.held, before.growth))
        fact = {"member": member_id.hex} | _moved(was, rules.level_at(steps, after.counting(at)))
        await db.outbox.tell(tx, "LevelAnniversary", "member", member_id, fact, at)
    return 1
