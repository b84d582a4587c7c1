"""Coupon wishes: what of the coupons and codes that carts name is in whose hand, for a batch in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.bindings import binding, holds_at
from db.connection import Reading, Row
from db.coupon_tables import coupon, coupon_code, coupon_template
from db.coupon_templates import TEMPLATE_COLUMNS, template_of
from db.coupons import COUPON_COLUMNS, coupon_of
from db.guides import guide
from db.metadata import UUIDS
from db.statements import prepared
from domain.coupon_templates import clean_codes
from domain.coupon_wishes import CouponWish, Found

_wish = (
    func.unnest(
        bindparam("positions", type_=ARRAY(Integer())),
        bindparam("member_ids", type_=UUIDS),
        bindparam("coupon_ids", type_=UUIDS),
        bindparam("codes", type_=ARRAY(Text())),
    )
    .table_valued(
        column("position", Integer()),
        column("member_id", Uuid()),
        column("coupon_id", Uuid()),
        column("code", Text()),
    )
    .render_derived(name="wish")
)
_own = (
    select(*COUPON_COLUMNS)
    .where(
        coupon.c.member_id == _wish.c.member_id,
        or_(coupon.c.id == _wish.c.coupon_id, coupon.c.code == _wish.c.code),
    )
    .order_by((coupon.c.state == literal_column("'UNUSED'")).desc(), coupon.c.seq.desc())
    .limit(literal_column("1"))
    .correlate(_wish)
    .lateral("own")
)
_had = (
    select(func.count())
    .where(coupon.c.template_id == coupon_template.c.id, coupon.c.member_id == _wish.c.member_id)
    .correlate(coupon_template, _wish)
    .scalar_subquery()
)
_now = bindparam("at", type_=DateTime(timezone=True))
_is_bound = and_(binding.c.member_id == _wish.c.member_id, holds_at(_now))
_FIND = prepared(
    select(
        _wish.c.position,
        _wish.c.coupon_id.label("asked_id"),
        _wish.c.code.label("asked_code"),
        coupon_code.c.redeemed_by.is_not(None).label("is_spent"),
        _had.label("had"),
        guide.c.id.label("guide_id"),
        binding.c.store_id,
        *(one.label(f"t_{one.name}") for one in TEMPLATE_COLUMNS),
        *(_own.c[one.name].label(f"c_{one.name}") for one in COUPON_COLUMNS),
    )
    .select_from(_wish)
    .outerjoin(coupon_code, coupon_code.c.code == _wish.c.code)
    .outerjoin(_own, true())
    .outerjoin(coupon_template, coupon_template.c.id == func.coalesce(_own.c.template_id, coupon_code.c.template_id))
    .outerjoin(binding, _is_bound)
    .outerjoin(guide, guide.c.id == binding.c.guide_id)
    .order_by(_wish.c.position)
)


async def find(reading: Reading, wishes: Sequence[CouponWish], at: datetime) -> list[list[Found]]:
    """What was found for each wish, whatever its state; no statement when no wish names anything."""
    asked: list[tuple[int, UUID | None, UUID | None, str | None]] = []
    for position, wish in enumerate(wishes):
        asked += [(position, wish.member_id, one, None) for one in dict.fromkeys(wish.coupon_ids)]
        asked += [(position, wish.member_id, None, one) for one in clean_codes(wish.codes)]
    found: list[list[Found]] = [[] for _ in wishes]
    if not asked:
        return found
    positions, member_ids, coupon_ids, codes = (list(part) for part in zip(*asked, strict=True))
    rows = await reading.rows(
        _FIND, positions=positions, member_ids=member_ids, coupon_ids=coupon_ids, codes=codes, at=at
    )
    for row in rows:
        found[row["position"]].append(_found(row))
    return found


def _found(row: Row) -> Found:
    return Found(
        row["asked_id"],
        row["asked_code"],
        None if row["c_id"] is None else coupon_of(row, prefix="c_"),
        None if row["t_id"] is None else template_of(row, prefix="t_"),
        row["had"],
        bool(row["is_spent"]),
        row["guide_id"],
        row["store_id"],
    )
