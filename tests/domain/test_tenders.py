"""Tenders: cash before bonus, back in the opposite order, and top-ups that bring a bonus."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.balances import TopUp, TopUpOffer, bonus_for, check_offers, credited, taken_back
from domain.money import Money
from domain.refusals import BadInput
from domain.tenders import Hold, InsufficientBalance, TenderKind, brought_back, cash_first

OFFERS = [TopUpOffer(Money(100_00), Money(5_00)), TopUpOffer(Money(500_00), Money(60_00))]
MEMBER = UUID(int=1)


def test_the_bonus_is_spent_when_the_cash_is_gone() -> None:
    assert cash_first(80, 50, 60) == (60, 0)
    assert cash_first(80, 50, 100) == (80, 20)
    with pytest.raises(InsufficientBalance):
        cash_first(80, 50, 131)


@given(st.integers(1, 500), st.integers(0, 500), st.lists(st.integers(1, 100), max_size=20))
def test_refunds_bring_back_no_more_of_either_than_was_taken(amount: int, bonus: int, refunds: list[int]) -> None:
    bonus, done, back = min(bonus, amount), 0, [0, 0]
    for wanted in refunds:
        part = min(wanted, amount - done)
        hold = Hold(UUID(int=2), TenderKind.BALANCE, MEMBER, None, Money(amount), bonus, done)
        back = [a + b for a, b in zip(back, brought_back(hold, part), strict=True)]
        done += part

    assert sum(back) == done
    assert (back[0] <= amount - bonus, back[1] <= bonus) == (True, True)


@pytest.mark.parametrize(("amount", "bonus"), [(99_99, 0), (100_00, 5_00), (499_99, 5_00), (500_00, 60_00)])
def test_a_top_up_brings_the_bonus_of_the_highest_offer_that_it_reaches(amount: int, bonus: int) -> None:
    assert bonus_for(Money(amount), OFFERS) == Money(bonus)


def test_offers_rise() -> None:
    with pytest.raises(BadInput):
        check_offers(OFFERS[::-1])


def test_what_is_refunded_of_a_top_up_takes_its_bonus_along() -> None:
    top_up = TopUp(UUID(int=3), MEMBER, Money(100_00), Money(5_01))

    assert sum(one.amount.minor for one in credited(top_up)) == 105_01
    assert [one.amount.minor for one in taken_back(top_up, Money(50_00))] == [50_00, 2_51]
    assert [one.amount.minor for one in taken_back(top_up, Money(50_00), 50_00)] == [50_00, 2_50]
