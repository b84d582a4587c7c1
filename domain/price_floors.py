"""Price floors: below which no unit of a variant may be sold, where and when (R26)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.money import LARGEST_MINOR
from domain.records import record
from domain.refusals import BadInput, between


class Channel(Enum):
    """Where something is sold: in the shop, or in a live room."""

    SHOP = "SHOP"
    LIVE = "LIVE"


@record
class PriceFloor:
    """The least that a unit may cost, in fen: on one channel or on all, for a period or for good."""

    id: UUID
    variant_id: UUID
    least: int
    channel: Channel | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    version: int = 1


def holds(floor: PriceFloor, channel: Channel, at: datetime) -> bool:
    """Whether a floor holds on a channel at an instant. Its end is not in it."""
    if floor.channel is not None and floor.channel is not channel:
        return False
    return (floor.starts_at is None or floor.starts_at <= at) and (floor.ends_at is None or at < floor.ends_at)


def meets(floor: PriceFloor, starts_at: datetime | None, ends_at: datetime | None) -> bool:
    """Whether a floor holds at any time of a period, on whatever channel: what is published is held to all of them."""
    if starts_at is not None and floor.ends_at is not None and floor.ends_at <= starts_at:
        return False
    return ends_at is None or floor.starts_at is None or floor.starts_at < ends_at


def highest(floors: Iterable[PriceFloor]) -> int | None:
    """The one that decides where several hold."""
    return max((floor.least for floor in floors), default=None)


def check_floor(floor: PriceFloor) -> None:
    """Hold a floor to its bounds.

    Raises:
        BadInput: an amount or date is out of bounds.
    """
    between(floor.least, 1, LARGEST_MINOR, "input", "least")
    if floor.starts_at is not None and floor.ends_at is not None and floor.starts_at >= floor.ends_at:
        raise BadInput("an end after the start", "结束时间应晚于开始时间", path=("input", "endsAt"))
