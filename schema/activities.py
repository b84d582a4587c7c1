"""Activities: what flash sales, group buys and bargains have in common for clients."""

from __future__ import annotations

from domain.activities import ActivityState
from schema.enums import described

__all__ = ["ActivityState"]

described(
    ActivityState,
    "The life of an activity.",
    PUBLISHED="It runs from its start to its end.",
    ENDED="It is over; terminal.",
)
