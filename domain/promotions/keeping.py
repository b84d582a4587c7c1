"""Keeping: whether what is left of an order still earns the gifts and add-ons that came with it (R43, R45)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.promotions.plays.add_on import AddOnTerms
from domain.promotions.plays.buy_gift import BuyGiftTerms
from domain.promotions.plays.threshold_gift import ThresholdGiftTerms
from domain.promotions.sheet import GiftPart
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


def value_of(promotion: Promotion, variant_id: UUID) -> int:
    """What is kept back for a gift that stays with the buyer, in fen for each unit, as the promotion's terms say."""
    match promotion.terms:
        case BuyGiftTerms(gifts=gifts):
            return _value(gifts, variant_id)
        case ThresholdGiftTerms(tiers=tiers):
            return max((_value(tier.gifts, variant_id) for tier in tiers), default=0)
        case _:
            return 0


def _value(gifts: Sequence[GiftPart], variant_id: UUID) -> int:
    return max((gift.value for gift in gifts if gift.variant_id == variant_id), default=0)
