"""Guides: who decides what about them, and what they earn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.guides import (
    KNOWN_TO_ALL,
    TRANSITIONS,
    Binding,
    BindingMode,
    BindingTerms,
    CommissionState,
    Earner,
    Guide,
    GuideAction,
    GuideKind,
    GuideStatus,
    NotBindable,
    bind,
    change_status,
    commission_on,
    earn,
    is_open,
    is_protected,
    knows,
    knows_in_full,
    may_bind,
)
from domain.identity import VISITOR, Duty, Principal, Role
from domain.money import Money
from domain.refusals import NotAllowed, StaleVersion, WrongState

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG, MEI, LIN, STORE, TIER, ORDER = (UUID(int=i) for i in range(1, 7))
GUIDE = UUID(int=100)
AN_ACTIVE_GUIDE = Guide(
    GUIDE, WANG, STORE, "hq.east.s1.", GuideKind.EMPLOYEE, GuideStatus.ACTIVE, "Wang", None, TIER, "a" * 10, NOON, 3
)
AN_EARNER = Earner(GUIDE, WANG, GuideStatus.ACTIVE, 800)


def a_guide(status: GuideStatus) -> Guide:
    return replace(AN_ACTIVE_GUIDE, status=status)


def a_manager(path: str) -> Principal:
    return Principal(LIN, duties=(Duty(Role.STORE_MANAGER, STORE, path),))


@pytest.mark.parametrize(("status", "action"), list(product(GuideStatus, GuideAction)))
def test_a_status_changes_only_as_the_table_says(status: GuideStatus, action: GuideAction) -> None:
    expected = TRANSITIONS.get((status, action))
    if expected is None:
        with pytest.raises(WrongState) as refusal:
            change_status(a_guide(status), action, actor_id=LIN, expected_version=3)
        assert refusal.value.state == status.value
        return

    changed = change_status(a_guide(status), action, actor_id=LIN, expected_version=3)

    assert (changed.status, changed.version) == (expected, 4)


def test_every_status_but_the_last_leads_on_and_every_one_but_the_first_is_led_to() -> None:
    assert {status for status, _ in TRANSITIONS} == set(GuideStatus) - {GuideStatus.LEFT}
    assert set(TRANSITIONS.values()) == set(GuideStatus) - {GuideStatus.APPLIED}


def test_a_change_states_the_version_that_was_read() -> None:
    with pytest.raises(StaleVersion) as refusal:
        change_status(AN_ACTIVE_GUIDE, GuideAction.FREEZE, actor_id=LIN, expected_version=2)

    assert refusal.value.current == 3


def test_nobody_decides_about_oneself() -> None:
    with pytest.raises(NotAllowed):
        change_status(a_guide(GuideStatus.APPLIED), GuideAction.APPROVE, actor_id=WANG, expected_version=3)


@pytest.mark.parametrize("status", GuideStatus)
def test_the_public_knows_guides_who_are_active_or_frozen(status: GuideStatus) -> None:
    assert knows(VISITOR, a_guide(status)) is (status in KNOWN_TO_ALL)


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        pytest.param(VISITOR, False, id="a visitor"),
        pytest.param(Principal(MEI), False, id="another member"),
        pytest.param(Principal(WANG), True, id="the guide"),
        pytest.param(a_manager("hq.east.s1."), True, id="the store's manager"),
        pytest.param(a_manager("hq.east."), True, id="the region's manager"),
        pytest.param(a_manager("hq.east.s2."), False, id="another store's manager"),
        pytest.param(Principal(LIN, duties=(Duty(Role.CONTENT, STORE, "hq."),)), False, id="an editor"),
    ],
)
def test_status_and_tier_are_for_the_guide_and_its_managers(who: Principal, *, seen: bool) -> None:
    assert knows_in_full(who, AN_ACTIVE_GUIDE) is seen


@pytest.mark.parametrize("status", [GuideStatus.APPLIED, GuideStatus.FROZEN, GuideStatus.LEFT])
def test_only_an_active_guide_binds(status: GuideStatus) -> None:
    assert may_bind(MEI, AN_ACTIVE_GUIDE)
    assert not may_bind(MEI, a_guide(status))


def test_nobody_is_bound_to_oneself() -> None:
    with pytest.raises(NotBindable):
        bind(ORDER, WANG, AN_ACTIVE_GUIDE, BindingTerms(), None, NOON)


def test_a_permanent_binding_holds_and_is_protected_for_good() -> None:
    binding = bind(ORDER, MEI, AN_ACTIVE_GUIDE, BindingTerms(), None, NOON)

    assert is_open(binding, NOON + timedelta(days=10_000))
    assert is_protected(binding, NOON + timedelta(days=10_000))


@pytest.mark.parametrize(
    ("day", "is_protected_then", "is_open_then"),
    [(14, True, True), (15, False, True), (29, False, True), (30, False, False)],
)
def test_a_timed_binding_is_protected_for_a_time_and_ends(
    day: int, *, is_protected_then: bool, is_open_then: bool
) -> None:
    terms = BindingTerms(BindingMode.TIMED, lasts=timedelta(days=30), protected_for=timedelta(days=15))

    binding: Binding = bind(ORDER, MEI, AN_ACTIVE_GUIDE, terms, None, NOON)

    then = NOON + timedelta(days=day)
    assert (is_protected(binding, then), is_open(binding, then)) == (is_protected_then, is_open_then)


@given(st.integers(0, 2**53 - 1), st.integers(0, 10_000))
def test_commission_is_rounded_down_and_never_more_than_its_base(minor: int, rate_bp: int) -> None:
    earned = commission_on(Money(minor), rate_bp).minor

    assert earned * 10_000 <= minor * rate_bp < (earned + 1) * 10_000
    assert 0 <= earned <= minor


@given(st.lists(st.integers(0, 10**9), max_size=20), st.integers(0, 10_000))
def test_commission_on_parts_is_never_more_than_on_the_whole(parts: list[int], rate_bp: int) -> None:
    together = commission_on(Money(sum(parts)), rate_bp).minor

    assert 0 <= together - sum(commission_on(Money(part), rate_bp).minor for part in parts) <= len(parts)


@pytest.mark.parametrize(
    ("base", "rate_bp", "earned"), [(271_72, 800, 21_73), (43_19, 800, 3_45), (9_99, 500, 49), (1, 10_000, 1)]
)
def test_commission_of_known_orders(base: int, rate_bp: int, earned: int) -> None:
    assert commission_on(Money(base), rate_bp) == Money(earned)


@pytest.mark.parametrize(
    ("earner", "buyer", "base", "state"),
    [
        pytest.param(AN_EARNER, MEI, Money(200_00), CommissionState.PENDING, id="a customer buys"),
        pytest.param(
            replace(AN_EARNER, status=GuideStatus.FROZEN), MEI, Money(200_00), CommissionState.HELD, id="frozen"
        ),
        pytest.param(replace(AN_EARNER, status=GuideStatus.LEFT), MEI, Money(200_00), None, id="left"),
        pytest.param(replace(AN_EARNER, status=GuideStatus.APPLIED), MEI, Money(200_00), None, id="not yet a guide"),
        pytest.param(AN_EARNER, WANG, Money(200_00), None, id="an own purchase"),
        pytest.param(AN_EARNER, MEI, Money(12), None, id="less than a fen"),
    ],
)
def test_who_earns_from_a_paid_order(earner: Earner, buyer: UUID, base: Money, state: CommissionState | None) -> None:
    commission = earn(ORDER, earner, order_id=ORDER, buyer_id=buyer, base=base, at=NOON)

    assert (commission and commission.state) == state
    if commission:
        assert (commission.amount, commission.rate_bp, commission.level) == (Money(16_00), 800, 1)
