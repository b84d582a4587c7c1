"""Taking points when orders are placed: balances are locked for the batch, and spent first come first served (R20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import db.points
from db.connection import Writing
from db.points import Change
from db.writes import Write
from domain import points as rules
from domain.points import Batch, Entry, NotEnoughPoints, PointsKind
from domain.refusals import Refusal
from resolvers.taking import Draft


class PointsTaking:
    """The points of one batch of orders."""

    def __init__(self) -> None:
        self._left: dict[UUID, list[Batch]] = {}
        self._changes: list[Change] = []

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        spending = [draft for draft in drafts if draft.order.points_used]
        if not spending:
            return False
        members = {draft.order.member_id for draft in spending}
        self._left = await db.points.lock_batches(tx, members, spending[0].order.placed_at)
        return True

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        needed = draft.order.points_used
        held = sum(batch.points for batch in self._left.get(draft.order.member_id, ()))
        return [NotEnoughPoints(held, needed, path=("input", "points"))] if held < needed else []

    def take(self, draft: Draft) -> None:
        order = draft.order
        if order.points_used == 0:
            return
        batches = self._left[order.member_id]
        portions = rules.spend(batches, order.points_used)
        gone = {portion.batch_id: portion.points for portion in portions}
        self._left[order.member_id] = [replace(one, points=one.points - gone.get(one.id, 0)) for one in batches]
        points, at = -order.points_used, order.placed_at
        entry = Entry(draft.ctx.new_id(), order.member_id, PointsKind.SPENT, points, order.id, None, at)
        self._changes.append(Change(entry, f"order:{order.id.hex}", drawn=portions))

    def writes(self) -> Iterable[Write]:
        return db.points.spent(self._changes)
