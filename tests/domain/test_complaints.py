"""Complaints: where they may go, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.complaints import (
    OPEN,
    TRANSITIONS,
    Complaint,
    ComplaintAction,
    ComplaintLinks,
    ComplaintState,
    ComplaintSubject,
    ComplaintTerms,
    Severity,
    TooLateToReopen,
    check_complaint,
    fact_of,
    move,
    reopen,
)
from domain.refusals import BadInput, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
GUIDE, DESK = uuid4(), uuid4()
NEW = Complaint(
    uuid4(), uuid4(), ComplaintLinks(ComplaintSubject.GUIDE, GUIDE, guide_id=GUIDE), DESK, DESK, Severity.NORMAL, "慢",
    (), ComplaintState.NEW, NOON, NOON + timedelta(hours=24),
)  # fmt: skip
RESOLVED = replace(NEW, state=ComplaintState.RESOLVED, answer_by=None, resolved_at=NOON)
S, A = ComplaintState, ComplaintAction


def test_the_long_way_leads_from_new_to_closed() -> None:
    states, complaint = [], NEW
    for action in (A.ASSIGN, A.ANSWER, A.ESCALATE, A.RESOLVE, A.CLOSE):
        complaint = move(complaint, action, LATER)
        states.append(complaint.state)

    assert states == [S.ASSIGNED, S.IN_DIALOG, S.ESCALATED, S.RESOLVED, S.CLOSED]
    assert (complaint.answered_at, complaint.escalated_at, complaint.resolved_at) == (LATER, LATER, LATER)
    assert (complaint.closed_at, complaint.answer_by, complaint.version) == (LATER, None, 6)


def test_every_state_is_reached_and_only_what_is_over_leads_nowhere() -> None:
    reached = {state for moves in TRANSITIONS.values() for state in moves.values()}

    assert set(TRANSITIONS) == set(S)
    assert reached | {S.NEW} == set(S)
    assert [state for state, moves in TRANSITIONS.items() if not moves] == [S.CANCELLED]


@pytest.mark.parametrize("state", list(S))
def test_what_the_table_does_not_name_is_refused(state: ComplaintState) -> None:
    for action in A:
        complaint = replace(NEW, state=state)
        if action in TRANSITIONS[state]:
            assert move(complaint, action, LATER).state is TRANSITIONS[state][action]
        else:
            with pytest.raises(WrongState):
                move(complaint, action, LATER)


def test_the_first_answer_stops_the_clock_and_an_assignment_does_not() -> None:
    assert move(NEW, A.ASSIGN, LATER).answer_by == NEW.answer_by
    answered = move(NEW, A.ANSWER, LATER)
    again = move(answered, A.ANSWER, LATER + timedelta(hours=1))
    assert (answered.answer_by, again.answered_at) == (None, LATER)


def test_a_complaint_is_opened_again_for_seven_days() -> None:
    terms, last = ComplaintTerms(), NOON + timedelta(days=7)

    again = reopen(RESOLVED, last, terms)

    assert (again.state, again.answer_by, again.resolved_at) == (S.REOPENED, last + timedelta(hours=24), None)
    with pytest.raises(TooLateToReopen):
        reopen(RESOLVED, last + timedelta(seconds=1), terms)
    with pytest.raises(WrongState):
        reopen(NEW, NOON, terms)


def test_what_was_withdrawn_is_over() -> None:
    gone = move(NEW, A.CANCEL, LATER)

    assert (gone.is_open, gone.closed_at) == (False, LATER)
    assert {state for state in S if replace(NEW, state=state).is_open} == OPEN


def test_words_and_pictures_are_held_to_their_bounds() -> None:
    assert check_complaint(" 慢 ", ["/a.jpg"]) == ("慢", ("/a.jpg",))
    for text, pictures in (("", []), ("长" * 1_001, []), ("慢", ["x"])):
        with pytest.raises(BadInput):
            check_complaint(text, pictures)


def test_the_outbox_tells_who_is_concerned_and_no_words() -> None:
    fact = fact_of(replace(NEW, assignee_id=DESK))

    assert (fact["guide"], fact["order"], fact["assignee"]) == (GUIDE.hex, None, DESK.hex)
    assert "慢" not in fact.values()
