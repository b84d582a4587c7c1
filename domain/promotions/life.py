"""The life of a promotion: drafted, published, paused, ended; and how much of it there is (R39-R49)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.promotions.audiences import AudienceKind
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import BadInput, WrongState, between


class PromotionState(Enum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


TRANSITIONS: dict[PromotionState, frozenset[PromotionState]] = {
    PromotionState.DRAFT: frozenset({PromotionState.PUBLISHED, PromotionState.ENDED}),
    PromotionState.PUBLISHED: frozenset({PromotionState.PAUSED, PromotionState.ENDED}),
    PromotionState.PAUSED: frozenset({PromotionState.PUBLISHED, PromotionState.ENDED}),
    PromotionState.ENDED: frozenset(),
}
EDITABLE = frozenset({PromotionState.DRAFT, PromotionState.PAUSED})
"""What is published is not changed under the eyes of those who buy: it is paused, changed, and checked again."""

MOST_USES = 1_000_000_000
LARGEST_BUDGET = 10**13


@record
class Limits:
    """How much of a promotion there is; None is without end. `budget` is what it may take off in all, in fen."""

    uses: int | None = None
    uses_per_member: int | None = None
    budget: int | None = None


UNLIMITED = Limits()


@record
class Planned:
    """A promotion as operators run it. `used` are orders that have it, `spent` the fen that it took off them."""

    promotion: Promotion
    state: PromotionState
    limits: Limits
    campaign_id: UUID | None
    created_at: datetime
    updated_at: datetime
    used: int = 0
    spent: int = 0
    version: int = 1
    shown_as_discount: bool = False
    """Whether its price is shown as a discount, and so held to the lowest price of the last days (2.7.3)."""

    @property
    def id(self) -> UUID:
        return self.promotion.id

    @property
    def is_counted(self) -> bool:
        """Whether an order that has it must be counted."""
        return self.limits != UNLIMITED or self.campaign_id is not None or self.is_for_newcomers

    @property
    def is_for_newcomers(self) -> bool:
        return self.promotion.audience.kind is AudienceKind.NEW_CUSTOMER


def moved(planned: Planned, to: PromotionState, at: datetime) -> Planned:
    """Bring a promotion into another state.

    Raises:
        WrongState: there is no way from the state that it is in.
    """
    if to not in TRANSITIONS[planned.state]:
        raise WrongState(planned.state.value)
    return replace(planned, state=to, updated_at=at, version=planned.version + 1)


@record
class PromotionDraft:
    """A promotion as an operator describes it; saving one replaces what was there."""

    promotion: Promotion
    limits: Limits = UNLIMITED
    campaign_id: UUID | None = None
    shown_as_discount: bool = False


def drafted(draft: PromotionDraft, at: datetime) -> Planned:
    """A new promotion, which nobody can have yet."""
    return Planned(
        draft.promotion,
        PromotionState.DRAFT,
        draft.limits,
        draft.campaign_id,
        at,
        at,
        shown_as_discount=draft.shown_as_discount,
    )


def redrafted(planned: Planned, draft: PromotionDraft, at: datetime) -> Planned:
    """A promotion as it is now described. It stays the play that it was: its kind and what is used do not change.

    While orders have it, it stays in its campaign: that is where they are counted, and where budget goes back to.

    Raises:
        WrongState: it is published or ended.
        BadInput: it is another play, it is used and of another campaign, or the new limits are below what is used.
    """
    if planned.state not in EDITABLE:
        raise WrongState(planned.state.value)
    if draft.promotion.kind != planned.promotion.kind:
        raise BadInput("the same play as before", "不能更换活动类型", path=("input", "play"))
    if planned.used and draft.campaign_id != planned.campaign_id:
        raise BadInput(
            "the same campaign as before: orders have the promotion",
            "已有订单使用,不能更换营销活动",
            path=("input", "campaignId"),
        )
    check_limits(draft.limits, planned.used, planned.spent)
    return replace(
        planned,
        promotion=replace(draft.promotion, id=planned.id),
        limits=draft.limits,
        campaign_id=draft.campaign_id,
        shown_as_discount=draft.shown_as_discount,
        updated_at=at,
        version=planned.version + 1,
    )


def check_limits(limits: Limits, used: int = 0, spent: int = 0) -> None:
    """Hold limits to their bounds, of which what is used is one.

    Raises:
        BadInput: one is out of bounds.
    """
    if limits.uses is not None:
        between(limits.uses, max(1, used), MOST_USES, "input", "limits", "uses")
    if limits.uses_per_member is not None:
        between(limits.uses_per_member, 1, MOST_USES, "input", "limits", "usesPerMember")
    if limits.budget is not None:
        between(limits.budget, max(1, spent), LARGEST_BUDGET, "input", "limits", "budget")
