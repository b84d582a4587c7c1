"""What those who buy are told of promotions: which run on a product or a variant now, and what members pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import db.promotion_checks
import db.promotions
from domain.catalogue import Product, Variant
from domain.money import Money
from domain.promotions.audiences import AudienceKind
from domain.promotions.plays.time_discount import UnitPriceTerms
from domain.promotions.price_lists import PriceList, share_of
from domain.promotions.slots import is_open
from domain.promotions.terms import Promotion
from domain.records import record
from resolvers.context import Context

_TOLD = frozenset(
    {
        AudienceKind.EVERYBODY,
        AudienceKind.MEMBERS,
        AudienceKind.NEW_CUSTOMER,
        AudienceKind.LEVEL,
        AudienceKind.PAID_CARD,
    }
)
"""Whose offers everybody may know of. Tags and stores are the brand's own business."""
MOST_NOTICES = 20


@record
class Notice:
    """A promotion that runs on something; of one variant, or of a whole product."""

    promotion: Promotion
    variant_id: UUID | None = None


@record
class _Good:
    product_id: UUID
    category_ids: tuple[UUID, ...]


async def of_products(ctx: Context, products: Sequence[Product]) -> list[list[Notice]]:
    """What runs on each product now, the most important first, at most 20."""
    found = await _running(ctx, [product.id for product in products])
    return [[Notice(one) for one in found[product.id]][:MOST_NOTICES] for product in products]


async def of_variants(ctx: Context, variants: Sequence[Variant]) -> list[list[Notice]]:
    """The same of each variant: prices that are not its own are left out."""
    found = await _running(ctx, [variant.product_id for variant in variants])
    return [
        [Notice(one, variant.id) for one in found[variant.product_id] if _concerns(one, variant.id)][:MOST_NOTICES]
        for variant in variants
    ]


async def _running(ctx: Context, product_ids: Iterable[UUID]) -> dict[UUID, list[Promotion]]:
    """What runs on each product: one short statement, and one more while something runs on a category."""
    book = await db.promotions.book(ctx.reading, ctx.services.plays)
    now, zone, ids = ctx.now(), ctx.services.rules.time_zone, list(dict.fromkeys(product_ids))
    running = [one for one in book.at(now) if _runs(one, now) and is_open(one.slots, now, zone)]
    running.sort(key=lambda one: (-one.priority, one.id))
    by_category = any(one.scope.category_ids for one in running)
    above = await db.promotion_checks.above(ctx.reading, ids, ()) if by_category else {}
    goods = [_Good(key, tuple(above.get(key, ()))) for key in ids]
    return {good.product_id: [one for one in running if one.scope.covers(good)] for good in goods}


def _runs(promotion: Promotion, now: datetime) -> bool:
    return promotion.audience.kind in _TOLD and (promotion.starts_at is None or promotion.starts_at <= now)


def _concerns(promotion: Promotion, variant_id: UUID) -> bool:
    terms = promotion.terms
    if not isinstance(terms, UnitPriceTerms) or terms.rest_bp is not None:
        return True
    return any(one.variant_id == variant_id for one in terms.prices)


async def member_prices_of(ctx: Context, variants: Sequence[Variant]) -> list[Money | None]:
    """The lowest price that some members pay for each variant, when that is less than its price (R18)."""
    book = await db.promotions.book(ctx.reading, ctx.services.plays)
    now = ctx.now()
    lists = [one for one in book.price_lists if one.audience.kind in _TOLD and _is_on(one, now)]
    return [_member_price(lists, variant) for variant in variants]


def _is_on(prices: PriceList, now: datetime) -> bool:
    return (prices.starts_at is None or prices.starts_at <= now) and (prices.ends_at is None or now < prices.ends_at)


def _member_price(lists: Sequence[PriceList], variant: Variant) -> Money | None:
    fen = variant.price.minor
    offered = [own for prices in lists if (own := _price_in(prices, variant)) is not None and own < fen]
    return Money(min(offered), variant.price.currency) if offered else None


def _price_in(prices: PriceList, variant: Variant) -> int | None:
    found = prices.prices.get(variant.id)
    if found is not None or prices.rest_bp is None:
        return found
    # Categories are not read for a hint: a list for some of them tells its prices where the cart is priced.
    good = _Good(variant.product_id, ())
    return share_of(variant.price.minor, prices.rest_bp) if prices.scope.covers(good) else None
