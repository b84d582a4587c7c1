"""Placing orders: many at once, each wholly or not at all (performance, "Orders").

A batch is priced and credited first (`ready`), which promises nothing; then, in one transaction, what it wants is taken
(`take`) and written (`keep`). What is read is read for the batch, what runs out is decided in memory under the locks of
its rows, first come first served, and all is written in one statement. So the number of statements does not
depend on how many orders there are, nor on how many lines they have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import db.orders
import db.placing
import db.promotions
from db.connection import Reading, Writing
from db.together import together
from db.writes import Write
from domain import orders
from domain.attribution import Decision
from domain.evidence import Claimant
from domain.idempotency import Request
from domain.money import Money
from domain.orders import LineKind, Offer, Order, OrderLine, OrderState, PriceStep, ShippingAddress
from domain.outages import Contended
from domain.placing import PriceChanged, TooManyUnpaid, place_among_unpaid
from domain.promotions.quotes import GiftLine, Quote, QuotedLine, check_orderable
from domain.promotions.sheet import Step
from domain.promotions.uses import PromotionUsedUp
from domain.records import record
from domain.refusals import KeyReused, Refusal, Refusals
from domain.stock import OutOfStock
from resolvers import attributions, pricing
from resolvers.bargain_taking import BargainTaking
from resolvers.cart_taking import CartTaking
from resolvers.context import Context
from resolvers.coupon_taking import CouponTaking
from resolvers.group_taking import GroupTaking
from resolvers.live_taking import LiveTaking
from resolvers.points_offer_taking import PointsOfferTaking
from resolvers.points_taking import PointsTaking
from resolvers.price_facts import Asking
from resolvers.pricing import Priced
from resolvers.promotion_taking import PromotionTaking
from resolvers.seckill_taking import SeckillTaking
from resolvers.stock_taking import StockTaking
from resolvers.taking import Draft, Taking

TAKINGS: Sequence[Callable[[], Taking]] = (
    CartTaking,
    LiveTaking,
    GroupTaking,
    BargainTaking,
    SeckillTaking,
    PointsOfferTaking,
    PromotionTaking,
    CouponTaking,
    StockTaking,
    PointsTaking,
)
"""Everything limited that an order may take, in the order in which everybody locks."""


@record
class Posted:
    """A wish that waits to be placed, under the key of its request."""

    asking: Asking
    request: Request

    @property
    def key(self) -> tuple[str, str]:
        return self.request.owner, self.request.key


@record
class Placed:
    """The answer to a wish: the order, whether it was placed before, and whether its code meant nothing."""

    order: Order
    replayed: bool = False
    code_ignored: bool = False


@record
class Ready:
    """A batch of orders that can be placed as far as one knows without a lock.

    `outcomes` has the answers of those that are answered already, else None; `wanted` are the others: the place of
    each in the batch, the order, and whom it is credited to.
    """

    batch: Sequence[Posted]
    outcomes: list[Placed | Refusals | None]
    wanted: Sequence[tuple[int, Draft, Decision]]
    kept: list[db.placing.Kept]
    taken: list[Write]


async def ready(reading: Reading, batch: Sequence[Posted], at: datetime) -> Ready:
    """Look up what was answered before; price and credit the rest. No two orders of a batch are of one request."""
    (edition, answered), decided = await together(
        reading,
        lambda one: db.placing.opening(one, [posted.request for posted in batch]),
        lambda one: _decided(one, batch, _outside_rooms(batch), at),
    )
    outcomes = await _replayed(reading, batch, answered)
    fresh = [i for i, outcome in enumerate(outcomes) if outcome is None]
    priced = await _priced(reading, [batch[i].asking for i in fresh], edition, at) if fresh else []
    for i, one in zip(fresh, priced, strict=True):
        outcomes[i] = _obstacles(one)
    wanted = list(_with_places(zip(fresh, priced, strict=True), outcomes))
    decided |= await _decided(reading, batch, _in_rooms(wanted), at)
    drafts = [(i, _draft(one, decided[i], place, at), decided[i]) for i, one, place in wanted]
    return Ready(batch, outcomes, drafts, [], [])


def _outside_rooms(batch: Sequence[Posted]) -> dict[int, Claimant]:
    """Who orders, by the place of the wish; of those in live rooms it is not known yet whose room that is."""
    askings = {i: posted.asking for i, posted in enumerate(batch) if posted.asking.wish.live_room_id is None}
    return {i: Claimant(asking.ctx.member_id, asking.wish.code) for i, asking in askings.items()}


def _in_rooms(wanted: Iterable[tuple[int, Priced, int | None]]) -> dict[int, Claimant]:
    return {
        i: Claimant(one.asking.ctx.member_id, one.asking.wish.code, one.room.host.guide_id, one.room.host.store_id)
        for i, one, _ in wanted
        if one.room is not None
    }


async def _decided(
    reading: Reading, batch: Sequence[Posted], claimants: Mapping[int, Claimant], at: datetime
) -> dict[int, Decision]:
    """Whom the orders are credited to; no statement where nobody orders."""
    if not claimants:
        return {}
    ctx = batch[0].asking.ctx
    found = await attributions.attribute_orders(ctx, reading, list(claimants.values()), at)
    return dict(zip(claimants, found, strict=True))


async def _priced(
    reading: Reading, askings: Sequence[Asking], edition: UUID | None, at: datetime
) -> list[Priced | Refusals]:
    book = await db.promotions.book_of(reading, askings[0].ctx.services.plays, edition)
    return await pricing.prices(reading, askings, at, book)


async def _replayed(
    reading: Reading, batch: Sequence[Posted], answered: Mapping[tuple[str, str], tuple[str, Any]]
) -> list[Placed | Refusals | None]:
    """What requests get that were answered before: the order as it is now, or that their key is of another request."""
    outcomes: list[Placed | Refusals | None] = [None] * len(batch)
    again: dict[int, tuple[UUID, bool]] = {}
    for i, posted in enumerate(batch):
        if posted.key not in answered:
            continue
        fingerprint, answer = answered[posted.key]
        if fingerprint == posted.request.fingerprint:
            again[i] = _answer_from(answer)
        else:
            outcomes[i] = Refusals([KeyReused(path=("input", "idempotencyKey"))])
    found = await db.orders.orders_by_id(reading, [order_id for order_id, _ in again.values()]) if again else {}
    for i, (order_id, code_ignored) in again.items():
        outcomes[i] = Placed(found[order_id], replayed=True, code_ignored=code_ignored)
    return outcomes


def _answer_of(placed: Placed) -> dict[str, Any]:
    """What is kept of an answer, for whoever repeats the request: a stampede would write each order twice else."""
    return {"order": placed.order.id.hex, "code_ignored": placed.code_ignored}


def _answer_from(kept: Any) -> tuple[UUID, bool]:
    """The order and whether its code was ignored. Revision 0004 and those before it kept all of the order."""
    order = kept["order"]
    return UUID(order["id"] if isinstance(order, dict) else order), kept.get("code_ignored", False)


async def take(tx: Writing, ready: Ready) -> None:
    """Lock what the orders want and decide who gets it; the others are refused.

    Raises:
        Contended: a gift is gone that a price counted on; nothing of the batch holds.
    """
    if not ready.wanted:
        return
    refused = await _take(tx, [draft for _, draft, _ in ready.wanted], ready.taken)
    for (i, draft, decided), refusals in zip(ready.wanted, refused, strict=True):
        if refusals:
            ready.outcomes[i] = Refusals(refusals)
            continue
        placed = ready.outcomes[i] = Placed(draft.order, code_ignored=decided.code_ignored)
        ready.kept.append(_kept(draft, decided, ready.batch[i].request, placed))


async def keep(tx: Writing, ready: Ready) -> list[Placed | Refusals]:
    """Write the orders and what they take; each outcome stands where its wish stood.

    Raises:
        Contended: something changed meanwhile that was not locked; nothing of the batch holds.
    """
    await db.placing.keep(tx, ready.taken, ready.kept)
    return [outcome for outcome in ready.outcomes if outcome is not None]


def _with_places(
    priced: Iterable[tuple[int, Priced | Refusals]], outcomes: list[Placed | Refusals | None]
) -> Iterator[tuple[int, Priced, int | None]]:
    """What can be ordered: its place in the batch, its price, and a place among the unpaid orders of its member.

    Who has no such place left is refused. A unique key keeps two orders off one place.
    """
    taken: dict[UUID, set[int]] = {}
    for i, one in priced:
        if outcomes[i] is not None or not isinstance(one, Priced):
            continue
        ctx = one.asking.ctx
        others = taken.setdefault(ctx.member_id, set(one.unpaid))
        try:
            place = place_among_unpaid(others, ctx.services.rules.unpaid_orders, ctx.chance(1)[0])
        except TooManyUnpaid as refusal:
            outcomes[i] = Refusals([refusal])
            continue
        if place is not None:
            others.add(place)
        yield i, one, place


def _obstacles(priced: Priced | Refusals) -> Refusals | None:
    """Why what was priced cannot be ordered."""
    if isinstance(priced, Refusals):
        return priced
    if priced.obstacles:
        return Refusals(priced.obstacles)
    try:
        check_orderable(priced.quote)
    except Refusals as refusals:
        return refusals
    seen = priced.asking.wish.quote_id
    if seen is not None and seen != priced.quote.digest:
        return Refusals([PriceChanged(priced.cart, path=("input", "quoteId"))])
    return None


async def _take(tx: Writing, drafts: Sequence[Draft], taken: list[Write]) -> list[list[Refusal]]:
    """Let the orders take what they want, first come first served; for each why it got nothing, if it did not.

    What is to be written of it is added to `taken`.

    Raises:
        Contended: a gift is gone that a price counted on: the order goes on without it, at a new price (R45).
    """
    takings = [taking for make in TAKINGS if await (taking := make()).lock(tx, drafts)]
    outcomes = []
    for draft in drafts:
        refusals = [refusal for taking in takings for refusal in taking.refusals(draft)]
        if any(_is_of_gift(refusal, draft.order) for refusal in refusals):
            raise Contended
        if not refusals:
            for taking in takings:
                taking.take(draft)
        elif all(isinstance(refusal, PromotionUsedUp) for refusal in refusals):
            _fall_short(takings, draft)
        outcomes.append(refusals)
    taken += (one for taking in takings for one in taking.writes())
    return outcomes


def _fall_short(takings: Iterable[Taking], draft: Draft) -> None:
    for taking in takings:
        if isinstance(taking, PromotionTaking):
            taking.fall_short(draft)


def _is_of_gift(refusal: Refusal, order: Order) -> bool:
    if not isinstance(refusal, OutOfStock):
        return False
    _, _, line, _ = refusal.path
    return order.lines[int(line)].kind is LineKind.GIFT


def _draft(priced: Priced, decided: Decision, place: int | None, at: datetime) -> Draft:
    ctx, wish, quote, play = priced.asking.ctx, priced.asking.wish, priced.quote, priced.play
    order_id = ctx.new_id()
    order = Order(
        id=order_id,
        number=orders.number_of(order_id, at),
        member_id=ctx.member_id,
        state=OrderState.PLACED,
        total=Money(quote.total),
        lines=_lines(ctx, quote, priced.offers),
        address=_address(priced),
        note=wish.note,
        live_room_id=priced.room.id if priced.room else None,
        store_id=decided.store_id,
        guide_id=decided.guide_id,
        placed_at=at,
        pay_before=at + (play.pay_within if play and play.pay_within else ctx.services.rules.pay_within),
        paid_at=None,
        cancelled_at=None,
        cancel_reason=None,
        version=1,
        goods=Money(quote.goods),
        shipping=Money(quote.shipping - quote.shipping_discount),
        delivery=wish.delivery,
        pick_up_store_id=wish.pick_up_store_id,
        points_used=quote.points_used,
        coupon_ids=quote.coupon_ids,
        promotion_ids=priced.counted,
        steps=tuple(_step(step) for step in quote.steps if not step.shares),
        hold=play.hold if play else None,
        unpaid_place=place,
    )
    return Draft(ctx, wish, quote, order, _limits(priced.chosen), play)


def _limits(offers: Iterable[Offer]) -> dict[UUID, int]:
    """How many units of each live product one member may buy, where that is limited."""
    return {
        offer.live_product_id: offer.limit_per_member
        for offer in offers
        if offer.live_product_id is not None and offer.limit_per_member is not None
    }


def _lines(ctx: Context, quote: Quote, offers: Mapping[UUID, Offer]) -> list[OrderLine]:
    bought = [_line(ctx, line, offers[line.item.variant_id]) for line in quote.lines]
    return bought + [_gift(ctx, gift, offers[gift.variant_id]) for gift in quote.gifts]


def _tax_bp(ctx: Context, offer: Offer) -> int:
    return ctx.services.rules.tax_bp if offer.tax_bp is None else offer.tax_bp


def _line(ctx: Context, quoted: QuotedLine, offer: Offer) -> OrderLine:
    item, exclusive = quoted.item, quoted.item.exclusive
    is_live = item.live_product_id is not None
    return OrderLine(
        ctx.new_id(),
        offer.variant_id,
        offer.product_id,
        item.live_product_id,
        offer.name,
        offer.variant_name,
        offer.sku,
        offer.picture_url,
        Money(quoted.unit_price),
        item.quantity,
        Money(item.price),
        Money(quoted.payable),
        quoted.unit_payable,
        quoted.unit_points,
        LineKind.GOODS if item.add_on_of is None else LineKind.ADD_ON,
        tuple(_step(step) for step in quoted.steps),
        exclusive.kind if exclusive and not is_live else None,
        exclusive.activity_id if exclusive and not is_live else None,
        item.add_on_of,
        _tax_bp(ctx, offer),
    )


def _gift(ctx: Context, gift: GiftLine, offer: Offer) -> OrderLine:
    nothing = Money(0)
    return OrderLine(
        ctx.new_id(),
        offer.variant_id,
        offer.product_id,
        None,
        offer.name,
        offer.variant_name,
        offer.sku,
        offer.picture_url,
        nothing,
        gift.quantity,
        offer.unit_price,
        nothing,
        (0,) * gift.quantity,
        kind=LineKind.GIFT,
        promotion_id=gift.promotion_id,
        tax_bp=_tax_bp(ctx, offer),
    )


def _step(step: Step) -> PriceStep:
    return PriceStep(step.stage.name, step.kind, step.name, step.amount, step.promotion_id or step.coupon_id)


def _address(priced: Priced) -> ShippingAddress | None:
    found = priced.address
    if found is None:
        return None
    return ShippingAddress(found.name, found.phone, found.province, found.city, found.district, found.line)


def _kept(draft: Draft, decided: Decision, request: Request, placed: Placed) -> db.placing.Kept:
    order = draft.order
    return db.placing.Kept(
        order,
        attributions.attribution_of(draft.ctx, order, decided),
        orders.fact_of(order),
        request,
        _answer_of(placed),
    )
