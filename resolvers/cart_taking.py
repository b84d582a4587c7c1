"""What an order takes of the cart that it was made from: the cart itself, which becomes one order and no second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import db.carts
from db.connection import Writing
from db.writes import Write
from domain.carts import Cart, CartClosed
from domain.refusals import NotFound, Refusal, StaleVersion
from resolvers.taking import Draft


class CartTaking:
    """The carts of one batch. They are locked before anything else that an order takes."""

    def __init__(self) -> None:
        self._carts: Mapping[UUID, Cart] = {}
        self._ordered: dict[UUID, UUID] = {}
        self._at: datetime | None = None

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        ids = {draft.wish.cart_id for draft in drafts if draft.wish.cart_id is not None}
        if ids:
            self._carts = await db.carts.heads(tx, list(ids))
            self._at = drafts[0].order.placed_at
        return bool(ids)

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        """Why this order cannot have the cart: it was ordered before, or it changed since it was read."""
        wish, path = draft.wish, ("input", "cartId")
        if wish.cart_id is None:
            return ()
        cart = self._carts.get(wish.cart_id)
        if cart is None or cart.member_id != draft.order.member_id:
            return [NotFound(path=path)]
        order_id = self._ordered.get(cart.id, cart.order_id)
        if order_id is not None or not cart.is_open:
            return [CartClosed(order_id, path=path)]
        if cart.version != wish.cart_version:
            return [StaleVersion(cart.version, path=path)]
        return ()

    def take(self, draft: Draft) -> None:
        if draft.wish.cart_id is not None:
            self._ordered[draft.wish.cart_id] = draft.order.id

    def writes(self) -> Iterable[Write]:
        assert self._at is not None, "carts were taken that were not locked"
        return [db.carts.ordered(self._ordered, self._at)]
