"""Gifts: shares are exact, limits are days and months of the brand, and minors give nothing."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gifts import (
    Due,
    GiftTerms,
    Giver,
    Minor,
    Shares,
    TipSpan,
    allowances,
    check_giver,
    refund,
    settlement,
)

SHANGHAI = timezone(timedelta(hours=8))
GUIDE, STORE, ROOM = UUID(int=1), UUID(int=2), UUID(int=3)
shares = st.builds(Shares, st.integers(0, 999), st.integers(0, 999), st.integers(1, 999))
dues = st.builds(
    Due,
    st.uuids(),
    st.sampled_from([ROOM, UUID(int=4)]),
    st.just(GUIDE),
    st.just(STORE),
    st.just(UUID(int=5)),
    shares,
    st.booleans(),
)


@given(coins=st.integers(1, 10**9), host=st.integers(0, 5_000), store=st.integers(0, 5_000))
def test_shares_sum_to_what_was_given(coins: int, host: int, store: int) -> None:
    found = GiftTerms(host_bp=host, store_bp=store).shares_of(coins)

    assert found.total == coins
    assert min(found.host, found.store, found.brand) >= 0
    assert abs(found.host - coins * host / 10_000) < 1


@given(st.lists(dues, min_size=1, max_size=8))
def test_a_settlement_hands_out_all_that_waits_in_each_room(some: list[Due]) -> None:
    postings = settlement(some)

    for room in (ROOM, UUID(int=4)):
        owed = sum(due.shares.total for due in some if due.room_id == room)
        assert sum(p.amount.minor for p in postings if p.source == f"room:{room.hex}:gifts") == owed


@given(dues)
def test_a_refund_gives_the_whole_back(due: Due) -> None:
    postings = refund(due)

    assert {p.destination for p in postings} == {f"member:{due.member_id.hex}:coins"}
    assert sum(p.amount.minor for p in postings) == due.shares.total


@pytest.mark.parametrize(
    ("born_on", "refused"),
    [(date(2008, 11, 22), False), (date(2008, 11, 23), True), (date(2008, 2, 29), False), (None, False)],
)
def test_who_is_not_yet_eighteen_gives_nothing(born_on: date | None, refused: bool) -> None:
    giver = Giver(UUID(int=5), "Mei", born_on, False, None)

    if refused:
        with pytest.raises(Minor):
            check_giver(giver, GiftTerms(), date(2026, 11, 22))
    else:
        check_giver(giver, GiftTerms(), date(2026, 11, 22))


def test_a_day_begins_where_the_brand_is() -> None:
    late = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)  # half past midnight, 1 December, in Shanghai

    day, month = allowances(GiftTerms(), late, SHANGHAI)

    assert (day.span, day.since) == (TipSpan.DAY, date(2026, 12, 1))
    assert (month.span, month.since) == (TipSpan.MONTH, date(2026, 12, 1))


def test_shares_of_more_than_the_whole_are_no_terms() -> None:
    with pytest.raises(AssertionError):
        GiftTerms(host_bp=9_000, store_bp=2_000)
