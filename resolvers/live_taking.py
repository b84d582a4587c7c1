"""Live stock that orders take from the shelf of a room, within each member's limit (R61)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import db.live_products
import db.live_purchases
from db.connection import Writing
from db.writes import Write
from domain.orders import OrderLine, OverLimit
from domain.refusals import Refusal
from domain.stock import OutOfStock
from resolvers.taking import Draft


class LiveTaking:
    """The live products of one batch of orders. A product is sold in one room, at its live price, while units last."""

    def __init__(self) -> None:
        self._left: dict[UUID, int] = {}
        self._bought: dict[tuple[UUID, UUID], int] = {}
        self._taken: Counter[UUID] = Counter()
        self._counted: Counter[tuple[UUID, UUID]] = Counter()
        self._limits: dict[UUID, int] = {}

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        ids = {product_id for draft in drafts for _, _, product_id in _live_lines(draft)}
        if not ids:
            return False
        self._limits = {key: most for draft in drafts for key, most in draft.limits.items()}
        pairs = {
            (product_id, draft.order.member_id)
            for draft in drafts
            for _, _, product_id in _live_lines(draft)
            if product_id in self._limits
        }
        if pairs:
            self._bought = await db.live_purchases.lock(tx, pairs)
        self._left = await db.live_products.lock_stock(tx, list(ids))
        return True

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        return [refusal for refusal in self._each(draft) if refusal is not None]

    def _each(self, draft: Draft) -> Iterator[Refusal | None]:
        """The lines of one product count together, and are refused together."""
        wanted: Counter[UUID] = Counter()
        for _, line, product_id in _live_lines(draft):
            wanted[product_id] += line.quantity
        for i, line, product_id in _live_lines(draft):
            limit, pair = self._limits.get(product_id), (product_id, draft.order.member_id)
            if limit is not None and self._bought.get(pair, 0) + wanted[product_id] > limit:
                yield OverLimit(limit, path=("input", "lines"))
            elif (left := self._left.get(product_id, 0)) < wanted[product_id]:
                yield OutOfStock(line.variant_id, left, path=("input", "lines", str(i), "quantity"))

    def take(self, draft: Draft) -> None:
        for _, line, product_id in _live_lines(draft):
            self._left[product_id] -= line.quantity
            self._taken[product_id] += line.quantity
            if product_id in self._limits:
                pair = (product_id, draft.order.member_id)
                self._bought[pair] = self._bought.get(pair, 0) + line.quantity
                self._counted[pair] += line.quantity

    def writes(self) -> Iterable[Write]:
        return [db.live_purchases.counted(self._counted, self._limits), db.live_products.taken(self._taken)]


def _live_lines(draft: Draft) -> Iterator[tuple[int, OrderLine, UUID]]:
    for i, line in enumerate(draft.order.lines):
        if line.live_product_id is not None:
            yield i, line, line.live_product_id
