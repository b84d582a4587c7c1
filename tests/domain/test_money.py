"""Money: parts sum to wholes, and nothing is ever a fraction of a fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import Posting
from domain.money import CNY, COIN, Money, total_of

amounts = st.integers(0, 10**12).map(Money)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any)


@given(amounts, weights)
def test_the_parts_of_a_split_sum_to_the_whole(whole: Money, shares: list[int]) -> None:
    assert total_of(whole.split(shares)) == whole


@given(amounts, weights)
def test_no_part_is_off_its_exact_share_by_a_whole_fen(whole: Money, shares: list[int]) -> None:
    for part, share in zip(whole.split(shares), shares, strict=True):
        assert abs(part.minor * sum(shares) - whole.minor * share) < sum(shares)


@given(amounts, st.integers(0, 10_000))
def test_a_portion_is_rounded_down(whole: Money, basis_points: int) -> None:
    part = whole.portion(basis_points)

    assert part.minor * 10_000 <= whole.minor * basis_points < (part.minor + 1) * 10_000


@pytest.mark.parametrize(
    ("money", "amount"),
    [(Money(19_90), "19.90"), (Money(5), "0.05"), (Money(-5), "-0.05"), (Money(0), "0.00"), (Money(7, COIN), "7")],
)
def test_an_amount_is_written_in_whole_units(money: Money, amount: str) -> None:
    assert money.amount == amount


def test_currencies_do_not_add_up() -> None:
    with pytest.raises(AssertionError):
        Money(1, CNY) + Money(1, COIN)


def test_a_posting_moves_something_somewhere_else() -> None:
    with pytest.raises(AssertionError):
        Posting("a", "b", Money(0))
    with pytest.raises(AssertionError):
        Posting("a", "a", Money(1))
