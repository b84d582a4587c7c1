"""Handovers: all customers of a guide, or some, go to another guide at one instant (R10)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.bindings import (
    Binding,
    BindingCause,
    BindingEnd,
    Closing,
    NotBindable,
    Succession,
    Trail,
    carried_on,
    is_open,
    may_bind,
)
from domain.guides import Guide, GuideStatus
from domain.identity import Principal, Role
from domain.records import record
from domain.refusals import BadInput, NotFound, WrongState, text_within

MOST_MEMBERS = 2_000
"""Of one handover; more go by the next one."""
MAY_REFUSE_FOR = timedelta(hours=24)
FURTHEST = timedelta(days=365)
LONGEST_REASON = 200


class HandoverState(Enum):
    """How far a handover has come with one member."""

    WAITING = "WAITING"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    FAILED = "FAILED"
    REFUSED = "REFUSED"


class HandoverFailure(Enum):
    """Why one member was not handed over."""

    NOT_BOUND = "NOT_BOUND"
    IS_SUCCESSOR = "IS_SUCCESSOR"
    LOOP = "LOOP"
    EXPIRES_BEFORE = "EXPIRES_BEFORE"
    PLANNED_BEFORE = "PLANNED_BEFORE"
    MOVED_MEANWHILE = "MOVED_MEANWHILE"
    CALLED_OFF = "CALLED_OFF"


@record
class HandoverDraft:
    """What a manager wants to hand over. `member_ids` None: all customers of the guide; `effective_at` None: now."""

    from_guide_id: UUID
    to_guide_id: UUID
    effective_at: datetime | None
    member_ids: Sequence[UUID] | None
    is_leaving: bool
    reason: str


@record
class Handover:
    """Customers of one guide become another's at `effective_at`; each may refuse until a day after.

    Who refuses a guide's successor stays with the guide, or with the store where the guide is leaving.
    """

    id: UUID
    from_guide_id: UUID
    to_guide_id: UUID
    effective_at: datetime
    refusable_until: datetime
    is_leaving: bool
    reason: str
    actor_id: UUID
    created_at: datetime
    called_off_at: datetime | None = None


@record
class HandoverMember:
    """One member of a handover. The bindings are the one that ends and the one that follows; None where none does."""

    id: UUID
    handover_id: UUID
    member_id: UUID
    binding_id: UUID | None
    next_binding_id: UUID | None
    state: HandoverState
    failure: HandoverFailure | None
    changed_at: datetime


@record
class HandoverCounts:
    """How many members of a handover are in each state."""

    waiting: int = 0
    in_progress: int = 0
    done: int = 0
    failed: int = 0
    refused: int = 0


def hand_over(
    handover_id: UUID, draft: HandoverDraft, leaver: Guide, successor: Guide, actor: Principal, at: datetime
) -> Handover:
    """Begin a handover between guides about whom the caller decides; across stores operators alone do.

    Raises:
        NotFound: the caller does not decide about one of the guides, or about both of their stores.
        BadInput: it is one guide, the time lies in the past or over a year ahead, or the reason is out of bounds.
        NotBindable: the successor is not active.
    """
    assert actor.member_id is not None
    for guide, name in ((leaver, "fromGuideId"), (successor, "toGuideId")):
        if not actor.has_duty(Role.STORE_MANAGER, guide.store_path):
            raise NotFound(path=("input", name))
    if leaver.store_id != successor.store_id and not actor.has_duty(Role.OPERATOR, successor.store_path):
        raise NotFound(path=("input", "toGuideId"))
    if leaver.id == successor.id:
        raise BadInput("another guide", "应为另一位导购", path=("input", "toGuideId"))
    if successor.status is not GuideStatus.ACTIVE:
        raise NotBindable(path=("input", "toGuideId"))
    effective_at = draft.effective_at or at
    if not at <= effective_at <= at + FURTHEST:
        raise BadInput("from now on, within a year", "应在现在起一年之内", path=("input", "effectiveAt"))
    return Handover(
        handover_id,
        leaver.id,
        successor.id,
        effective_at,
        effective_at + MAY_REFUSE_FOR,
        draft.is_leaving or leaver.status is GuideStatus.LEFT,
        text_within(draft.reason, LONGEST_REASON, "input", "reason"),
        actor.member_id,
        created_at=at,
    )


@record
class Plan:
    """What becomes of one member: a line of the handover, and the binding that follows, where one does."""

    line: HandoverMember
    succession: Succession | None = None


def plan(
    handover: Handover,
    found: Sequence[Binding],
    asked: Collection[UUID],
    successor: Guide,
    above: Collection[UUID],
    new_id: Callable[[], UUID],
) -> list[Plan]:
    """Decide about each member: those found with a binding to the guide that has no end, and those asked for besides.

    `above` are the members whose customer the successor is, and theirs: they cannot be the successor's.
    """
    plans = [_planned(handover, binding, successor, above, new_id) for binding in found]
    others = dict.fromkeys(set(asked) - {binding.member_id for binding in found})
    return plans + [
        Plan(_line(handover, member_id, None, HandoverFailure.NOT_BOUND, new_id)) for member_id in sorted(others)
    ]


def _planned(
    handover: Handover, binding: Binding, successor: Guide, above: Collection[UUID], new_id: Callable[[], UUID]
) -> Plan:
    failure = _failure(handover, binding, successor, above)
    if failure is not None:
        return Plan(_line(handover, binding.member_id, binding, failure, new_id))
    trail = Trail(BindingCause.HANDOVER, None, handover.actor_id, handover.reason)
    new = carried_on(binding, new_id(), successor, trail, handover.effective_at)
    ends = Closing(binding.id, handover.effective_at, BindingEnd.HANDED_OVER)
    line = replace(_line(handover, binding.member_id, binding, None, new_id), next_binding_id=new.id)
    return Plan(line, Succession(new, ends))


def _failure(handover: Handover, binding: Binding, successor: Guide, above: Collection[UUID]) -> HandoverFailure | None:
    if binding.bound_at > handover.effective_at:
        return HandoverFailure.PLANNED_BEFORE
    if not is_open(binding, handover.effective_at):
        return HandoverFailure.EXPIRES_BEFORE
    if not may_bind(binding.member_id, successor):
        return HandoverFailure.IS_SUCCESSOR
    return HandoverFailure.LOOP if binding.member_id in above else None


def _line(
    handover: Handover,
    member_id: UUID,
    binding: Binding | None,
    failure: HandoverFailure | None,
    new_id: Callable[[], UUID],
) -> HandoverMember:
    waits = handover.effective_at > handover.created_at
    state = HandoverState.WAITING if waits else HandoverState.IN_PROGRESS
    return HandoverMember(
        new_id(),
        handover.id,
        member_id,
        binding.id if binding else None,
        None,
        HandoverState.FAILED if failure else state,
        failure,
        handover.created_at,
    )


def refuse(
    handover: Handover, line: HandoverMember, binding: Binding, leaver: Guide, binding_id: UUID, at: datetime
) -> tuple[HandoverMember, Succession]:
    """The member does not want the successor, and goes back to the guide, or to the store where the guide leaves.

    `binding` is the one to the successor, which holds or is to come; what was bought under it stays the successor's.

    Raises:
        WrongState: it was refused before or never came about, or the time to refuse is over.
    """
    if line.state not in (HandoverState.WAITING, HandoverState.IN_PROGRESS) or at >= handover.refusable_until:
        raise WrongState(line.state.value, path=("input", "handoverId"))
    if binding.ended_at is not None:
        raise WrongState(HandoverState.FAILED.value, path=("input", "handoverId"))
    goes_back = not handover.is_leaving and may_bind(line.member_id, leaver)
    turn = max(at, binding.bound_at)
    trail = Trail(BindingCause.REFUSAL, None, line.member_id)
    new = carried_on(binding, binding_id, leaver if goes_back else None, trail, turn)
    new = replace(new, store_id=leaver.store_id)
    refused = replace(line, next_binding_id=new.id, state=HandoverState.REFUSED, changed_at=at)
    return refused, Succession(new, Closing(binding.id, turn, BindingEnd.REFUSED))


def check_calling_off(handover: Handover, at: datetime) -> None:
    """Hold to calling off only what has not begun.

    Raises:
        WrongState: it was called off, or has begun.
    """
    if handover.called_off_at is not None or at >= handover.effective_at:
        state = HandoverState.FAILED if handover.called_off_at else HandoverState.IN_PROGRESS
        raise WrongState(state.value, path=("input", "handoverId"))


def fact_of(handover: Handover, members: int) -> dict[str, Any]:
    """What the outbox tells of a handover, and of how many members it is."""
    return {
        "handover": handover.id.hex,
        "from": handover.from_guide_id.hex,
        "to": handover.to_guide_id.hex,
        "effective_at": handover.effective_at.isoformat(),
        "members": members,
    }
