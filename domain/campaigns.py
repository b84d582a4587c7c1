"""Campaigns: a theme and a time that all that promotes is grouped under (R49).

Promotions, coupons, flash sales, group buys, bargains, points offers, lotteries, posts, live rooms and tasks of guides.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.money import WHOLE
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

    `orders` that were not given up have one of its promotions, coupons or activities, or were placed in one of its
    rooms; `sales` is what was paid for them, without what was paid back. `discounts` are what its promotions, coupons
    and activities took off, `gifts` what its promotions gave along, at list prices, `prizes` what the points are worth
    that were won in its lotteries; coupons that were won cost what they take off. What is paid to guides is no part.
    """

    orders: int = 0
    paid_orders: int = 0
    sales: int = 0
    discounts: int = 0
    gifts: int = 0
    prizes: int = 0

    @property
    def cost(self) -> int:
        """What the brand gave for it."""
        return self.discounts + self.gifts + self.prizes

    @property
    def roi_bp(self) -> int | None:
        """What was sold for each 10,000 fen that it cost (投产比), rounded down; None when it cost nothing.

        >>> Figures(sales=169_00, discounts=40_00).roi_bp
        42250
        """
        return self.sales * WHOLE // self.cost if self.cost else None


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
