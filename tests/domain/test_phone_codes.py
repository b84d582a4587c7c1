"""Six digits that prove who holds a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.phone_codes import code_from, matches, phone_code

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
KEPT = phone_code("+8613800000000", "012345", b"salt", NOON)


@given(st.binary(min_size=8, max_size=16))
def test_a_code_is_six_digits(chance: bytes) -> None:
    code = code_from(chance)

    assert len(code) == 6
    assert code.isdecimal()


def test_a_code_matches_itself_and_nothing_else() -> None:
    assert matches(KEPT, "012345")
    assert not matches(KEPT, "012346")
    assert not matches(KEPT, "12345")
    assert not matches(KEPT, "")
    assert not matches(KEPT, "０１２３４５")


def test_a_code_lasts_five_minutes_and_is_not_kept() -> None:
    assert KEPT.expires_at == NOON + timedelta(minutes=5)
    assert "012345" not in repr(KEPT)


def test_the_same_code_is_kept_differently_for_another_phone() -> None:
    assert phone_code("+8613800000001", "012345", b"salt", NOON).code_hash != KEPT.code_hash
