"""满折: a share off from a threshold on, in tiers (R41)."""

from __future__ import annotations

from uuid import UUID

from domain.money import LARGEST_MINOR, WHOLE
from domain.promotions.sheet import Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure, best, check_rising, check_tiers, measured
from domain.records import record
from domain.refusals import between


@record
class PercentTier:
    """From a threshold on, in fen or units, so many basis points are taken off: 2,000 is 八折."""

    threshold: int
    off_bp: int


@record
class PercentOffTerms:
    """`most`: the most that is taken off, in fen; 0 for no cap."""

    tiers: tuple[PercentTier, ...]
    by: Measure = Measure.AMOUNT
    most: int = 0


class PercentOff:
    kind = "PERCENT_OFF"
    stage = Stage.SUBTOTAL
    rank = 0
    terms_type = PercentOffTerms

    def check(self, terms: PercentOffTerms) -> None:
        check_tiers(terms.tiers)
        check_rising([tier.off_bp for tier in terms.tiers])
        for i, tier in enumerate(terms.tiers):
            between(tier.off_bp, 1, WHOLE, "tiers", str(i), "offBp")
        between(terms.most, 0, LARGEST_MINOR, "most")

    def variants(self, _: PercentOffTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: PercentOffTerms = promotion.terms
        lines = sheet.eligible(promotion.scope)
        tier = best(terms.tiers, measured(lines, terms.by))
        if tier is not None:
            off = measured(lines, Measure.AMOUNT) * tier.off_bp // WHOLE
            sheet.discount(lines, min(off, terms.most) if terms.most else off, promotion)
