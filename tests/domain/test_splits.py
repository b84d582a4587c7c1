"""Splits: departments share an order to the fen, and have nothing of it when all of it has gone back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import BadInput
from domain.splits import (
    SALE,
    SPLIT,
    SharesNotWhole,
    SplitEntry,
    SplitRule,
    SplitShare,
    check_rule,
    department,
    posting_of,
    returned,
    shares_of,
)

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ONLINE, POND, STORE = (UUID(int=n) for n in (1, 2, 3))
SHARES = (SplitShare(ONLINE, 3_000), SplitShare(POND, 5_000), SplitShare(STORE, 2_000))
RULE = SplitRule(UUID(int=9), UUID(int=8), NOON, 365, SHARES, NOON)


def test_an_order_of_314_91_is_shared_to_the_fen() -> None:
    assert shares_of(314_91, SHARES) == {ONLINE: 94_47, POND: 157_46, STORE: 62_98}


def test_what_goes_back_in_one_piece_leaves_nothing() -> None:
    assert returned(shares_of(314_91, SHARES), 314_91, SHARES) == {ONLINE: -94_47, POND: -157_46, STORE: -62_98}


def test_more_than_there_was_takes_no_more_than_there_is() -> None:
    assert sum(returned(shares_of(314_91, SHARES), 322_91, SHARES).values()) == -314_91


def test_nothing_back_changes_nothing() -> None:
    assert returned(shares_of(314_91, SHARES), 0, SHARES) == {}


cuts = st.lists(st.integers(1, 9_999), max_size=7, unique=True).map(sorted)
wholes = st.integers(0, 10**9)


def rule_of(at: list[int]) -> tuple[SplitShare, ...]:
    bounds = [0, *at, 10_000]
    parts = [upper - lower for lower, upper in pairwise(bounds)]
    return tuple(SplitShare(UUID(int=n + 1), bp) for n, bp in enumerate(parts))


@given(wholes, cuts, st.lists(st.integers(0, 10**9), max_size=8))
def test_after_every_refund_departments_have_what_is_left_and_nothing_at_the_end(
    net: int, at: list[int], wanted: list[int]
) -> None:
    rule, left = rule_of(at), net
    books = shares_of(net, rule)
    for one in [*wanted, net]:
        back = min(one, left)
        left -= back
        for key, change in returned(books, back, rule).items():
            books[key] += change
        assert books == shares_of(left, rule), "whatever came before, it is as if only this were left"
        assert sum(books.values()) == left
        assert min(books.values()) >= 0

    assert left == 0
    assert set(books.values()) == {0}


@given(wholes, cuts)
def test_each_gets_its_part_but_for_less_than_a_fen(net: int, at: list[int]) -> None:
    rule = rule_of(at)

    for share in rule:
        assert abs(shares_of(net, rule)[share.department_id] * 10_000 - net * share.bp) < 10_000


@pytest.mark.parametrize(
    "bps",
    [
        pytest.param((3_000, 5_000, 1_999), id="one basis point short"),
        pytest.param((3_000, 5_000, 2_001), id="one over"),
    ],
)
def test_shares_that_are_no_whole_are_refused(bps: tuple[int, ...]) -> None:
    shares = tuple(replace(one, bp=bp) for one, bp in zip(SHARES, bps, strict=True))

    with pytest.raises(SharesNotWhole) as refusal:
        check_rule(replace(RULE, shares=shares))

    assert refusal.value.total_bp == sum(bps)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(replace(RULE, shares=()), id="nobody gets anything"),
        pytest.param(replace(RULE, shares=(SHARES[0], replace(SHARES[0], bp=7_000))), id="a department twice"),
        pytest.param(replace(RULE, shares=(*SHARES, SplitShare(UUID(int=4), 0))), id="a part that is nothing"),
        pytest.param(replace(RULE, period_days=3_651), id="for longer than ten years"),
        pytest.param(replace(RULE, shares=SHARES * 7), id="too many"),
    ],
)
def test_a_rule_out_of_bounds_is_refused(rule: SplitRule) -> None:
    with pytest.raises(BadInput):
        check_rule(rule)


def test_a_rule_that_is_whole_holds() -> None:
    assert check_rule(RULE) == RULE


def test_what_is_gained_comes_from_the_brands_split_and_what_is_lost_goes_back_there() -> None:
    gained = SplitEntry(UUID(int=5), UUID(int=6), RULE.id, ONLINE, SALE, Money(94_47), date(2026, 11, 22), NOON)
    lost = replace(gained, amount=Money(-47))

    assert (posting_of(gained).source, posting_of(gained).destination) == (SPLIT, department(ONLINE))
    assert (posting_of(lost).source, posting_of(lost).destination) == (department(ONLINE), SPLIT)
    assert posting_of(lost).amount == Money(47)
