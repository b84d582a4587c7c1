"""Activities: what flash sales, group buys and bargains have in common for clients."""

from __future__ import annotations

from domain.activities import ActivityState
from schema.enums import described

__all__ = ["GOES_WITH", "ActivityState"]

GOES_WITH = "The plays that may lower the price further: of UNIT, ITEM_SET and SUBTOTAL; none, without a word."

described(
    ActivityState,
    "The life of an activity.",
    PUBLISHED="It runs from its start to its end.",
    ENDED="It is over; terminal.",
)
