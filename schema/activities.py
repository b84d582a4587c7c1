"""Activities: what flash sales, group buys and bargains have in common for clients."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.activities import ActivityState
from schema.enums import described
from schema.ids import Kind, id_of, key_of

__all__ = ["CAMPAIGN", "GOES_WITH", "ActivityState", "campaign_key", "campaign_of"]

GOES_WITH = "The plays that may lower the price further: of UNIT, ITEM_SET and SUBTOTAL; none, without a word."

CAMPAIGN = "The campaign that it is part of (营销活动)."


def campaign_of(record: Any) -> str | None:
    """The id of the campaign whose part an activity is."""
    key = record.terms.campaign_id
    return None if key is None else id_of(Kind.CAMPAIGN, key)


def campaign_key(given: str | None) -> UUID | None:
    """The key of the campaign that an input names.

    Raises:
        NotFound: the id is of another kind.
    """
    return None if given is None else key_of(Kind.CAMPAIGN, given, "input", "campaignId")


described(
    ActivityState,
    "The life of an activity.",
    PUBLISHED="It runs from its start to its end.",
    ENDED="It is over; terminal.",
)
