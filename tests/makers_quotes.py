"""Makers of carts and promotions for the pricing engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.promotions.coupons import CouponInHand, CouponKind
from domain.promotions.plays.reduction import ReductionTerms, ReductionTier
from domain.promotions.pricing import quote
from domain.promotions.quotes import Circumstances, Quote
from domain.promotions.scopes import Scope
from domain.promotions.sheet import Item
from domain.promotions.terms import Promotion

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
"""Noon of a Sunday in Shanghai."""


def variant(number: int) -> UUID:
    return UUID(int=number)


def product(number: int) -> UUID:
    return UUID(int=1_000 + number)


def an_item(number: int, price: int, quantity: int = 1, **other: Any) -> Item:
    """A line of the variant and product of this number, at the position of the number."""
    values = {"position": number, "category_ids": (), "name": f"商品 {number}"} | other
    return Item(variant_id=variant(number), product_id=product(number), price=price, quantity=quantity, **values)


def a_cart(*prices: int) -> list[Item]:
    return [an_item(number, price) for number, price in enumerate(prices)]


def a_promotion(kind: str, terms: Any, number: int = 1, **other: Any) -> Promotion:
    return Promotion(UUID(int=2_000 + number), kind, f"{kind} {number}", terms, **other)


def a_reduction(threshold: int, off: int, number: int = 1, **other: Any) -> Promotion:
    return a_promotion("REDUCTION", ReductionTerms((ReductionTier(threshold, off),)), number, **other)


def a_coupon(kind: CouponKind = CouponKind.FIXED, number: int = 1, **other: Any) -> CouponInHand:
    return CouponInHand(UUID(int=3_000 + number), UUID(int=4_000 + number), f"券 {number}", kind, **other)


def only(*numbers: int) -> Scope:
    return Scope(everything=False, product_ids=frozenset(map(product, numbers)))


class Flat:
    """A shipping fee that is the same for everything."""

    def __init__(self, fen: int) -> None:
        self.fen = fen

    def fee(self, items: Sequence[Item], goods: int) -> int:
        assert all(item.selected for item in items)
        assert goods >= 0
        return self.fen


def priced(items: Sequence[Item], *promotions: Promotion, **other: Any) -> Quote:
    return quote(items, Circumstances(NOON, promotions=promotions, **other))


def payables(found: Quote) -> list[int]:
    return [line.payable for line in found.lines]


def shares(found: Quote, kind: str) -> list[int]:
    """What the steps of a kind took off each line."""
    return [sum(step.amount for step in line.steps if step.kind == kind) for line in found.lines]
