"""Rights: what a level or a paid membership gives those who hold it (R19, R21, R22)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from uuid import UUID

from domain.money import WHOLE
from domain.records import record
from domain.refusals import between

MOST_POINTS_BP = 100_000
MOST_PRIORITY_MINUTES = 24 * 60
MOST_WARRANTY_MONTHS = 120


class Right(Enum):
    """A right by its name, as prices and plays ask for it."""

    POINTS_MULTIPLIER = "POINTS_MULTIPLIER"
    FREE_SHIPPING = "FREE_SHIPPING"
    MEMBER_PRICES = "MEMBER_PRICES"
    PRIORITY_WINDOW = "PRIORITY_WINDOW"
    GIFT_WITH_ORDER = "GIFT_WITH_ORDER"
    EXTENDED_WARRANTY = "EXTENDED_WARRANTY"


@record
class Rights:
    """What somebody may, in numbers. `points_bp`: points earned, 15,000 is one and a half times as many."""

    points_bp: int = WHOLE
    free_shipping: bool = False
    member_prices: bool = False
    priority_minutes: int = 0
    """How long before others a scarce variant can be bought or reserved (R22)."""
    gift_variant_id: UUID | None = None
    """One of these comes along with each order (R22)."""
    warranty_months: int = 0
    """By how much longer the warranty of goods is (R23)."""

    @property
    def names(self) -> frozenset[str]:
        """The names of what is given, as shoppers carry them."""
        given = (
            (Right.POINTS_MULTIPLIER, self.points_bp > WHOLE),
            (Right.FREE_SHIPPING, self.free_shipping),
            (Right.MEMBER_PRICES, self.member_prices),
            (Right.PRIORITY_WINDOW, self.priority_minutes > 0),
            (Right.GIFT_WITH_ORDER, self.gift_variant_id is not None),
            (Right.EXTENDED_WARRANTY, self.warranty_months > 0),
        )
        return frozenset(right.value for right, holds in given if holds)


NO_RIGHTS = Rights()


def best_of(several: Iterable[Rights]) -> Rights:
    """The best of what several things give: they do not add up. Of two gifts, the first comes along."""
    held = [NO_RIGHTS, *several]
    gifts = [one.gift_variant_id for one in held if one.gift_variant_id is not None]
    return Rights(
        max(one.points_bp for one in held),
        any(one.free_shipping for one in held),
        any(one.member_prices for one in held),
        max(one.priority_minutes for one in held),
        gifts[0] if gifts else None,
        max(one.warranty_months for one in held),
    )


def check_rights(rights: Rights, *path: str) -> Rights:
    """Hold rights to their bounds.

    Raises:
        BadInput: a number is out of bounds; nobody earns fewer points by a right.
    """
    between(rights.points_bp, WHOLE, MOST_POINTS_BP, *path, "pointsBp")
    between(rights.priority_minutes, 0, MOST_PRIORITY_MINUTES, *path, "priorityMinutes")
    between(rights.warranty_months, 0, MOST_WARRANTY_MONTHS, *path, "warrantyMonths")
    return rights
