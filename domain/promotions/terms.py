"""Promotions: what the brand offers, for which goods, to whom and when."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from domain.promotions.audiences import EVERYBODY, Audience, Shopper, includes
from domain.promotions.scopes import EVERYTHING, Scope
from domain.promotions.slots import Slot, is_open, next_change
from domain.records import record


@record
class Promotion:
    """A play with its terms. Of two that could have the same goods, the one of higher priority does, then the lower id.

    `terms` is what the play of this kind takes (`plays.Play.terms_type`). What an `exclusive` promotion lowers takes
    part in no later promotion and no coupon (不与其他优惠同享).
    """

    id: UUID
    kind: str
    name: str
    terms: Any
    scope: Scope = EVERYTHING
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    slots: tuple[Slot, ...] = ()
    audience: Audience = EVERYBODY
    priority: int = 0
    exclusive: bool = False


def is_on(promotion: Promotion, shopper: Shopper, at: datetime, zone: tzinfo) -> bool:
    """Whether a promotion runs for this shopper at this instant. Its end is not in it."""
    starts, ends = promotion.starts_at, promotion.ends_at
    if (starts is not None and at < starts) or (ends is not None and at >= ends):
        return False
    return is_open(promotion.slots, at, zone) and includes(promotion.audience, shopper)


def turns_at(promotion: Promotion, at: datetime, zone: tzinfo) -> datetime | None:
    """The next instant at which it begins or ends, for a while or for good."""
    starts, ends = promotion.starts_at, promotion.ends_at
    if starts is not None and at < starts:
        return starts
    if ends is not None and at >= ends:
        return None
    slot = next_change(promotion.slots, at, zone) if promotion.slots else None
    return min((instant for instant in (slot, ends) if instant is not None), default=None)
