"""Pricing: the quotes of wishes, from facts that are read for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from db.connection import Reading
from domain.activities import PlayTerms
from domain.addresses import Address
from domain.catalogue import Audience
from domain.live import LiveProduct, LiveRoom, RoomClosed, is_seen_by
from domain.orders import CartLine, Delivery, Offer
from domain.placing import PricedCart, PricedLine, Wish, check_wish
from domain.price_floors import Channel
from domain.private_products import is_admitted
from domain.promotions import pricing
from domain.promotions.book import Book
from domain.promotions.plays import Play
from domain.promotions.quotes import Circumstances, Quote
from domain.promotions.sheet import ExclusivePrice, Item
from domain.promotions.stages import PLAYS, Stage
from domain.records import record
from domain.refusals import NotFound, Refusal, Refusals
from domain.shoppers import VISITOR, KnownShopper
from resolvers import points_offers, price_facts
from resolvers.context import Context
from resolvers.price_facts import Asking, Facts

LIVE = "LIVE"


@record
class Priced:
    """A wish with its price, and what an order of it is made of.

    `counted` are the promotions that were applied and that count their uses. `obstacles`: why it cannot be ordered,
    beside what the quote says. `unpaid` are the places that unpaid orders of the member take.
    """

    asking: Asking
    quote: Quote
    offers: Mapping[UUID, Offer]
    """What the shop sells, by variant."""
    chosen: Sequence[Offer]
    """As what each line of the wish is sold: from the shop, a shelf or a play."""
    room: LiveRoom | None
    address: Address | None
    play: PlayTerms | None
    counted: tuple[UUID, ...]
    obstacles: tuple[Refusal, ...]
    unpaid: frozenset[int]

    @property
    def cart(self) -> PricedCart:
        """The price, and how many units of each line can be ordered."""
        lines = (PricedLine(line, self.chosen[line.item.position].available) for line in self.quote.lines)
        return PricedCart(self.quote, tuple(lines), self.obstacles)


async def quote_of(ctx: Context, wish: Wish) -> Priced:
    """What a wish costs now. It promises nothing: prices and stock may change.

    Raises:
        BadInput: the wish is out of bounds, or its parts do not fit together.
        Refusals: something that is wished for does not exist for the caller, or its play cannot be had.
    """
    (priced,) = await prices(ctx.reading, [Asking(ctx, check_wish(wish))], ctx.now())
    if isinstance(priced, Refusals):
        raise priced
    return priced


async def prices(
    reading: Reading, askings: Sequence[Asking], at: datetime, book: Book | None = None
) -> list[Priced | Refusals]:
    """What each wish costs at a time, or why that cannot be said; by a book that was just read, or one read here."""
    facts = await price_facts.read(reading, askings, at, book)
    pricer = _Pricer(askings[0].ctx.services.plays, facts.offered.book)
    return [_priced(facts, i, asking, at, pricer) for i, asking in enumerate(askings)]


def _priced(facts: Facts, i: int, asking: Asking, at: datetime, pricer: _Pricer) -> Priced | Refusals:
    wish, offers = asking.wish, facts.shop(asking)
    room = facts.rooms.get(wish.live_room_id) if wish.live_room_id is not None else None
    address = facts.addresses.get(wish.address_id) if wish.address_id is not None else None
    play = facts.plays.get(i)
    missing = [*_missing(facts, asking, room, address, at), *([play] if isinstance(play, Refusal) else [])]
    if missing:
        return Refusals(missing)
    assert not isinstance(play, Refusal), "a refusal is missing"
    shelf = facts.live.get(room.source_id, {}) if room is not None and play is None else {}
    chosen = [_chosen(offers[one.variant_id], one, shelf.get(one.variant_id), play) for one in wish.lines]
    items = [_item(n, one, chosen[n], _exclusive(facts, one, play)) for n, one in enumerate(wish.lines)]
    around = _around(facts, i, asking, items, address, at)
    quote = pricer.quote(items, around)
    counted = tuple(key for key in quote.promotion_ids if key in facts.offered.book.counted)
    obstacles: list[Refusal] = []
    if facts.hands[i].refused:
        quote = replace(quote, refused_coupons=(*facts.hands[i].refused, *quote.refused_coupons))
    if room is not None and not room.is_open:
        obstacles.append(RoomClosed(room.state.value))
    if wish.delivery is Delivery.SHIP and address is not None:
        obstacles += facts.shipping.to(address.province, address.city).refusals(items)
    unpaid = _buyer(facts, asking).unpaid
    return Priced(asking, quote, offers, chosen, room, address, play, counted, tuple(obstacles), unpaid)


class _Pricer:
    """Prices the wishes of a batch. One that is like the one before is not priced again: in a crowd most are."""

    def __init__(self, plays: Mapping[str, Play], book: Book) -> None:
        self._plays, self._book = plays, book
        self._before: tuple[Sequence[Item], Circumstances, Quote] | None = None

    def quote(self, items: Sequence[Item], around: Circumstances) -> Quote:
        """The price without promotions that would take more off than their whole budget."""
        if self._before is None or self._before[:2] != (items, around):
            self._before = items, around, self._quoted(items, around)
        return self._before[2]

    def _quoted(self, items: Sequence[Item], around: Circumstances) -> Quote:
        quote = pricing.quote(items, around, self._plays)
        while without := self._book.too_much(quote):
            around = replace(around, promotions=[one for one in around.promotions if one.id not in without])
            quote = pricing.quote(items, around, self._plays)
        return quote


def _buyer(facts: Facts, asking: Asking) -> KnownShopper:
    member_id = asking.ctx.principal.member_id
    return facts.shoppers[member_id] if member_id is not None else VISITOR


def _around(
    facts: Facts, i: int, asking: Asking, items: Sequence[Item], address: Address | None, at: datetime
) -> Circumstances:
    ctx, wish = asking.ctx, asking.wish
    book, known = facts.offered.book, _buyer(facts, asking)
    channel = Channel.LIVE if wish.live_room_id is not None else Channel.SHOP
    ships = wish.delivery is Delivery.SHIP and address is not None
    points = known.points - sum(item.exclusive.points * item.quantity for item in items if item.exclusive is not None)
    gifts = facts.shop(asking) if facts.gift_ids else {}
    return Circumstances(
        at,
        ctx.services.rules.time_zone,
        known.shopper,
        promotions=[*facts.offered.promotions_for(known), *([known.gift] if known.gift is not None else [])],
        price_lists=book.price_lists,
        coupons=facts.hands[i].coupons,
        coupons_go_together=ctx.services.rules.coupons.go_together,
        points=ctx.services.rules.points.terms(max(0, min(wish.points, points)), known.points_bp),
        shipping=facts.shipping.to(address.province, address.city) if ships and address is not None else None,
        floors=book.floors_at(at, channel, [item.variant_id for item in items]),
        gifts_in_stock={key: gifts[key].available for key in facts.gift_ids if key in gifts},
        needs_gifts=ctx.services.rules.orders_need_gifts,
        changes_at=[one for one in (known.changes_at, known.points_end if wish.points else None) if one is not None],
    )


def _missing(
    facts: Facts, asking: Asking, room: LiveRoom | None, address: Address | None, at: datetime
) -> Iterator[Refusal]:
    """What is wished for and does not exist for the caller, or cannot be had now."""
    ctx, wish = asking.ctx, asking.wish
    if wish.live_room_id is not None and (room is None or not is_seen_by(room, ctx.principal)):
        yield NotFound(path=("input", "liveRoomId"))
    if wish.address_id is not None and (address is None or address.member_id != ctx.principal.member_id):
        yield NotFound(path=("input", "addressId"))
    for i, line in enumerate(wish.lines):
        if not _is_offered(facts, ctx, line.variant_id):
            yield NotFound(path=("input", "lines", str(i), "variantId"))
        if (refusal := points_offers.refusal_of(line, i, facts.points_offers, at)) is not None:
            yield refusal


def _is_offered(facts: Facts, ctx: Context, variant_id: UUID) -> bool:
    """Whether the caller may buy it: what is private, only those whom it admits (R25)."""
    offer = facts.offers[ctx.audience].get(variant_id)
    if offer is None or offer.admits is None or ctx.audience is Audience.STAFF:
        return offer is not None
    member_id = ctx.principal.member_id
    return member_id is not None and is_admitted(offer.admits, facts.shoppers[member_id].shopper)


def _chosen(shop: Offer, line: CartLine, live: LiveProduct | None, play: PlayTerms | None) -> Offer:
    """As what a line is sold: from the shelf, unless its price is that of a points offer or of an add-on.

    A shelf that goes with sets sells add-ons as well: they lower its price.
    """
    is_plain = line.points_offer_id is None and line.add_on_of is None
    if live is not None and (is_plain or (line.add_on_of is not None and Stage.ITEM_SET in live.goes_with)):
        return _live_offer(shop, live)
    if play is not None and play.available is not None:
        return replace(shop, available=play.available)
    return shop


def _live_offer(shop: Offer, live: LiveProduct) -> Offer:
    """At what a variant can be had from the shelf of an open room."""
    card = live.card
    return replace(
        shop,
        live_price=card.live_price,
        available=card.live_stock,
        live_product_id=live.id,
        limit_per_member=card.limit_per_member,
        goes_with=live.goes_with,
    )


def _exclusive(facts: Facts, line: CartLine, play: PlayTerms | None) -> ExclusivePrice | None:
    """The price of the points offer that a line names, else that of the order's play."""
    if line.points_offer_id is not None:
        return facts.points_offers[line.points_offer_id].exclusive()
    return play.exclusive if play is not None else None


def _item(position: int, line: CartLine, offer: Offer, exclusive: ExclusivePrice | None) -> Item:
    if offer.live_product_id is not None and offer.live_price is not None:
        blocks = PLAYS - offer.goes_with
        exclusive = ExclusivePrice(LIVE, offer.live_product_id, offer.live_price.minor, blocks, set_aside=True)
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
