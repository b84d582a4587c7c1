"""买赠: for every so many units bought, gifts come along (R45)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from domain.promotions.sheet import GiftPart, Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure, check_gifts, measured
from domain.records import record
from domain.refusals import between

MOST_TIMES = 99


@record
class BuyGiftTerms:
    """`buy` units of the scope bring the gifts once, and again for each so many more, at most `most` times."""

    gifts: tuple[GiftPart, ...]
    buy: int = 1
    most: int = 1


class BuyGift:
    kind = "BUY_GIFT"
    stage = Stage.GIFTS
    rank = 0
    terms_type = BuyGiftTerms

    def check(self, terms: BuyGiftTerms) -> None:
        check_gifts(terms.gifts, "gifts")
        between(terms.buy, 1, 999, "buy")
        between(terms.most, 1, MOST_TIMES, "most")

    def variants(self, terms: BuyGiftTerms) -> tuple[UUID, ...]:
        return tuple(gift.variant_id for gift in terms.gifts)

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: BuyGiftTerms = promotion.terms
        units = measured(sheet.eligible(promotion.scope), Measure.QUANTITY)
        times = min(units // terms.buy, terms.most)
        if times:
            for gift in terms.gifts:
                sheet.give(promotion, replace(gift, quantity=gift.quantity * times))
