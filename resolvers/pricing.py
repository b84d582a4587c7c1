"""Pricing: what is read to price a wish, for one or for a batch of them, and the quotes that come of it.

Each fact is read in one statement for the whole batch, and not at all when no wish depends on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import db.addresses
import db.live
import db.live_products
import db.offers
from db.connection import Reading
from domain.addresses import Address
from domain.catalogue import Audience
from domain.live import LiveProduct, LiveRoom, is_seen_by
from domain.orders import CartLine, Offer
from domain.placing import PricedCart, PricedLine, Wish, check_wish
from domain.promotions import pricing
from domain.promotions.quotes import Circumstances, Quote
from domain.promotions.sheet import ExclusivePrice, Item
from domain.refusals import NotFound, Refusal, Refusals
from resolvers.context import Context

T = TypeVar("T")
LIVE = "LIVE"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for the price of what."""

    ctx: Context
    wish: Wish


@dataclass(frozen=True, slots=True)
class Priced:
    """A wish with its price, and what an order of it is made of."""

    asking: Asking
    quote: Quote
    offers: Mapping[UUID, Offer]
    room: LiveRoom | None
    address: Address | None

    @property
    def cart(self) -> PricedCart:
        """The price, and how many units of each line can be ordered."""
        lines = (PricedLine(line, self.offers[line.item.variant_id].available) for line in self.quote.lines)
        return PricedCart(self.quote, tuple(lines))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read for a batch."""

    offers: Mapping[Audience, Mapping[UUID, Offer]]
    rooms: Mapping[UUID, LiveRoom]
    live: Mapping[UUID, Mapping[UUID, LiveProduct]]
    addresses: Mapping[UUID, Address]


async def quote_of(ctx: Context, wish: Wish) -> Priced:
    """What a wish costs now. It promises nothing: prices and stock may change.

    Raises:
        Refusals: something that is wished for does not exist for the caller.
    """
    (priced,) = await prices(ctx.reading, [Asking(ctx, check_wish(wish))], ctx.now())
    if isinstance(priced, Refusals):
        raise priced
    return priced


async def prices(reading: Reading, askings: Sequence[Asking], at: datetime) -> list[Priced | Refusals]:
    """What each wish costs at a time, or why that cannot be said."""
    facts = await _read(reading, askings)
    return [_priced(facts, asking, at) for asking in askings]


async def _read(reading: Reading, askings: Sequence[Asking]) -> _Facts:
    wishes = [asking.wish for asking in askings]
    wanted: dict[Audience, set[UUID]] = {}
    for asking in askings:
        wanted.setdefault(asking.ctx.audience, set()).update(line.variant_id for line in asking.wish.lines)
    rooms = await _found(db.live.rooms_by_id, reading, (wish.live_room_id for wish in wishes))
    variant_ids = list(set().union(*wanted.values()))
    return _Facts(
        offers={audience: await db.offers.offers_of(reading, audience, list(ids)) for audience, ids in wanted.items()},
        rooms=rooms,
        live={
            room.source_id: await db.live_products.products_by_variant(reading, room.source_id, variant_ids)
            for room in rooms.values()
            if room.is_open
        },
        addresses=await _found(db.addresses.anybodys, reading, (wish.address_id for wish in wishes)),
    )


async def _found(
    find: Callable[[Reading, Sequence[UUID]], Awaitable[dict[UUID, T]]], reading: Reading, ids: Iterable[UUID | None]
) -> dict[UUID, T]:
    """What is found of those that are named; no statement when none is."""
    named = list({one for one in ids if one is not None})
    return await find(reading, named) if named else {}


def _priced(facts: _Facts, asking: Asking, at: datetime) -> Priced | Refusals:
    ctx, wish = asking.ctx, asking.wish
    offers = facts.offers[ctx.audience]
    room = facts.rooms.get(wish.live_room_id) if wish.live_room_id is not None else None
    address = facts.addresses.get(wish.address_id) if wish.address_id is not None else None
    missing = list(_missing(asking, offers, room, address))
    if missing:
        return Refusals(missing)
    shelf = facts.live.get(room.source_id, {}) if room is not None else {}
    offers = {line.variant_id: _offer(offers[line.variant_id], shelf.get(line.variant_id)) for line in wish.lines}
    around = Circumstances(at, ctx.services.rules.time_zone)
    quote = pricing.quote([_item(i, line, offers[line.variant_id]) for i, line in enumerate(wish.lines)], around)
    return Priced(asking, quote, offers, room, address)


def _missing(
    asking: Asking, offers: Mapping[UUID, Offer], room: LiveRoom | None, address: Address | None
) -> Iterator[Refusal]:
    """What is wished for and does not exist for the caller."""
    ctx, wish = asking.ctx, asking.wish
    if wish.live_room_id is not None and (room is None or not is_seen_by(room, ctx.principal)):
        yield NotFound(path=("input", "liveRoomId"))
    if wish.address_id is not None and (address is None or address.member_id != ctx.principal.member_id):
        yield NotFound(path=("input", "addressId"))
    for i, line in enumerate(wish.lines):
        if line.variant_id not in offers:
            yield NotFound(path=("input", "lines", str(i), "variantId"))


def _offer(shop: Offer, live: LiveProduct | None) -> Offer:
    """At what a variant can be had: from the open room's shelf where it stands there, else from the shop."""
    if live is None:
        return shop
    card = live.card
    return replace(
        shop,
        live_price=card.live_price,
        available=card.live_stock,
        live_product_id=live.id,
        limit_per_member=card.limit_per_member,
    )


def _item(position: int, line: CartLine, offer: Offer) -> Item:
    exclusive = None
    if offer.live_product_id is not None and offer.live_price is not None:
        exclusive = ExclusivePrice(LIVE, offer.live_product_id, offer.live_price.minor)
    return Item(
        position,
        offer.variant_id,
        offer.product_id,
        offer.category_ids,
        offer.name,
        line.quantity,
        offer.unit_price.minor,
        offer.live_product_id,
        exclusive,
        line.add_on_of,
        offer.weight_g,
    )
