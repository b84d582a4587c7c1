"""The book: every promotion, price list and price floor that is in force or about to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from uuid import UUID

from domain.price_floors import Channel, PriceFloor, highest, holds
from domain.promotions.price_lists import PriceList
from domain.promotions.quotes import Quote
from domain.promotions.terms import Promotion
from domain.records import record

_View = tuple[datetime | None, datetime | None, tuple[Promotion, ...]]


@record
class Counted:
    """Of a promotion whose uses are counted: how many one member may have, if that is limited.

    `budgets` are fen, by whose they are: its own, and that of its campaign, which others share.
    """

    uses_per_member: int | None = None
    for_newcomers: bool = False
    budgets: Mapping[UUID, int] = field(default_factory=dict)


class Book:
    """What pricing knows of an edition, which any change ends: read once, then asked for each quote.

    What is used up is not in it. `counted` are the promotions whose uses are counted: those with limits, a campaign, or
    for new customers. They, and no others, belong in an order's `promotion_ids`.
    """

    def __init__(
        self,
        edition: UUID | None,
        promotions: Sequence[Promotion] = (),
        price_lists: Sequence[PriceList] = (),
        floors: Mapping[UUID, Sequence[PriceFloor]] | None = None,
        counted: Mapping[UUID, Counted] | None = None,
    ) -> None:
        self.edition = edition
        self.promotions = tuple(promotions)
        self.price_lists = tuple(price_lists)
        self.floors = floors or {}
        self.counted = counted or {}
        self.limited = frozenset(key for key, one in self.counted.items() if one.uses_per_member is not None)
        """Those of which one member may have so many uses."""
        self.budgets = {key: one.budgets for key, one in self.counted.items() if one.budgets}
        self.has_newcomer_offers = any(one.for_newcomers for one in self.counted.values())
        self._view: _View | None = None

    def too_much(self, quote: Quote) -> set[UUID]:
        """The promotions that take more off than a whole budget has, together with those before them in a quote."""
        found: set[UUID] = set()
        left: dict[UUID, int] = {}
        for key in quote.promotion_ids if self.budgets else ():
            budgets, spent = self.budgets.get(key, {}), quote.taken_off(key)
            after = {whose: left.get(whose, fen) - spent for whose, fen in budgets.items()}
            if min(after.values(), default=0) < 0:
                found.add(key)
            else:
                left |= after
        return found

    def at(self, now: datetime) -> Sequence[Promotion]:
        """The promotions that run or will: whether one does, `is_on` says."""
        if self._view is None or not _lies_in(now, self._view[0], self._view[1]):
            self._view = self._looked_up(now)
        return self._view[2]

    def floors_at(self, now: datetime, channel: Channel, variant_ids: Sequence[UUID]) -> dict[UUID, int]:
        """The least that a unit of each of these variants may cost, in fen; without those that have no floor."""
        if not self.floors:
            return {}
        found = {
            key: highest(floor for floor in self.floors.get(key, ()) if holds(floor, channel, now))
            for key in variant_ids
        }
        return {key: least for key, least in found.items() if least is not None}

    def _looked_up(self, now: datetime) -> _View:
        """The promotions that are not over, and between which instants they are the same."""
        ends = [one.ends_at for one in self.promotions if one.ends_at is not None]
        since = max((end for end in ends if end <= now), default=None)
        until = min((end for end in ends if end > now), default=None)
        return since, until, tuple(one for one in self.promotions if one.ends_at is None or now < one.ends_at)


def _lies_in(at: datetime, starts: datetime | None, ends: datetime | None) -> bool:
    return (starts is None or starts <= at) and (ends is None or at < ends)


EMPTY = Book(None)
