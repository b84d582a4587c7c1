"""What is offered to the members of a batch: the book, without what each of them has used up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import db.promotion_uses
import db.promotions
from db.connection import Reading
from domain.promotions.book import Book
from domain.promotions.plays import Play
from domain.promotions.terms import Promotion


@dataclass(frozen=True, slots=True)
class Offering:
    """The book at an instant, and what it is to each member."""

    book: Book
    promotions: Sequence[Promotion]
    used_up: Mapping[UUID, frozenset[UUID]]
    newcomers: frozenset[UUID]

    def promotions_for(self, member_id: UUID | None) -> Sequence[Promotion]:
        """The promotions that run or will, without those of which this member has had all that one may."""
        done = self.used_up.get(member_id) if member_id is not None else None
        return self.promotions if not done else [one for one in self.promotions if one.id not in done]

    def is_new(self, member_id: UUID | None) -> bool:
        """Whether this member may have offers for new customers (R47). Only asked for while there are any."""
        return member_id in self.newcomers


async def offering(
    reading: Reading, plays: Mapping[str, Play], member_ids: Collection[UUID], now: datetime
) -> Offering:
    """What is offered now: one short statement, and one more for each kind of limit that is in force."""
    book = await db.promotions.book(reading, plays)
    used = await db.promotion_uses.used_by(reading, book.limited, member_ids) if book.limited and member_ids else {}
    is_asked = book.has_newcomer_offers and member_ids
    return Offering(
        book,
        book.at(now),
        _used_up(book, used),
        await db.promotion_uses.newcomers(reading, member_ids) if is_asked else frozenset(),
    )


def _used_up(book: Book, used: Mapping[tuple[UUID, UUID], int]) -> dict[UUID, frozenset[UUID]]:
    done: dict[UUID, set[UUID]] = {}
    for (key, member_id), uses in used.items():
        most = book.counted[key].uses_per_member
        if most is not None and uses >= most:
            done.setdefault(member_id, set()).add(key)
    return {member_id: frozenset(keys) for member_id, keys in done.items()}
