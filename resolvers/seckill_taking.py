"""Units of flash sales that orders take, within each member's limit (R39)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

import db.activity_uses
import db.seckills
from db.connection import Writing
from db.writes import Write
from domain.activities import ActivityKind, NotStarted, Uses
from domain.orders import OverLimit
from domain.refusals import Refusal
from domain.seckills import Seckill, takes_back
from domain.stock import OutOfStock
from resolvers.taking import Draft


class SeckillTaking:
    """The flash sales of one batch of orders, which nobody else can buy from until the batch is through."""

    def __init__(self) -> None:
        self._seckills: dict[UUID, Seckill] = {}
        self._left: dict[UUID, int] = {}
        self._used: dict[tuple[UUID, UUID], int] = {}
        self._taken: Counter[UUID] = Counter()
        self._counted: Counter[tuple[UUID, UUID]] = Counter()

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        ids = {key for draft in drafts if (key := _named(draft)) is not None}
        if not ids:
            return False
        self._seckills = await db.seckills.lock(tx, ids)
        self._left = {key: one.remaining for key, one in self._seckills.items()}
        pairs = {pair for draft in drafts if (pair := self._limited(draft)) is not None}
        self._used = await db.activity_uses.used_by(tx, pairs)
        return True

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        key, (line, *_) = _named(draft), draft.order.lines
        if key is None:
            return ()
        found, path = self._seckills[key], ("input", "lines", "0", "quantity")
        # When it begins for this buyer was asked when it was priced; since then it can only have ended.
        if not takes_back(found, draft.order.placed_at):
            return [NotStarted(found.terms.starts_at, found.terms.ends_at, path=("input", "play"))]
        most, pair = found.terms.limit_per_member, (key, draft.order.member_id)
        if most is not None and self._used.get(pair, 0) + line.quantity > most:
            return [OverLimit(most, path=path)]
        if self._left[key] < line.quantity:
            return [OutOfStock(line.variant_id, self._left[key], path=path)]
        return ()

    def take(self, draft: Draft) -> None:
        key = _named(draft)
        if key is None:
            return
        quantity = draft.order.lines[0].quantity
        self._left[key] -= quantity
        self._taken[key] += quantity
        if (pair := self._limited(draft)) is not None:
            self._used[pair] = self._used.get(pair, 0) + quantity
            self._counted[pair] += quantity

    def writes(self) -> Iterable[Write]:
        uses = [
            Uses(key, member_id, quantity, self._seckills[key].terms.limit_per_member or 0)
            for (key, member_id), quantity in self._counted.items()
        ]
        return [db.activity_uses.counted(uses), db.seckills.taken(self._taken)]

    def _limited(self, draft: Draft) -> tuple[UUID, UUID] | None:
        """The flash sale and the member, when it limits what a member may buy."""
        key = _named(draft)
        if key is None or self._seckills[key].terms.limit_per_member is None:
            return None
        return key, draft.order.member_id


def _named(draft: Draft) -> UUID | None:
    play = draft.wish.play
    return play.id if play is not None and play.kind is ActivityKind.SECKILL else None
