"""Handovers: what becomes of each member, and who may refuse until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from domain.bindings import Binding, BindingCause, BindingEnd, BindingMode, BindingTerms, NotBindable
from domain.guides import Guide, GuideStatus
from domain.handovers import (
    MAY_REFUSE_FOR,
    Handover,
    HandoverDraft,
    HandoverFailure,
    HandoverMember,
    HandoverState,
    check_calling_off,
    fact_of,
    hand_over,
    plan,
    refuse,
)
from domain.identity import Duty, Principal, Role
from domain.refusals import BadInput, NotFound, WrongState
from tests.domain.test_bindings import AN_ACTIVE_GUIDE, ANOTHER, DAY, ELSEWHERE, LIN, MEI, NEXT, NOON, STORE, a_binding

MANAGER = Principal(LIN, duties=(Duty(Role.STORE_MANAGER, STORE, "hq.s1."),))
OPERATOR = Principal(LIN, duties=(Duty(Role.OPERATOR, STORE, "hq."),))
A_DRAFT = HandoverDraft(AN_ACTIVE_GUIDE.id, ANOTHER.id, NOON + DAY, None, is_leaving=True, reason="leaves")
STAYS = replace(A_DRAFT, is_leaving=False)


def ids() -> Callable[[], UUID]:
    numbers = count(1_000)
    return lambda: UUID(int=next(numbers))


def decided(draft: HandoverDraft = A_DRAFT, leaver: Guide = AN_ACTIVE_GUIDE) -> Handover:
    return hand_over(UUID(int=500), draft, leaver, ANOTHER, MANAGER, NOON)


def test_it_can_be_refused_until_a_day_after_the_change() -> None:
    handover = decided()

    assert (handover.effective_at, handover.refusable_until) == (NOON + DAY, NOON + DAY + MAY_REFUSE_FOR)
    assert fact_of(handover, 3)["members"] == 3


def test_without_a_time_it_is_for_now_and_who_has_left_leaves() -> None:
    left = replace(AN_ACTIVE_GUIDE, status=GuideStatus.LEFT)

    handover = decided(replace(STAYS, effective_at=None), left)

    assert (handover.effective_at, handover.is_leaving) == (NOON, True)


@pytest.mark.parametrize(
    ("change", "leaver", "successor", "who", "refusal"),
    [
        pytest.param({}, ELSEWHERE, ANOTHER, MANAGER, NotFound, id="a leaver of another store"),
        pytest.param({}, AN_ACTIVE_GUIDE, ELSEWHERE, MANAGER, NotFound, id="a successor of another store"),
        pytest.param({}, AN_ACTIVE_GUIDE, AN_ACTIVE_GUIDE, MANAGER, BadInput, id="to itself"),
        pytest.param({"effective_at": NOON - DAY}, AN_ACTIVE_GUIDE, ANOTHER, MANAGER, BadInput, id="in the past"),
        pytest.param({"effective_at": NOON + 366 * DAY}, AN_ACTIVE_GUIDE, ANOTHER, MANAGER, BadInput, id="too far"),
        pytest.param({"reason": ""}, AN_ACTIVE_GUIDE, ANOTHER, MANAGER, BadInput, id="without a reason"),
        pytest.param(
            {},
            AN_ACTIVE_GUIDE,
            replace(ANOTHER, status=GuideStatus.FROZEN),
            MANAGER,
            NotBindable,
            id="to a frozen guide",
        ),
    ],
)
def test_what_is_no_handover(
    change: dict[str, Any], leaver: Guide, successor: Guide, who: Principal, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        hand_over(NEXT, replace(A_DRAFT, **change), leaver, successor, who, NOON)


def test_across_stores_operators_hand_over_and_managers_of_both_do_not() -> None:
    both = Principal(LIN, duties=(*MANAGER.duties, Duty(Role.STORE_MANAGER, STORE, "hq.s2.")))

    assert hand_over(NEXT, A_DRAFT, AN_ACTIVE_GUIDE, ELSEWHERE, OPERATOR, NOON).to_guide_id == ELSEWHERE.id
    with pytest.raises(NotFound):
        hand_over(NEXT, A_DRAFT, AN_ACTIVE_GUIDE, ELSEWHERE, both, NOON)


def test_a_binding_ends_as_the_next_one_begins_and_keeps_its_terms() -> None:
    binding = a_binding()

    (one,) = plan(decided(), [binding], (), ANOTHER, (), ids())

    assert one.succession is not None
    assert one.succession.ends is not None
    new = one.succession.new
    assert (one.line.state, one.line.next_binding_id) == (HandoverState.WAITING, new.id)
    assert one.succession.ends.at == new.bound_at == NOON + DAY
    assert (one.succession.ends.reason, new.cause) == (BindingEnd.HANDED_OVER, BindingCause.HANDOVER)
    assert (new.mode, new.expires_at, new.guide_id) == (binding.mode, binding.expires_at, ANOTHER.id)


@pytest.mark.parametrize(
    ("bound_at", "above", "member_id", "failure"),
    [
        pytest.param(NOON + 2 * DAY, (), MEI, HandoverFailure.PLANNED_BEFORE, id="who is to come later"),
        pytest.param(NOON - 29 * DAY, (), MEI, HandoverFailure.EXPIRES_BEFORE, id="whose time is over by then"),
        pytest.param(NOON, (), LIN, HandoverFailure.IS_SUCCESSOR, id="the successor"),
        pytest.param(NOON, (MEI,), MEI, HandoverFailure.LOOP, id="whose customer the successor is"),
    ],
)
def test_whom_it_does_not_move(
    bound_at: datetime, above: tuple[UUID, ...], member_id: UUID, failure: HandoverFailure
) -> None:
    binding = replace(a_binding(at=bound_at), member_id=member_id)

    (one,) = plan(decided(), [binding], (), ANOTHER, above, ids())

    assert (one.succession, one.line.state, one.line.failure) == (None, HandoverState.FAILED, failure)


def test_who_is_named_and_is_no_customer_is_told() -> None:
    now = decided(replace(A_DRAFT, effective_at=None))

    moved, stranger = plan(now, [a_binding()], [MEI, LIN], ANOTHER, (), ids())

    assert moved.line.state is HandoverState.IN_PROGRESS
    assert (stranger.line.member_id, stranger.line.failure) == (LIN, HandoverFailure.NOT_BOUND)


def a_line(draft: HandoverDraft = A_DRAFT) -> tuple[Handover, HandoverMember, Binding]:
    handover = decided(draft)
    (one,) = plan(handover, [a_binding(BindingTerms())], (), ANOTHER, (), ids())
    assert one.succession is not None
    return handover, one.line, one.succession.new


@pytest.mark.parametrize(
    ("draft", "leaver", "back_to"),
    [
        pytest.param(A_DRAFT, AN_ACTIVE_GUIDE, None, id="the guide leaves"),
        pytest.param(STAYS, AN_ACTIVE_GUIDE, AN_ACTIVE_GUIDE.id, id="the guide stays"),
        pytest.param(STAYS, replace(AN_ACTIVE_GUIDE, status=GuideStatus.LEFT), None, id="it left in the end"),
    ],
)
@pytest.mark.parametrize("hours", [0, 30])
def test_to_whom_a_member_goes_who_refuses(
    draft: HandoverDraft, leaver: Guide, back_to: UUID | None, hours: int
) -> None:
    handover, line, binding = a_line(draft)
    at = NOON + timedelta(hours=hours)

    refused, began = refuse(handover, line, binding, leaver, NEXT, at)

    assert began.ends is not None
    assert (refused.state, refused.next_binding_id) == (HandoverState.REFUSED, NEXT)
    assert (began.new.guide_id, began.new.store_id, began.new.mode) == (back_to, STORE, BindingMode.PERMANENT)
    assert began.ends.at == began.new.bound_at == max(at, NOON + DAY)


def test_nobody_refuses_twice_too_late_or_what_never_came_about() -> None:
    handover, line, binding = a_line()
    ended = replace(binding, ended_at=NOON + DAY, end_reason=BindingEnd.CALLED_OFF)
    refused = replace(line, state=HandoverState.REFUSED)

    for one, bound, at in (
        (refused, binding, NOON),
        (line, binding, handover.refusable_until),
        (line, ended, NOON),
    ):
        with pytest.raises(WrongState):
            refuse(handover, one, bound, AN_ACTIVE_GUIDE, NEXT, at)


def test_what_has_not_begun_is_called_off_once() -> None:
    handover = decided()

    check_calling_off(handover, NOON)
    with pytest.raises(WrongState):
        check_calling_off(handover, handover.effective_at)
    with pytest.raises(WrongState):
        check_calling_off(replace(handover, called_off_at=NOON), NOON)
