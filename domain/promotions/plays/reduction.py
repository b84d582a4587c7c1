"""满减: an amount off from a threshold on, in tiers, or once for each so much (每满 X 减 Y) up to a cap (R41)."""

from __future__ import annotations

from uuid import UUID

from domain.money import LARGEST_MINOR
from domain.promotions.sheet import Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure, best, check_rising, check_tiers, measured
from domain.records import record
from domain.refusals import BadInput, between


@record
class ReductionTier:
    """From a threshold on, in fen or units, so many fen are taken off."""

    threshold: int
    off: int


@record
class ReductionTerms:
    """`most`: with `repeats`, the only tier counts as often as it fits, for at most so many fen."""

    tiers: tuple[ReductionTier, ...]
    by: Measure = Measure.AMOUNT
    repeats: bool = False
    most: int = 0


class Reduction:
    kind = "REDUCTION"
    stage = Stage.SUBTOTAL
    rank = 0
    terms_type = ReductionTerms

    def check(self, terms: ReductionTerms) -> None:
        check_tiers(terms.tiers)
        check_rising([tier.off for tier in terms.tiers])
        for i, tier in enumerate(terms.tiers):
            most = tier.threshold if terms.by is Measure.AMOUNT else LARGEST_MINOR
            between(tier.off, 1, most, "tiers", str(i), "off")
        if terms.repeats:
            between(terms.most, terms.tiers[0].off, LARGEST_MINOR, "most")
            if len(terms.tiers) > 1:
                raise BadInput("one tier when it repeats", "循环满减只能有一档", path=("tiers",))

    def variants(self, _: ReductionTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: ReductionTerms = promotion.terms
        lines = sheet.eligible(promotion.scope)
        reached = measured(lines, terms.by)
        tier = best(terms.tiers, reached)
        if tier is not None:
            off = min(reached // tier.threshold * tier.off, terms.most) if terms.repeats else tier.off
            sheet.discount(lines, off, promotion)
