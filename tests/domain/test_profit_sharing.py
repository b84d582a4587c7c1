"""Profit sharing: what others may get of a payment, and what of it comes back with a refund."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateways import ProviderRefused, ShareOutcome
from domain.money import Money
from domain.profit_sharing import (
    MOST_TRIES,
    PartReturn,
    SharePart,
    SharingState,
    cannot_come_back,
    check_parts,
    owed_back,
    return_refused,
)
from domain.refusals import BadInput

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ID = UUID(int=1)
A_PART = SharePart("1900000200", Money(3_00), "门店分成")
A_RETURN = PartReturn(ID, ID, A_PART.account, ID, Money(3_00), NOON, SharingState.UNKNOWN, attempts=1)


@given(st.integers(1, 30), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_whatever_the_refunds_a_part_is_back_with_the_last_fen_of_its_payment(part: int, refunds: list[int]) -> None:
    left, one = sum(refunds), replace(A_PART, amount=Money(part))

    for refund in refunds:
        back = owed_back(one, Money(refund), Money(left))
        assert 0 <= back.minor <= one.amount.minor - one.returned.minor
        one, left = replace(one, returned=one.returned + back), left - refund

    assert one.returned == one.amount


def test_of_what_nobody_got_nothing_comes_back() -> None:
    nobodys = replace(A_PART, outcome=ShareOutcome.CLOSED)

    assert owed_back(nobodys, Money(10_00), Money(10_00)) == Money(0)
    assert cannot_come_back(nobodys) == "NEVER_GIVEN"
    assert cannot_come_back(replace(A_PART, is_person=True)) == "PERSON"
    assert cannot_come_back(A_PART) is None


def test_a_receiver_without_money_is_asked_five_times_a_minute_apart() -> None:
    one, no = A_RETURN, ProviderRefused("NOT_ENOUGH", "余额不足", later=True)

    for attempts in range(1, MOST_TRIES):
        one = return_refused(replace(one, attempts=attempts), no, NOON)
        assert (one.state, one.next_try_at) == (SharingState.REQUESTED, NOON + timedelta(minutes=1))

    assert return_refused(replace(one, attempts=MOST_TRIES), no, NOON).state is SharingState.FAILED


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((), id="nobody"),
        pytest.param((A_PART, A_PART), id="somebody twice"),
        pytest.param(tuple(replace(A_PART, account=str(n)) for n in range(51)), id="more than 50"),
        pytest.param((replace(A_PART, amount=Money(0)),), id="nothing"),
        pytest.param((replace(A_PART, description=" "),), id="for nothing"),
    ],
)
def test_parts_have_bounds(parts: tuple[SharePart, ...]) -> None:
    with pytest.raises(BadInput):
        check_parts(parts, unfreezes=False)


def test_the_rest_alone_needs_no_receiver() -> None:
    assert check_parts((), unfreezes=True) == ()
