"""What can be asked of bargains (砍价): publish an offer, start a bargain, help in one, and see how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.activity_uses
import db.bargain_offers
import db.bargains
import db.members
import db.outbox
from db.connection import Writing
from domain import bargains
from domain.activities import AlreadyPublished, Uses
from domain.bargains import Bargain, BargainOffer, BargainState, BargainTerms, Help, SelfHelp
from domain.catalogue import Product
from domain.members import MemberCard
from domain.orders import OverLimit
from domain.pages import Page, PageRequest
from domain.refusals import NotFound
from resolvers import activities
from resolvers.context import Context
from resolvers.turns import each_alone


async def publish(ctx: Context, terms: BargainTerms) -> BargainOffer:
    """Let members start bargains for a variant.

    Raises:
        BadInput, NotFound: a term is out of bounds, or there is no such variant or campaign.
        BelowFloor: the lowest price is below what the variant may ever be sold for.
        AlreadyPublished: the variant is in an offer already.
    """
    terms = bargains.check_terms(terms, ctx.now())
    async with ctx.database.writing() as tx:
        await activities.check_campaign(tx, terms.campaign_id)
        product_id = await activities.product_of(tx, [terms.variant_id], "input", "variantId")
        lowest = {terms.variant_id: terms.floor_price}
        await activities.check_floors(tx, lowest, terms.starts_at, terms.ends_at, "input", "floorPrice")
        new = bargains.publish(ctx.new_id(), product_id, terms)
        if not await db.bargain_offers.add(tx, new):
            raise AlreadyPublished(path=("input", "variantId"))
        await _tell_offer(ctx, tx, "BargainOfferPublished", new)
    return new


async def end(ctx: Context, offer_id: UUID) -> BargainOffer:
    """Let nobody start a bargain any more; those that were started go on.

    Raises:
        NotFound: there is no such offer.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        found = await db.bargain_offers.lock(tx, offer_id)
        if found is None:
            raise NotFound(path=("input", "bargainOfferId"))
        await _end(ctx, tx, found)
    return bargains.end(found)


async def end_over(ctx: Context) -> int:
    """End offers whose time is over; returns how many, which is at most 50."""
    return await each_alone(ctx, db.bargain_offers.lock_over, _end)


async def _end(ctx: Context, tx: Writing, one: BargainOffer) -> None:
    ended = bargains.end(one)
    await db.bargain_offers.save_state(tx, ended)
    await _tell_offer(ctx, tx, "BargainOfferEnded", ended)


async def _tell_offer(ctx: Context, tx: Writing, kind: str, one: BargainOffer) -> None:
    fact = {"bargain_offer": one.id.hex, "variant": one.terms.variant_id.hex, "state": one.state.value}
    await db.outbox.tell(tx, kind, "bargain_offer", one.id, fact, ctx.now())


async def start(ctx: Context, offer_id: UUID) -> tuple[Bargain, bool]:
    """Start a bargain; True and the one that is under way, when the caller has one in this offer.

    Raises:
        NotFound: there is no such offer that the caller may know of.
        NotStarted: it does not run.
    """
    at, member_id = ctx.now(), ctx.member_id
    async with ctx.database.writing() as tx:
        offer = (await db.bargain_offers.offers_seen(tx, ctx.viewer, [offer_id])).get(offer_id)
        if offer is None:
            raise NotFound(path=("input", "bargainOfferId"))
        new = bargains.start(ctx.new_id(), offer, member_id, at)
        if not await db.bargains.add(tx, new):
            return (await db.bargains.open_of(tx, [offer_id], member_id))[offer_id], True
        if offer.terms.starter_cuts:
            new, first = bargains.cut(new, member_id, _share(ctx, new_member=False), at)
            await db.bargains.save(tx, new)
            await db.bargains.add_help(tx, first)
        await _tell(ctx, tx, "BargainStarted", new)
    return new, False


async def help_(ctx: Context, bargain_id: UUID) -> tuple[Bargain, Help, bool]:
    """Cut the price of somebody's bargain, once; True and that cut, when the caller did before.

    Raises:
        NotFound: there is no such bargain that the caller may know of.
        SelfHelp: it is the caller's own.
        WrongState: it is not open, its time is over, or it is at its floor.
        OverLimit: the caller has helped as often as the offer allows.
    """
    at, helper_id = ctx.now(), ctx.member_id
    async with ctx.database.writing() as tx:
        found = (await db.bargains.lock(tx, [bargain_id])).get(bargain_id)
        offers = {} if found is None else await db.bargain_offers.offers_seen(tx, ctx.viewer, [found.offer_id])
        if found is None or found.offer_id not in offers:
            raise NotFound(path=("input", "bargainId"))
        before = (await db.bargains.help_of(tx, [bargain_id], helper_id)).get(bargain_id)
        if found.member_id == helper_id:
            raise SelfHelp(path=("input", "bargainId"))
        if before is not None:
            return found, before, True
        share = _share(ctx, new_member=await _is_new(tx, helper_id, found))
        after, cut = bargains.cut(found, helper_id, share, at)
        await _count(tx, offers[found.offer_id], helper_id)
        await db.bargains.save(tx, after)
        await db.bargains.add_help(tx, cut)
        await _tell(ctx, tx, "BargainHelped", after, helper=helper_id.hex, cut_minor=cut.cut.minor)
    return after, cut, False


def _share(ctx: Context, *, new_member: bool) -> int:
    return bargains.share_of(ctx.chance(bargains.CHANCE_BYTES), new_member=new_member)


async def _is_new(tx: Writing, helper_id: UUID, bargain: Bargain) -> bool:
    """Whether the helper registered after the bargain was started: who comes to help cuts most."""
    helper = (await db.members.members_by_id(tx, [helper_id])).get(helper_id)
    return helper is not None and helper.created_at >= bargain.started_at


async def _count(tx: Writing, offer: BargainOffer, helper_id: UUID) -> None:
    most = offer.terms.helps_per_member
    if most is not None and not await db.activity_uses.count(tx, [Uses(offer.id, helper_id, 1, most)]):
        raise OverLimit(most, path=("input", "bargainId"))


async def expire(ctx: Context) -> int:
    """End bargains whose time is over; returns how many, which is at most 50."""
    return await each_alone(ctx, db.bargains.lock_expired, _expire)


async def _expire(ctx: Context, tx: Writing, one: Bargain) -> None:
    expired = bargains.move(one, BargainState.EXPIRED)
    await db.bargains.save(tx, expired)
    await _tell(ctx, tx, "BargainExpired", expired)


async def _tell(ctx: Context, tx: Writing, kind: str, one: Bargain, **others: object) -> None:
    fact = {"bargain": one.id.hex, "member": one.member_id.hex, "state": one.state.value, "helped": one.helped}
    prices = {"price_minor": one.price.minor, "floor_minor": one.floor_price.minor}
    await db.outbox.tell(tx, kind, "bargain", one.id, fact | prices | others, ctx.now())


async def bargains_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Bargain]:
    """Those of the bargains whose products the caller may know of."""
    found = await db.bargains.bargains_by_id(ctx.reading, list(dict.fromkeys(ids)))
    offers = list({one.offer_id for one in found.values()})
    seen = await db.bargain_offers.offers_seen(ctx.reading, ctx.viewer, offers)
    return {key: one for key, one in found.items() if one.offer_id in seen}


async def offers_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, BargainOffer]:
    """Those of the offers whose products the caller may know of."""
    return await db.bargain_offers.offers_seen(ctx.reading, ctx.viewer, list(dict.fromkeys(ids)))


async def offers_of(ctx: Context, products: Sequence[Product]) -> list[list[BargainOffer]]:
    """The offers of each product that run or are to come, one of a variant."""
    found = await db.bargain_offers.offers_of(ctx.reading, [one.id for one in products], ctx.now())
    return [found.get(one.id, []) for one in products]


async def running(ctx: Context, request: PageRequest) -> Page[BargainOffer]:
    """A page of the offers that run or are to come, the first to end first."""
    return await db.bargain_offers.offers(ctx.reading, ctx.viewer, ctx.now(), request)


async def offers_of_bargains(ctx: Context, found: Sequence[Bargain]) -> list[BargainOffer]:
    by_id = await db.bargain_offers.offers_by_id(ctx.reading, {one.offer_id for one in found})
    return [by_id[one.offer_id] for one in found]


async def my_bargains_of(ctx: Context, offers: Sequence[BargainOffer]) -> list[Bargain | None]:
    """The bargain that the caller has under way in each offer."""
    member_id = ctx.principal.member_id
    if member_id is None:
        return [None] * len(offers)
    found = await db.bargains.open_of(ctx.reading, [one.id for one in offers], member_id)
    return [found.get(one.id) for one in offers]


async def helps_of(ctx: Context, found: Sequence[Bargain], request: PageRequest) -> list[Page[Help]]:
    """A page of the cuts of each bargain, the latest first."""
    return await db.bargains.helps_of(ctx.reading, [one.id for one in found], request)


async def my_help_of(ctx: Context, found: Sequence[Bargain]) -> list[Help | None]:
    """What the caller cut off each bargain."""
    member_id = ctx.principal.member_id
    if member_id is None:
        return [None] * len(found)
    own = await db.bargains.help_of(ctx.reading, [one.id for one in found], member_id)
    return [own.get(one.id) for one in found]


async def starters_of(ctx: Context, found: Sequence[Bargain]) -> list[MemberCard]:
    cards = await db.members.cards_of(ctx.reading, list({one.member_id for one in found}))
    return [cards[one.member_id] for one in found]


async def helpers_of(ctx: Context, helps: Sequence[Help]) -> list[MemberCard]:
    cards = await db.members.cards_of(ctx.reading, list({one.helper_id for one in helps}))
    return [cards[one.helper_id] for one in helps]
