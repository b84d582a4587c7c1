"""What came of campaigns: orders, sales and discounts, by whatever part of a campaign brought them (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.campaigns import campaign, campaign_order, campaign_room
from db.connection import Reading
from db.coupon_tables import coupon, coupon_template
from db.metadata import UUIDS
from db.order_tables import order, order_line
from db.statements import Statement, prepared
from domain.campaigns import Figures

_ids = bindparam("ids", type_=UUIDS)


def _of_coupons() -> Any:
    """The orders that hold or used coupons of campaigns."""
    return (
        select(coupon_template.c.campaign_id, coupon.c.order_id, coupon.c.id.label("coupon_id"))
        .join(coupon, coupon.c.template_id == coupon_template.c.id)
        .where(coupon_template.c.campaign_id == any_(_ids), coupon.c.order_id.is_not(None))
        .cte("of_coupons")
    )


def _brought(of_coupons: Any) -> Any:
    """The orders of campaigns, each once, whatever brought it."""
    of_promotions = select(campaign_order.c.campaign_id, campaign_order.c.order_id)
    of_rooms = select(campaign_room.c.campaign_id, order.c.id).join(
        order, order.c.live_room_id == campaign_room.c.live_room_id
    )
    return union(
        of_promotions.where(campaign_order.c.campaign_id == any_(_ids)),
        select(of_coupons.c.campaign_id, of_coupons.c.order_id),
        of_rooms.where(campaign_room.c.campaign_id == any_(_ids)),
    ).subquery("brought")


def _sums(brought: Any) -> Any:
    sales = func.sum(order.c.total_minor - order.c.refunded_minor).filter(order.c.paid_at.is_not(None))
    return (
        select(
            brought.c.campaign_id,
            func.count().label("orders"),
            func.count(order.c.paid_at).label("paid"),
            sales.label("sales"),
        )
        .join(order, order.c.id == brought.c.order_id)
        .where(order.c.state != literal_column("'CANCELLED'"))
        .group_by(brought.c.campaign_id)
        .subquery("sums")
    )


def _figures() -> Statement:
    """One statement for any number of campaigns."""
    of_coupons = _of_coupons()
    sums, saved = _sums(_brought(of_coupons)), _saved_by_coupons(of_coupons)
    zero: ColumnElement[int] = literal_column("0")
    return prepared(
        select(
            campaign.c.id,
            func.coalesce(sums.c.orders, zero),
            func.coalesce(sums.c.paid, zero),
            func.coalesce(sums.c.sales, zero).cast(BigInteger()),
            (campaign.c.spent_minor + func.coalesce(saved.c.saved, zero)).cast(BigInteger()),
        )
        .outerjoin(sums, sums.c.campaign_id == campaign.c.id)
        .outerjoin(saved, saved.c.campaign_id == campaign.c.id)
        .where(campaign.c.id == any_(_ids))
    )


def _saved_by_coupons(of_coupons: Any) -> Any:
    """What coupons of campaigns took off, as the steps of lines and orders tell it."""
    steps = union_all(
        select(order_line.c.order_id, order_line.c.id.label("of_id"), order_line.c.priced),
        select(order.c.id, order.c.id, order.c.priced),
    ).subquery("priced")
    step = (
        func.jsonb_array_elements(func.coalesce(steps.c.priced["steps"], literal_column("'[]'::jsonb")))
        .table_valued(column("step", JSONB()), name="step")
        .render_derived()
    )
    key = func.replace(cast(of_coupons.c.coupon_id, Text()), "-", "")
    return (
        select(of_coupons.c.campaign_id, func.sum(cast(step.c.step["amount"].astext, BigInteger())).label("saved"))
        .join(steps, steps.c.order_id == of_coupons.c.order_id)
        .join(step, true())
        .where(step.c.step["promotion_id"].astext == key)
        .group_by(of_coupons.c.campaign_id)
        .subquery("saved")
    )


_FIGURES = _figures()


async def figures_of(reading: Reading, campaign_ids: Sequence[UUID]) -> dict[UUID, Figures]:
    """What came of each campaign."""
    return {row[0]: Figures(*row[1:]) for row in await reading.rows(_FIGURES, ids=list(campaign_ids))}
