"""Gifts and add-ons: which lose their reason, and whether they go back or stay and are deducted (R43, R45)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.extras import Claims, Extras, Lost, Policy, extras, left_behind
from domain.money import Money
from domain.orders import LineKind
from domain.promotions.keeping import Left, still_earns, value_of
from domain.promotions.plays.add_on import AddOnTerms
from domain.promotions.plays.buy_gift import BuyGiftTerms
from domain.promotions.plays.threshold_gift import GiftTier, ThresholdGiftTerms
from domain.promotions.scopes import Scope
from domain.promotions.sheet import GiftPart
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from domain.units import Units
from tests.domain.test_refunds import A, a_line, paid

PROMOTION = UUID(int=50)
gift = a_line(3, 0, 3, kind=LineKind.GIFT, promotion_id=PROMOTION, list_price=Money(30_00))
add_on = a_line(4, 1_00, 1, kind=LineKind.ADD_ON, promotion_id=PROMOTION, list_price=Money(9_90))
ORDER = paid(A, gift, add_on)
goods_gone = {A.id: (0, 1)}
BOTH = {LineKind.GIFT: Policy.CHARGE_BACK, LineKind.ADD_ON: Policy.CHARGE_BACK}
NONE = Claims()
LOST = Lost(frozenset({PROMOTION}), {gift.id: 25_00}, BOTH)


def settled(
    leaving: Units, unsent: dict[UUID, int] | None = None, claims: Claims = NONE, lost: Lost = LOST, before: int = 0
) -> Extras:
    """Of three gifts at 25 yuan and an add-on."""
    return extras(ORDER, leaving, claims, unsent or {}, lost, before)


def test_what_has_left_stays_and_is_deducted() -> None:
    assert settled(goods_gone) == Extras({}, {gift.id: (0, 1, 2), add_on.id: (0,)}, 3 * 25_00 + 8_90)


def test_what_has_not_left_goes_back_along() -> None:
    assert settled(goods_gone, {gift.id: 2, add_on.id: 1}) == Extras(
        {gift.id: (0, 1), add_on.id: (0,)}, {gift.id: (2,)}, 25_00
    )


def test_what_goes_back_itself_is_neither_deducted_nor_goes_along() -> None:
    assert settled({**goods_gone, gift.id: (0, 1, 2), add_on.id: (0,)}) == Extras()


def test_a_policy_is_for_gifts_or_for_add_ons() -> None:
    gifts, add_ons = (replace(LOST, policies={kind: Policy.CHARGE_BACK}) for kind in (LineKind.GIFT, LineKind.ADD_ON))

    assert settled(goods_gone, lost=gifts).kept == {gift.id: (0, 1, 2)}
    assert settled(goods_gone, lost=add_ons).kept == {add_on.id: (0,)}


def test_what_keeps_its_reason_stays_for_nothing() -> None:
    assert settled(goods_gone, lost=replace(LOST, promotions=frozenset())) == Extras()


def test_a_gift_of_no_promotion_has_no_reason_to_lose() -> None:
    order = replace(ORDER, lines=(A, replace(gift, promotion_id=None)))

    assert extras(order, goods_gone, Claims(), {}, LOST, 0) == Extras()


def test_what_was_deducted_before_is_not_deducted_again() -> None:
    assert settled(goods_gone, before=25_00).deducted == 2 * 25_00 + 8_90
    assert settled(goods_gone, before=500_00).deducted == 0


def test_what_others_are_about_is_theirs_and_stays_unless_it_is_on_its_way_back() -> None:
    exchanged, returning = Claims(held={gift.id: (0,)}), Claims(held={gift.id: (0,)}, returning={gift.id: (0,)})

    assert settled(goods_gone, {gift.id: 1}, exchanged) == Extras(
        {gift.id: (1,)}, {gift.id: (2,), add_on.id: (0,)}, 2 * 25_00 + 8_90
    )
    assert settled(goods_gone, {gift.id: 1}, returning).deducted == 25_00 + 8_90


def test_what_is_left_behind_neither_left_nor_goes_nor_is_claimed() -> None:
    six = replace(gift, quantity=6)
    order = replace(ORDER, lines=(A, six))

    # Of six one went back, one is claimed, one goes now, and one has left.
    found = left_behind(order, {six.id: (1,), A.id: (0, 1)}, {six.id: (0,)}, {six.id: (2,)}, {six.id: 3, A.id: 2})

    assert found == {six.id: (3, 4)}


def test_what_goes_of_the_claimed_was_not_counted_before() -> None:
    assert left_behind(ORDER, {gift.id: (0,)}, {}, {gift.id: (0,)}, {gift.id: 2}) == {gift.id: (1, 2)}
    assert left_behind(ORDER, {A.id: (0,)}, {}, {}, {}) == {}


def a_promotion(terms: object, **other: object) -> Promotion:
    return Promotion(PROMOTION, "X", "x", terms, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terms", "earns"),
    [
        (AddOnTerms(99_00, ()), True),
        (AddOnTerms(99_01, ()), False),
        (BuyGiftTerms((), buy=2), True),
        (BuyGiftTerms((), buy=3), False),
        (ThresholdGiftTerms((GiftTier(99_00, ()), GiftTier(200_00, ()))), True),
        (ThresholdGiftTerms((GiftTier(3, ()),), by=Measure.QUANTITY), False),
        (object(), True),
    ],
)
def test_what_is_left_earns_or_does_not(terms: object, earns: bool) -> None:
    left = [Left(UUID(int=1), 2, 99_00)]

    assert still_earns(a_promotion(terms), left) is earns


def test_only_what_a_promotion_is_for_earns() -> None:
    elsewhere = Scope(everything=False, product_ids=frozenset({UUID(int=2)}))
    of_a_category = Scope(everything=False, category_ids=frozenset({UUID(int=3)}))
    left = [Left(UUID(int=1), 2, 99_00)]

    assert not still_earns(a_promotion(object(), scope=elsewhere), left)
    assert still_earns(a_promotion(object(), scope=of_a_category), left)


@pytest.mark.parametrize(
    ("terms", "value"),
    [
        (BuyGiftTerms((GiftPart(UUID(int=8), 1, 5_00),)), 5_00),
        (BuyGiftTerms((GiftPart(UUID(int=9), 1, 5_00),)), 0),
        (ThresholdGiftTerms((GiftTier(1, (GiftPart(UUID(int=8), 1, 7_00),)),)), 7_00),
        (object(), 0),
    ],
)
def test_a_gift_is_worth_what_its_promotion_says(terms: object, value: int) -> None:
    assert value_of(a_promotion(terms), UUID(int=8)) == value
