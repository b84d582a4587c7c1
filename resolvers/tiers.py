"""Tiers: how guides rise after what was released, fall when a month ends, and are put where finance says (R06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import db.guides
import db.outbox
import db.tiers
from db.connection import Writing
from db.outbox import Fact
from domain import tiers as rules
from domain.guides import Guide, GuideTier, knows_in_full
from domain.identity import Scope
from domain.records import record
from domain.refusals import BadInput, NotAllowed, NotFound, same_version, text_within
from domain.shares import day_of
from domain.tiers import Climber, Conditions, Figures, Rung, TierChange, TierChangeReason, TierWindow
from resolvers.context import Context
from resolvers.projections import Projection

MOST_AT_ONCE = 200


@record
class Progress:
    """Where a guide stands on the ladder, and what it did by which others are reached."""

    tier: GuideTier
    following: Rung | None
    figures: Mapping[TierWindow, Figures]
    is_locked: bool


async def ladder(ctx: Context) -> list[Rung]:
    """All tiers with what they take, the lowest first."""
    return await db.tiers.ladder(ctx.reading)


async def my_progress(ctx: Context) -> Progress:
    """Where the caller stands as a guide, and what is missing to the next tier."""
    guide = (await db.guides.guides_by_id(ctx.reading, [ctx.guide_id]))[ctx.guide_id]
    rungs = await db.tiers.ladder(ctx.reading)
    climber = Climber(
        guide.id, guide.member_id, guide.tier_id, await db.tiers.is_locked(ctx.reading, guide.id), None, 0
    )
    windows = rules.windows_at(ctx.now(), ctx.services.rules.time_zone)
    figures = (await db.tiers.figures_of(ctx.reading, [climber], windows))[guide.id]
    own = next(rung for rung in rungs if rung.tier.id == guide.tier_id)
    above = [rung for rung in rungs if rung.tier.rank > own.tier.rank]
    return Progress(own.tier, above[0] if above else None, figures, climber.is_locked)


async def changes_of(ctx: Context, guides: Sequence[Guide]) -> list[list[TierChange] | None]:
    """The log of each guide's tiers, where the caller may know it."""
    seen = [one.id for one in guides if ctx.holds(Scope.FINANCE) or knows_in_full(ctx.principal, one)]
    found = await db.tiers.changes_of(ctx.reading, seen) if seen else {}
    return [found.get(one.id, []) if one.id in seen else None for one in guides]


async def tiers_named(ctx: Context, ids: Sequence[UUID]) -> list[GuideTier]:
    """The tier with each key."""
    tiers = {tier.id: tier for tier in await db.guides.tiers(ctx.reading)}
    return [tiers[one] for one in ids]


async def save(ctx: Context, rung: Rung, known_id: UUID | None, expected_version: int | None) -> Rung:
    """Add a tier, or change one. Guides rise and fall by it from now on; what was paid keeps its rate.

    Raises:
        NotFound: there is no such tier.
        StaleVersion: somebody changed it in between.
        BadInput: something is out of bounds, another tier has the rank, or there are 20.
    """
    checked = rules.check_rung(rung)
    async with ctx.database.writing() as tx:
        known = {one.tier.id: one for one in await db.tiers.lock_ladder(tx)}
        if known_id is None:
            if len(known) >= rules.MOST_TIERS:
                raise BadInput(f"at most {rules.MOST_TIERS} tiers", f"最多 {rules.MOST_TIERS} 个等级", path=("input",))
            kept = replace(checked, tier=replace(checked.tier, id=ctx.new_id()))
        else:
            old = known.get(known_id)
            if old is None:
                raise NotFound(path=("input", "tierId"))
            same_version(old.version, expected_version or 0)
            kept = replace(checked, tier=replace(checked.tier, id=known_id), version=old.version + 1)
        await db.tiers.save(tx, kept)
        fact = {"rank": kept.tier.rank, "rate_bp": kept.tier.rate_bp, "version": kept.version}
        await db.outbox.tell(tx, "GuideTierSaved", "guide_tier", kept.tier.id, fact, ctx.now())
    return kept


async def put(
    ctx: Context, guide_id: UUID, tier_id: UUID, expected_version: int, *, is_locked: bool, note: str
) -> Guide:
    """Put a guide on a tier by hand; one that is locked stays there until it is unlocked.

    Raises:
        NotFound: there is no such guide or tier.
        NotAllowed: the caller is the guide.
        StaleVersion: somebody changed the guide in between.
        BadInput: no reason is given, or one that is too long.
    """
    said = text_within(note, 200, "input", "reason")
    async with ctx.database.writing() as tx:
        found = await db.tiers.lock(tx, [guide_id])
        if not found:
            raise NotFound(path=("input", "guideId"))
        if tier_id not in {tier.id for tier in await db.guides.tiers(tx)}:
            raise NotFound(path=("input", "tierId"))
        (climber,) = found
        if climber.member_id == ctx.member_id:
            raise NotAllowed(path=("input", "guideId"))
        same_version(climber.version, expected_version)
        await db.tiers.put(tx, guide_id, tier_id, is_locked=is_locked)
        change = TierChange(guide_id, climber.tier_id, tier_id, TierChangeReason.SET, ctx.member_id, said, ctx.now())
        await _keep(ctx, tx, [change])
        return (await db.guides.guides_by_id(tx, [guide_id]))[guide_id]


async def _keep(ctx: Context, tx: Writing, changes: Sequence[TierChange]) -> None:
    """Log changes of tiers, and tell of them in one row."""
    if not changes:
        return
    await db.tiers.log(tx, [ctx.new_id() for _ in changes], changes)
    await db.outbox.tell(tx, "GuideTiersChanged", "guide_tiers", ctx.new_id(), rules.fact_of(changes), ctx.now())


async def _moved(ctx: Context, tx: Writing, moves: Sequence[tuple[Climber, GuideTier, TierChangeReason]]) -> None:
    changes = []
    for climber, tier, reason in moves:
        await db.tiers.put(tx, climber.guide_id, tier.id, is_locked=False)
        changes.append(TierChange(climber.guide_id, climber.tier_id, tier.id, reason, None, "", ctx.now()))
    await _keep(ctx, tx, changes)


async def _figures(
    ctx: Context, tx: Writing, climbers: Sequence[Climber], wanted: Iterable[Conditions | None], at: datetime
) -> dict[UUID, Mapping[TierWindow, Figures]]:
    """What guides did in the windows that conditions look at, some hundred guides in each statement."""
    looked_at = {one.window for one in wanted if one is not None}
    spans = rules.windows_at(at, ctx.services.rules.time_zone)
    windows = {window: span for window, span in spans.items() if window in looked_at}
    found: dict[UUID, Mapping[TierWindow, Figures]] = {}
    for start in range(0, len(climbers), MOST_AT_ONCE):
        found |= await db.tiers.figures_of(tx, climbers[start : start + MOST_AT_ONCE], windows)
    return found


async def _rising(
    ctx: Context, tx: Writing, climbers: Sequence[Climber], rungs: Sequence[Rung], at: datetime
) -> list[tuple[Climber, GuideTier, TierChangeReason]]:
    """Who has reached a higher tier."""
    free = [one for one in climbers if not one.is_locked]
    if not free or not any(rung.upgrade for rung in rungs):
        return []
    figures = await _figures(ctx, tx, free, [rung.upgrade for rung in rungs], at)
    reached = ((one, rules.risen(rungs, one.tier_id, figures[one.guide_id])) for one in free)
    return [(one, tier, TierChangeReason.ROSE) for one, tier in reached if tier is not None]


async def _raise_those_released(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Let guides rise who have got more that cannot come back."""
    keys = sorted({UUID(hex=one) for fact in facts for one in fact.payload["guides"]})
    climbers = await db.tiers.lock(tx, keys)
    await _moved(ctx, tx, await _rising(ctx, tx, climbers, await db.tiers.ladder(tx), ctx.now()))


TIERS = Projection("guide tiers", frozenset({"CommissionsReleased"}), _raise_those_released)


async def review_due(ctx: Context) -> int:
    """Look at guides who were not looked at today, some hundred at once; returns how many.

    When a month has ended since, those who do not keep their tier fall; whoever has reached a higher one rises.
    """
    zone = ctx.services.rules.time_zone
    today = day_of(ctx.now(), zone)
    async with ctx.database.writing() as tx:
        climbers = await db.tiers.lock_due(tx, today, MOST_AT_ONCE)
        if not climbers:
            return 0
        rungs = await db.tiers.ladder(tx)
        falling = await _falling(
            tx, [one for one in climbers if rules.period_ended(one.reviewed_on, today)], rungs, ctx
        )
        fell = {one.guide_id for one, *_ in falling}
        rising = await _rising(ctx, tx, [one for one in climbers if one.guide_id not in fell], rungs, ctx.now())
        await _moved(ctx, tx, [*falling, *rising])
        await db.tiers.reviewed(tx, [one.guide_id for one in climbers], today)
    return len(climbers)


async def _falling(
    tx: Writing, climbers: Sequence[Climber], rungs: Sequence[Rung], ctx: Context
) -> list[tuple[Climber, GuideTier, TierChangeReason]]:
    """Who did not keep its tier in the month that has ended."""
    free = [one for one in climbers if not one.is_locked]
    if not free or not any(rung.keep for rung in rungs):
        return []
    zone = ctx.services.rules.time_zone
    end = rules.period_end(day_of(ctx.now(), zone), zone)
    figures = await _figures(ctx, tx, free, [rung.keep for rung in rungs], end)
    lost = ((one, rules.fallen(rungs, one.tier_id, figures[one.guide_id])) for one in free)
    return [(one, tier, TierChangeReason.FELL) for one, tier in lost if tier is not None]
