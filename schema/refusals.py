"""The face of each refusal: the type, code and message that a client gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import domain.refusals as no
from domain import room_rules, tenders
from domain.activities import NotStarted
from domain.assignments import UrgedJustNow
from domain.bargains import NotAtFloor
from domain.bullets import SaidBefore, SlowMode
from domain.eligibility import ConditionNotMet
from domain.gifts import TipLimit
from domain.ledger import NotEnoughCoins
from domain.money import Money
from domain.payments import MoreThanDue
from domain.payouts import PayoutAccountTooNew
from domain.placing import PriceChanged, TooManyUnpaid
from domain.points import NotEnoughPoints
from domain.profit_sharing import ShareTooLarge
from domain.promotions.coupons import CouponNotApplicable
from domain.promotions.publishing import NoRealDiscount, PromotionOverlaps
from domain.promotions.quotes import AddOnNotEarned, BelowFloor, GiftMissing
from domain.promotions.uses import PromotionUsedBefore, PromotionUsedUp
from domain.red_packets import NotOpenYet
from domain.refunds import LessThanPaid, NotRefundable
from domain.refusals import Refusal, Refusals
from domain.seckills import SlotTaken
from domain.shipping import AddressNotServed
from domain.stock import OutOfStock, StockMoved
from domain.withdrawals import DayLimit
from resolvers.context import Locale
from schema.errors import (
    AddressUnserved,
    AmountExceeded,
    AmountTooLow,
    ConditionUnmet,
    CouponInapplicable,
    HelpersLacking,
    InsufficientBalance,
    InsufficientCoins,
    InsufficientPoints,
    InsufficientStock,
    Kicked,
    Muted,
    NotRunning,
    OpensLater,
    PromotionRefused,
    QuantityMoved,
    RateLimited,
    Refused,
    SeckillOverlaps,
    TipLimited,
    UnpaidOrdersLimited,
    UserError,
    VariantRefused,
    VersionConflict,
)
from schema.ids import Kind, id_of
from schema.messages import message_of
from schema.quotes import QuoteOutdated


def _wait(refusal: no.TooOften | SlowMode | SaidBefore) -> dict[str, Any]:
    seconds, milliseconds = refusal.retry_after_s, refusal.retry_after_ms
    return {
        "retry_after_seconds": seconds,
        "retry_after_ms": seconds * 1000 if milliseconds is None else milliseconds,
    }


_FACES: dict[type[Refusal], tuple[type[UserError], Callable[[Any], dict[str, Any]]]] = {
    PriceChanged: (QuoteOutdated, lambda r: {"quote": r.cart}),
    TooManyUnpaid: (UnpaidOrdersLimited, lambda r: {"limit": r.limit}),
    OutOfStock: (
        InsufficientStock,
        lambda r: {"variant_id": id_of(Kind.VARIANT, r.variant_id), "available": r.available},
    ),
    StockMoved: (QuantityMoved, lambda r: {"available": r.available}),
    AddressNotServed: (AddressUnserved, lambda r: {"product_id": id_of(Kind.PRODUCT, r.product_id)}),
    NotEnoughCoins: (InsufficientCoins, lambda r: {"balance": r.balance, "needed": r.needed}),
    NotEnoughPoints: (InsufficientPoints, lambda r: {"balance": r.balance, "needed": r.needed}),
    tenders.InsufficientBalance: (
        InsufficientBalance,
        lambda r: {"balance": Money(r.balance), "needed": Money(r.needed)},
    ),
    ConditionNotMet: (ConditionUnmet, lambda r: {"condition": r.condition}),
    NotStarted: (NotRunning, lambda r: {"starts_at": r.starts_at, "ends_at": r.ends_at}),
    NotAtFloor: (HelpersLacking, lambda r: {"helpers_left": r.helpers_left}),
    SlotTaken: (SeckillOverlaps, lambda r: {"seckill_id": id_of(Kind.SECKILL, r.seckill_id)}),
    NotOpenYet: (OpensLater, lambda r: {"opens_at": r.opens_at}),
    TipLimit: (TipLimited, lambda r: {"span": r.span, "most": r.most}),
    ShareTooLarge: (AmountExceeded, lambda r: {"left": r.left}),
    MoreThanDue: (AmountExceeded, lambda r: {"left": r.left}),
    NotRefundable: (AmountExceeded, lambda r: {"left": r.left}),
    LessThanPaid: (AmountTooLow, lambda r: {"least": r.least}),
    no.TooOften: (RateLimited, _wait),
    SlowMode: (RateLimited, _wait),
    SaidBefore: (RateLimited, _wait),
    UrgedJustNow: (RateLimited, _wait),
    room_rules.Muted: (Muted, lambda r: {"until": r.until}),
    room_rules.Kicked: (Kicked, lambda r: {"until": r.until}),
    CouponNotApplicable: (
        CouponInapplicable,
        lambda r: {"coupon_id": id_of(Kind.COUPON, r.coupon_id), "reason": r.reason, "lacking": r.lacking},
    ),
    GiftMissing: (VariantRefused, lambda r: {"variant_id": id_of(Kind.VARIANT, r.variant_id)}),
    AddOnNotEarned: (VariantRefused, lambda r: {"variant_id": id_of(Kind.VARIANT, r.variant_id)}),
    PromotionOverlaps: (PromotionRefused, lambda r: {"promotion_id": id_of(Kind.PROMOTION, r.promotion_id)}),
    PromotionUsedBefore: (PromotionRefused, lambda r: {"promotion_id": id_of(Kind.PROMOTION, r.promotion_id)}),
    PromotionUsedUp: (PromotionRefused, lambda r: {"promotion_id": id_of(Kind.PROMOTION, r.promotion_id)}),
    NoRealDiscount: (VariantRefused, lambda r: {"variant_id": id_of(Kind.VARIANT, r.variant_id)}),
    BelowFloor: (VariantRefused, lambda r: {"variant_id": id_of(Kind.VARIANT, r.variant_id)}),
    DayLimit: (AmountExceeded, lambda r: {"left": Money(r.left)}),
    PayoutAccountTooNew: (OpensLater, lambda r: {"opens_at": r.opens_at}),
    no.StaleVersion: (VersionConflict, lambda r: {"current_version": r.current}),
}


def face_of(refusal: Refusal, locale: Locale) -> UserError:
    """The member of `userErrors` that tells this refusal."""
    face, data = _FACES.get(type(refusal), (Refused, lambda _: {}))
    return face(
        code=refusal.code,
        message=message_of(refusal, locale),
        path=list(refusal.path),
        retryable=refusal.retryable,
        **data(refusal),
    )


def faces_of(refused: Refusal | Refusals, locale: Locale) -> list[UserError]:
    """All members of `userErrors` that tell a refusal or several."""
    members = refused.members if isinstance(refused, Refusals) else [refused]
    return [face_of(member, locale) for member in members]
