"""What is offered: the book at an instant, without what a member has used up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import db.promotions
from db.connection import Reading
from domain.promotions.book import Book
from domain.promotions.plays import Play
from domain.promotions.terms import Promotion
from domain.records import record
from domain.shoppers import KnownShopper


@record
class Offering:
    """The book at an instant."""

    book: Book
    promotions: Sequence[Promotion]

    def promotions_for(self, shopper: KnownShopper) -> Sequence[Promotion]:
        """The promotions that run or will for this shopper, without those of which they have had all that one may."""
        done = {key for key, uses in shopper.uses.items() if self._is_used_up(key, uses)}
        if not done and not shopper.early:
            return self.promotions
        return [shopper.brought_forward(one) for one in self.promotions if one.id not in done]

    def _is_used_up(self, promotion_id: UUID, uses: int) -> bool:
        most = self.book.counted[promotion_id].uses_per_member
        return most is not None and uses >= most


async def offering(reading: Reading, plays: Mapping[str, Play], now: datetime, book: Book | None = None) -> Offering:
    """What is offered now: by a book that was just read, or in one short statement while nothing changes."""
    if book is None:
        book = await db.promotions.book(reading, plays)
    return Offering(book, book.at(now))
