"""What the sample brand entices with: kinds of coupons, coupons in hands, a lottery, and goods for points."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import db.catalogue
import db.coupon_templates
import db.lotteries
import db.points_offers
import resolvers.coupon_templates
import resolvers.coupons
import resolvers.lotteries
import resolvers.points_offers
from app.demo.field import Field, id_of
from app.demo.people import as_member
from domain.coupon_templates import CouponScope, CouponTerms, TakeBy, TemplateState, Validity, Worth
from domain.identity import Principal
from domain.lotteries import ChanceTerms, LotteryPrize, LotteryPrizeKind, LotteryState, LotteryTerms
from domain.points_offers import PointsOfferTerms
from domain.promotions.coupons import CouponKind

LOTTERY, OFFER = "lottery autumn", "points offer"
HOLDERS = 12
"""So many members hold a coupon."""
_CUP = "fangtang-gaiwan"
_A_MONTH = Validity(days=30)
_KINDS = {
    "autumn": CouponTerms(
        "秋茶季满200减30", Worth(CouponKind.FIXED, 30_00, threshold=200_00), _A_MONTH, (TakeBy.USER,), total=2_000
    ),
    "welcome": CouponTerms("新客见面礼", Worth(CouponKind.FIXED, 10_00, threshold=59_00), _A_MONTH, (TakeBy.REGISTER,)),
    "live": CouponTerms(
        "夜话专享九折", Worth(CouponKind.PERCENT, off_bp=1_000, cap=50_00), Validity(days=1), (TakeBy.LIVE,), total=500
    ),
    "guide": CouponTerms(
        "导购心意券", Worth(CouponKind.FIXED, 20_00, threshold=99_00), _A_MONTH, (TakeBy.GIFT_BY_GUIDE,), per_person=3
    ),
    "code": CouponTerms("公众号兑换包邮", Worth(CouponKind.FREE_SHIPPING), _A_MONTH, (TakeBy.CODE,), per_person=2),
    "prize": CouponTerms(
        "抽奖得八五折", Worth(CouponKind.PERCENT, off_bp=1_500, cap=100_00), _A_MONTH, (TakeBy.PRIZE,), per_person=9
    ),
}


async def sow_coupons(
    field: Field, operator: Principal, members: list[UUID], products: dict[str, UUID]
) -> dict[str, UUID]:
    """Sow what is missing; returns the kinds of coupons by their names."""
    kinds = {"cup": _exchange(products[_CUP]), **_KINDS}
    ids = {word: id_of(f"coupon {word}") for word in kinds}
    known = await db.coupon_templates.templates_by_id(field.database.reading(), list(ids.values()))
    for word, terms in kinds.items():
        if ids[word] not in known:
            hand = field.hand(f"coupon {word}", operator)
            await resolvers.coupon_templates.save(hand, None, terms, None)
            await resolvers.coupon_templates.move(hand, ids[word], TemplateState.PUBLISHED)
    await _hands(field, ids["autumn"], members[:HOLDERS])
    await _lottery(field, operator, ids)
    await _offer(field, operator, products[_CUP])
    return ids


def _exchange(product_id: UUID) -> CouponTerms:
    """A coupon that is exchanged for a cup; it can only be won."""
    worth, scope = Worth(CouponKind.EXCHANGE), CouponScope.PRODUCT
    return CouponTerms("盖碗兑换券", worth, _A_MONTH, (TakeBy.PRIZE,), scope=scope, scope_ids=(product_id,), total=5)


async def _hands(field: Field, template_id: UUID, members: list[UUID]) -> None:
    for number, member_id in enumerate(members):
        had = await db.coupon_templates.taken_by(field.database.reading(), member_id, [template_id])
        if not had:
            hand = field.hand(f"coupon of {number}", as_member(member_id))
            await resolvers.coupons.take(hand, template_id, None, "sown")


async def _lottery(field: Field, operator: Principal, coupons: dict[str, UUID]) -> None:
    prizes = (
        _prize("盖碗一只", 50, LotteryPrizeKind.PRODUCT, stock=5, worth=198_00, template_id=coupons["cup"]),
        _prize("八五折券", 950, LotteryPrizeKind.COUPON, template_id=coupons["prize"]),
        _prize("20 积分", 3_000, LotteryPrizeKind.POINTS, points=20),
        _prize("谢谢参与", 6_000, LotteryPrizeKind.NONE, is_consolation=True),
    )
    lottery_id = id_of(LOTTERY, number=len(prizes))  # after those of its prizes
    if await db.lotteries.lotteries_by_id(field.database.reading(), [lottery_id]):
        return
    hand = field.hand(LOTTERY, operator)
    chances = ChanceTerms(1, points_daily=3, points_cost=50, per_order=1, order_from=99_00, share_daily=1)
    times = (field.now - timedelta(days=1), field.now + timedelta(days=60))
    terms = LotteryTerms("秋茶季大转盘", prizes, *times, "每日一次,分享与购买另得机会。", chances)
    await resolvers.lotteries.save(hand, None, terms, None)
    await resolvers.lotteries.move(hand, lottery_id, LotteryState.PUBLISHED)


def _prize(name: str, weight_bp: int, kind: LotteryPrizeKind, **other: object) -> LotteryPrize:
    return LotteryPrize(UUID(int=0), kind, name, weight_bp, **other)  # type: ignore[arg-type]


async def _offer(field: Field, operator: Principal, product_id: UUID) -> None:
    offer_id = id_of(OFFER)
    if await db.points_offers.offers_by_id(field.database.reading(), [offer_id]):
        return
    variant = (await db.catalogue.variants_of(field.database.reading(), [product_id]))[product_id][0]
    ends_at = field.now + timedelta(days=60)
    terms = PointsOfferTerms("积分换盖碗", variant.id, 300, 99_00, 50, 1, field.now - timedelta(days=1), ends_at)
    await resolvers.points_offers.publish(field.hand(OFFER, operator), terms)
