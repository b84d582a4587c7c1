"""Coupons that orders use: each is held by the one order that asked for it first (C47, P21)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import db.coupons
from db.connection import Writing
from db.writes import Write
from domain.coupons import Coupon, CouponState, refused, unusable
from domain.promotions.coupons import CouponReason
from domain.refusals import Refusal
from resolvers.taking import Draft


class CouponTaking:
    """What coupons the orders of one batch use.

    They are locked before they are looked at, so that of two orders with one coupon the second sees that it is held.
    A batch does not wait for a coupon that another transaction is about to change, as it waits for stock: that one is
    being used, given back or ended, and whoever does it may take stock afterwards. So nobody waits in a circle.
    """

    def __init__(self) -> None:
        self._coupons: dict[UUID, Coupon] = {}
        self._held: list[tuple[UUID, UUID]] = []

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        """Lock and read the coupons that the quotes use, in one statement."""
        wanted = sorted({one for draft in drafts for one in draft.quote.coupon_ids})
        if wanted:
            self._coupons = await db.coupons.lock_free(tx, wanted)
        return bool(wanted)

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        """Why the order cannot use what its quote counts on."""
        found = ((one, self._objection(draft, one)) for one in draft.quote.coupon_ids)
        return [refused(one, reason) for one, reason in found if reason is not None]

    def _objection(self, draft: Draft, coupon_id: UUID) -> CouponReason | None:
        coupon = self._coupons.get(coupon_id)
        if coupon is None:
            return CouponReason.IN_ANOTHER_ORDER
        assert coupon.member_id == draft.order.member_id, "a quote uses coupons of its shopper"
        return unusable(coupon, draft.order.placed_at)

    def take(self, draft: Draft) -> None:
        """Count the order's coupons as held."""
        for one in draft.quote.coupon_ids:
            self._coupons[one] = replace(self._coupons[one], state=CouponState.LOCKED, order_id=draft.order.id)
            self._held.append((one, draft.order.id))

    def writes(self) -> Iterable[Write]:
        return [db.coupons.held(self._held)]
