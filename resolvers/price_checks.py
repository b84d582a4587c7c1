"""What prices are held to before they are published, by whatever play: floors, and honest discounts (R26, 2.7.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import db.offers
import db.price_floors
import db.promotion_checks
from db.connection import Reading
from domain.catalogue import Audience
from domain.promotions.price_lists import share_of
from domain.promotions.publishing import NoRealDiscount, check_prices, floors_in_time
from domain.promotions.sheet import Item
from domain.refusals import Refusals
from resolvers.context import Context


async def check_floors(
    reading: Reading, prices: Mapping[UUID, int], starts: datetime | None, ends: datetime | None, *path: str
) -> None:
    """Hold prices of variants, in fen, to the floors of any time of a period.

    Raises:
        Refusals of BelowFloor: some are below.
    """
    floors = await db.price_floors.floors_of(reading, list(prices))
    check_prices(prices, floors_in_time(floors, starts, ends), *path)


async def check_share(reading: Reading, share_bp: int, starts: datetime, *path: str) -> None:
    """Hold a share of every list price, in basis points, to the floors of any time from a start on (2.6).

    Raises:
        Refusals of BelowFloor: some are below.
    """
    floors = floors_in_time(await db.price_floors.floors(reading), starts, None)
    goods = await goods_of(reading, floors)
    check_prices({key: share_of(good.price, share_bp) for key, good in goods.items()}, floors, *path)


async def check_discounts(ctx: Context, reading: Reading, prices: Mapping[UUID, int], *path: str) -> None:
    """Let prices of variants, in fen, be shown as discounts when nobody paid less within the days of the guard.

    Raises:
        Refusals of NoRealDiscount: somebody did.
    """
    since = ctx.now() - ctx.services.rules.price_guard
    lowest = await db.promotion_checks.lowest_deals(reading, prices, since) if prices else {}
    wrong = [NoRealDiscount(key, fen, path=path) for key, fen in lowest.items() if fen < prices[key]]
    if wrong:
        raise Refusals(wrong)


async def goods_of(reading: Reading, variant_ids: Collection[UUID]) -> dict[UUID, Item]:
    """One unit of each variant that is on sale, at its list price."""
    offers = await db.offers.offers_of(reading, Audience.STAFF, list(variant_ids)) if variant_ids else {}
    return {
        key: Item(0, key, offer.product_id, offer.category_ids, offer.name, 1, offer.unit_price.minor)
        for key, offer in offers.items()
    }
