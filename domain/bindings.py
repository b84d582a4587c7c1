"""Bindings: whose customer a member is, from when until when, and how that changes (R08, R10, product rules 2.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.guides import Guide, GuideStatus
from domain.identity import Principal, Role
from domain.records import record
from domain.refusals import ErrorCode, NotFound, Refusal, WrongState


class BindingMode(Enum):
    """How a binding came under the brand's terms; it keeps its mode when the terms change."""

    PERMANENT = "PERMANENT"
    REGISTER_ONLY = "REGISTER_ONLY"
    TIMED = "TIMED"
    OVERRIDE = "OVERRIDE"


class BindingTrigger(Enum):
    """What makes a member a guide's customer."""

    REGISTRATION = "REGISTRATION"
    SHARE = "SHARE"
    CONTACT = "CONTACT"


class Bindable(Enum):
    """Who may be bound by a trigger."""

    ALL_MEMBERS = "ALL_MEMBERS"
    NEW_MEMBERS = "NEW_MEMBERS"


class BindingCause(Enum):
    """How a binding began."""

    REGISTRATION = "REGISTRATION"
    SHARE = "SHARE"
    CONTACT = "CONTACT"
    TRANSFER = "TRANSFER"
    HANDOVER = "HANDOVER"
    REFUSAL = "REFUSAL"


class BindingEnd(Enum):
    """Why a binding ended."""

    EXPIRED = "EXPIRED"
    TAKEN_OVER = "TAKEN_OVER"
    TRANSFERRED = "TRANSFERRED"
    HANDED_OVER = "HANDED_OVER"
    REFUSED = "REFUSED"
    CALLED_OFF = "CALLED_OFF"


MOVED_BY_THE_BRAND = frozenset({BindingEnd.TRANSFERRED, BindingEnd.HANDED_OVER})
"""The ends by which somebody of the brand gave the member to another guide: no click did, and no time."""
ALL_TRIGGERS = frozenset(BindingTrigger)


@record
class BindingTerms:
    """How a new binding begins. Changing the terms never touches bindings that exist."""

    mode: BindingMode = BindingMode.PERMANENT
    lasts: timedelta = timedelta(days=30)
    protected_for: timedelta = timedelta(days=15)
    """These two are of timed bindings; a permanent one lasts and is protected for good."""
    renews: bool = False
    """Whether a paid order that is credited to the guide begins a timed binding's time anew."""
    triggers: frozenset[BindingTrigger] = ALL_TRIGGERS
    """Any of them binds. With CONTACT alone, a mere link binds nobody."""
    who: Bindable = Bindable.ALL_MEMBERS
    new_for: timedelta = timedelta(seconds=30)
    """For how long after registration a member may be bound where the mode is REGISTER_ONLY."""

    def allows(self, trigger: BindingTrigger, registered_at: datetime, at: datetime) -> bool:
        """Whether the trigger may bind a member who registered then."""
        only_new = self.mode is BindingMode.REGISTER_ONLY
        return trigger in self.triggers and (not only_new or at - registered_at <= self.new_for)


FOR_GOOD = BindingTerms()


@record
class Binding:
    """A member is the customer of a guide, from `bound_at` until it ends; that may be planned for a time to come.

    Without a guide the member is the store's own: so after having refused a successor.
    """

    id: UUID
    member_id: UUID
    guide_id: UUID | None
    mode: BindingMode
    bound_at: datetime
    protected_until: datetime | None
    expires_at: datetime | None
    source_share_id: UUID | None
    store_id: UUID
    """The store of the guide when it began."""
    ended_at: datetime | None = None
    end_reason: BindingEnd | None = None
    cause: BindingCause = BindingCause.REGISTRATION
    previous_id: UUID | None = None
    actor_id: UUID | None = None
    """Who did it: the member by a click, a manager; None: nobody in particular."""
    reason: str = ""


@record
class Standing:
    """Where a member stands: the binding that holds, and the one that is planned to follow it."""

    current: Binding | None = None
    planned: Binding | None = None

    @property
    def head(self) -> Binding | None:
        """The last of the member's bindings, the only one without an end."""
        return self.planned or self.current


@record
class BoundMember:
    """A binding as its guide sees it: by name, never by phone."""

    binding: Binding
    name: str
    avatar_url: str | None


@record
class Trail:
    """How a binding begins: by what, through which share, by whom, and why."""

    cause: BindingCause
    share_id: UUID | None = None
    actor_id: UUID | None = None
    reason: str = ""


@record
class Closing:
    """The end of a binding."""

    binding_id: UUID
    at: datetime
    reason: BindingEnd


@record
class Succession:
    """One binding ends and another begins, or only the latter. `also` ends besides: what was planned to last longer."""

    new: Binding
    ends: Closing | None = None
    also: Closing | None = None


@dataclass(eq=False)
class NotBindable(Refusal):
    """The guide is not active, is the member, or is among the member's own customers."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class BoundMeanwhile(Refusal):
    """Somebody else changed whose customer the member is at the same time."""

    code = ErrorCode.CONFLICT
    retryable = True


def may_bind(member_id: UUID, guide: Guide) -> bool:
    """Whether the member can become a customer of the guide, as far as these two decide.

    The database refuses loops: a guide among the member's own customers, or theirs.
    """
    return guide.status is GuideStatus.ACTIVE and guide.member_id != member_id


def bind(
    binding_id: UUID,
    member_id: UUID,
    guide: Guide,
    terms: BindingTerms,
    trail: Trail,
    at: datetime,
) -> Binding:
    """Begin a binding under the brand's terms.

    Raises:
        NotBindable: the guide is not active, or is the member.
    """
    if not may_bind(member_id, guide):
        raise NotBindable
    timed = terms.mode is BindingMode.TIMED
    protected = {BindingMode.TIMED: at + terms.protected_for, BindingMode.OVERRIDE: at}
    return Binding(
        binding_id,
        member_id,
        guide.id,
        terms.mode,
        bound_at=at,
        protected_until=protected.get(terms.mode),
        expires_at=at + terms.lasts if timed else None,
        source_share_id=trail.share_id,
        store_id=guide.store_id,
        cause=trail.cause,
        actor_id=trail.actor_id,
        reason=trail.reason,
    )


def is_open(binding: Binding, at: datetime) -> bool:
    """Whether the binding holds at this time; one without an end or an expiry holds from its beginning on."""
    ends = [end for end in (binding.ended_at, binding.expires_at) if end is not None]
    return binding.bound_at <= at and all(at < end for end in ends)


def is_protected(binding: Binding, at: datetime) -> bool:
    """Whether nobody may take the member over; a permanent binding is protected for good."""
    return binding.protected_until is None or at < binding.protected_until


def may_take_over(binding: Binding, guide: Guide, at: datetime) -> bool:
    """Whether a click may make the member this guide's: behind the protection, or the store's own its guide's."""
    if binding.guide_id is None:
        return guide.store_id == binding.store_id
    return binding.guide_id != guide.id and not is_protected(binding, at)


def is_settled(standing: Standing, guide_id: UUID, at: datetime) -> bool:
    """Whether no click of this guide changes anything: the member is theirs, or nobody may take over."""
    current = standing.current
    if current is None or not is_open(current, at) or current.guide_id is None:
        return False
    return current.guide_id == guide_id or is_protected(current, at)


def is_free_for(standing: Standing, guide: Guide, at: datetime) -> bool:
    """Whether a trigger may make the member this guide's: nobody's customer, or to be taken over."""
    current = standing.current
    return current is None or not is_open(current, at) or may_take_over(current, guide, at)


def standing_of(rows: Sequence[Binding], at: datetime) -> Standing:
    """Where a member stands, by those bindings that had not ended, the earliest first.

    Only a handover is planned. What else begins later than now began by a clock that is ahead of ours: it holds.
    """
    to_come = {BindingCause.HANDOVER, BindingCause.REFUSAL}
    planned = next((one for one in rows if one.bound_at > at and one.cause in to_come), None)
    current = next((one for one in reversed(rows) if one is not planned and not _is_over(one, at)), None)
    return Standing(current, planned)


def _is_over(binding: Binding, at: datetime) -> bool:
    return binding.ended_at is not None and binding.ended_at <= at


def succeed(standing: Standing, new: Binding, why: BindingEnd) -> Succession:
    """Let a binding follow on whatever the member has; it begins at its `bound_at`, or as soon as it can.

    What has expired ended when it did, and what was planned never begins.
    """
    head, current = standing.head, standing.current
    if head is None:
        return Succession(new)
    at = max(new.bound_at, current.bound_at) if current else new.bound_at
    follows = replace(new, bound_at=at, previous_id=(current or head).id)
    if standing.planned is None:
        return Succession(follows, _closed(head, at, why))
    called_off = Closing(head.id, head.bound_at, BindingEnd.CALLED_OFF)
    return Succession(follows, called_off, _closed(current, at, why) if current else None)


def _closed(binding: Binding, at: datetime, why: BindingEnd) -> Closing:
    if binding.expires_at is not None and binding.expires_at <= at:
        return Closing(binding.id, binding.expires_at, BindingEnd.EXPIRED)
    return Closing(binding.id, at, why)


def carried_on(binding: Binding, binding_id: UUID, guide: Guide | None, trail: Trail, at: datetime) -> Binding:
    """The member's binding to another guide, or to none, that keeps mode, protection and expiry as they were.

    Raises:
        NotBindable: the guide is not active, or is the member.
    """
    if guide is not None and not may_bind(binding.member_id, guide):
        raise NotBindable
    return replace(
        binding,
        id=binding_id,
        guide_id=None if guide is None else guide.id,
        store_id=binding.store_id if guide is None else guide.store_id,
        bound_at=at,
        ended_at=None,
        end_reason=None,
        cause=trail.cause,
        previous_id=binding.id,
        actor_id=trail.actor_id,
        reason=trail.reason,
    )


def transfer(
    standing: Standing, binding_id: UUID, member_id: UUID, guide: Guide, terms: BindingTerms, trail: Trail, at: datetime
) -> Succession:
    """Give a member to a guide. A binding that holds goes on at the other guide as it is; else one begins.

    Raises:
        NotBindable: the guide is not active, or is the member.
        WrongState: the member is that guide's.
    """
    current = standing.current
    if current is None or not is_open(current, at):
        return succeed(standing, bind(binding_id, member_id, guide, terms, trail, at), BindingEnd.TRANSFERRED)
    if current.guide_id == guide.id:
        raise WrongState(current.mode.value, path=("input", "toGuideId"))
    new = carried_on(current, binding_id, guide, trail, at)
    return succeed(standing, new, BindingEnd.TRANSFERRED)


def may_transfer(principal: Principal, from_path: str | None, to_path: str) -> bool:
    """Whether the caller decides about both stores; who is nobody's customer is given away by operators alone."""
    return principal.has_duty(Role.STORE_MANAGER, to_path) and principal.has_duty(
        Role.STORE_MANAGER if from_path is not None else Role.OPERATOR, from_path or to_path
    )


def check_transfer(principal: Principal, from_path: str | None, to_path: str) -> None:
    """Hold a transfer to those who decide about both stores.

    Raises:
        NotFound: the caller does not decide about the store to which it would go, or from which it would come.
    """
    if not principal.has_duty(Role.STORE_MANAGER, to_path):
        raise NotFound(path=("input", "toGuideId"))
    if not may_transfer(principal, from_path, to_path):
        raise NotFound(path=("input", "memberId"))


def ended_fact(binding: Binding) -> dict[str, Any]:
    """What the outbox tells of a binding that ended by itself."""
    guide_id = binding.guide_id.hex if binding.guide_id else None
    return {"binding": binding.id.hex, "member": binding.member_id.hex, "guide": guide_id}


def fact_of(succession: Succession) -> dict[str, Any]:
    """What the outbox tells of a binding that began."""
    new = succession.new
    return {
        "binding": new.id.hex,
        "member": new.member_id.hex,
        "guide": new.guide_id.hex if new.guide_id else None,
        "store": new.store_id.hex,
        "cause": new.cause.value,
        "previous": new.previous_id.hex if new.previous_id else None,
        "bound_at": new.bound_at.isoformat(),
    }
