"""Who a member is, and what others see of them (R16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.members import (
    Member,
    MemberClosed,
    MemberStatus,
    TwoMembers,
    as_seen_by,
    checked_avatar,
    checked_birthday,
    checked_nickname,
    masked,
    the_one,
)
from domain.refusals import BadInput

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MEI = Member(UUID(int=1), "Mei", None, date(1990, 5, 1), "+8613800000000", MemberStatus.ACTIVE, NOON)
LIN = replace(MEI, id=UUID(int=2), nickname="Lin")


def test_a_login_that_leads_to_nobody_is_that_of_a_new_member() -> None:
    assert the_one([None, None]) is None


def test_proofs_that_lead_to_the_same_member_lead_to_that_one() -> None:
    assert the_one([MEI, None, MEI]) == MEI


def test_proofs_that_lead_to_two_members_are_refused() -> None:
    with pytest.raises(TwoMembers):
        the_one([MEI, LIN])


def test_a_closed_account_stays_closed() -> None:
    with pytest.raises(MemberClosed):
        the_one([replace(MEI, status=MemberStatus.CLOSED)])


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        pytest.param("+8613812345678", "138****5678", id="in China"),
        pytest.param("+85291234567", "+85****4567", id="in Hong Kong"),
    ],
)
def test_the_middle_of_a_phone_is_masked(phone: str, shown: str) -> None:
    assert masked(phone) == shown


def test_others_see_neither_phone_nor_birthday() -> None:
    seen = as_seen_by(MEI, LIN.id)

    assert (seen.phone, seen.birthday, seen.nickname) == ("138****0000", None, "Mei")
    assert as_seen_by(MEI, None) == seen
    assert as_seen_by(MEI, MEI.id) == MEI


@pytest.mark.parametrize("nickname", ["", "   ", "x" * 33, "two\nlines", "tab\there", "nul\0", "hidden\u202eturn"])
def test_a_nickname_is_one_short_line(nickname: str) -> None:
    with pytest.raises(BadInput) as refusal:
        checked_nickname(nickname)

    assert refusal.value.path == ("input", "nickname")


def test_a_nickname_loses_the_space_around_it() -> None:
    assert checked_nickname(" 小梅 🌸 ") == "小梅 🌸"


@pytest.mark.parametrize(
    "url", ["http://a.b/c", "javascript:alert(1)", "//a.b/c", "https://a b", "", "https://" + "x" * 500]
)
def test_an_avatar_comes_by_https_or_from_here(url: str) -> None:
    with pytest.raises(BadInput):
        checked_avatar(url)


def test_an_avatar_of_ours_is_a_path() -> None:
    assert checked_avatar("/media/a.png") == "/media/a.png"


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2026, 11, 23)])
def test_nobody_is_born_before_1900_or_tomorrow(day: date) -> None:
    with pytest.raises(BadInput):
        checked_birthday(day, today=date(2026, 11, 22))
