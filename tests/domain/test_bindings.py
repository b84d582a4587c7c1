"""Bindings: how they begin, who may take over, and how one follows on another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bindings import (
    Binding,
    BindingCause,
    BindingEnd,
    BindingMode,
    BindingTerms,
    BindingTrigger,
    NotBindable,
    Standing,
    Succession,
    Trail,
    bind,
    carried_on,
    check_transfer,
    ended_fact,
    fact_of,
    is_free_for,
    is_open,
    is_protected,
    is_settled,
    may_bind,
    may_take_over,
    may_transfer,
    standing_of,
    succeed,
    transfer,
)
from domain.guides import Guide, GuideKind, GuideStatus
from domain.identity import Duty, Principal, Role
from domain.refusals import NotFound, WrongState

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WANG, MEI, LIN, STORE, TIER, NEXT = (UUID(int=i) for i in range(1, 7))
AN_ACTIVE_GUIDE = Guide(
    UUID(int=100), WANG, STORE, "hq.s1.", GuideKind.EMPLOYEE, GuideStatus.ACTIVE, "Wang", None, TIER, "a" * 10, NOON, 3
)
ANOTHER = replace(AN_ACTIVE_GUIDE, id=UUID(int=101), member_id=LIN)
ELSEWHERE = replace(ANOTHER, store_id=UUID(int=99), store_path="hq.s2.")
BY_CLICK = Trail(BindingCause.SHARE, actor_id=MEI)
TIMED = BindingTerms(BindingMode.TIMED, lasts=30 * DAY, protected_for=15 * DAY)


def a_binding(terms: BindingTerms = TIMED, guide: Guide = AN_ACTIVE_GUIDE, at: datetime = NOON) -> Binding:
    return bind(UUID(int=7), MEI, guide, terms, BY_CLICK, at)


@pytest.mark.parametrize("status", [GuideStatus.APPLIED, GuideStatus.FROZEN, GuideStatus.LEFT])
def test_only_an_active_guide_binds(status: GuideStatus) -> None:
    assert may_bind(MEI, AN_ACTIVE_GUIDE)
    assert not may_bind(MEI, replace(AN_ACTIVE_GUIDE, status=status))


def test_nobody_is_bound_to_oneself() -> None:
    with pytest.raises(NotBindable):
        bind(NEXT, WANG, AN_ACTIVE_GUIDE, TIMED, BY_CLICK, NOON)
    with pytest.raises(NotBindable):
        carried_on(a_binding(), NEXT, replace(ANOTHER, member_id=MEI), BY_CLICK, NOON)


@pytest.mark.parametrize("mode", [BindingMode.PERMANENT, BindingMode.REGISTER_ONLY])
def test_a_permanent_binding_holds_and_is_protected_for_good(mode: BindingMode) -> None:
    binding = a_binding(BindingTerms(mode))

    assert is_open(binding, NOON + 10_000 * DAY)
    assert is_protected(binding, NOON + 10_000 * DAY)
    assert not is_open(binding, NOON - DAY)


def test_where_links_override_a_binding_holds_and_is_never_protected() -> None:
    binding = a_binding(BindingTerms(BindingMode.OVERRIDE))

    assert (is_open(binding, NOON + 10_000 * DAY), is_protected(binding, NOON)) == (True, False)


@pytest.mark.parametrize(
    ("day", "is_protected_then", "is_open_then"),
    [(14, True, True), (15, False, True), (29, False, True), (30, False, False)],
)
def test_a_timed_binding_is_protected_for_a_time_and_ends(
    day: int, *, is_protected_then: bool, is_open_then: bool
) -> None:
    binding, then = a_binding(), NOON + day * DAY

    assert (is_protected(binding, then), is_open(binding, then)) == (is_protected_then, is_open_then)
    assert may_take_over(binding, ANOTHER, then) is not is_protected_then
    assert not may_take_over(binding, AN_ACTIVE_GUIDE, then)


@pytest.mark.parametrize(
    ("terms", "since", "allowed"),
    [
        pytest.param(BindingTerms(), 400 * DAY, True, id="anybody"),
        pytest.param(BindingTerms(triggers=frozenset({BindingTrigger.CONTACT})), DAY, False, id="another trigger"),
        pytest.param(BindingTerms(BindingMode.REGISTER_ONLY), timedelta(seconds=30), True, id="just registered"),
        pytest.param(BindingTerms(BindingMode.REGISTER_ONLY), timedelta(seconds=31), False, id="a member before"),
    ],
)
def test_what_the_brand_lets_bind(terms: BindingTerms, since: timedelta, *, allowed: bool) -> None:
    assert terms.allows(BindingTrigger.SHARE, NOON - since, NOON) is allowed


def test_the_stores_own_go_to_guides_of_the_store_alone() -> None:
    own = carried_on(a_binding(BindingTerms()), NEXT, None, Trail(BindingCause.REFUSAL), NOON)

    assert (own.guide_id, own.store_id, own.mode) == (None, STORE, BindingMode.PERMANENT)
    assert may_take_over(own, ANOTHER, NOON)
    assert not may_take_over(own, ELSEWHERE, NOON)
    assert not is_settled(Standing(own), ANOTHER.id, NOON)


def test_whom_a_click_may_bind() -> None:
    assert is_free_for(Standing(), AN_ACTIVE_GUIDE, NOON)
    assert is_free_for(Standing(a_binding()), ANOTHER, NOON + 30 * DAY)
    assert not is_free_for(Standing(a_binding()), ANOTHER, NOON)
    assert is_settled(Standing(a_binding()), ANOTHER.id, NOON)
    assert is_settled(Standing(a_binding()), AN_ACTIVE_GUIDE.id, NOON + 20 * DAY)
    assert not is_settled(Standing(a_binding()), ANOTHER.id, NOON + 20 * DAY)


def planned(at: datetime) -> Standing:
    """The member's guide, and the successor who is to come."""
    holds = replace(a_binding(), ended_at=at, end_reason=BindingEnd.HANDED_OVER)
    to_come = carried_on(a_binding(), UUID(int=8), ANOTHER, Trail(BindingCause.HANDOVER), at)
    return Standing(holds, to_come)


def test_what_holds_and_what_is_planned_are_told_apart() -> None:
    standing = planned(NOON + DAY)
    assert standing.current is not None
    assert standing.planned is not None
    rows = [standing.current, standing.planned]

    assert standing_of(rows, NOON) == standing
    assert standing_of(rows, NOON + DAY) == Standing(standing.planned)
    assert standing_of([], NOON) == Standing()


def test_a_click_from_a_clock_that_is_ahead_holds() -> None:
    ahead = a_binding(at=NOON + timedelta(milliseconds=3))

    assert standing_of([ahead], NOON) == Standing(ahead)


def test_a_first_binding_follows_on_nothing() -> None:
    new = a_binding()

    assert succeed(Standing(), new, BindingEnd.TAKEN_OVER) == Succession(new)


@given(st.integers(0, 60 * 24 * 60))
def test_one_binding_ends_as_or_before_the_next_one_begins(minutes: int) -> None:
    """As it begins, unless it had expired before."""
    before, at = a_binding(), NOON + timedelta(minutes=minutes)
    new = replace(a_binding(guide=ANOTHER, at=at), id=NEXT)

    began = succeed(Standing(before), new, BindingEnd.TAKEN_OVER)

    assert began.ends is not None
    assert (began.new.bound_at, began.new.previous_id, began.also) == (at, before.id, None)
    expired = at >= NOON + 30 * DAY
    assert began.ends.reason is (BindingEnd.EXPIRED if expired else BindingEnd.TAKEN_OVER)
    assert began.ends.at == min(at, NOON + 30 * DAY)


def test_what_was_planned_never_begins_when_the_member_goes_elsewhere() -> None:
    new = replace(a_binding(guide=ELSEWHERE), id=NEXT)

    began = succeed(planned(NOON + DAY), new, BindingEnd.TRANSFERRED)

    assert began.ends is not None
    assert began.also is not None
    assert (began.ends.at, began.ends.reason) == (NOON + DAY, BindingEnd.CALLED_OFF)
    assert (began.also.at, began.also.reason) == (NOON, BindingEnd.TRANSFERRED)


def test_a_transfer_keeps_mode_protection_and_expiry() -> None:
    before = a_binding()
    trail = Trail(BindingCause.TRANSFER, None, LIN, "moved")

    began = transfer(Standing(before), NEXT, MEI, ANOTHER, BindingTerms(), trail, NOON + DAY)

    kept = replace(began.new, id=before.id, guide_id=before.guide_id, bound_at=NOON, previous_id=None)
    assert replace(kept, cause=before.cause, actor_id=MEI, reason="") == before
    with pytest.raises(WrongState):
        transfer(Standing(before), NEXT, MEI, AN_ACTIVE_GUIDE, BindingTerms(), trail, NOON + DAY)


def test_who_is_nobodys_customer_any_more_begins_anew() -> None:
    trail = Trail(BindingCause.TRANSFER, None, LIN, "given")

    began = transfer(Standing(a_binding()), NEXT, MEI, AN_ACTIVE_GUIDE, BindingTerms(), trail, NOON + 40 * DAY)

    assert began.ends is not None
    assert (began.new.mode, began.ends.reason) == (BindingMode.PERMANENT, BindingEnd.EXPIRED)


@pytest.mark.parametrize(
    ("duty", "from_path", "to_path", "at_fault"),
    [
        pytest.param(Duty(Role.STORE_MANAGER, STORE, "hq.east."), "hq.east.s1.", "hq.east.s2.", None, id="both"),
        pytest.param(Duty(Role.STORE_MANAGER, STORE, "hq.s1."), "hq.s1.", "hq.s2.", "toGuideId", id="the first"),
        pytest.param(Duty(Role.STORE_MANAGER, STORE, "hq.s2."), "hq.s1.", "hq.s2.", "memberId", id="the second"),
        pytest.param(Duty(Role.STORE_MANAGER, STORE, "hq.s2."), None, "hq.s2.", "memberId", id="nobody's customer"),
        pytest.param(Duty(Role.OPERATOR, STORE, "hq."), None, "hq.s2.", None, id="nobody's, by an operator"),
    ],
)
def test_who_gives_a_member_away(duty: Duty, from_path: str | None, to_path: str, at_fault: str | None) -> None:
    who = Principal(LIN, duties=(duty,))
    if at_fault is None:
        check_transfer(who, from_path, to_path)
        assert may_transfer(who, from_path, to_path)
        return

    with pytest.raises(NotFound) as refusal:
        check_transfer(who, from_path, to_path)
    assert refusal.value.path == ("input", at_fault)


def test_what_is_told_of_bindings() -> None:
    own = carried_on(a_binding(), NEXT, None, Trail(BindingCause.REFUSAL), NOON)

    assert fact_of(Succession(own))["guide"] is None
    assert fact_of(Succession(a_binding()))["previous"] is None
    assert ended_fact(own)["guide"] is None
    assert ended_fact(a_binding())["guide"] == AN_ACTIVE_GUIDE.id.hex
