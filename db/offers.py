"""Offers: at what, and of how many, the shop sells variants now. Read for every quote and every order."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, any_, bindparam, case, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import array

from db.catalogue import IS_SEEN, product, variant
from db.categories import category
from db.connection import Reading, Row
from db.metadata import UUIDS
from db.statements import Statement, prepared
from db.stock import available_of
from domain.catalogue import DEEPEST_CATEGORY, Audience, Seeing
from domain.money import Money
from domain.orders import Offer
from domain.promotions.scopes import Scope

_IS_KNOWN = or_(
    bindparam("audience") == Audience.STAFF.value,
    product.c.visibility == literal_column("'PUBLIC'"),
    bindparam("audience") != Audience.VISITORS.value,
)
"""Whom a product may be for. Which members a private one is for, whoever knows them has to say (R25)."""


_LEVELS = [category.alias(f"category_{depth}") for depth in range(DEEPEST_CATEGORY)]


def _offers(*which: ColumnElement[bool]) -> Statement:
    goods = variant.join(product, product.c.id == variant.c.product_id)
    child = product.c.category_id
    for level in _LEVELS:
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
            product.c.tax_bp,
            func.array_remove(array([level.c.id for level in _LEVELS]), None).label("category_ids"),
            case((product.c.visibility == literal_column("'PRIVATE'"), product.c.admits)).label("admits"),
        )
        .select_from(goods)
        .where(variant.c.removed == 0, *which)
    )


_ON_SALE = (variant.c.id == any_(bindparam("ids", type_=UUIDS)), product.c.state == literal_column("'ON_SALE'"))
_OFFERS = _offers(*_ON_SALE, IS_SEEN)
_OFFERS_TO_ANY = _offers(*_ON_SALE, _IS_KNOWN)
_DEARER = _offers(
    variant.c.price_minor > bindparam("fen", type_=BigInteger()),
    or_(
        product.c.id == any_(bindparam("products", type_=UUIDS)),
        *(level.c.id == any_(bindparam("categories", type_=UUIDS)) for level in _LEVELS),
    ),
)


async def offers_of(reading: Reading, seeing: Seeing, variant_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """At what the shop sells the variants to those who see them (R25)."""
    rows = await reading.rows(_OFFERS, **seeing.values(), ids=list(variant_ids))
    return {row["id"]: _offer(row) for row in rows}


async def offers_to_any(reading: Reading, audience: Audience, variant_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """At what the shop sells the variants to anybody of this audience: for a batch of buyers.

    What is private says whom it admits: it is for the caller to hold each buyer to that (R25).
    """
    rows = await reading.rows(_OFFERS_TO_ANY, audience=audience.value, ids=list(variant_ids))
    return {row["id"]: _offer(row) for row in rows}


async def dearer_than(reading: Reading, price: Money, scopes: Sequence[Scope]) -> list[Offer]:
    """What has a list price above this one and is named by some of the scopes, or is of their categories.

    What they exclude is among it, and so is what is not on sale yet.
    """
    products = frozenset[UUID]().union(*(one.product_ids for one in scopes))
    categories = frozenset[UUID]().union(*(one.category_ids for one in scopes))
    rows = await reading.rows(_DEARER, fen=price.minor, products=list(products), categories=list(categories))
    return [_offer(row) for row in rows]


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
        admits=None if row["admits"] is None else tuple(row["admits"]),
        weight_g=row["weight_g"],
        tax_bp=row["tax_bp"],
    )
