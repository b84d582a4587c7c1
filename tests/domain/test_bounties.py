"""Bounties: who gets them, how many, and how far a budget goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bounties import (
    Bounty,
    BountyEvent,
    BountyRule,
    BountyState,
    Deed,
    Purse,
    check_rule,
    end_rule,
    give,
    take_back,
)
from domain.guides import GuideStatus
from domain.money import NOTHING, Money
from domain.refusals import BadInput, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
GUIDE, GUIDES_SELF = UUID(int=1), UUID(int=2)
RULE = BountyRule(UUID(int=9), BountyEvent.REGISTERED, Money(5_00), 3, Money(1_000_00), NOTHING, 7, NOON, None)


def came(number: int, **other: object) -> Deed:
    deed = Deed(BountyEvent.REGISTERED, UUID(int=100 + number), GUIDE, GUIDES_SELF, GuideStatus.ACTIVE, NOON, TODAY)
    return replace(deed, **other)  # type: ignore[arg-type]


def given_for(*deeds: Deed, rule: BountyRule = RULE, returned: set[UUID] | None = None) -> list[Bounty]:
    ids = count(5_000)
    return give(Purse({rule.id: rule}, {}, set()), deeds, returned or set(), lambda: UUID(int=next(ids)))


def test_scenario_p13_three_a_day_and_none_for_one_who_comes_back() -> None:
    deeds = [came(n) for n in range(5)]

    given_ = given_for(*deeds, returned={deeds[1].member_id})

    assert [one.member_id for one in given_] == [deeds[n].member_id for n in (0, 2, 3)]
    assert sum(one.amount.minor for one in given_) == 15_00


def test_another_day_begins_anew() -> None:
    assert len(given_for(*(came(n) for n in range(4)), *(came(n, day=date(2026, 11, 23)) for n in range(10, 14)))) == 6


def test_a_member_is_a_bounty_once_by_a_rule() -> None:
    assert len(given_for(came(1), came(1, at=NOON + timedelta(hours=1)))) == 1


@pytest.mark.parametrize(
    ("deed", "state"),
    [
        pytest.param(came(1), BountyState.FROZEN, id="active"),
        pytest.param(came(1, guide_status=GuideStatus.FROZEN), BountyState.HELD, id="frozen"),
        pytest.param(came(1, guide_status=GuideStatus.LEFT), None, id="left"),
        pytest.param(came(1, guide_member_id=came(1).member_id), None, id="oneself"),
        pytest.param(came(1, event=BountyEvent.FIRST_ORDER), None, id="another event"),
        pytest.param(came(1, at=NOON - timedelta(seconds=1)), None, id="before it began"),
    ],
)
def test_who_gets_a_bounty(deed: Deed, state: BountyState | None) -> None:
    assert [one.state for one in given_for(deed)] == ([] if state is None else [state])


@given(st.integers(1, 500), st.integers(1, 2_000), st.integers(0, 30))
def test_no_more_is_given_than_the_budget(amount: int, budget: int, many: int) -> None:
    rule = replace(RULE, amount=Money(amount), budget=Money(budget), daily_cap=None)

    total = sum(one.amount.minor for one in given_for(*(came(n) for n in range(many)), rule=rule))

    assert total == min(many, budget // amount) * amount


def test_it_is_released_after_the_days_of_its_rule() -> None:
    (one,) = given_for(came(1))
    assert one.release_at == NOON + timedelta(days=7)


def test_what_goes_back_with_its_order_is_cancelled_or_clawed_back() -> None:
    (one,) = given_for(came(1))
    assert take_back(one).state is BountyState.CANCELLED
    assert take_back(replace(one, state=BountyState.AVAILABLE)).state is BountyState.CLAWED_BACK


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (replace(RULE, amount=NOTHING), "amount"),
        (replace(RULE, budget=Money(4_99)), "budget"),
        (replace(RULE, daily_cap=0), "dailyCap"),
        (replace(RULE, frozen_days=-1), "frozenDays"),
        (replace(RULE, ends_at=NOON), "endsAt"),
    ],
)
def test_a_rule_is_held_to_its_bounds(rule: BountyRule, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_rule(rule)
    assert refusal.value.path == ("input", field)


def test_a_rule_ends_once() -> None:
    ended = end_rule(RULE, NOON + timedelta(days=1), 1)
    with pytest.raises(WrongState):
        end_rule(ended, NOON + timedelta(days=2), 2)
