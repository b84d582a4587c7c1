"""Shoppers: everything about a buyer that a price or a place in a queue depends on, read at once for a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.promotions.audiences import GUEST, Shopper
from domain.records import record
from domain.rights import NO_RIGHTS, Rights


@record
class KnownShopper:
    """A shopper with the numbers behind their rights. `points` may be spent; `changes_at`: when the membership ends."""

    shopper: Shopper = GUEST
    rights: Rights = NO_RIGHTS
    points: int = 0
    changes_at: datetime | None = None

    def as_new(self) -> KnownShopper:
        """The same shopper, who has bought nothing yet (R47)."""
        return replace(self, shopper=replace(self.shopper, is_new=True))

    @property
    def points_bp(self) -> int:
        """By how much they earn more points; 10,000: as everybody."""
        return self.rights.points_bp

    @property
    def warranty_months(self) -> int:
        return self.rights.warranty_months

    @property
    def priority_minutes(self) -> int:
        """How long before others they may buy what is scarce (R22)."""
        return self.rights.priority_minutes


VISITOR = KnownShopper()
