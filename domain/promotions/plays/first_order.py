"""First-order offer (首单优惠): an amount off the first order of a person, from a low threshold on (R47)."""

from __future__ import annotations

from uuid import UUID

from domain.money import LARGEST_MINOR
from domain.promotions.sheet import Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure, measured
from domain.records import record
from domain.refusals import between


@record
class FirstOrderTerms:
    """`off` and `threshold` in fen."""

    off: int
    threshold: int = 0


class FirstOrder:
    """Nobody but a new customer gets it, whatever the promotion's audience. It goes before other plays of step 4."""

    kind = "FIRST_ORDER"
    stage = Stage.SUBTOTAL
    rank = -10
    terms_type = FirstOrderTerms

    def check(self, terms: FirstOrderTerms) -> None:
        between(terms.off, 1, LARGEST_MINOR, "off")
        between(terms.threshold, 0, LARGEST_MINOR, "threshold")

    def variants(self, _: FirstOrderTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: FirstOrderTerms = promotion.terms
        lines = sheet.eligible(promotion.scope)
        if sheet.shopper.is_new and measured(lines, Measure.AMOUNT) >= terms.threshold:
            sheet.discount(lines, terms.off, promotion)
