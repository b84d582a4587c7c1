"""Quotes: what a cart costs with every reason, and the circumstances that it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Protocol
from uuid import UUID

from domain.promotions.audiences import GUEST, Shopper
from domain.promotions.coupons import CouponInHand, CouponNotApplicable, RefusedCoupon
from domain.promotions.points import PointsTerms
from domain.promotions.price_lists import PriceList
from domain.promotions.sheet import Item, Step
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import ErrorCode, Refusal, Refusals


class Shipping(Protocol):
    """How what is sent is charged for: a template by region, or nothing for who picks it up."""

    def fee(self, items: Sequence[Item], goods: int) -> int:
        """The fee in fen for the selected items, which cost `goods` after step 4, as thresholds are tested."""


@dataclass(slots=True)
class Circumstances:
    """Everything beside the cart that a price depends on.

    `promotions` and `price_lists` are those that run or will: what begins later only decides until when the quote
    holds. `floors` are the least fen of a unit, by variant (R26). `gifts_in_stock` are units that can be sold, by
    variant, before the cart has taken its own; `needs_gifts`: without one of them nothing is ordered. `changes_at`:
    other instants at which something ends, such as a membership or points.
    """

    now: datetime
    time_zone: tzinfo = UTC
    shopper: Shopper = GUEST
    promotions: Sequence[Promotion] = ()
    price_lists: Sequence[PriceList] = ()
    coupons: Sequence[CouponInHand] = ()
    coupons_go_together: bool = True
    points: PointsTerms | None = None
    shipping: Shipping | None = None
    floors: Mapping[UUID, int] = field(default_factory=dict)
    gifts_in_stock: Mapping[UUID, int] = field(default_factory=dict)
    needs_gifts: bool = False
    changes_at: Sequence[datetime] = ()


@record
class QuotedLine:
    """A line with its price. `unit_payable` and `unit_points` have one number for each unit, which sum to the line's.

    `unit_price` is after step 2. A line that is not selected has a unit price and nothing payable.
    """

    item: Item
    unit_price: int
    payable: int
    unit_payable: tuple[int, ...]
    unit_points: tuple[int, ...]
    steps: tuple[Step, ...]

    @property
    def points(self) -> int:
        return sum(self.unit_points)


@record
class GiftLine:
    """A gift that comes along for nothing. `value`: fen kept back of a refund for each unit that stays out (R45)."""

    promotion_id: UUID
    variant_id: UUID
    quantity: int
    value: int


@record
class GiftOut:
    """A notice: so many units of a promised gift are not there, and the order goes on without them."""

    promotion_id: UUID
    variant_id: UUID
    missing: int


@dataclass(eq=False)
class BelowFloor(Refusal):
    """A unit would be paid for with less than the brand lets it be sold for (R26). Amounts in fen."""

    code = ErrorCode.PRICE_BELOW_FLOOR
    variant_id: UUID
    floor: int
    price: int


@dataclass(eq=False)
class AddOnNotEarned(Refusal):
    """The goods do not reach what the add-on takes, or more add-ons are wanted than there may be (R43)."""

    code = ErrorCode.CONDITION_NOT_MET
    variant_id: UUID
    promotion_id: UUID


@dataclass(eq=False)
class GiftMissing(Refusal):
    """A gift that was promised is not there, and the brand takes no orders without (R45)."""

    code = ErrorCode.INSUFFICIENT_STOCK
    variant_id: UUID
    promotion_id: UUID


@record
class Quote:
    """What a cart costs, in fen: goods + shipping - shipping_discount = total.

    The payables of the lines sum to the goods, those of their units to the lines, and all of them are what the list
    prices leave after the steps. `valid_until`: the next instant at which anything that it rests on can change.
    `obstacles`: why it cannot be ordered as it is.
    """

    lines: tuple[QuotedLine, ...]
    gifts: tuple[GiftLine, ...]
    steps: tuple[Step, ...]
    goods: int
    shipping: int
    shipping_discount: int
    points_used: int
    points_earned: int
    valid_until: datetime | None
    coupon_ids: tuple[UUID, ...]
    refused_coupons: tuple[RefusedCoupon, ...]
    notices: tuple[GiftOut, ...]
    obstacles: tuple[Refusal, ...]

    @property
    def total(self) -> int:
        return self.goods + self.shipping - self.shipping_discount

    @property
    def promotion_ids(self) -> tuple[UUID, ...]:
        """The promotions that gave something, without the activities of exclusive prices."""
        exclusive = {line.item.exclusive.activity_id for line in self.lines if line.item.exclusive is not None}
        gave = [step.promotion_id for step in self.steps] + [gift.promotion_id for gift in self.gifts]
        return tuple(dict.fromkeys(key for key in gave if key is not None and key not in exclusive))

    def taken_off(self, promotion_id: UUID) -> int:
        """The fen that a promotion takes off."""
        return sum(step.amount for step in self.steps if step.promotion_id == promotion_id)

    @property
    def digest(self) -> str:
        """32 hex digits that tell two quotes apart when anything differs that is paid, spent or given.

        The order of lines, coupons and promotions is not in it, nor which coupons take off what they do: a code that is
        redeemed after it was quoted makes a coupon, and no other price.
        """
        lines = sorted(_line_key(line) for line in self.lines)
        gifts = sorted((gift.promotion_id.hex, gift.variant_id.hex, gift.quantity) for gift in self.gifts)
        steps = sorted((step.stage.value, step.kind, _hex(step.promotion_id), step.amount) for step in self.steps)
        whole = (lines, gifts, steps, self.goods, self.shipping, self.shipping_discount, self.points_used)
        return hashlib.blake2b(repr(whole).encode(), digest_size=16).hexdigest()


def _line_key(line: QuotedLine) -> tuple[object, ...]:
    item = line.item
    exclusive = item.exclusive.activity_id if item.exclusive is not None else None
    identity = (item.variant_id.hex, _hex(item.add_on_of), _hex(exclusive), item.selected)
    return (*identity, item.quantity, item.price, line.unit_price, line.payable, line.points)


def _hex(key: UUID | None) -> str:
    return "" if key is None else key.hex


def check_orderable(quote: Quote) -> None:
    """Let a quote be ordered when it is what was asked for.

    Raises:
        Refusals of BelowFloor, AddOnNotEarned and what plays refuse, and of CouponNotApplicable.
    """
    coupons = [CouponNotApplicable(one.coupon_id, one.reason, one.lacking) for one in quote.refused_coupons]
    if quote.obstacles or coupons:
        raise Refusals([*quote.obstacles, *coupons])
