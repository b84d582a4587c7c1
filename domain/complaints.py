"""Complaints: what members are unhappy about, who answers until when, and how it ends (R72, scenario P35)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.members import MemberCard
from domain.records import record
from domain.refusals import ErrorCode, Refusal, WrongState, text_within
from domain.reviews import check_pictures

LONGEST_COMPLAINT, LONGEST_MESSAGE, LONGEST_RESOLUTION = 1_000, 1_000, 500
MOST_MESSAGES = 200
"""Of one complaint."""
SILENT_WITHIN = timedelta(days=30)
"""Who bought the same through the same guide so long before a complaint may be unhappy too, and say nothing."""
REOPEN_WITHIN = timedelta(days=7)


class ComplaintSubject(Enum):
    ORDER = "ORDER"
    GUIDE = "GUIDE"
    STORE = "STORE"
    LIVE_ROOM = "LIVE_ROOM"
    CONTENT = "CONTENT"


class Severity(Enum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"


class ComplaintState(Enum):
    NEW = "NEW"
    ASSIGNED = "ASSIGNED"
    IN_DIALOG = "IN_DIALOG"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    CANCELLED = "CANCELLED"


class ComplaintAction(Enum):
    OPEN = "OPEN"
    ASSIGN = "ASSIGN"
    ANSWER = "ANSWER"
    ESCALATE = "ESCALATE"
    RESOLVE = "RESOLVE"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    CANCEL = "CANCEL"


_S, _A = ComplaintState, ComplaintAction
_WAITS: Mapping[ComplaintAction, ComplaintState] = {
    _A.ASSIGN: _S.ASSIGNED,
    _A.ANSWER: _S.IN_DIALOG,
    _A.ESCALATE: _S.ESCALATED,
    _A.RESOLVE: _S.RESOLVED,
    _A.CANCEL: _S.CANCELLED,
}
TRANSITIONS: Mapping[ComplaintState, Mapping[ComplaintAction, ComplaintState]] = {
    _S.NEW: _WAITS,
    _S.ASSIGNED: _WAITS,
    _S.REOPENED: _WAITS,
    # Another person takes the dialogue over without beginning it anew.
    _S.IN_DIALOG: {**_WAITS, _A.ASSIGN: _S.IN_DIALOG},
    # It stays with the desk above until it is resolved.
    _S.ESCALATED: {
        _A.ASSIGN: _S.ESCALATED,
        _A.ANSWER: _S.ESCALATED,
        _A.RESOLVE: _S.RESOLVED,
        _A.CANCEL: _S.CANCELLED,
    },
    _S.RESOLVED: {_A.CLOSE: _S.CLOSED, _A.REOPEN: _S.REOPENED},
    _S.CLOSED: {_A.REOPEN: _S.REOPENED},
    _S.CANCELLED: {},
}
"""Where a complaint may go, and by what."""
OPEN = frozenset({_S.NEW, _S.ASSIGNED, _S.IN_DIALOG, _S.ESCALATED, _S.REOPENED})


@record
class ComplaintTerms:
    """Within what time a complaint is first answered; otherwise the desk above has it."""

    answer_within: timedelta = timedelta(hours=24)


@record
class ComplaintLinks:
    """What a complaint is about, and what it has to do with."""

    subject: ComplaintSubject
    subject_id: UUID
    order_id: UUID | None = None
    order_line_id: UUID | None = None
    guide_id: UUID | None = None
    store_id: UUID | None = None
    live_room_id: UUID | None = None
    post_id: UUID | None = None
    after_sale_id: UUID | None = None


@record
class Complaint:
    """One complaint of one member.

    `unit_id` is the unit of the organisation that it concerns, `desk_id` the one that has to answer it: the same until
    it escalates, then the unit above. `answer_by` is when it escalates by itself; None once it was answered.
    """

    id: UUID
    member_id: UUID
    links: ComplaintLinks
    unit_id: UUID
    desk_id: UUID
    severity: Severity
    text: str
    pictures: tuple[str, ...]
    state: ComplaintState
    created_at: datetime
    answer_by: datetime | None
    assignee_id: UUID | None = None
    answered_at: datetime | None = None
    escalated_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    resolution: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@record
class ComplaintMessage:
    """Something that was said about a complaint, by its member or by the brand."""

    id: UUID
    complaint_id: UUID
    author: MemberCard
    by_staff: bool
    text: str
    pictures: tuple[str, ...]
    at: datetime


@record
class ComplaintStep:
    """One step in the life of a complaint; nobody took it when time was over."""

    action: ComplaintAction
    from_state: ComplaintState | None
    to_state: ComplaintState
    actor_id: UUID | None
    at: datetime


@record
class SilentCustomer:
    """A member who bought the same through the same guide and has not complained. The phone is masked."""

    member_id: UUID
    nickname: str
    phone: str | None
    order_id: UUID
    order_number: str
    bought_at: datetime


@record
class ComplaintCounts:
    """How often members complained about a guide in some time; what they withdrew does not count."""

    guide_id: UUID
    complaints: int
    severe: int
    escalated: int
    open: int


@dataclass(eq=False)
class ComplaintIsOpen(Refusal):
    """The member has complained about this before, and that is not over."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class TooLateToReopen(Refusal):
    """A complaint can be opened again for seven days after it was resolved."""

    code = ErrorCode.INVALID_STATE


def check_complaint(text: str, pictures: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What is complained about, without surrounding space, and links to at most 9 pictures.

    Raises:
        BadInput: the text is empty or longer than 1,000 characters, or a picture is no link.
    """
    return text_within(text, LONGEST_COMPLAINT, "input", "text"), check_pictures(pictures)


def move(complaint: Complaint, action: ComplaintAction, at: datetime) -> Complaint:
    """The complaint after a step.

    Raises:
        WrongState: it cannot take this step where it stands.
        TooLateToReopen: it was resolved more than seven days ago.
    """
    state = TRANSITIONS[complaint.state].get(action)
    if state is None:
        raise WrongState(complaint.state.value, path=("input", "complaintId"))
    after = replace(complaint, state=state, version=complaint.version + 1)
    match action:
        case ComplaintAction.ANSWER:
            return replace(after, answer_by=None, answered_at=complaint.answered_at or at)
        case ComplaintAction.ESCALATE:
            return replace(after, answer_by=None, escalated_at=at)
        case ComplaintAction.RESOLVE:
            return replace(after, answer_by=None, resolved_at=at)
        case ComplaintAction.CLOSE:
            return replace(after, closed_at=at)
        case ComplaintAction.CANCEL:
            return replace(after, answer_by=None, closed_at=at)
        case _:
            return after


def reopen(complaint: Complaint, at: datetime, terms: ComplaintTerms) -> Complaint:
    """The complaint after its member opened it again; it has to be answered anew.

    Raises:
        WrongState: it was not resolved.
        TooLateToReopen: that was more than seven days ago.
    """
    after = move(complaint, ComplaintAction.REOPEN, at)
    assert complaint.resolved_at is not None, f"complaint {complaint.id} is {complaint.state.value}"
    if at > complaint.resolved_at + REOPEN_WITHIN:
        raise TooLateToReopen(path=("input", "complaintId"))
    return replace(after, answer_by=at + terms.answer_within, resolved_at=None, closed_at=None)


def fact_of(complaint: Complaint) -> dict[str, Any]:
    """What the outbox tells of a complaint; what was said is for those who may read it."""
    links = complaint.links
    return {
        "complaint": complaint.id.hex,
        "member": complaint.member_id.hex,
        "subject": links.subject.value,
        "subject_id": links.subject_id.hex,
        "state": complaint.state.value,
        "severity": complaint.severity.value,
        "guide": links.guide_id.hex if links.guide_id else None,
        "order": links.order_id.hex if links.order_id else None,
        "desk": complaint.desk_id.hex,
        "assignee": complaint.assignee_id.hex if complaint.assignee_id else None,
        "version": complaint.version,
    }
