"""What operators do to promotions: draft, change, publish, pause, end; and who may look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import db.outbox
import db.price_floors
import db.promotion_checks
import db.promotion_editions
import db.promotions
from db.connection import Reading, Writing
from domain.filters import Condition, check_depth
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.promotions.audiences import AudienceKind
from domain.promotions.life import (
    Planned,
    PromotionDraft,
    PromotionState,
    check_limits,
    drafted,
    moved,
    redrafted,
)
from domain.promotions.plays import Play
from domain.promotions.plays.first_order import FirstOrder
from domain.promotions.publishing import (
    PromotionOverlaps,
    bundled,
    check_floors,
    check_frame,
    check_still_to_come,
    floors_in_time,
    overlap,
    unit_prices,
)
from domain.promotions.slots import check_slots
from domain.promotions.terms import Promotion
from domain.refusals import BadInput, NotFound, same_version
from resolvers import activities, price_checks
from resolvers.context import Context

ENDED_AT_ONCE = 100


async def create(ctx: Context, draft: PromotionDraft) -> Planned:
    """Draft a promotion; nobody can have it before it is published.

    Raises:
        BadInput: something is out of bounds.
        NotFound: there is no such campaign.
    """
    draft = _checked(ctx, draft)
    new = drafted(replace(draft, promotion=replace(draft.promotion, id=ctx.new_id())), ctx.now())
    async with ctx.database.writing() as tx:
        await activities.check_campaign(tx, draft.campaign_id)
        await db.promotions.add(tx, new)
        await _tell(ctx, tx, "PromotionSaved", new)
    return new


async def update(ctx: Context, promotion_id: UUID, draft: PromotionDraft, expected: int | None = None) -> Planned:
    """Change a promotion that nobody can have now: a draft, or one that is paused.

    Raises:
        BadInput: something is out of bounds, it is another play, orders have it and it is of another campaign, or a
            limit is below what is used.
        NotFound: there is no such promotion or campaign.
        WrongState: it is published or ended.
        StaleVersion: it changed since its author read it.
    """
    draft = _checked(ctx, draft)
    async with ctx.database.writing() as tx:
        planned = await _locked(ctx, tx, promotion_id, expected)
        changed = redrafted(planned, draft, ctx.now())
        await activities.check_campaign(tx, draft.campaign_id)
        await db.promotions.save(tx, changed)
        await _tell(ctx, tx, "PromotionSaved", changed)
    return changed


def _checked(ctx: Context, draft: PromotionDraft) -> PromotionDraft:
    """The draft, held to all bounds that need no look at others. An offer for first orders is for new customers."""
    promotion = draft.promotion
    check_frame(promotion)
    check_slots(promotion.slots, "input", "slots")
    check_limits(draft.limits)
    play = _play_of(ctx, promotion)
    try:
        play.check(promotion.terms)
    except BadInput as refusal:
        raise BadInput(refusal.rule, refusal.rule_zh, path=("input", "play", *refusal.path)) from None
    if promotion.kind == FirstOrder.kind:
        whom = replace(promotion.audience, kind=AudienceKind.NEW_CUSTOMER, ids=frozenset())
        return replace(draft, promotion=replace(promotion, audience=whom))
    return draft


def _play_of(ctx: Context, promotion: Promotion) -> Play:
    play = ctx.services.plays.get(promotion.kind)
    if play is None:
        raise BadInput(f"one of {', '.join(sorted(ctx.services.plays))}", "未知的活动类型", path=("input", "play"))
    return play


async def publish(ctx: Context, promotion_id: UUID, expected: int | None = None) -> Planned:
    """Let people have a promotion, from its start on.

    Raises:
        NotFound: there is no such promotion.
        WrongState: it is published or ended.
        StaleVersion: it changed since the caller read it.
        BadInput: its time is over, its play is not installed, or its terms make no sense any more.
        PromotionOverlaps: it goes with no other, and neither does one that has some of its goods at that time.
        Refusals of BelowFloor, of NoRealDiscount: its prices are too low, or shown as a discount and too high.
    """
    async with ctx.database.writing() as tx:
        await db.promotion_checks.take_turn(tx)
        planned = await _locked(ctx, tx, promotion_id, expected)
        published = moved(planned, PromotionState.PUBLISHED, ctx.now())
        await _check_publishable(ctx, tx, published)
        await _move(ctx, tx, planned, published, "PromotionPublished")
    return published


async def _check_publishable(ctx: Context, tx: Writing, planned: Planned) -> None:
    promotion, at = planned.promotion, ctx.now()
    _checked(ctx, PromotionDraft(promotion, planned.limits, planned.campaign_id))
    check_still_to_come(promotion, at)
    await check_terms_floors(tx, promotion, ctx.services.plays, at)
    if planned.shown_as_discount:
        await price_checks.check_discounts(ctx, tx, unit_prices(promotion), "input", "promotionId")
    if promotion.exclusive:
        await _check_overlap(tx, promotion, ctx.services.plays)


async def check_terms_floors(reading: Reading, promotion: Promotion, plays: Mapping[str, Play], at: datetime) -> None:
    """Hold a promotion to the price floors of its time, as far as that can be known before there is a cart (R26).

    Raises:
        Refusals of BelowFloor: it could sell some units for less.
    """
    floors = floors_in_time(await db.price_floors.floors(reading), promotion.starts_at, promotion.ends_at)
    if floors:
        goods = await price_checks.goods_of(reading, floors.keys() | bundled(promotion).keys())
        check_floors(promotion, goods, floors, plays, at, "input", "promotionId")


async def _check_overlap(tx: Writing, promotion: Promotion, plays: Mapping[str, Play]) -> None:
    """Refuse what has some of the goods of another at the same time, when neither goes with others."""
    own_stage = plays[promotion.kind].stage
    others = [
        other.promotion
        for other in await db.promotions.published(tx, plays)
        if other.promotion.exclusive and other.id != promotion.id and plays[other.promotion.kind].stage is own_stage
    ]
    if not others:
        return
    scopes = [one.scope for one in (promotion, *others)]
    above = await db.promotion_checks.above(
        tx,
        {key for scope in scopes for key in scope.product_ids},
        {key for scope in scopes for key in scope.category_ids},
    )
    for other in others:
        if overlap(promotion, other, above):
            raise PromotionOverlaps(other.id, other.name, path=("input", "promotionId"))


async def pause(ctx: Context, promotion_id: UUID, expected: int | None = None) -> Planned:
    """Let nobody have a promotion for a while. Orders that were placed with it keep what it gave.

    Raises:
        NotFound, StaleVersion: as `publish`.
        WrongState: it is not published.
    """
    return await _leave(ctx, promotion_id, PromotionState.PAUSED, "PromotionPaused", expected)


async def end(ctx: Context, promotion_id: UUID, expected: int | None = None) -> Planned:
    """End a promotion for good.

    Raises:
        NotFound, StaleVersion: as `publish`.
        WrongState: it has ended.
    """
    return await _leave(ctx, promotion_id, PromotionState.ENDED, "PromotionEnded", expected)


async def _leave(ctx: Context, promotion_id: UUID, to: PromotionState, fact: str, expected: int | None) -> Planned:
    async with ctx.database.writing() as tx:
        planned = await _locked(ctx, tx, promotion_id, expected)
        after = moved(planned, to, ctx.now())
        await _move(ctx, tx, planned, after, fact)
    return after


async def end_those_over(ctx: Context) -> int:
    """End promotions whose time is over, so that the book holds only what can still be had; returns how many."""
    done = 0
    while done < ENDED_AT_ONCE:
        async with ctx.database.writing() as tx:
            found = await db.promotions.lock_over(tx, ctx.services.plays, ctx.now(), 1)
            if not found:
                break
            await _move(ctx, tx, found[0], moved(found[0], PromotionState.ENDED, ctx.now()), "PromotionEnded")
        done += 1
    return done


async def _locked(ctx: Context, tx: Writing, promotion_id: UUID, expected: int | None) -> Planned:
    planned = await db.promotions.lock(tx, ctx.services.plays, promotion_id)
    if planned is None:
        raise NotFound(path=("input", "promotionId"))
    same_version(planned.version, expected)
    return planned


async def _move(ctx: Context, tx: Writing, before: Planned, after: Planned, fact: str) -> None:
    await db.promotions.save(tx, after)
    await db.promotions.log_move(tx, before, after, ctx.principal.member_id)
    await _tell(ctx, tx, fact, after)
    await db.promotion_editions.turn(tx)


async def _tell(ctx: Context, tx: Writing, fact: str, planned: Planned) -> None:
    payload: dict[str, Any] = {
        "promotion": planned.id.hex,
        "kind": planned.promotion.kind,
        "state": planned.state.value,
        "version": planned.version,
    }
    await db.outbox.tell(tx, fact, "promotion", planned.id, payload, ctx.now())


async def promotions(ctx: Context, request: PageRequest, where: Condition) -> Page[Planned]:
    """A page of all promotions, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.promotions.promotions(ctx.reading, ctx.services.plays, request, where)


async def promotions_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Planned]:
    return await db.promotions.promotions_by_id(ctx.reading, ctx.services.plays, list(dict.fromkeys(ids)))


async def for_operators(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Planned]:
    """The promotions, for operators alone."""
    return await promotions_by_id(ctx, ids) if ctx.holds(Scope.OPERATOR) else {}


async def promotion(ctx: Context, promotion_id: UUID) -> Planned | None:
    return (await promotions_by_id(ctx, [promotion_id])).get(promotion_id)
