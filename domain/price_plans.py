"""Price lists as operators keep them: drafted, published, withdrawn (R18)."""

from __future__ import annotations

from uuid import UUID

from domain.money import WHOLE
from domain.promotions.audiences import AudienceKind
from domain.promotions.price_lists import PriceList
from domain.records import record
from domain.refusals import BadInput, between, text_within

MOST_PRICES = 1_000
HIGHEST_PRICE = 10**12
KINDS = frozenset({AudienceKind.LEVEL, AudienceKind.PAID_CARD, AudienceKind.TAG, AudienceKind.STORE})


@record
class PricePlan:
    """A price list, and whether prices are made with it."""

    prices: PriceList
    in_force: bool = False
    version: int = 1

    @property
    def id(self) -> UUID:
        return self.prices.id


def check_list(prices: PriceList) -> None:
    """Hold a price list to its bounds.

    Raises:
        BadInput: a text, number or date is out of bounds, or it is for everybody.
    """
    text_within(prices.name, 100, "input", "name")
    between(len(prices.prices), 0, MOST_PRICES, "input", "entries")
    for i, price in enumerate(prices.prices.values()):
        between(price, 0, HIGHEST_PRICE, "input", "entries", str(i), "price")
    if prices.rest_bp is not None:
        between(prices.rest_bp, 1, WHOLE, "input", "restBp")
    if prices.audience.kind not in KINDS:
        raise BadInput("a level, paid card, tag or store", "应为等级、付费卡、标签或门店", path=("input", "audience"))
    if prices.starts_at and prices.ends_at and prices.starts_at >= prices.ends_at:
        raise BadInput("an end after the start", "结束时间应晚于开始时间", path=("input", "endsAt"))
