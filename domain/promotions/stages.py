"""Stages: the order in which prices, plays, coupons and points are applied (product rules 2.4)."""

from __future__ import annotations

from enum import IntEnum


class Stage(IntEnum):
    """The eight steps of a price. A later one sees what the earlier ones left."""

    EXCLUSIVE = 1
    UNIT = 2
    ITEM_SET = 3
    SUBTOTAL = 4
    COUPON = 5
    POINTS = 6
    SHIPPING = 7
    GIFTS = 8


PLAYS = frozenset({Stage.UNIT, Stage.ITEM_SET, Stage.SUBTOTAL})
"""What an exclusive price keeps off unless its activity says otherwise."""
