"""Who buys: what prices depend on, for all buyers of a batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import db.shoppers
from db.connection import Reading
from domain.promotions.book import Book
from domain.shoppers import KnownShopper


async def known_shoppers(
    reading: Reading,
    member_ids: Sequence[UUID],
    at: datetime,
    book: Book | None = None,
    salt: str = "",
    *,
    spends: bool = False,
) -> dict[UUID, KnownShopper]:
    """The shoppers with their points and the numbers of their rights, in one statement; none for nobody.

    With a book also who is new and how many uses they had, as far as its promotions depend on that. Who is new is so
    under no other account either: `salt` keys the traces by which that is known. `spends`: somebody would spend points,
    so it is asked when they expire.
    """
    if not member_ids:
        return {}
    if book is None:
        return await db.shoppers.known_shoppers(reading, member_ids, at)
    return await db.shoppers.known_shoppers(
        reading, member_ids, at, limited=book.limited, newcomers=book.has_newcomer_offers, spends=spends, salt=salt
    )
