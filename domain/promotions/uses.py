"""Uses of promotions: how many orders may have one, how often a member may, and what it may take off in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from domain.orders import Order
from domain.promotions.life import Limits
from domain.records import record
from domain.refusals import ErrorCode, Refusal


@dataclass(eq=False)
class PromotionUsedUp(Refusal):
    """A promotion that the price rests on has no use left, or not the money for this order. Ask for a new quote."""

    code = ErrorCode.NONE_LEFT
    retryable = True
    promotion_id: UUID


@dataclass(eq=False)
class PromotionUsedBefore(Refusal):
    """The member has had as many uses of a promotion as one may. Ask for a new quote."""

    code = ErrorCode.LIMIT_PER_MEMBER
    retryable = True
    promotion_id: UUID


@record
class Use:
    """One order's use of a promotion, which took so many fen off it."""

    promotion_id: UUID
    member_id: UUID
    order_id: UUID
    spent: int


def uses_of(order: Order) -> list[Use]:
    """What an order uses of the promotions that count."""
    spent = dict.fromkeys(order.promotion_ids, 0)
    if not spent:
        return []
    for steps in (order.steps, *(line.steps for line in order.lines)):
        for step in steps:
            if step.promotion_id in spent:
                spent[step.promotion_id] += step.amount
    return [Use(key, order.member_id, order.id, amount) for key, amount in spent.items()]


class Counter:
    """What is left of one promotion, or of the budget of one campaign, while orders are placed."""

    __slots__ = ("_limits", "_of_member", "is_short", "spent", "used")

    def __init__(self, limits: Limits, used: int, spent: int, of_member: Iterable[tuple[UUID, int]] = ()) -> None:
        self._limits, self._of_member = limits, dict(of_member)
        self.used, self.spent = used, spent
        self.is_short = False
        """Somebody who could have had it wanted more than was left: it is used up, whatever remains."""

    def has(self, use: Use) -> bool:
        """Whether this use is within the limits of all."""
        limits = self._limits
        return (limits.uses is None or self.used < limits.uses) and (
            limits.budget is None or self.spent + use.spent <= limits.budget
        )

    def has_for(self, member_id: UUID) -> bool:
        """Whether this member may have one more."""
        most = self._limits.uses_per_member
        return most is None or self._of_member.get(member_id, 0) < most

    def take(self, use: Use) -> None:
        self.used += 1
        self.spent += use.spent
        self._of_member[use.member_id] = self._of_member.get(use.member_id, 0) + 1

    @property
    def is_used_up(self) -> bool:
        """Whether nobody may have it any more: what is left of a budget is too little for those who come."""
        limits = self._limits
        return (
            self.is_short
            or (limits.uses is not None and self.used >= limits.uses)
            or (limits.budget is not None and self.spent >= limits.budget)
        )
