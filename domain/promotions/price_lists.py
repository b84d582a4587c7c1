"""Price lists: what members pay for a variant, by level, paid card, tag or store (R18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from domain.money import WHOLE
from domain.promotions.audiences import EVERYBODY, Audience, includes
from domain.promotions.scopes import EVERYTHING, Scope
from domain.promotions.sheet import Cause, Line, Sheet
from domain.records import record

PRICE_LIST, LEVEL = "PRICE_LIST", "LEVEL_PRICE"


@record
class PriceList:
    """Prices in fen of variants, and for the rest of its scope a share of the list price in basis points, if any."""

    id: UUID
    name: str
    prices: Mapping[UUID, int]
    rest_bp: int | None = None
    scope: Scope = EVERYTHING
    audience: Audience = EVERYBODY
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def share_of(price: int, share_bp: int) -> int:
    """A share of a price. What is taken off is rounded down: the odd fen is paid.

    >>> share_of(5990, 9500)
    5691
    """
    return price - price * (WHOLE - share_bp) // WHOLE


def offer_member_prices(sheet: Sheet, lists: Iterable[PriceList], at: datetime) -> None:
    """Offer each line its price in the lists of the shopper's audiences, and the price of the shopper's level."""
    shopper = sheet.shopper
    own = [one for one in lists if _is_on(one, at) and includes(one.audience, shopper)]
    if not own and shopper.level_bp == WHOLE:
        return
    lines = sheet.eligible(EVERYTHING)
    for prices in sorted(own, key=lambda one: one.id.int):
        cause = Cause(PRICE_LIST, prices.id, None, prices.name)
        for line in lines:
            price = _price_in(prices, line)
            if price is not None:
                sheet.offer_unit_price(line, price, cause)
    if shopper.level_bp < WHOLE:
        for line in lines:
            sheet.offer_unit_price(line, share_of(line.item.price, shopper.level_bp), Cause(LEVEL))


def _price_in(prices: PriceList, line: Line) -> int | None:
    item = line.item
    found = prices.prices.get(item.variant_id)
    if found is None and prices.rest_bp is not None and prices.scope.covers(item):
        return share_of(item.price, prices.rest_bp)
    return found


def _is_on(prices: PriceList, at: datetime) -> bool:
    starts, ends = prices.starts_at, prices.ends_at
    return (starts is None or starts <= at) and (ends is None or at < ends)
