"""Short ways to offer lotteries, and to draw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import resolvers.lotteries
from domain.identity import Principal
from domain.lotteries import (
    ChanceSource,
    ChanceTerms,
    Draw,
    Lottery,
    LotteryPrize,
    LotteryPrizeKind,
    LotteryState,
    LotteryTerms,
)
from tests.makers_coupons import an_operator
from tests.pond import NOON, Pond

NOBODY = UUID(int=0)
PLENTY = ChanceTerms(free_daily=100)


def points(weight_bp: int, many: int = 100, **other: Any) -> LotteryPrize:
    return LotteryPrize(NOBODY, LotteryPrizeKind.POINTS, f"{many} 积分", weight_bp, points=many, **other)


def nothing(weight_bp: int) -> LotteryPrize:
    """The consolation: thank you for taking part."""
    return LotteryPrize(NOBODY, LotteryPrizeKind.NONE, "谢谢参与", weight_bp, is_consolation=True)


def of_coupon(weight_bp: int, template_id: UUID, **other: Any) -> LotteryPrize:
    return LotteryPrize(NOBODY, LotteryPrizeKind.COUPON, "优惠券", weight_bp, template_id=template_id, **other)


def terms(*prizes: LotteryPrize, **other: Any) -> LotteryTerms:
    given = {"name": "大转盘", "starts_at": NOON, "ends_at": NOON + timedelta(days=7)} | other
    return LotteryTerms(prizes=prizes or (points(1_000, stock=5), nothing(9_000)), **given)


async def a_lottery(pond: Pond, *prizes: LotteryPrize, published: bool = True, **other: Any) -> Lottery:
    """A lottery that runs for a week, published unless said otherwise."""
    ctx = pond.context(await an_operator(pond))
    saved = await resolvers.lotteries.save(ctx, None, terms(*prizes, **other), None)
    if not published:
        return saved
    return (await resolvers.lotteries.move(ctx, saved.id, LotteryState.PUBLISHED))[0]


async def drawn(pond: Pond, who: Principal, lottery: Lottery, source: ChanceSource = ChanceSource.FREE) -> Draw:
    return (await resolvers.lotteries.draw(pond.context(who), lottery.id, source, uuid4().hex))[0]
