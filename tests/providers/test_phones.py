"""One way to write each phone number."""

from __future__ import annotations

import pytest

from domain.refusals import BadInput
from providers.phones import any_phone, mobile


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "0086 13812345678",
        "１３８１２３４５６７８",
        " +8613812345678 ",
    ],
)
def test_a_number_has_one_form_however_it_is_typed(typed: str) -> None:
    assert mobile(typed) == "+8613812345678"


@pytest.mark.parametrize(
    "typed",
    ["", "1381234567", "9" * 30, "abc", "021-62345678", "+8613812345678;ext=5", "+1", "13812345678\0", "1" * 10_000],
)
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refusal:
        mobile(typed, "input", "phone")

    assert refusal.value.path == ("input", "phone")


def test_a_parcel_may_be_announced_on_a_landline() -> None:
    assert any_phone("021-62345678") == "+862162345678"
    with pytest.raises(BadInput):
        any_phone("12")
