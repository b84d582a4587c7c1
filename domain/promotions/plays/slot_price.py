"""Off-peak pricing: a lower unit price in weekly hours of the store's time zone (R48)."""

from __future__ import annotations

from domain.promotions.plays.time_discount import TimeDiscount


class SlotPrice(TimeDiscount):
    """As a 限时折扣; the promotion's slots say when."""

    kind = "SLOT_PRICE"
    rank = 10
