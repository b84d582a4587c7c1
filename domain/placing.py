"""Placing orders: what a member wishes to have."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from domain.activities import PlayChoice
from domain.idempotency import fingerprint
from domain.orders import CartLine, Delivery
from domain.payloads import plain
from domain.promotions.quotes import Quote, QuotedLine
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between
from domain.stock import MOST_PER_LINE

MOST_LINES = 100
MOST_COUPONS = 10
MOST_POINTS = 1_000_000_000
WISHES = 64


@record
class Wish:
    """Everything that decides what a member pays, and for what."""

    lines: tuple[CartLine, ...]
    live_room_id: UUID | None = None
    play: PlayChoice | None = None
    coupon_ids: tuple[UUID, ...] = ()
    coupon_codes: tuple[str, ...] = ()
    points: int = 0
    """So many points are to be spent, at most."""
    delivery: Delivery = Delivery.SHIP
    pick_up_store_id: UUID | None = None
    address_id: UUID | None = None
    code: str | None = None
    note: str = ""
    quote_id: str | None = None
    """The quote that the member saw: with another outcome nothing is ordered (PRICE_CHANGED)."""
    cart_id: UUID | None = None
    cart_version: int = 0
    """The state of the cart that the lines were read from: an order of another one is refused."""

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on. What is not asked for is left out: a new part spoils no old key."""
        lines = [tuple(part for part in _parts(one) if part) for one in self.lines]
        always = {name: getattr(self, name) for name in ("live_room_id", "address_id", "code", "note")}
        others = {name: getattr(self, name) for name in _LATER_PARTS}
        return {"lines": lines} | always | {name: plain(value) for name, value in others.items() if value}


@lru_cache(WISHES)
def fingerprint_of(wish: Wish) -> str:
    """By what a request to place an order is known again. In a crowd at one thing most wish for the same."""
    return fingerprint("orderPlace", wish.values())


def _parts(line: CartLine) -> tuple[object, ...]:
    return line.variant_id, line.quantity, line.add_on_of, line.points_offer_id


_LATER_PARTS = ("play", "coupon_ids", "coupon_codes", "points", "pick_up_store_id", "quote_id", "cart_id")


def check_wish(wish: Wish) -> Wish:
    """The wish, when its parts are within bounds and fit together.

    Raises:
        BadInput: there are no lines or too many, a quantity out of bounds, one variant twice, too many coupons.
    """
    between(len(wish.lines), 1, MOST_LINES, "input", "lines")
    between(len(wish.coupon_ids), 0, MOST_COUPONS, "input", "couponIds")
    between(len(wish.coupon_codes), 0, MOST_COUPONS, "input", "couponCodes")
    between(wish.points, 0, MOST_POINTS, "input", "points")
    seen: set[tuple[UUID, UUID | None, UUID | None]] = set()
    for i, line in enumerate(wish.lines):
        between(line.quantity, 1, MOST_PER_LINE, "input", "lines", str(i), "quantity")
        if (same := (line.variant_id, line.add_on_of, line.points_offer_id)) in seen:
            path = ("input", "lines", str(i), "variantId")
            raise BadInput("one line for each variant", "同一规格只能出现一次", path=path)
        seen.add(same)
    if (wish.delivery is Delivery.PICK_UP) != (wish.pick_up_store_id is not None):
        raise BadInput("a store when it is picked up", "到店自提须且仅须选择门店", path=("input", "pickUpStoreId"))
    if len(set(wish.coupon_ids)) != len(wish.coupon_ids):
        raise BadInput("each coupon once", "同一优惠券只能使用一次", path=("input", "couponIds"))
    return wish


@dataclass(eq=False)
class TooManyUnpaid(Refusal):
    """So many orders of the member wait for payment already; each of them keeps goods from others."""

    code = ErrorCode.TOO_MANY_UNPAID
    limit: int


def place_among_unpaid(taken: Collection[int], most: int, drawn: int) -> int | None:
    """A free place among a member's unpaid orders; None where there may be any number of them (`most` is 0).

    `drawn` is any number, by chance: two processes that place orders of one member at once seldom pick the same.

    Raises:
        TooManyUnpaid: all places are taken.
    """
    if most == 0:
        return None
    free = [place for place in range(most) if place not in taken]
    if not free:
        raise TooManyUnpaid(most)
    return free[drawn % len(free)]


@record
class PricedLine:
    """A line of a quote, and how many units can be ordered."""

    line: QuotedLine
    available: int

    @property
    def in_stock(self) -> bool:
        return self.available >= self.line.item.quantity


@record
class PricedCart:
    """A quote, and how many units of each line can be ordered.

    `obstacles`: why it cannot be ordered, beside what the quote says.
    """

    quote: Quote
    lines: tuple[PricedLine, ...]
    obstacles: tuple[Refusal, ...] = ()

    @property
    def can_be_ordered(self) -> bool:
        """Whether an order of it is refused for nothing that is known already."""
        refused = self.obstacles or self.quote.obstacles or self.quote.refused_coupons
        return bool(self.lines) and not refused and all(line.in_stock for line in self.lines)


@dataclass(eq=False)
class PriceChanged(Refusal):
    """The order would cost something else than the quote that the member saw; `cart` is what it would be now."""

    code = ErrorCode.PRICE_CHANGED
    cart: PricedCart
