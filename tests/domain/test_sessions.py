"""Tokens that are never kept, and what becomes of one that is presented again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sessions import GRACE, REFRESH_LASTS, Renewal, hash_of, renewal_of, session_of, tokens_from

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FIRST_TOKENS = tokens_from(b"chance", b"salt", NOON)
FIRST = session_of(FIRST_TOKENS, b"salt", UUID(int=1), UUID(int=9), UUID(int=1), NOON)
NEXT_TOKENS = tokens_from(FIRST_TOKENS.refresh_token.encode(), b"pepper", NOON)
NEXT = session_of(NEXT_TOKENS, b"pepper", UUID(int=2), UUID(int=9), UUID(int=1), NOON)
ROTATED = replace(FIRST, replaced_by=NEXT.id)


def test_what_is_kept_of_a_pair_holds_neither_token() -> None:
    kept = repr(FIRST)

    assert FIRST_TOKENS.access_token not in kept
    assert FIRST_TOKENS.refresh_token not in kept
    assert FIRST.refresh_hash == hash_of(FIRST_TOKENS.refresh_token)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_same_secret_and_salt_give_the_same_pair_and_no_two_tokens_are_equal(secret: bytes, salt: bytes) -> None:
    pair = tokens_from(secret, salt, NOON)

    assert pair == tokens_from(secret, salt, NOON)
    assert pair.access_token != pair.refresh_token
    assert tokens_from(secret, salt + b"!", NOON).access_token != pair.access_token
    assert len(pair.access_token) == len(pair.refresh_token) == 43


def test_a_fresh_refresh_token_is_exchanged() -> None:
    assert renewal_of(FIRST, None, NOON) is Renewal.ROTATE


def test_a_refresh_token_ends_after_30_days() -> None:
    assert renewal_of(FIRST, None, NOON + REFRESH_LASTS - SECOND) is Renewal.ROTATE
    assert renewal_of(FIRST, None, NOON + REFRESH_LASTS) is Renewal.REFUSE


def test_a_revoked_one_leads_to_nothing() -> None:
    assert renewal_of(replace(FIRST, revoked_at=NOON), None, NOON) is Renewal.REFUSE


@pytest.mark.parametrize(
    ("successor", "after", "becomes"),
    [
        pytest.param(NEXT, GRACE - SECOND, Renewal.REPEAT, id="a moment later"),
        pytest.param(NEXT, GRACE, Renewal.REVOKE, id="ten seconds later"),
        pytest.param(replace(NEXT, replaced_by=UUID(int=3)), SECOND, Renewal.REVOKE, id="its successor is used"),
        pytest.param(replace(NEXT, revoked_at=NOON), SECOND, Renewal.REVOKE, id="its successor is revoked"),
    ],
)
def test_an_exchanged_one_leads_to_its_successor_for_a_moment_and_then_ends_the_family(
    successor: object, after: timedelta, becomes: Renewal
) -> None:
    assert renewal_of(ROTATED, successor, NOON + after) is becomes  # type: ignore[arg-type]
