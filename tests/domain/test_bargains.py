"""Bargains: every cut is a fen at least, and all of them together are exactly what lies above the floor."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import bargains
from domain.activities import ActivityState, NotStarted
from domain.bargains import Bargain, BargainState, BargainTerms, NotAtFloor, cut_of, share_of
from domain.money import Money
from domain.orders import OverLimit
from domain.refusals import BadInput, NotFound, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
MEI, LAN = UUID(int=1), UUID(int=2)
TERMS = BargainTerms(
    "砍到底", UUID(int=9), Money(100_00), Money(30_00), 10, 3600, NOON - timedelta(days=1), NOON + timedelta(days=1)
)


def a_bargain(**terms: Any) -> Bargain:
    offer = bargains.publish(UUID(int=5), UUID(int=6), replace(TERMS, **terms))
    return bargains.start(UUID(int=7), offer, MEI, NOON)


def helped(bargain: Bargain, shares: list[int]) -> tuple[Bargain, list[int]]:
    cuts = []
    for i, share in enumerate(shares):
        bargain, one = bargains.cut(bargain, UUID(int=100 + i), share, NOON)
        cuts.append(one.cut.minor)
    return bargain, cuts


offers = st.integers(1, 50).flatmap(
    lambda helpers: st.tuples(
        st.integers(helpers, 1_000_000),
        st.integers(0, 1_000_000),
        st.lists(st.integers(2_000, 5_000), min_size=helpers, max_size=helpers),
    )
)


@given(offers)
def test_the_cuts_sum_to_what_lies_above_the_floor_and_each_is_a_fen_at_least(
    offer: tuple[int, int, list[int]],
) -> None:
    above, floor, shares = offer
    bargain = a_bargain(first_price=Money(floor + above), floor_price=Money(floor), helpers=len(shares))

    bargain, cuts = helped(bargain, shares)

    assert min(cuts) >= 1
    assert sum(cuts) == above
    assert bargain.price == bargain.floor_price


@given(offers)
def test_the_price_is_never_below_the_floor_nor_at_it_before_the_last_helper(offer: tuple[int, int, list[int]]) -> None:
    above, floor, shares = offer
    bargain = a_bargain(first_price=Money(floor + above), floor_price=Money(floor), helpers=len(shares))

    for n in range(len(shares)):
        bargain, _ = helped(replace(bargain), shares[n : n + 1])
        assert (bargain.price == bargain.floor_price) is (n == len(shares) - 1)
        assert bargain.price.minor >= floor


def test_a_high_floor_does_not_raise_the_cuts() -> None:
    """The defect of product rules 3.15: yudao drew every cut from the floor price up, which is 500.00 here."""
    bargain = a_bargain(first_price=Money(510_00), floor_price=Money(500_00), helpers=5)

    bargain, cuts = helped(bargain, [5_000] * 5)

    assert max(cuts) <= 5_00
    assert sum(cuts) == 10_00
    assert bargain.price == Money(500_00)


def test_a_share_is_even_between_a_fifth_and_a_half() -> None:
    draws = random.Random(7)

    shares = [share_of(draws.randbytes(8), new_member=False) for _ in range(4_000)]

    assert 2_000 <= min(shares) < 2_010
    assert 4_990 < max(shares) <= 5_000
    assert abs(sum(shares) / len(shares) - 3_500) < 5 * 866 / len(shares) ** 0.5


def test_who_registers_to_help_cuts_half() -> None:
    assert share_of(b"\0" * 8, new_member=True) == 5_000
    assert cut_of(70_00, 10, 5_000) == 34_95


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"helpers": 0}, id="no helper"),
        pytest.param({"helpers": 201}, id="too many helpers"),
        pytest.param({"floor_price": Money(99_91)}, id="less than a fen for each helper"),
        pytest.param({"floor_price": Money(-1)}, id="a floor below nothing"),
        pytest.param({"lasts_s": 599}, id="too short"),
        pytest.param({"ends_at": NOON}, id="over already"),
        pytest.param({"ends_at": NOON + timedelta(days=400)}, id="too long"),
        pytest.param({"helps_per_member": 0}, id="nobody may help"),
        pytest.param({"name": " "}, id="no name"),
    ],
)
def test_terms_that_nobody_could_keep_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        bargains.check_terms(replace(TERMS, **wrong), NOON)


def test_good_terms_keep_a_clean_name() -> None:
    assert bargains.check_terms(replace(TERMS, name=" 砍到底 ", helps_per_member=3), NOON).name == "砍到底"


@pytest.mark.parametrize("at", [TERMS.starts_at - timedelta(seconds=1), TERMS.ends_at])
def test_a_bargain_starts_while_its_offer_runs(at: datetime) -> None:
    with pytest.raises(NotStarted):
        bargains.start(UUID(int=7), bargains.publish(UUID(int=5), UUID(int=6), TERMS), MEI, at)


def test_an_offer_that_was_ended_lets_nobody_start_and_is_ended_once() -> None:
    ended = bargains.end(bargains.publish(UUID(int=5), UUID(int=6), TERMS))

    assert ended.state is ActivityState.ENDED
    with pytest.raises(NotStarted):
        bargains.start(UUID(int=7), ended, MEI, NOON)
    with pytest.raises(WrongState):
        bargains.end(ended)


def test_nobody_helps_at_the_floor_or_when_the_time_is_over() -> None:
    at_floor, _ = helped(a_bargain(), [3_000] * 10)

    with pytest.raises(WrongState):
        bargains.cut(at_floor, LAN, 3_000, NOON)
    with pytest.raises(WrongState) as refusal:
        bargains.cut(a_bargain(), LAN, 3_000, NOON + timedelta(hours=1))
    assert refusal.value.state == "EXPIRED"


def test_its_starter_buys_one_unit_at_the_price_that_it_has() -> None:
    bargain, (cut,) = helped(a_bargain(), [4_000])

    terms = bargains.terms_of(bargain, MEI, 1, NOON)

    assert (terms.exclusive.kind, terms.exclusive.activity_id) == ("BARGAIN", bargain.id)
    assert terms.exclusive.price == 100_00 - cut


def test_it_is_for_nobody_else_and_for_no_second_unit() -> None:
    with pytest.raises(NotFound):
        bargains.terms_of(a_bargain(), LAN, 1, NOON)
    with pytest.raises(OverLimit):
        bargains.terms_of(a_bargain(), MEI, 2, NOON)


def test_one_that_sells_at_its_floor_only_says_how_many_helpers_it_still_takes() -> None:
    bargain, _ = helped(a_bargain(only_at_floor=True), [3_000] * 7)

    with pytest.raises(NotAtFloor) as refusal:
        bargains.terms_of(bargain, MEI, 1, NOON)
    assert refusal.value.helpers_left == 3
    assert bargains.terms_of(helped(bargain, [3_000] * 3)[0], MEI, 1, NOON).exclusive.price == 30_00


def test_a_bargain_is_ordered_once_and_comes_back_when_the_order_is_given_up() -> None:
    order = UUID(int=11)
    ordered = bargains.move(a_bargain(), BargainState.ORDERED, order_id=order)

    assert ordered.order_id == order
    with pytest.raises(WrongState):
        bargains.move(ordered, BargainState.ORDERED, order_id=UUID(int=12))
    with pytest.raises(WrongState):
        bargains.check_open(ordered, NOON)
    assert bargains.move(ordered, BargainState.OPEN).order_id is None
