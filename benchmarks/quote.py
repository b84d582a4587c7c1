"""The pricing engine: CPU time of one quote, in memory.

A cart of 20 lines of several units with 6 plays (限时折扣, bundle, second at half price, 满减, 满赠, 包邮), a member's
level, a price list, 2 coupons, points and shipping; and the cart of the hot path: one line without any promotion. The
floor is 1 ms of CPU for the large one.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.promotions.audiences import Shopper
from domain.promotions.coupons import CouponInHand, CouponKind
from domain.promotions.plays.bundle import BundlePart, BundleTerms
from domain.promotions.plays.free_shipping import FreeShippingTerms
from domain.promotions.plays.nth_item import NthItemTerms
from domain.promotions.plays.reduction import ReductionTerms, ReductionTier
from domain.promotions.plays.threshold_gift import GiftTier, ThresholdGiftTerms
from domain.promotions.plays.time_discount import UnitPrice, UnitPriceTerms
from domain.promotions.points import PointsTerms
from domain.promotions.price_lists import PriceList
from domain.promotions.pricing import quote
from domain.promotions.quotes import Circumstances, Quote
from domain.promotions.scopes import Scope
from domain.promotions.sheet import GiftPart, Item
from domain.promotions.slots import Slot
from domain.promotions.terms import Promotion

ROUNDS = 9
LINES = 20
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
GIFT = UUID(int=999)


def an_item(number: int) -> Item:
    key = UUID(int=number)
    return Item(number, key, UUID(int=100 + number), (UUID(int=200 + number % 4),), f"商品 {number}", 3, 39_99 + number)


def category(number: int) -> Scope:
    return Scope(everything=False, category_ids=frozenset({UUID(int=200 + number)}))


def six_plays() -> list[Promotion]:
    """One of each, over parts of the cart that overlap."""
    prices = tuple(UnitPrice(UUID(int=number), 29_99 + number) for number in range(0, LINES, 2))
    every_day = tuple(Slot(day, 0, 24 * 60) for day in range(1, 8))
    parts = tuple(BundlePart(UUID(int=number)) for number in (1, 5, 9))
    gifts = (GiftPart(GIFT, 1, 10_00),)
    return [
        Promotion(UUID(int=301), "TIME_DISCOUNT", "限时折扣", UnitPriceTerms(prices), slots=every_day),
        Promotion(UUID(int=302), "BUNDLE", "组合套餐", BundleTerms(99_00, parts)),
        Promotion(UUID(int=303), "NTH_ITEM", "第二件半价", NthItemTerms(), category(1)),
        Promotion(UUID(int=304), "REDUCTION", "满减", ReductionTerms((ReductionTier(300_00, 40_00),)), category(2)),
        Promotion(UUID(int=305), "THRESHOLD_GIFT", "满赠", ThresholdGiftTerms((GiftTier(1_00, gifts),)), category(3)),
        Promotion(
            UUID(int=306), "FREE_SHIPPING", "包邮", FreeShippingTerms(99_00), ends_at=datetime.max.replace(tzinfo=UTC)
        ),
    ]


class Flat:
    """A shipping fee that is the same for everything."""

    def fee(self, items: Sequence[Item], goods: int) -> int:
        return 8_00 if items and goods else 0


def the_large_cart() -> Callable[[], Quote]:
    items = [an_item(number) for number in range(LINES)]
    lists = [PriceList(UUID(int=401), "会员价", {UUID(int=number): 35_00 for number in range(LINES)}, 9_000)]
    coupons = [
        CouponInHand(UUID(int=501), UUID(int=601), "品类券", CouponKind.FIXED, amount=50_00, scope=category(0)),
        CouponInHand(UUID(int=502), UUID(int=602), "全场券", CouponKind.PERCENT, off_bp=500, order_wide=True),
    ]
    around = Circumstances(
        NOON,
        ZoneInfo("Asia/Shanghai"),
        Shopper(is_member=True, level_bp=9_500),
        six_plays(),
        lists,
        coupons,
        points=PointsTerms(100, 3_000, wanted=1_000, earned_per_yuan=1),
        shipping=Flat(),
        floors={UUID(int=number): 1_00 for number in range(LINES)},
        gifts_in_stock={GIFT: 10},
    )
    found = quote(items, around)
    assert {step.kind for step in found.steps} >= {"TIME_DISCOUNT", "BUNDLE", "NTH_ITEM", "REDUCTION", "FREE_SHIPPING"}
    assert len(found.coupon_ids) == 2
    assert found.gifts
    return lambda: quote(items, around)


def the_plain_cart() -> Callable[[], Quote]:
    items, around = [an_item(1)], Circumstances(NOON, shipping=Flat())
    return lambda: quote(items, around)


def microseconds(ask: Callable[[], Quote], times: int) -> float:
    """CPU time of one quote, over so many."""
    started = time.process_time()
    for _ in range(times):
        ask()
    return (time.process_time() - started) / times * 1e6


def main() -> None:
    """Measure all in turn, so that a busy machine slows them alike."""
    large, plain = the_large_cart(), the_plain_cart()
    whole = large()
    rounds = [
        (microseconds(large, 200), microseconds(plain, 2_000), microseconds(lambda: whole.digest and whole, 1_000))
        for _ in range(ROUNDS)
    ]
    large_us, plain_us, digest_us = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"CPU of one quote, median of {ROUNDS} rounds")
    print(f"  {LINES} lines, 6 plays           {large_us:8.1f} µs")
    print(f"  its digest                  {digest_us:8.1f} µs")
    print(f"  one line, no promotion      {plain_us:8.1f} µs")
    result = {"bench": "quote", "ms": large_us / 1000, "digest_ms": digest_us / 1000, "plain_ms": plain_us / 1000}
    print(json.dumps({key: round(value, 4) if isinstance(value, float) else value for key, value in result.items()}))


if __name__ == "__main__":
    main()
