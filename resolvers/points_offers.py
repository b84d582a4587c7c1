"""What can be asked of points offers: publish and end one, see what there is, and what each may still have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import db.activity_uses
import db.offers
import db.outbox
import db.points_offers
from db.connection import Reading, Writing
from domain import points_offers as rules
from domain.activities import ActivityState, NotStarted
from domain.catalogue import Audience
from domain.filters import Condition
from domain.identity import Scope
from domain.orders import CartLine
from domain.pages import Page, PageRequest
from domain.points_offers import PointsOffer, PointsOfferTerms
from domain.refusals import NotFound, Refusal
from resolvers import activities, price_checks
from resolvers.context import Context

SHOWN = 50


async def publish(ctx: Context, terms: PointsOfferTerms) -> PointsOffer:
    """Offer a variant for points.

    Raises:
        BadInput: a term is out of bounds.
        NotFound: there is no such variant on sale, or campaign.
        Refusals of BelowFloor: the money is less than it may be sold for.
    """
    new = PointsOffer(ctx.new_id(), ActivityState.PUBLISHED, rules.check_terms(terms, ctx.now()))
    async with ctx.database.writing() as tx:
        await activities.check_campaign(tx, terms.campaign_id)
        if not await db.offers.offers_of(tx, Audience.STAFF, [terms.variant_id]):
            raise NotFound(path=("input", "variantId"))
        price = {terms.variant_id: terms.price}
        await price_checks.check_floors(tx, price, terms.starts_at, terms.ends_at, "input", "price")
        await db.points_offers.add(tx, new)
        await _tell(ctx, tx, "PointsOfferPublished", new)
    return new


async def end(ctx: Context, offer_id: UUID) -> tuple[PointsOffer, bool]:
    """End an offer before its time; orders that were placed stay as they are. True when it was ended before.

    Raises:
        NotFound: there is no such offer.
    """
    async with ctx.database.writing() as tx:
        found = (await db.points_offers.lock(tx, [offer_id])).get(offer_id)
        if found is None:
            raise NotFound(path=("input", "pointsOfferId"))
        if found.state is ActivityState.ENDED:
            return found, True
        ended = replace(found, state=ActivityState.ENDED)
        await db.points_offers.end(tx, offer_id)
        await _tell(ctx, tx, "PointsOfferEnded", ended)
    return ended, False


async def _tell(ctx: Context, tx: Writing, kind: str, offer: PointsOffer) -> None:
    await db.outbox.tell(
        tx, kind, "points_offer", offer.id, rules.fact_of(offer) | {"by": ctx.member_id.hex}, ctx.now()
    )


async def offers_named(reading: Reading, lines: Iterable[CartLine]) -> dict[UUID, PointsOffer]:
    """The offers that lines name; no statement when they name none."""
    named = sorted({line.points_offer_id for line in lines if line.points_offer_id is not None})
    return await db.points_offers.offers_by_id(reading, named) if named else {}


def refusal_of(line: CartLine, position: int, offers: Mapping[UUID, PointsOffer], at: datetime) -> Refusal | None:
    """Why a line cannot be had by the offer that it names; None when it can, or names none."""
    if line.points_offer_id is None:
        return None
    path = ("input", "lines", str(position), "pointsOfferId")
    offer = offers.get(line.points_offer_id)
    if offer is None or offer.terms.variant_id != line.variant_id:
        return NotFound(path=path)
    return None if rules.is_open(offer, at) else NotStarted(offer.terms.starts_at, offer.terms.ends_at, path=path)


async def running(ctx: Context) -> list[PointsOffer]:
    """Offers of what the caller may see that are on or will be, those first that end first, at most 50."""
    found = await db.points_offers.running(ctx.reading, ctx.now(), SHOWN)
    seen = await db.offers.offers_of(ctx.reading, ctx.viewer, list({one.terms.variant_id for one in found}))
    return [one for one in found if one.terms.variant_id in seen]


async def offers(ctx: Context, request: PageRequest, where: Condition) -> Page[PointsOffer]:
    """A page of all offers, for those who make them."""
    return await db.points_offers.offers(ctx.reading, request, where)


async def offers_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, PointsOffer]:
    """Those of the offers whose variant the caller may see."""
    found = await db.points_offers.offers_by_id(ctx.reading, list(dict.fromkeys(ids)))
    if ctx.holds(Scope.OPERATOR):
        return found
    seen = await db.offers.offers_of(ctx.reading, ctx.viewer, list({one.terms.variant_id for one in found.values()}))
    return {key: one for key, one in found.items() if one.terms.variant_id in seen}


async def taken_by_me(ctx: Context, found: Sequence[PointsOffer]) -> list[int]:
    """How many units of each offer the caller has; none for a visitor."""
    me = ctx.principal.member_id
    if me is None:
        return [0] * len(found)
    used = await db.activity_uses.used_by(ctx.reading, [(one.id, me) for one in found])
    return [used.get((one.id, me), 0) for one in found]
