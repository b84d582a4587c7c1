"""Coupon offers: what can be taken now, for whatever is bought or for one product."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import FromClause, Integer, Uuid, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import array

from db.catalogue import IS_SEEN, product
from db.categories import category
from db.connection import Reading
from db.coupon_tables import coupon_template
from db.coupon_templates import CAN_BE_TAKEN, IS_TAKEN_BY, TEMPLATES, template_of
from db.metadata import UUIDS
from db.statements import Statement, prepared
from domain.catalogue import DEEPEST_CATEGORY, Seeing
from domain.coupon_templates import CouponTemplate, TakeBy


def _goods() -> Statement:
    """A product that can be seen, and its categories from its own upwards."""
    levels = [category.alias(f"category_{depth}") for depth in range(DEEPEST_CATEGORY)]
    joined: FromClause = product
    child = product.c.category_id
    for level in levels:
        joined = joined.outerjoin(level, level.c.id == child)
        child = level.c.parent_id
    ids = func.array_remove(array([product.c.id, *(level.c.id for level in levels)]), None)
    return prepared(select(ids).select_from(joined).where(product.c.id == bindparam("id", type_=Uuid()), IS_SEEN))


_GOODS = _goods()
_scopes = bindparam("scopes", type_=UUIDS)
_is_for_goods = or_(
    coupon_template.c.scope.not_in([literal_column("'PRODUCT'"), literal_column("'CATEGORY'")]),
    coupon_template.c.scope_ids.overlap(_scopes),
)
_OFFERED = prepared(
    TEMPLATES.where(
        CAN_BE_TAKEN,
        IS_TAKEN_BY,
        or_(
            _scopes.is_(None),
            and_(_is_for_goods, ~coupon_template.c.excluded_ids.overlap(_scopes)),
        ),
    )
    .order_by(coupon_template.c.id.desc())
    .limit(bindparam("most", type_=Integer()))
)


async def goods_of(reading: Reading, audience: Seeing, product_id: UUID) -> list[UUID] | None:
    """A product and all categories that it is in, as scopes name them; None when it may not be seen."""
    found: list[UUID] | None = await reading.value(_GOODS, id=product_id, **audience.values())
    return found


async def offered(
    reading: Reading, by: TakeBy, at: datetime, most: int, goods: Sequence[UUID] | None
) -> list[CouponTemplate]:
    """What can be taken in this way now, the newest first; for some goods alone, if they are given."""
    scopes = None if goods is None else list(goods)
    return [template_of(row) for row in await reading.rows(_OFFERED, by=[by.value], at=at, most=most, scopes=scopes)]
