"""加价购: who buys for enough may add some goods at a small price (R43)."""

from __future__ import annotations

from uuid import UUID

from domain.money import LARGEST_MINOR
from domain.promotions.sheet import Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure, measured
from domain.records import record
from domain.refusals import BadInput, between

MOST_OFFERS = 50
MOST_ADDED = 99


@record
class AddOnOffer:
    """A variant that may be added at a price, in fen."""

    variant_id: UUID
    price: int


@record
class AddOnTerms:
    """`threshold` in fen is tested on the scope after other item sets, `most` is how many units may be added in all."""

    threshold: int
    offers: tuple[AddOnOffer, ...]
    most: int = 1


class AddOn:
    """What the threshold or the limit does not let be added stays unconsumed, and the quote says so."""

    kind = "ADD_ON"
    stage = Stage.ITEM_SET
    rank = 20
    terms_type = AddOnTerms

    def check(self, terms: AddOnTerms) -> None:
        between(terms.threshold, 1, LARGEST_MINOR, "threshold")
        between(terms.most, 1, MOST_ADDED, "most")
        between(len(terms.offers), 1, MOST_OFFERS, "offers")
        if len({offer.variant_id for offer in terms.offers}) < len(terms.offers):
            raise BadInput("each variant once", "同一规格只能出现一次", path=("offers",))
        for i, offer in enumerate(terms.offers):
            between(offer.price, 0, LARGEST_MINOR, "offers", str(i), "price")

    def variants(self, terms: AddOnTerms) -> tuple[UUID, ...]:
        return tuple(offer.variant_id for offer in terms.offers)

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: AddOnTerms = promotion.terms
        wanted = sheet.add_ons(promotion)
        if not wanted or measured(sheet.eligible(promotion.scope), Measure.AMOUNT) < terms.threshold:
            return
        prices = {offer.variant_id: offer.price for offer in terms.offers}
        left = terms.most
        for line in wanted:
            quantity = min(left, line.left)
            price = prices.get(line.item.variant_id)
            if quantity and price is not None:
                units = sheet.consume(line, quantity)
                sheet.discount_units([units], (line.unit_price - price) * quantity, promotion)
                left -= quantity
