"""Paid memberships: how long they run, what comes back, and by what a person is known again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from domain.members import Identity, IdentityProvider
from domain.memberships import MembershipPlan, PlanKind, Until, check_plan, span_of, traces_of, unused
from domain.money import Money
from domain.refusals import BadInput
from domain.rights import NO_RIGHTS, Rights

SHANGHAI = timezone(timedelta(hours=8))
FIRST_OF_MARCH = datetime(2027, 3, 1, 12, 0, tzinfo=SHANGHAI)
ME, PHONE = UUID(int=1), "+8613800000000"


def plan(kind: PlanKind, trial_days: int = 0, rights: Rights = NO_RIGHTS) -> MembershipPlan:
    return MembershipPlan(UUID(int=9), kind, "年卡", Money(199_00), rights, trial_days)


def test_a_year_bought_with_ten_days_left_ends_on_the_eleventh_of_march_next_year() -> None:
    until = Until(FIRST_OF_MARCH + timedelta(days=10))

    _, ends_at = span_of(plan(PlanKind.YEAR), until, FIRST_OF_MARCH, SHANGHAI)

    assert ends_at == datetime(2028, 3, 11, 12, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [(PlanKind.MONTH, (2027, 4, 1)), (PlanKind.QUARTER, (2027, 6, 1)), (PlanKind.YEAR, (2028, 3, 1))],
)
def test_a_plan_runs_by_the_calendar_from_now_when_nothing_runs(kind: PlanKind, ends: tuple[int, int, int]) -> None:
    was = Until(FIRST_OF_MARCH - timedelta(days=300))

    starts_at, ends_at = span_of(plan(kind), was, FIRST_OF_MARCH, SHANGHAI)

    assert starts_at == FIRST_OF_MARCH
    assert ends_at == datetime(*ends, 12, 0, tzinfo=SHANGHAI)


def test_a_trial_runs_its_days_and_a_lifetime_has_no_end() -> None:
    now = Until(FIRST_OF_MARCH)

    assert span_of(plan(PlanKind.TRIAL, 7), now, FIRST_OF_MARCH, UTC)[1] == FIRST_OF_MARCH + timedelta(days=7)
    assert span_of(plan(PlanKind.LIFETIME), now, FIRST_OF_MARCH, UTC) == (FIRST_OF_MARCH, None)


def test_what_comes_back_is_the_share_of_the_time_that_is_left() -> None:
    ends_at = FIRST_OF_MARCH + timedelta(days=10)
    paid = Money(100_01)

    assert unused(paid, FIRST_OF_MARCH, ends_at, FIRST_OF_MARCH - timedelta(days=1)) == paid
    assert unused(paid, FIRST_OF_MARCH, ends_at, FIRST_OF_MARCH + timedelta(days=5)) == Money(50_00)
    assert unused(paid, FIRST_OF_MARCH, ends_at, ends_at) == Money(0)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(plan(PlanKind.TRIAL), id="a trial without days"),
        pytest.param(plan(PlanKind.YEAR, 7), id="a year of seven days"),
        pytest.param(plan(PlanKind.YEAR, rights=Rights(points_bp=5_000)), id="half the points"),
    ],
)
def test_a_plan_is_held_to_its_bounds(given: MembershipPlan) -> None:
    with pytest.raises(BadInput):
        check_plan(given)


def test_a_person_is_known_again_by_any_of_their_identifiers() -> None:
    wechat = Identity(IdentityProvider.WX_MP, "app", "openid-1", "union-1")
    elsewhere = Identity(IdentityProvider.WX_OA, "oa", "openid-2", "union-1")

    before = traces_of("salt", ME, PHONE, [wechat])

    assert len(before) == 4
    assert set(before) & set(traces_of("salt", UUID(int=2), PHONE, []))
    assert set(before) & set(traces_of("salt", UUID(int=2), None, [elsewhere]))
    assert not set(before) & set(traces_of("salt", UUID(int=2), None, []))
    assert not set(before) & set(traces_of("pepper", ME, PHONE, [wechat]))
