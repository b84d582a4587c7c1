"""Activities: plays with a price of their own that an order names: a flash sale, a group buy or a bargain (R36–R39)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.orders import OrderHold
from domain.promotions.sheet import ExclusivePrice
from domain.promotions.stages import PLAYS, Stage
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between
from domain.stock import MOST_PER_LINE

MOST_STOCK = 1_000_000
LONGEST = timedelta(days=366)
MOST_NAME = 40


class ActivityKind(Enum):
    """Which play; the value is what an order's line keeps of it."""

    SECKILL = "SECKILL"
    GROUP = "GROUP"
    BARGAIN = "BARGAIN"


class ActivityState(Enum):
    """The life of an activity: published, and over."""

    PUBLISHED = "PUBLISHED"
    ENDED = "ENDED"


@record
class PlayChoice:
    """What an order is to be placed by: a flash sale, a group buy, or the member's own bargain.

    `group_id` is the group to join; without one, a group buy begins a new group.
    """

    kind: ActivityKind
    id: UUID
    group_id: UUID | None = None


@record
class PlayTerms:
    """What a play makes of an order: its price, how long it waits to be paid, and why it does not leave when it is.

    `pay_within` None: as any order. `available`: units that were set aside and are left; None: those of the shop.
    """

    exclusive: ExclusivePrice
    pay_within: timedelta | None = None
    hold: OrderHold | None = None
    available: int | None = None


@record
class Uses:
    """How much of an activity a member used: units bought, or helps given. `most` is the limit."""

    activity_id: UUID
    member_id: UUID
    quantity: int
    most: int


@dataclass(eq=False)
class NotStarted(Refusal):
    """The activity has not begun, is over, or is outside of its hours."""

    code = ErrorCode.NOT_STARTED
    starts_at: datetime
    ends_at: datetime


@dataclass(eq=False)
class AlreadyPublished(Refusal):
    """It is in another activity of this kind, which is not over."""

    code = ErrorCode.CONFLICT


def check_time(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Hold the time of an activity to its bounds: its end lies ahead, and at most 366 days after its start.

    Raises:
        BadInput: it does not.
    """
    if ends_at <= now:
        raise BadInput("an end in the future", "结束时间须晚于现在", path=("input", "endsAt"))
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise BadInput(
            "an end after the start, within 366 days", "结束须晚于开始且不超过 366 天", path=("input", "endsAt")
        )


def check_goes_with(stages: AbstractSet[Stage], *path: str) -> None:
    """Hold what a price of an activity goes with to the plays: all else it goes with anyhow, or not at all (2.4).

    Raises:
        BadInput: another stage is named.
    """
    if not stages <= PLAYS:
        raise BadInput("UNIT, ITEM_SET or SUBTOTAL", "只能是单价优惠、商品组合或满减", path=path)


def check_limit(limit: int | None, *path: str) -> None:
    """Hold a limit of units to its bounds: 1 to 999; None is no limit.

    Raises:
        BadInput: it is out of bounds.
    """
    if limit is not None:
        between(limit, 1, MOST_PER_LINE, *path)
