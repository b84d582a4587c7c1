"""Bargains that orders take at the price that they have come to (R38)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import db.bargains
from db.connection import Writing
from db.writes import Write
from domain import bargains
from domain.activities import ActivityKind
from domain.bargains import Bargain, BargainState
from domain.outages import Contended
from domain.refusals import Refusal
from resolvers.taking import Draft


class BargainTaking:
    """The bargains of one batch of orders: each is for one order, and nobody helps it while that stands."""

    def __init__(self) -> None:
        self._bargains: dict[UUID, Bargain] = {}
        self._taken: list[tuple[Bargain, UUID]] = []

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        """Lock the bargains.

        Raises:
            Contended: somebody helped since the price was read; it is lower now.
        """
        named = {key: draft for draft in drafts if (key := _named(draft)) is not None}
        if not named:
            return False
        self._bargains = await db.bargains.lock(tx, named)
        for key, draft in named.items():
            assert draft.play is not None, "a bargain was priced without its terms"
            if self._bargains[key].price.minor != draft.play.exclusive.price:
                raise Contended
        return True

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        key = _named(draft)
        if key is None:
            return ()
        try:
            bargains.check_open(self._bargains[key], draft.order.placed_at)
        except Refusal as refusal:
            return [refusal]
        return ()

    def take(self, draft: Draft) -> None:
        key = _named(draft)
        if key is not None:
            found = self._bargains[key]
            self._taken.append((found, draft.order.id))
            self._bargains[key] = bargains.move(found, BargainState.ORDERED, order_id=draft.order.id)

    def writes(self) -> Iterable[Write]:
        return [db.bargains.ordered(self._taken)]


def _named(draft: Draft) -> UUID | None:
    play = draft.wish.play
    return play.id if play is not None and play.kind is ActivityKind.BARGAIN else None
