"""Keeping: whether what is left of an order still earns the gifts and add-ons that came with it (R43, R45)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.promotions.plays.add_on import AddOnTerms
from domain.promotions.plays.buy_gift import BuyGiftTerms
from domain.promotions.plays.threshold_gift import ThresholdGiftTerms
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from domain.records import record


@record
class Left:
    """Units of one product that stay with the buyer, and what they cost before what was taken off the order."""

    product_id: UUID
    quantity: int
    amount: int
    category_ids: tuple[UUID, ...] = ()


def still_earns(promotion: Promotion, left: Sequence[Left]) -> bool:
    """Whether the promotion would give for what is left; of a play that we do not know, any unit is enough.

    What is of a category that the scope names is not looked up: it counts, in favour of the buyer.
    """
    within = [one for one in left if promotion.scope.category_ids or promotion.scope.covers(one)]
    amount, units = sum(one.amount for one in within), sum(one.quantity for one in within)
    match promotion.terms:
        case AddOnTerms(threshold=threshold):
            return amount >= threshold
        case BuyGiftTerms(buy=buy):
            return units >= buy
        case ThresholdGiftTerms(tiers=tiers, by=by):
            return (amount if by is Measure.AMOUNT else units) >= min(tier.threshold for tier in tiers)
        case _:
            return units > 0
