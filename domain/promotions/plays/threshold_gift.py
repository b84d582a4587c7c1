"""满赠: gifts from a threshold on, in tiers (R41, R45)."""

from __future__ import annotations

from uuid import UUID

from domain.promotions.sheet import GiftPart, Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure, best, check_gifts, check_tiers, measured
from domain.records import record


@record
class GiftTier:
    """From a threshold on, in fen or units, these gifts come along."""

    threshold: int
    gifts: tuple[GiftPart, ...]


@record
class ThresholdGiftTerms:
    tiers: tuple[GiftTier, ...]
    by: Measure = Measure.AMOUNT


class ThresholdGift:
    """It takes its lines as 满减 and 满折 do: one of them for each line."""

    kind = "THRESHOLD_GIFT"
    stage = Stage.SUBTOTAL
    rank = 0
    terms_type = ThresholdGiftTerms

    def check(self, terms: ThresholdGiftTerms) -> None:
        check_tiers(terms.tiers)
        for i, tier in enumerate(terms.tiers):
            check_gifts(tier.gifts, "tiers", str(i), "gifts")

    def variants(self, terms: ThresholdGiftTerms) -> tuple[UUID, ...]:
        return tuple(gift.variant_id for tier in terms.tiers for gift in tier.gifts)

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: ThresholdGiftTerms = promotion.terms
        lines = sheet.eligible(promotion.scope)
        tier = best(terms.tiers, measured(lines, terms.by))
        if tier is not None:
            sheet.take(lines, promotion)
            for gift in tier.gifts:
                sheet.give(promotion, gift)
