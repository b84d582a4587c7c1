"""Shoppers: everything about a buyer that a price or a place in a queue depends on, read at once for a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.promotions.audiences import GUEST, Shopper
from domain.promotions.plays.buy_gift import BuyGift, BuyGiftTerms
from domain.promotions.plays.time_discount import TimeDiscount
from domain.promotions.sheet import GiftPart
from domain.promotions.terms import Promotion
from domain.records import record
from domain.rights import NO_RIGHTS, Rights


@record
class KnownShopper:
    """A shopper with the numbers behind their rights. `points` may be spent; `changes_at`: when the membership ends."""

    shopper: Shopper = GUEST
    rights: Rights = NO_RIGHTS
    points: int = 0
    changes_at: datetime | None = None
    uses: Mapping[UUID, int] = field(default_factory=dict)
    """How many uses they had of promotions that limit that, as far as it was asked."""
    unpaid: frozenset[int] = frozenset()
    """The places that their unpaid orders take."""
    points_end: datetime | None = None
    """When the first of their points expire, where it was asked."""

    @property
    def gift(self) -> Promotion | None:
        """What comes along with each of their orders (R22), as a play that is for them alone."""
        variant_id, source = self.rights.gift_variant_id, self.shopper.plan_id or self.shopper.level_id
        if variant_id is None or source is None:
            return None
        return Promotion(source, BuyGift.kind, "会员赠礼", BuyGiftTerms((GiftPart(variant_id, 1),)))

    @property
    def early(self) -> timedelta:
        """How long before others they may buy what is scarce (R22)."""
        return timedelta(minutes=self.rights.priority_minutes)

    def brought_forward(self, promotion: Promotion) -> Promotion:
        """A promotion as it is for them: a 限时折扣 begins so much earlier, and any other as it does for everybody."""
        starts = promotion.starts_at
        if not self.early or starts is None or promotion.kind != TimeDiscount.kind:
            return promotion
        return replace(promotion, starts_at=starts - self.early)

    @property
    def points_bp(self) -> int:
        """By how much they earn more points; 10,000: as everybody."""
        return self.rights.points_bp

    @property
    def warranty_months(self) -> int:
        return self.rights.warranty_months


VISITOR = KnownShopper()
