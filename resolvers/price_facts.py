"""What prices rest on, read for a batch of wishes, in few statements, and nothing that no wish depends on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import db.addresses
import db.live
import db.live_products
import db.offers
import db.stock
from db.connection import Reading
from db.together import together
from domain.activities import PlayTerms
from domain.addresses import Address
from domain.catalogue import Audience
from domain.coupon_wishes import NO_COUPONS, CouponWish, InHand
from domain.live import LiveProduct, LiveRoom
from domain.orders import Offer
from domain.placing import Wish
from domain.points_offers import PointsOffer
from domain.promotions.book import Book
from domain.promotions.plays import Play
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import Refusal
from domain.shipping import NO_TEMPLATES, ShippingTerms
from domain.shoppers import KnownShopper
from resolvers import coupons, points_offers, shipping
from resolvers.context import Context
from resolvers.exclusive_prices import PlayWish, exclusive_prices
from resolvers.offering import Offering, offering
from resolvers.shoppers import known_shoppers

T = TypeVar("T")


@record
class Asking:
    """Who asks for the price of what."""

    ctx: Context
    wish: Wish


@record
class Facts:
    """What was read for a batch. `plays` and `hands` are by the place of the wish."""

    offered: Offering
    gift_ids: frozenset[UUID]
    """The variants that may come along as gifts."""
    offers: Mapping[Audience, Mapping[UUID, Offer]]
    rooms: Mapping[UUID, LiveRoom]
    live: Mapping[UUID, Mapping[UUID, LiveProduct]]
    """By the room whose shelf it is, and the variant."""
    addresses: Mapping[UUID, Address]
    plays: Mapping[int, PlayTerms | Refusal]
    hands: Sequence[InHand]
    points_offers: Mapping[UUID, PointsOffer]
    shipping: ShippingTerms
    shoppers: Mapping[UUID, KnownShopper]
    fetchable: Mapping[tuple[UUID, UUID], int]
    """Units by variant and store, of what some wish would fetch."""

    def shop(self, asking: Asking) -> Mapping[UUID, Offer]:
        """What the shop sells to whoever asks; of what is fetched, as much as the store has."""
        offers, store_id = self.offers[asking.ctx.audience], asking.wish.pick_up_store_id
        if store_id is None:
            return offers
        return {key: replace(one, available=self.fetchable.get((key, store_id), 0)) for key, one in offers.items()}


async def read(reading: Reading, askings: Sequence[Asking], at: datetime, book: Book | None = None) -> Facts:
    """Everything that the prices of these wishes rest on; `book`, where it was read already."""
    services = askings[0].ctx.services
    wishes = [asking.wish for asking in askings]
    member_ids = {key for asking in askings if (key := asking.ctx.principal.member_id) is not None}
    offered = await offering(reading, services.plays, at, book)
    gift_ids = _gift_ids(offered.promotions, services.plays)
    salt, spends = services.rules.person_salt, any(wish.points for wish in wishes)
    shoppers, offers, rooms, addresses = await together(
        reading,
        lambda one: known_shoppers(one, sorted(member_ids), at, offered.book, salt, spends=spends),
        lambda one: _offers(one, _wanted(askings, gift_ids)),
        lambda one: _found(db.live.rooms_by_id, one, (wish.live_room_id for wish in wishes)),
        lambda one: _found(db.addresses.anybodys, one, (wish.address_id for wish in wishes)),
    )
    if own := _gift_ids([gift for known in shoppers.values() if (gift := known.gift) is not None], services.plays):
        gift_ids |= own
        offers = await _offers(reading, _wanted(askings, gift_ids))
    live, plays, hands, exchanged, terms, fetchable = await together(
        reading,
        lambda one: _live(one, rooms.values(), {line.variant_id for wish in wishes for line in wish.lines}),
        lambda one: _plays(one, askings, shoppers, at),
        lambda one: coupons.in_hand(one, [_coupon_wish(asking, rooms, shoppers) for asking in askings], at),
        lambda one: points_offers.offers_named(one, [line for wish in wishes for line in wish.lines]),
        lambda one: _shipping(one, offers, addresses),
        lambda one: _fetchable(one, wishes, gift_ids),
    )
    return Facts(offered, gift_ids, offers, rooms, live, addresses, plays, hands, exchanged, terms, shoppers, fetchable)


def _gift_ids(promotions: Iterable[Promotion], plays: Mapping[str, Play]) -> frozenset[UUID]:
    """The variants that may come along by promotions."""
    return frozenset(key for one in promotions if one.kind in plays for key in plays[one.kind].variants(one.terms))


def _wanted(askings: Sequence[Asking], gift_ids: frozenset[UUID]) -> Mapping[Audience, set[UUID]]:
    """The variants that are wished for or may come along, by who is shown what."""
    wanted: dict[Audience, set[UUID]] = {}
    for asking in askings:
        wanted.setdefault(asking.ctx.audience, set(gift_ids)).update(line.variant_id for line in asking.wish.lines)
    return wanted


async def _offers(reading: Reading, wanted: Mapping[Audience, set[UUID]]) -> dict[Audience, dict[UUID, Offer]]:
    return {audience: await db.offers.offers_to_any(reading, audience, list(ids)) for audience, ids in wanted.items()}


async def _fetchable(
    reading: Reading, wishes: Sequence[Wish], gift_ids: frozenset[UUID]
) -> dict[tuple[UUID, UUID], int]:
    fetched = [wish for wish in wishes if wish.pick_up_store_id is not None]
    if not fetched:
        return {}
    stores = {wish.pick_up_store_id for wish in fetched}
    variants = gift_ids.union(line.variant_id for wish in fetched for line in wish.lines)
    return await db.stock.fetchable(reading, list(variants), stores.pop() if len(stores) == 1 else None)


async def _found(
    find: Callable[[Reading, Sequence[UUID]], Awaitable[dict[UUID, T]]], reading: Reading, ids: Iterable[UUID | None]
) -> dict[UUID, T]:
    """What is found of those that are named; no statement when none is."""
    named = list({one for one in ids if one is not None})
    return await find(reading, named) if named else {}


async def _live(
    reading: Reading, rooms: Iterable[LiveRoom], variant_ids: set[UUID]
) -> dict[UUID, dict[UUID, LiveProduct]]:
    return {
        room.source_id: await db.live_products.products_by_variant(reading, room.source_id, list(variant_ids))
        for room in rooms
        if room.is_open
    }


async def _plays(
    reading: Reading, askings: Sequence[Asking], shoppers: Mapping[UUID, KnownShopper], at: datetime
) -> dict[int, PlayTerms | Refusal]:
    wishes = {}
    for i, asking in enumerate(askings):
        member_id, wish = asking.ctx.principal.member_id, asking.wish
        if wish.play is not None:
            early = shoppers[member_id].early if member_id is not None else timedelta()
            wishes[i] = PlayWish(member_id, wish.play, wish.lines, early)
    if not wishes:
        return {}
    zone = askings[0].ctx.services.rules.time_zone
    return dict(zip(wishes, await exclusive_prices(reading, list(wishes.values()), at, zone), strict=True))


def _coupon_wish(asking: Asking, rooms: Mapping[UUID, LiveRoom], shoppers: Mapping[UUID, KnownShopper]) -> CouponWish:
    """The coupons that a wish names, who has them, and where it is bought."""
    wish, me = asking.wish, asking.ctx.principal.member_id
    if not wish.coupon_ids and not wish.coupon_codes:
        return NO_COUPONS
    room = rooms.get(wish.live_room_id) if wish.live_room_id is not None else None
    stores = {room.host.store_id if room is not None else None, wish.pick_up_store_id}
    return CouponWish(
        me,
        wish.coupon_ids,
        wish.coupon_codes,
        frozenset(key for key in stores if key is not None),
        frozenset() if room is None else frozenset({room.host.guide_id}),
        frozenset() if me is None or me not in shoppers else shoppers[me].shopper.tags,
    )


async def _shipping(
    reading: Reading, offers: Mapping[Audience, Mapping[UUID, Offer]], addresses: Mapping[UUID, Address]
) -> ShippingTerms:
    if not addresses:
        return NO_TEMPLATES
    return await shipping.terms_of(reading, {offer.product_id for found in offers.values() for offer in found.values()})
