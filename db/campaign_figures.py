"""What came of campaigns, by whatever part of a campaign brought it: orders and sales, and what they cost (R49)."""

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

from db.bargain_offers import bargain_offer
from db.bargains import bargain
from db.campaigns import campaign, campaign_order, campaign_room
from db.connection import Reading
from db.coupon_tables import coupon, coupon_template
from db.group_buys import group_buy
from db.lotteries import lottery, lottery_draw, lottery_prize
from db.metadata import UUIDS
from db.order_tables import order, order_line
from db.points_offers import points_offer
from db.promotions import promotion
from db.seckills import seckill
from db.statements import Statement, prepared
from domain.activities import ActivityKind
from domain.campaigns import Figures
from domain.lotteries import LotteryPrizeKind
from domain.orders import LineKind
from domain.points_offers import POINTS

_ids = bindparam("ids", type_=UUIDS)
_IS_KEPT = order.c.state != literal_column("'CANCELLED'")


def _of_coupons() -> Any:
    """The orders that hold or used coupons of campaigns."""
    return (
        select(coupon_template.c.campaign_id, coupon.c.order_id, coupon.c.id.label("part_id"))
        .join(coupon, coupon.c.template_id == coupon_template.c.id)
        .where(coupon_template.c.campaign_id == any_(_ids), coupon.c.order_id.is_not(None))
    )


def _of_won_coupons() -> Any:
    """The orders that hold or used coupons that were won in lotteries of campaigns."""
    return (
        select(lottery.c.campaign_id, coupon.c.order_id, coupon.c.id)
        .join(lottery_draw, lottery_draw.c.lottery_id == lottery.c.id)
        .join(coupon, coupon.c.id == lottery_draw.c.coupon_id)
        .where(lottery.c.campaign_id == any_(_ids), coupon.c.order_id.is_not(None))
    )


def _of_activity(activity: Any, kind: str, by: Any = None) -> Any:
    """The orders by activities of campaigns. `by`: what lines name of them, if not their id."""
    named, found = (activity.c.id, activity) if by is None else (by.c.id, activity.join(by))
    return (
        select(activity.c.campaign_id, order_line.c.order_id, named)
        .select_from(found)
        .join(order_line, order_line.c.activity_id == named)
        .where(activity.c.campaign_id == any_(_ids), order_line.c.activity_kind == literal_column(f"'{kind}'"))
        .join(order, order.c.id == order_line.c.order_id)
        .where(_IS_KEPT)
    )


def _of_parts() -> Any:
    """The orders that have a coupon or an activity of campaigns, and which: `part_id`, as steps of prices name it."""
    return union(
        _of_coupons(),
        _of_won_coupons(),
        _of_activity(seckill, ActivityKind.SECKILL.value),
        _of_activity(group_buy, ActivityKind.GROUP.value),
        _of_activity(bargain_offer, ActivityKind.BARGAIN.value, bargain),
        _of_activity(points_offer, POINTS),
    ).cte("of_parts")


def _brought(of_parts: Any) -> Any:
    """The orders of campaigns, each once, whatever brought it."""
    of_promotions = select(campaign_order.c.campaign_id, campaign_order.c.order_id)
    of_rooms = select(campaign_room.c.campaign_id, order.c.id).join(
        order, order.c.live_room_id == campaign_room.c.live_room_id
    )
    return union(
        of_promotions.where(campaign_order.c.campaign_id == any_(_ids)),
        select(of_parts.c.campaign_id, of_parts.c.order_id),
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
        .where(_IS_KEPT)
        .group_by(brought.c.campaign_id)
        .subquery("sums")
    )


def _figures() -> Statement:
    """One statement for any number of campaigns."""
    of_parts = _of_parts()
    sums, saved, gifts, prizes = _sums(_brought(of_parts)), _saved_by_parts(of_parts), _gifts(), _prizes()
    zero: ColumnElement[int] = literal_column("0")
    return prepared(
        select(
            campaign.c.id,
            func.coalesce(sums.c.orders, zero),
            func.coalesce(sums.c.paid, zero),
            func.coalesce(sums.c.sales, zero).cast(BigInteger()),
            (campaign.c.spent_minor + func.coalesce(saved.c.saved, zero)).cast(BigInteger()),
            func.coalesce(gifts, zero).cast(BigInteger()),
            func.coalesce(prizes, zero).cast(BigInteger()),
        )
        .outerjoin(sums, sums.c.campaign_id == campaign.c.id)
        .outerjoin(saved, saved.c.campaign_id == campaign.c.id)
        .where(campaign.c.id == any_(_ids))
    )


def _gifts() -> Any:
    """What the promotions of a campaign gave along, at list prices."""
    return (
        select(func.sum(order_line.c.list_price_minor * order_line.c.quantity))
        .join(campaign_order, campaign_order.c.order_id == order_line.c.order_id)
        .join(promotion, promotion.c.id == order_line.c.promotion_id)
        .where(
            campaign_order.c.campaign_id == campaign.c.id,
            promotion.c.campaign_id == campaign.c.id,
            order_line.c.kind == literal_column(f"'{LineKind.GIFT.value}'"),
        )
        .correlate(campaign)
        .scalar_subquery()
    )


def _prizes() -> Any:
    """What the points are worth that were won in the lotteries of a campaign."""
    return (
        select(func.sum(lottery_prize.c.worth))
        .join(lottery_draw, lottery_draw.c.prize_id == lottery_prize.c.id)
        .join(lottery, lottery.c.id == lottery_prize.c.lottery_id)
        .where(
            lottery.c.campaign_id == campaign.c.id,
            lottery_prize.c.kind == literal_column(f"'{LotteryPrizeKind.POINTS.value}'"),
        )
        .correlate(campaign)
        .scalar_subquery()
    )


def _saved_by_parts(of_parts: Any) -> Any:
    """What coupons and activities of campaigns took off, as the steps of lines and orders tell it."""
    steps = union_all(
        select(order_line.c.order_id, order_line.c.id.label("of_id"), order_line.c.priced),
        select(order.c.id, order.c.id, order.c.priced),
    ).subquery("priced")
    step = (
        func.jsonb_array_elements(func.coalesce(steps.c.priced["steps"], literal_column("'[]'::jsonb")))
        .table_valued(column("step", JSONB()), name="step")
        .render_derived()
    )
    key = func.replace(cast(of_parts.c.part_id, Text()), "-", "")
    return (
        select(of_parts.c.campaign_id, func.sum(cast(step.c.step["amount"].astext, BigInteger())).label("saved"))
        .join(steps, steps.c.order_id == of_parts.c.order_id)
        .join(step, true())
        .where(step.c.step["promotion_id"].astext == key)
        .group_by(of_parts.c.campaign_id)
        .subquery("saved")
    )


_FIGURES = _figures()


async def figures_of(reading: Reading, campaign_ids: Sequence[UUID]) -> dict[UUID, Figures]:
    """What came of each campaign."""
    return {row[0]: Figures(*row[1:]) for row in await reading.rows(_FIGURES, ids=list(campaign_ids))}
