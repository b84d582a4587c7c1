"""Coupons at their price: step 5 (product rules 2.4, 2.7.4).

One for products or categories, one for the whole order when the brand lets them go together, and one for shipping.
Thresholds are tested on what was payable after step 4, so neither coupon spoils the other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.money import WHOLE
from domain.promotions.scopes import EVERYTHING, Scope
from domain.promotions.sheet import Cause, Line, Sheet
from domain.records import record
from domain.refusals import ErrorCode, Refusal

COUPON = "COUPON"


class CouponKind(Enum):
    """What a coupon gives: an amount, a share, the shipping, or one unit for nothing (兑换券)."""

    FIXED = "FIXED"
    PERCENT = "PERCENT"
    FREE_SHIPPING = "FREE_SHIPPING"
    EXCHANGE = "EXCHANGE"


@record
class CouponInHand:
    """A coupon that somebody wants to use.

    `amount` in fen: what FIXED takes off, or the most that FREE_SHIPPING bears, 0 for all of it. `off_bp`: the share
    that PERCENT takes off, at most `cap` fen, 0 for no cap. `threshold` in fen is tested on what its scope costs after
    step 4.
    """

    id: UUID
    template_id: UUID
    name: str
    kind: CouponKind
    amount: int = 0
    off_bp: int = 0
    cap: int = 0
    threshold: int = 0
    scope: Scope = EVERYTHING
    order_wide: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class CouponReason(Enum):
    """Why a coupon does not apply."""

    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    NOTHING_IN_SCOPE = "NOTHING_IN_SCOPE"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    NOT_COMBINABLE = "NOT_COMBINABLE"
    NOT_NEEDED = "NOT_NEEDED"
    NOT_YOURS = "NOT_YOURS"
    CODE_UNKNOWN = "CODE_UNKNOWN"
    IN_ANOTHER_ORDER = "IN_ANOTHER_ORDER"
    USED = "USED"
    REVOKED = "REVOKED"
    NONE_LEFT = "NONE_LEFT"
    TAKEN_ENOUGH = "TAKEN_ENOUGH"
    OTHER_STORE = "OTHER_STORE"
    OTHER_GUIDE = "OTHER_GUIDE"
    OTHER_COMMUNITY = "OTHER_COMMUNITY"


@record
class RefusedCoupon:
    """A coupon that does not apply. `lacking`: fen below the threshold."""

    coupon_id: UUID
    reason: CouponReason
    lacking: int = 0


@dataclass(eq=False)
class CouponNotApplicable(Refusal):
    """A coupon that was asked for does not apply to this order. `lacking`: fen below the threshold."""

    code = ErrorCode.COUPON_NOT_APPLICABLE
    coupon_id: UUID
    reason: CouponReason
    lacking: int = 0


class Till:
    """The coupons of one quote: those used, and those refused with the reason.

    `exchanged`: positions of lines of which a coupon gives one unit.
    """

    def __init__(self, sheet: Sheet, coupons: Iterable[CouponInHand], at: datetime, *, go_together: bool) -> None:
        self.used: list[UUID] = []
        self.refused: list[RefusedCoupon] = []
        self.exchanged: list[int] = []
        self._sheet = sheet
        self._go_together = go_together
        distinct = {coupon.id: coupon for coupon in coupons}
        self._usable = [coupon for _, coupon in sorted(distinct.items()) if self._admit(coupon, at)]

    def redeem_for_goods(self) -> None:
        """Use the best coupon for products, then the best one for the whole order."""
        if not self._usable:
            return
        goods = [coupon for coupon in self._usable if coupon.kind is not CouponKind.FREE_SHIPPING]
        if self._go_together:
            self._redeem_best([coupon for coupon in goods if not coupon.order_wide])
            self._redeem_best([coupon for coupon in goods if coupon.order_wide])
        else:
            self._redeem_best(goods)

    def redeem_for_shipping(self, fee: int) -> tuple[Cause, int] | None:
        """Use the best coupon for what is left of the shipping fee: what bears how much of it."""
        if not self._usable:
            return None
        usable = [coupon for coupon in self._usable if coupon.kind is CouponKind.FREE_SHIPPING]
        best = self._best(usable, [min(fee, coupon.amount or fee) for coupon in usable])
        return best and (_cause_of(best[0]), best[1])

    def _admit(self, coupon: CouponInHand, at: datetime) -> bool:
        subtotal = sum(line.subtotal for line in self._sheet.eligible(coupon.scope))
        reason, lacking = None, max(0, coupon.threshold - subtotal)
        if coupon.starts_at is not None and at < coupon.starts_at:
            reason = CouponReason.NOT_YET
        elif coupon.ends_at is not None and at >= coupon.ends_at:
            reason = CouponReason.EXPIRED
        elif not subtotal:
            reason = CouponReason.NOTHING_IN_SCOPE
        elif lacking:
            reason = CouponReason.BELOW_THRESHOLD
        if reason is not None:
            self.refused.append(RefusedCoupon(coupon.id, reason, lacking))
        return reason is None

    def _redeem_best(self, coupons: Sequence[CouponInHand]) -> None:
        takings = {coupon.id: _taking(coupon, self._sheet.eligible(coupon.scope)) for coupon in coupons}
        best = self._best(coupons, [takings[coupon.id][1] for coupon in coupons])
        if best is not None:
            coupon, amount = best
            lines = takings[coupon.id][0]
            self._sheet.discount(lines, amount, _cause_of(coupon))
            if coupon.kind is CouponKind.EXCHANGE:
                self.exchanged += [line.item.position for line in lines]

    def _best(self, coupons: Sequence[CouponInHand], amounts: Sequence[int]) -> tuple[CouponInHand, int] | None:
        """Of coupons that exclude each other the one that takes most off, the first of equal ones; it is used."""
        most = max(amounts, default=0)
        best = coupons[amounts.index(most)] if most else None
        reason = CouponReason.NOT_COMBINABLE if best else CouponReason.NOT_NEEDED
        self.refused += [RefusedCoupon(coupon.id, reason) for coupon in coupons if coupon is not best]
        if best is None:
            return None
        self.used.append(best.id)
        return best, most


def _taking(coupon: CouponInHand, lines: list[Line]) -> tuple[list[Line], int]:
    """What a coupon takes off, and of which lines."""
    payable = sum(line.payable for line in lines)
    if coupon.kind is CouponKind.FIXED:
        return lines, min(coupon.amount, payable)
    if coupon.kind is CouponKind.PERCENT:
        amount = payable * coupon.off_bp // WHOLE
        return lines, min(amount, coupon.cap) if coupon.cap else amount
    dearest = max(lines, key=_unit_payable)
    return [dearest], _unit_payable(dearest)


def _unit_payable(line: Line) -> int:
    """The dearest unit of a line."""
    return -(-line.payable // line.item.quantity)


def _cause_of(coupon: CouponInHand) -> Cause:
    return Cause(COUPON, None, coupon.id, coupon.name)
