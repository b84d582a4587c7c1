"""What is looked up before a promotion is published: what stands where, what it was sold for, and what else runs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, any_, bindparam, func, literal, literal_column, select, union_all

from db.catalogue import product
from db.categories import category
from db.connection import Reading, Writing, by_key
from db.metadata import UUIDS
from db.order_tables import order, order_line
from db.statements import Statement, prepared
from domain.catalogue import DEEPEST_CATEGORY
from domain.points_offers import POINTS

_ONE_AT_A_TIME = prepared(select(func.pg_advisory_xact_lock(literal_column("1886547571"))))


async def take_turn(tx: Writing) -> None:
    """Keep others from publishing until the transaction ends: two that exclude each other must not both get by."""
    await tx.execute(_ONE_AT_A_TIME)


def _above() -> Statement:
    """The categories of products and those above, and those above categories, all in one walk."""
    depth = literal(1, Integer()).label("depth")
    products = select(product.c.id.label("of_id"), product.c.category_id.label("id"), depth).where(
        product.c.id == any_(bindparam("products", type_=UUIDS)), product.c.category_id.is_not(None)
    )
    categories = select(category.c.id, category.c.parent_id, depth).where(
        category.c.id == any_(bindparam("categories", type_=UUIDS)), category.c.parent_id.is_not(None)
    )
    roots = union_all(products, categories).cte("roots")
    line = select(roots.c.of_id, roots.c.id, roots.c.depth).cte("line", recursive=True)
    line = line.union_all(
        select(line.c.of_id, category.c.parent_id, line.c.depth + 1).where(
            category.c.id == line.c.id,
            category.c.parent_id.is_not(None),
            line.c.depth < literal_column(str(DEEPEST_CATEGORY)),
        )
    )
    return prepared(select(line.c.of_id, line.c.id))


_ABOVE = _above()


async def above(
    reading: Reading, product_ids: Collection[UUID], category_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """The categories that each product stands in, and those above each category; without those that have none."""
    rows = await reading.rows(_ABOVE, products=list(product_ids), categories=list(category_ids))
    return by_key(rows, "of_id", lambda row: row["id"])


_LOWEST = prepared(
    select(order_line.c.variant_id, func.min(order_line.c.unit_price_minor))
    .join(order, order.c.id == order_line.c.order_id)
    .where(
        order.c.placed_at >= bindparam("since", type_=DateTime(timezone=True)),
        order.c.paid_at.is_not(None),
        order_line.c.kind == literal_column("'GOODS'"),
        order_line.c.variant_id == any_(bindparam("ids", type_=UUIDS)),
        # What was given away has no price, and of what points paid for the fen are a part of it.
        order_line.c.unit_price_minor > literal_column("0"),
        order_line.c.activity_kind.is_distinct_from(literal_column(f"'{POINTS}'")),
    )
    .group_by(order_line.c.variant_id)
)


async def lowest_deals(reading: Reading, variant_ids: Collection[UUID], since: datetime) -> dict[UUID, int]:
    """The lowest unit price in fen at which each variant was sold since, in orders that were paid.

    A unit price is that of step 2: what sets, reductions, coupons and points take off later is not in it.
    """
    return {row[0]: row[1] for row in await reading.rows(_LOWEST, ids=list(variant_ids), since=since)}
