"""Shares: where they hang, and who follows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codes import CODE_BYTES, code_of
from domain.refusals import BadInput
from domain.shares import Share, ShareChannel, TargetKind, can_trace, day_of, parent_of, visitor_of

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG, MEI, LIN, SHARE, OTHER_SHARE = (UUID(int=i) for i in range(1, 6))
A_SHARE = Share(
    SHARE, "a" * 10, WANG, None, None, TargetKind.PRODUCT, UUID(int=8), ShareChannel.CHAT, OTHER_SHARE, NOON, None
)


def test_a_forward_hangs_under_the_share_that_was_forwarded() -> None:
    assert parent_of(MEI, A_SHARE) == SHARE
    assert parent_of(MEI, None) is None


def test_who_shares_an_own_share_again_forwards_nothing() -> None:
    assert parent_of(WANG, A_SHARE) == OTHER_SHARE


def test_the_sharer_and_those_above_follow_a_trace() -> None:
    assert can_trace(A_SHARE, WANG)
    assert not can_trace(A_SHARE, MEI)
    assert not can_trace(A_SHARE, None)
    assert can_trace(replace(A_SHARE, traced=True), MEI)


def test_a_share_is_open_until_it_expires() -> None:
    expiring = replace(A_SHARE, expires_at=NOON)

    assert A_SHARE.is_open(NOON)
    assert expiring.is_open(NOON - timedelta(seconds=1))
    assert not expiring.is_open(NOON)


def test_a_member_is_one_person_whatever_the_browser() -> None:
    assert visitor_of(MEI, "one") == visitor_of(MEI, "another")
    assert visitor_of(None, "one") != visitor_of(None, "another")
    assert visitor_of(None, f"member:{MEI.hex}") != visitor_of(MEI, "x")


@pytest.mark.parametrize("key", ["", " ", "x" * 65])
def test_a_visitors_key_has_bounds(key: str) -> None:
    with pytest.raises(BadInput):
        visitor_of(None, key)


def test_the_brands_day_ends_at_its_own_midnight() -> None:
    shanghai = timezone(timedelta(hours=8))

    assert day_of(datetime(2026, 11, 22, 15, 59, tzinfo=UTC), shanghai).day == 22
    assert day_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC), shanghai).day == 23


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_a_code_fits_into_a_mini_program_code(chance: bytes) -> None:
    code = code_of(chance)

    assert len(code) == 10
    assert code.isascii()
    assert code.isalnum()
