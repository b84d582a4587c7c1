"""包邮: the brand bears the shipping from a threshold on (R41)."""

from __future__ import annotations

from uuid import UUID

from domain.money import LARGEST_MINOR
from domain.promotions.sheet import Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from domain.records import record
from domain.refusals import between


@record
class FreeShippingTerms:
    """`threshold` in fen or units is tested on the scope after step 4. `most`: fen that are borne, 0 for all."""

    threshold: int = 0
    by: Measure = Measure.AMOUNT
    most: int = 0


class FreeShipping:
    kind = "FREE_SHIPPING"
    stage = Stage.SHIPPING
    rank = 0
    terms_type = FreeShippingTerms

    def check(self, terms: FreeShippingTerms) -> None:
        between(terms.threshold, 0, LARGEST_MINOR, "threshold")
        between(terms.most, 0, LARGEST_MINOR, "most")

    def variants(self, _: FreeShippingTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: FreeShippingTerms = promotion.terms
        lines = sheet.eligible(promotion.scope)
        by_amount = terms.by is Measure.AMOUNT
        reached = sum(line.subtotal if by_amount else line.item.quantity for line in lines)
        if lines and reached >= terms.threshold:
            sheet.free_shipping(promotion, terms.most or None)
