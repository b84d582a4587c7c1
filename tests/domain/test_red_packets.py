"""Red packets: split to the last unit, and open only between two times."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import red_packets
from domain.identity import Principal, Scope
from domain.ledger import COINS_ISSUED, MARKETING, NotEnoughCoins, Posting, coin_wallet
from domain.money import CNY, COIN, Money
from domain.red_packets import NoneLeft, NotOpenYet, RedPacketCard, RedPacketState, RedPacketTerms, split
from domain.refusals import BadInput, NotAllowed, WrongState
from domain.sponsors import Sponsor, account_of, check_may_sponsor, reserve

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
A_MEMBER = uuid.UUID(int=1)
terms = RedPacketTerms(Sponsor.SELF, Money(100, COIN), 5, "恭喜发财")
sums = st.integers(1, 2_000).flatmap(lambda count: st.tuples(st.integers(count, 2_000_000), st.just(count)))


def a_card(**other: Any) -> RedPacketCard:
    return red_packets.offer(A_MEMBER, replace(terms, **other), "小美", NOON)


@given(st.binary(min_size=32, max_size=32), sums)
def test_the_packets_sum_to_the_whole_and_each_holds_something(seed: bytes, whole: tuple[int, int]) -> None:
    total, count = whole

    parts = split(seed, total, count)

    assert (sum(parts), len(parts)) == (total, count)
    assert min(parts) >= 1


@given(st.binary(min_size=32, max_size=32), sums)
def test_no_packet_holds_more_than_twice_the_average_of_what_remained(seed: bytes, whole: tuple[int, int]) -> None:
    remaining, count = whole

    for left, part in zip(range(count, 0, -1), split(seed, *whole), strict=True):
        assert part <= max(1, 2 * remaining / left)
        remaining -= part


def test_to_come_first_or_last_is_the_same_on_average() -> None:
    """4,000 packets of 1,000 in 5: the mean of each place lies within five standard errors of 200."""
    splits = [split(hashlib.sha256(b"%d" % number).digest(), 1_000, 5) for number in range(4_000)]

    for place in range(5):
        amounts = [one[place] for one in splits]
        mean = sum(amounts) / len(amounts)
        variance = sum((amount - mean) ** 2 for amount in amounts) / len(amounts)
        assert abs(mean - 200) < 5 * (variance / len(amounts)) ** 0.5


@pytest.mark.parametrize(
    ("other", "path"),
    [
        ({"total": Money(9, COIN)}, "total"),
        ({"total": Money(2_000_001, COIN)}, "total"),
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
        ({"count": 2_001, "total": Money(5_000, COIN)}, "count"),
        ({"countdown_minutes": 1_000}, "countdownMinutes"),
        ({"countdown_minutes": -1}, "countdownMinutes"),
        ({"lasts_minutes": 1_441}, "lastsMinutes"),
        ({"greeting": ""}, "greeting"),
    ],
)
def test_an_offer_out_of_bounds_is_refused(other: dict[str, Any], path: str) -> None:
    with pytest.raises(BadInput) as refusal:
        red_packets.check_terms(replace(terms, **other))

    assert refusal.value.path == ("input", path)


def test_an_offer_within_bounds_is_kept() -> None:
    assert red_packets.check_terms(terms) == terms


def test_it_can_be_grabbed_from_one_time_to_another() -> None:
    card = a_card(countdown_minutes=5, lasts_minutes=10)

    with pytest.raises(NotOpenYet) as refusal:
        red_packets.check_can_be_grabbed(card, NOON + timedelta(seconds=299))
    assert refusal.value.opens_at == NOON + timedelta(minutes=5)
    red_packets.check_can_be_grabbed(card, NOON + timedelta(minutes=5))
    with pytest.raises(WrongState):
        red_packets.check_can_be_grabbed(card, NOON + timedelta(minutes=15))
    with pytest.raises(WrongState):
        red_packets.check_can_be_grabbed(replace(card, state=RedPacketState.EXPIRED), NOON + timedelta(minutes=6))
    with pytest.raises(NoneLeft):
        red_packets.check_can_be_grabbed(replace(card, state=RedPacketState.GONE), NOON)


@pytest.mark.parametrize(
    ("minutes", "grabbed", "room_is_open", "state"),
    [
        (0, 0, True, RedPacketState.WAITING),
        (5, 0, True, RedPacketState.OPEN),
        (5, 3, True, RedPacketState.OPEN),
        (5, 5, True, RedPacketState.GONE),
        (15, 3, True, RedPacketState.EXPIRED),
        (15, 5, True, RedPacketState.GONE),
        (5, 3, False, RedPacketState.EXPIRED),
    ],
)
def test_it_moves_on_by_the_clock_and_by_grabs(
    minutes: int, grabbed: int, room_is_open: bool, state: RedPacketState
) -> None:
    card = a_card(countdown_minutes=5, lasts_minutes=10)

    moved = red_packets.moved_on(card, grabbed, NOON + timedelta(minutes=minutes), room_is_open=room_is_open)

    assert (moved.state, moved.grabbed) == (state, grabbed)
    assert (moved is card) == (state is card.state and grabbed == 0)


def test_one_without_a_countdown_is_open_at_once() -> None:
    assert a_card(countdown_minutes=0).state is RedPacketState.OPEN


def test_coins_are_for_all_and_money_for_those_of_age() -> None:
    assert not red_packets.is_for_adults(a_card())
    assert red_packets.is_for_adults(a_card(total=Money(100, CNY)))


@pytest.mark.parametrize(
    ("sponsor", "currency", "scopes", "may"),
    [
        (Sponsor.SELF, COIN, (), True),
        (Sponsor.SELF, CNY, (Scope.FINANCE,), False),
        (Sponsor.BRAND, COIN, (), False),
        (Sponsor.BRAND, COIN, (Scope.FINANCE,), True),
        (Sponsor.BRAND, CNY, (Scope.FINANCE,), True),
        (Sponsor.BRAND, CNY, (Scope.MODERATOR,), False),
    ],
)
def test_the_brand_pays_where_those_who_keep_its_books_say_so(
    sponsor: Sponsor, currency: str, scopes: tuple[Scope, ...], may: bool
) -> None:
    who = Principal(A_MEMBER, scopes=frozenset(scopes))

    if may:
        check_may_sponsor(sponsor, currency, who)
    else:
        with pytest.raises(NotAllowed):
            check_may_sponsor(sponsor, currency, who)


def test_the_sum_comes_from_where_the_rest_returns_to() -> None:
    ten = Money(10, COIN)

    assert reserve(Sponsor.SELF, ten, A_MEMBER, 10, "pot") == Posting(coin_wallet(A_MEMBER), "pot", ten)
    assert reserve(Sponsor.BRAND, ten, A_MEMBER, 0, "pot") == Posting(COINS_ISSUED, "pot", ten)
    assert reserve(Sponsor.BRAND, Money(10), A_MEMBER, 0, "pot") == Posting(MARKETING, "pot", Money(10))
    assert account_of(Sponsor.SELF, COIN, A_MEMBER) == coin_wallet(A_MEMBER)
    with pytest.raises(NotEnoughCoins):
        reserve(Sponsor.SELF, ten, A_MEMBER, 9, "pot")
