"""Lotteries: weights that are the whole, numbers that are fair, and prizes by them (R46, product rules 2.7.6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.draw_terms import WorthTooMuch
from domain.lotteries import (
    TRANSITIONS,
    ChanceSource,
    ChanceTerms,
    Lottery,
    LotteryClosed,
    LotteryPrize,
    LotteryPrizeKind,
    LotteryState,
    LotteryTerms,
    chances_left,
    check_open,
    check_terms,
    consolation_of,
    edit,
    meant_by,
    move,
    number_from,
)
from domain.refusals import BadInput, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def a_prize(number: int, weight_bp: int, **other: Any) -> LotteryPrize:
    points = {"points": 10} if other.get("kind", LotteryPrizeKind.POINTS) is LotteryPrizeKind.POINTS else {}
    return LotteryPrize(
        UUID(int=number),
        name=f"第{number}",
        weight_bp=weight_bp,
        **points,
        **{"kind": LotteryPrizeKind.POINTS, **other},
    )


FIRST, SECOND = a_prize(1, 100, stock=5), a_prize(2, 900)
NOTHING = a_prize(3, 9_000, kind=LotteryPrizeKind.NONE, is_consolation=True)
good = LotteryTerms("大转盘", (FIRST, SECOND, NOTHING), NOON, NOON + timedelta(days=1))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"prizes": (FIRST, NOTHING)}, id="weights are less than the whole"),
        pytest.param({"prizes": (replace(FIRST, weight_bp=101), SECOND, NOTHING)}, id="weights are more"),
        pytest.param({"prizes": (FIRST, SECOND, replace(NOTHING, is_consolation=False))}, id="no consolation"),
        pytest.param({"prizes": (FIRST, replace(SECOND, is_consolation=True), NOTHING)}, id="two consolations"),
        pytest.param({"prizes": (FIRST, SECOND, replace(NOTHING, stock=9))}, id="a consolation that runs out"),
        pytest.param({"prizes": (replace(FIRST, points=0), SECOND, NOTHING)}, id="points of nothing"),
        pytest.param({"prizes": (replace(FIRST, stock=0), SECOND, NOTHING)}, id="none of a prize"),
        pytest.param({"prizes": (replace(FIRST, worth=5_000_001), SECOND, NOTHING)}, id="a fen over 50,000 yuan"),
        pytest.param({"prizes": (replace(FIRST, kind=LotteryPrizeKind.COUPON), SECOND, NOTHING)}, id="no coupon"),
        pytest.param({"ends_at": NOON}, id="no time"),
        pytest.param({"chances": ChanceTerms(points_daily=1)}, id="chances bought for nothing"),
        pytest.param({"chances": ChanceTerms(most=0)}, id="no chance ever"),
    ],
)
def test_terms_out_of_bounds_are_refused(change: dict[str, Any]) -> None:
    check_terms(good)

    with pytest.raises((BadInput, WorthTooMuch)):
        check_terms(replace(good, **change))


def test_the_edges_of_each_weight_mean_the_right_prize() -> None:
    """CRMEB's `rand(0, total)` with the total in it draws one number too many: the last prize gains, or none is meant."""
    meant = [meant_by(number, good.prizes).id.int for number in (0, 99, 100, 999, 1_000, 9_999)]

    assert meant == [1, 1, 2, 2, 3, 3]
    with pytest.raises(AssertionError):
        meant_by(10_000, good.prizes)


def test_numbers_are_fair_because_the_last_ones_are_thrown_away() -> None:
    source = iter([b"\xff\xff", b"\xea\x60", b"\xea\x5f", b"\x00\x00"])

    assert [number_from(lambda _: next(source)), number_from(lambda _: next(source))] == [9_999, 0]


def test_each_of_ten_thousand_numbers_comes_up_six_times_in_all_pairs_of_bytes() -> None:
    fair = Counter(number % 10_000 for number in range(60_000))

    assert set(fair.values()) == {6}


def test_a_hundred_thousand_draws_give_the_first_prize_to_one_in_a_hundred() -> None:
    """P23, with as many of each prize as are won."""
    chance = Random(20_261_122)

    won = Counter(meant_by(number_from(chance.randbytes), good.prizes).id.int for _ in range(100_000))

    assert abs(won[1] / 100_000 - 0.01) <= 0.0015
    assert abs(won[2] / 100_000 - 0.09) <= 0.005


def test_with_five_in_stock_five_are_given_and_the_rest_falls_to_the_consolation() -> None:
    """P23: what is gone falls to the consolation, and is not drawn anew."""
    chance, left, given = Random(1), 5, Counter[int]()

    for _ in range(100_000):
        prize = meant_by(number_from(chance.randbytes), good.prizes)
        if prize.stock is not None:
            prize, left = (prize, left - 1) if left else (consolation_of(good.prizes), 0)
        given[prize.id.int] += 1

    assert given[1] == 5
    assert abs(given[2] / 100_000 - 0.09) <= 0.005, "nobody else's share grew"


def test_a_lottery_is_drawn_between_its_times_once_it_is_published() -> None:
    draft = Lottery(UUID(int=9), LotteryState.DRAFT, good, 1, NOON)
    published = move(draft, LotteryState.PUBLISHED)

    check_open(published, NOON)
    for closed, at in ((draft, NOON), (published, NOON - timedelta(seconds=1)), (published, good.ends_at)):
        with pytest.raises(LotteryClosed):
            check_open(closed, at)
    with pytest.raises(WrongState):
        edit(published, good)
    with pytest.raises(WrongState):
        move(draft, LotteryState.ENDED)
    assert edit(draft, good).version == 2
    assert TRANSITIONS.keys() == set(LotteryState)


def test_chances_are_counted_by_source_and_in_all() -> None:
    terms = ChanceTerms(free_daily=3, points_daily=2, points_cost=1, share_daily=1, most=6)
    uses = {
        (ChanceSource.FREE, "2026-11-22"): (1, 3),
        (ChanceSource.FREE, "2026-11-21"): (3, 3),
        (ChanceSource.ORDER, "an order"): (1, 2),
        (ChanceSource.ALL, "ever"): (5, 6),
    }

    fresh = chances_left(terms, {}, TODAY, shared=True)
    used = chances_left(terms, uses, TODAY, shared=False)

    assert fresh == dict(zip(ChanceSource, (3, 2, 0, 1, 6), strict=True))
    assert used == dict(zip(ChanceSource, (1, 1, 1, 0, 1), strict=True)), "only one is left of all"
