"""Taking limited things when orders are placed: stock, places, coupons, points, and whatever else runs out.

Orders are placed in batches. A part that an order takes something limited from is a `Taking`: it locks and reads the
rows that the batch needs in one statement, and decides in memory for one order after the other. What was taken of all
kinds is written by one statement. An order gets all that it wants or nothing, and those beside it in the batch do not
notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from db.connection import Writing
from db.writes import Write
from domain.activities import PlayTerms
from domain.orders import Order
from domain.placing import Wish
from domain.promotions.quotes import Quote
from domain.records import record
from domain.refusals import Refusal
from resolvers.context import Context


@record
class Draft:
    """An order that is about to be placed, and what led to it."""

    ctx: Context
    wish: Wish
    quote: Quote
    order: Order
    limits: Mapping[UUID, int]
    """How many units of each live product the member may buy, where that is limited."""
    play: PlayTerms | None = None


class Taking(Protocol):
    """One kind of limited thing, for one batch: a new object for each."""

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        """Lock and read what the drafts need.

        False, and no statement, when they need nothing of this: then it is asked no more.
        """

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        """Why this order cannot have what it wants, beside those that took before it. Changes nothing."""

    def take(self, draft: Draft) -> None:
        """The order has it. Asked right after `refusals` found none, in this and every other kind."""

    def writes(self) -> Iterable[Write]:
        """What was taken, for the statement that writes it.

        Where a guard of it does not hold in the database, the batch is undone, and each order placed by itself.
        """
