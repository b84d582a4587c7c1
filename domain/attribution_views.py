"""Attribution views: what of a decision about an order is shown to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.attribution import Assist, Attribution, AttributionReason, Finding
from domain.evidence import AttributionPolicy
from domain.identity import Principal, Role, Scope
from domain.orders import OrderState
from domain.records import record


@record
class Explanation:
    """Why an order is whose it is: what was found, in the order of ranks, and what the brand's policy was."""

    reason: AttributionReason
    guide_id: UUID | None
    findings: tuple[Finding, ...]
    policy: AttributionPolicy | None


@record
class OrderAttribution:
    """Whose an order is. What is None of the last three is not for the caller; a share may not have been there."""

    order_id: UUID
    reason: AttributionReason
    guide_id: UUID | None
    store_id: UUID | None
    at: datetime
    share_id: UUID | None = None
    assists: tuple[Assist, ...] | None = None
    explanation: Explanation | None = None


@record
class OwnAssist:
    """An order of another guide's in which a guide had a part."""

    order_id: UUID
    assist: Assist
    at: datetime
    state: OrderState

    @property
    def counts(self) -> bool:
        """Whether the order is paid, and was not given back as a whole."""
        return self.state not in (OrderState.PLACED, OrderState.CANCELLED, OrderState.REFUNDED)


def stores_of(kept: Attribution) -> Iterator[UUID]:
    """The stores whose managers may ask why: of the guide who is credited, and of those who assisted."""
    decision = kept.decision
    if decision.store_id is not None:
        yield decision.store_id
    assisting = {one.guide_id for one in decision.assists}
    yield from (one.store_id for one in decision.findings if one.guide_id in assisting and one.store_id is not None)


def explains_to(principal: Principal, kept: Attribution, paths: Mapping[UUID, str]) -> bool:
    """Whether the caller may know why: every guide of whom there was something, their managers, and headquarters."""
    if principal.holds(Scope.OPERATOR) or principal.holds(Scope.FINANCE):
        return True
    named = {kept.decision.guide_id, *(one.guide_id for one in kept.decision.findings)} - {None}
    if principal.guide_id in named:
        return True
    return any(principal.has_duty(Role.STORE_MANAGER, paths[key]) for key in stores_of(kept) if key in paths)


def view_of(principal: Principal, kept: Attribution, paths: Mapping[UUID, str]) -> OrderAttribution | None:
    """What the caller sees of a decision; the buyer sees who served him, and others nothing at all."""
    decision, order_id = kept.decision, kept.order_id
    assert order_id is not None, "it is about an order"
    told = explains_to(principal, kept, paths)
    if not told and principal.member_id != kept.member_id:
        return None
    seen = OrderAttribution(order_id, decision.reason, decision.guide_id, decision.store_id, kept.at)
    if not told:
        return seen
    why = Explanation(decision.reason, decision.guide_id, decision.findings, kept.policy)
    return replace(seen, share_id=decision.share_id, assists=decision.assists, explanation=why)
