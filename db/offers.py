"""Offers: at what, and of how many, the shop sells variants now. Read for every quote and every order."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import array

from db.catalogue import IS_SEEN, product, variant
from db.categories import category
from db.connection import Reading, Row
from db.metadata import UUIDS
from db.statements import Statement, prepared
from db.stock import available_of
from domain.catalogue import DEEPEST_CATEGORY, Audience
from domain.money import Money
from domain.orders import Offer


def _offers() -> Statement:
    levels = [category.alias(f"category_{depth}") for depth in range(DEEPEST_CATEGORY)]
    goods = variant.join(product, product.c.id == variant.c.product_id)
    child = product.c.category_id
    for level in levels:
        goods = goods.outerjoin(level, level.c.id == child)
        child = level.c.parent_id
    return prepared(
        select(
            variant.c.id,
            variant.c.product_id,
            product.c.name,
            variant.c.name.label("variant_name"),
            variant.c.sku,
            variant.c.picture_url,
            variant.c.price_minor,
            variant.c.currency,
            available_of(variant.c.id).label("available"),
            variant.c.weight_g,
            func.array_remove(array([level.c.id for level in levels]), None).label("category_ids"),
        )
        .select_from(goods)
        .where(
            variant.c.id == any_(bindparam("ids", type_=UUIDS)),
            variant.c.removed == 0,
            product.c.state == literal_column("'ON_SALE'"),
            IS_SEEN,
        )
    )


_OFFERS = _offers()


async def offers_of(reading: Reading, audience: Audience, variant_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """At what the shop sells the variants to this audience (R25: checked here for prices and orders alike)."""
    rows = await reading.rows(_OFFERS, audience=audience.value, ids=list(variant_ids))
    return {row["id"]: _offer(row) for row in rows}


def _offer(row: Row) -> Offer:
    return Offer(
        row["id"],
        row["product_id"],
        row["name"],
        row["variant_name"],
        row["sku"],
        row["picture_url"],
        Money(row["price_minor"], row["currency"]),
        row["available"],
        category_ids=tuple(row["category_ids"]),
        weight_g=row["weight_g"],
    )
