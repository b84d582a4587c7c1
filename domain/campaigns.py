"""Campaigns: a theme and a time that promotions, coupons, posts and live rooms are grouped under (R49)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.promotions.life import LARGEST_BUDGET
from domain.records import record
from domain.refusals import BadInput, between, text_within

MOST_PARTS = 100


@record
class Campaign:
    """`budget`: so many fen may its promotions take off in all; None: any. `spent`: what they took off so far."""

    id: UUID
    theme: str
    starts_at: datetime | None
    ends_at: datetime | None
    budget: int | None
    created_at: datetime
    post_ids: tuple[UUID, ...] = ()
    live_room_ids: tuple[UUID, ...] = ()
    spent: int = 0
    version: int = 1


@record
class Figures:
    """What came of a campaign; amounts in fen.

    `orders` that were not given up have one of its promotions or coupons, or were placed in one of its rooms; `sales`
    is what was paid for them, without what was paid back. `discounts` are what its promotions and coupons took off.
    """

    orders: int = 0
    paid_orders: int = 0
    sales: int = 0
    discounts: int = 0


def check_campaign(campaign: Campaign) -> None:
    """Hold a campaign to its bounds.

    Raises:
        BadInput: a text, number or date is out of bounds, or the budget is below what is spent.
    """
    text_within(campaign.theme, 100, "input", "theme")
    between(len(campaign.post_ids), 0, MOST_PARTS, "input", "postIds")
    between(len(campaign.live_room_ids), 0, MOST_PARTS, "input", "liveRoomIds")
    if campaign.budget is not None:
        between(campaign.budget, max(1, campaign.spent), LARGEST_BUDGET, "input", "budget")
    if campaign.starts_at and campaign.ends_at and campaign.starts_at >= campaign.ends_at:
        raise BadInput("an end after the start", "结束时间应晚于开始时间", path=("input", "endsAt"))
