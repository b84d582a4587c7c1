"""Tiers: the more is bought, the more is given. Only the best tier that is reached counts (R41)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import pairwise
from typing import Protocol, TypeVar

from domain.money import LARGEST_MINOR
from domain.promotions.sheet import GiftPart, Line
from domain.refusals import BadInput, between

MOST_TIERS = 10
MOST_GIFTS = 10
MOST_OF_A_GIFT = 99


class Measure(Enum):
    """What a threshold counts: fen, or units."""

    AMOUNT = "AMOUNT"
    QUANTITY = "QUANTITY"


class Tier(Protocol):
    @property
    def threshold(self) -> int: ...


T = TypeVar("T", bound=Tier)


def measured(lines: Iterable[Line], by: Measure) -> int:
    """What lines come to, as they stand."""
    if by is Measure.AMOUNT:
        return sum(line.payable for line in lines)
    return sum(line.item.quantity for line in lines)


def best(tiers: Sequence[T], reached: int) -> T | None:
    """The highest tier that is reached."""
    return max((tier for tier in tiers if tier.threshold <= reached), key=lambda tier: tier.threshold, default=None)


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Hold tiers to their bounds; they are written from the lowest to the highest.

    Raises:
        BadInput: none, too many, or not in order.
    """
    between(len(tiers), 1, MOST_TIERS, "tiers")
    lowest = 1
    for i, tier in enumerate(tiers):
        between(tier.threshold, lowest, LARGEST_MINOR, "tiers", str(i), "threshold")
        lowest = tier.threshold + 1


def check_rising(offs: Sequence[int]) -> None:
    """Have each tier give more than the one below.

    Raises:
        BadInput: one does not.
    """
    for i, (lower, higher) in enumerate(pairwise(offs)):
        if higher <= lower:
            raise BadInput("more than the tier below", "须大于上一档", path=("tiers", str(i + 1)))


def check_gifts(gifts: Sequence[GiftPart], *path: str) -> None:
    """Hold gifts to their bounds.

    Raises:
        BadInput: none, too many, or one variant twice.
    """
    between(len(gifts), 1, MOST_GIFTS, *path)
    if len({gift.variant_id for gift in gifts}) < len(gifts):
        raise BadInput("each variant once", "同一规格只能出现一次", path=path)
    for i, gift in enumerate(gifts):
        between(gift.quantity, 1, MOST_OF_A_GIFT, *path, str(i), "quantity")
        between(gift.value, 0, LARGEST_MINOR, *path, str(i), "value")
