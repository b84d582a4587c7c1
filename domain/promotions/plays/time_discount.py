"""限时折扣: a lower unit price for a time. It is weighed against members' prices, never added to them (R39)."""

from __future__ import annotations

from uuid import UUID

from domain.money import LARGEST_MINOR, WHOLE
from domain.promotions.price_lists import share_of
from domain.promotions.sheet import Line, Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import BadInput, between

MOST_PRICES = 500


@record
class UnitPrice:
    """What a unit of a variant costs, in fen."""

    variant_id: UUID
    price: int


@record
class UnitPriceTerms:
    """Prices of variants, and for the rest of the scope a share of the list price in basis points, if any."""

    prices: tuple[UnitPrice, ...] = ()
    rest_bp: int | None = None


class TimeDiscount:
    kind = "TIME_DISCOUNT"
    stage = Stage.UNIT
    rank = 0
    terms_type = UnitPriceTerms

    def check(self, terms: UnitPriceTerms) -> None:
        between(len(terms.prices), 0, MOST_PRICES, "prices")
        if len({one.variant_id for one in terms.prices}) < len(terms.prices):
            raise BadInput("each variant once", "同一规格只能出现一次", path=("prices",))
        for i, one in enumerate(terms.prices):
            _check_price(one.price, "prices", str(i), "price")
        if terms.rest_bp is not None:
            between(terms.rest_bp, 1, WHOLE - 1, "restBp")
        elif not terms.prices:
            raise BadInput("prices, or a share for all", "请填写活动价或统一折扣", path=("prices",))

    def variants(self, _: UnitPriceTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: UnitPriceTerms = promotion.terms
        prices = {one.variant_id: one.price for one in terms.prices}
        for line in sheet.eligible(promotion.scope):
            price = prices.get(line.item.variant_id, _rest(terms, line))
            if price is not None:
                sheet.offer_unit_price(line, price, promotion)


def _check_price(price: int, *path: str) -> None:
    """Uses are counted by orders and not by units: what costs nothing would be taken in one order, all of it (R45)."""
    if price == 0:
        raise BadInput(
            "1 fen or more; what is free is a flash sale at 0, which has units and a limit for each member",
            "不低于 0.01 元;完全免费送请用价格为 0 的秒杀,限总量与每人件数",
            path=path,
        )
    between(price, 1, LARGEST_MINOR, *path)


def _rest(terms: UnitPriceTerms, line: Line) -> int | None:
    return None if terms.rest_bp is None else share_of(line.item.price, terms.rest_bp)
