"""Units of points offers that orders take, and what becomes of them in an order's life (积分兑换)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import db.activity_uses
import db.points_offers
from db.connection import Writing
from db.writes import Write
from domain import points_offers as rules
from domain.activities import Uses
from domain.orders import Order
from domain.points_offers import PointsOffer
from domain.refunds import OrderRefund
from domain.refusals import Refusal
from resolvers.context import Context
from resolvers.taking import Draft


class PointsOfferTaking:
    """What the orders of one batch take of offers, counted in all and for each member."""

    def __init__(self) -> None:
        self._offers: dict[UUID, PointsOffer] = {}
        self._taken: Counter[UUID] = Counter()
        self._had: dict[tuple[UUID, UUID], int] = {}
        self._new: Counter[tuple[UUID, UUID]] = Counter()

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        """Lock the offers, and read what the members had of them."""
        wanted = {(one, draft.order.member_id) for draft in drafts for one in rules.units_of(draft.order)}
        if wanted:
            self._offers = await db.points_offers.lock(tx, sorted({one for one, _ in wanted}))
            self._taken = Counter({key: one.taken for key, one in self._offers.items()})
            self._had = await db.activity_uses.used_by(tx, sorted(wanted))
        return bool(wanted)

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        """Why the order cannot have so many units."""
        member_id = draft.order.member_id
        found: list[Refusal] = []
        for key, many in rules.units_of(draft.order).items():
            had = self._had.get((key, member_id), 0) + self._new[key, member_id]
            found += rules.refusals(self._offers[key], self._taken[key], had, many, "input", "lines")
        return found

    def take(self, draft: Draft) -> None:
        for key, many in rules.units_of(draft.order).items():
            self._taken[key] += many
            self._new[key, draft.order.member_id] += many

    def writes(self) -> Iterable[Write]:
        units: Counter[UUID] = Counter()
        for (key, _), many in self._new.items():
            units[key] += many
        uses = [Uses(key, who, many, self._offers[key].terms.per_person) for (key, who), many in self._new.items()]
        return [db.points_offers.taken(units), db.activity_uses.counted(uses)]


async def released(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Units of an order that was not paid can be had by others, and by the same member."""
    await _give_back(tx, order, rules.units_of(order))
    return {}


async def refunded(_: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Units that are paid back can be had again."""
    numbers = {line.id: len(refund.units.get(line.id, ())) for line in order.lines}
    units = Counter[UUID]()
    for line in order.lines:
        if line.activity_kind == rules.POINTS and line.activity_id is not None and numbers[line.id]:
            units[line.activity_id] += numbers[line.id]
    await _give_back(tx, order, units)
    return {}


async def _give_back(tx: Writing, order: Order, units: dict[UUID, int]) -> None:
    if not units:
        return
    await db.points_offers.lock(tx, sorted(units))
    await db.points_offers.give_back(tx, units)
    for key, many in units.items():
        await db.activity_uses.uncount(tx, key, order.member_id, many)
