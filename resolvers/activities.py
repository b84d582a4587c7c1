"""What activities of every kind have in common: goods and a campaign that exist, and prices above the floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import db.campaigns
import db.catalogue
import db.price_floors
from db.connection import Writing
from domain.catalogue import Audience
from domain.money import Money
from domain.price_floors import highest, meets
from domain.promotions.quotes import BelowFloor
from domain.refusals import BadInput, NotFound


async def product_of(tx: Writing, variant_ids: Sequence[UUID], *path: str) -> UUID:
    """The product of the variants of an activity.

    Raises:
        NotFound: there is no such variant.
        BadInput: they are of several products.
    """
    found = await db.catalogue.variants_by_id(tx, Audience.STAFF, variant_ids)
    if len(found) < len(set(variant_ids)):
        raise NotFound(path=path)
    products = {one.product_id for one in found.values()}
    if len(products) > 1:
        raise BadInput("variants of one product", "须为同一商品的规格", path=path)
    return products.pop()


async def check_campaign(tx: Writing, campaign_id: UUID | None) -> None:
    """Let something be part of a campaign that is there, or of none (R49).

    Raises:
        NotFound: there is no such campaign.
    """
    if campaign_id is not None and not await db.campaigns.exist(tx, [campaign_id]):
        raise NotFound(path=("input", "campaignId"))


async def check_floors(
    tx: Writing, prices: Mapping[UUID, Money], starts_at: datetime, ends_at: datetime, *path: str
) -> None:
    """Hold the prices of an activity to every floor that holds while it runs (R26).

    Raises:
        BelowFloor: one is lower.
    """
    floors = await db.price_floors.floors_of(tx, list(prices))
    for variant_id, price in prices.items():
        least = highest(one for one in floors.get(variant_id, []) if meets(one, starts_at, ends_at))
        if least is not None and price.minor < least:
            raise BelowFloor(variant_id, least, price.minor, path=path)
