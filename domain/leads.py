"""Leads: who would like to run a store of the brand (招商), and who talks to them (R14).

A lead that its assignee leaves alone goes back to where all can be assigned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.records import record
from domain.refusals import ErrorCode, Refusal, WrongState, text_within

PATIENCE = timedelta(days=3)
"""So long after it was assigned, or spoken with last, a lead is taken back."""
LONGEST_NAME, LONGEST_CITY, LONGEST_NOTE = 40, 40, 500


class LeadInterest(Enum):
    DEALER = "DEALER"
    FRANCHISE = "FRANCHISE"


class LeadState(Enum):
    NEW = "NEW"
    ASSIGNED = "ASSIGNED"
    SIGNED = "SIGNED"
    LOST = "LOST"


CLOSED = (LeadState.SIGNED, LeadState.LOST)


@record
class LeadDraft:
    """What somebody says who would like to run a store."""

    name: str
    phone: str
    city: str
    interest: LeadInterest
    note: str = ""


@record
class Lead:
    """Somebody who would like to run a store; `phone` is E.164. `recover_at`: when its assignee loses it."""

    id: UUID
    member_id: UUID
    name: str
    phone: str
    city: str
    interest: LeadInterest
    note: str
    state: LeadState
    assignee_id: UUID | None
    recover_at: datetime | None
    recovered: int
    created_at: datetime
    reason: str = ""
    version: int = 1


@record
class LeadEntry:
    """A line in the history of a lead; `actor_id` None: the time had come."""

    lead_id: UUID
    actor_id: UUID | None
    state: LeadState
    text: str
    at: datetime


@dataclass(eq=False)
class LeadIsOpen(Refusal):
    """Somebody asked with this phone before and is being spoken with."""

    code = ErrorCode.CONFLICT


def check_draft(draft: LeadDraft) -> LeadDraft:
    """A form without surrounding space.

    Raises:
        BadInput: a text is out of bounds.
    """
    return replace(
        draft,
        name=text_within(draft.name, LONGEST_NAME, "input", "name"),
        city=text_within(draft.city, LONGEST_CITY, "input", "city"),
        note=text_within(draft.note, LONGEST_NOTE, "input", "note", least=0),
    )


def assign(lead: Lead, assignee_id: UUID, at: datetime) -> Lead:
    """A lead in somebody's hands, for as long as they do not leave it alone.

    Raises:
        WrongState: it is closed.
    """
    _check_open(lead)
    changed = replace(lead, state=LeadState.ASSIGNED, assignee_id=assignee_id, recover_at=at + PATIENCE)
    return replace(changed, version=lead.version + 1)


def follow(lead: Lead, at: datetime) -> Lead:
    """A lead that was spoken with: its assignee keeps it for as long again.

    Raises:
        WrongState: it is in nobody's hands.
    """
    if lead.state is not LeadState.ASSIGNED:
        raise WrongState(lead.state.value, path=("input", "leadId"))
    return replace(lead, recover_at=at + PATIENCE, version=lead.version + 1)


def close(lead: Lead, reason: str, *, signed: bool) -> Lead:
    """A lead that came to a contract, or to nothing.

    Raises:
        WrongState: it is closed.
    """
    _check_open(lead)
    state = LeadState.SIGNED if signed else LeadState.LOST
    return replace(lead, state=state, recover_at=None, reason=reason, version=lead.version + 1)


def _check_open(lead: Lead) -> None:
    if lead.state in CLOSED:
        raise WrongState(lead.state.value, path=("input", "leadId"))


def fact_of(lead: Lead) -> Mapping[str, Any]:
    """What the outbox tells of a lead: nothing that says who it is."""
    return {
        "lead": lead.id.hex,
        "state": lead.state.value,
        "interest": lead.interest.value,
        "assignee": lead.assignee_id.hex if lead.assignee_id else None,
        "version": lead.version,
    }
