"""Bounties: what a guide gets for each new member, once for a person, within a budget (R07).

A person who comes back under a new account earns nobody a second bounty: traces of everybody who was ever a member are
kept, and name nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.guides import KNOWN_TO_ALL, GuideStatus
from domain.ledger import BOUNTIES, Posting, frozen_commission
from domain.money import LARGEST_MINOR, Money
from domain.records import record
from domain.refusals import BadInput, WrongState, between, same_version

LONGEST_FREEZE = 365


class BountyEvent(Enum):
    """What a member does that a guide gets a bounty for."""

    REGISTERED = "REGISTERED"
    PHONE_BOUND = "PHONE_BOUND"
    FIRST_ORDER = "FIRST_ORDER"


class BountyState(Enum):
    FROZEN = "FROZEN"
    AVAILABLE = "AVAILABLE"
    HELD = "HELD"
    CANCELLED = "CANCELLED"
    CLAWED_BACK = "CLAWED_BACK"


@record
class BountyRule:
    """So much for each new member, from a time until another."""

    id: UUID
    event: BountyEvent
    amount: Money
    daily_cap: int | None
    """How many a guide gets in a day of the brand; None: any number."""
    budget: Money
    spent: Money
    frozen_days: int
    starts_at: datetime
    ends_at: datetime | None
    version: int = 1

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@record
class Bounty:
    """What a guide got for one member by one rule."""

    id: UUID
    rule_id: UUID
    member_id: UUID
    guide_id: UUID
    event: BountyEvent
    amount: Money
    state: BountyState
    created_at: datetime
    release_at: datetime
    released_at: datetime | None = None
    order_id: UUID | None = None
    """The first order, for which it was given."""


@record
class Deed:
    """A new member did something, and a guide brought them."""

    event: BountyEvent
    member_id: UUID
    guide_id: UUID
    guide_member_id: UUID
    guide_status: GuideStatus
    at: datetime
    day: date
    order_id: UUID | None = None


@dataclass(slots=True)
class Purse:
    """What can be given yet: rules with what is spent of them, and how many each guide got in a day."""

    rules: dict[UUID, BountyRule]
    counts: dict[tuple[UUID, UUID, date], int]
    """By rule, guide and day."""
    given: set[tuple[UUID, UUID]]
    """Rules and the members for whom there was a bounty."""


def give(purse: Purse, deeds: Sequence[Deed], returned: AbstractSet[UUID], new_id: Callable[[], UUID]) -> list[Bounty]:
    """The bounties for what members did, first come first served; `returned` are members who were here before.

    Nobody gets a bounty for oneself. What is beyond a guide's day or the rule's budget is not given, nor later.
    """
    found: list[Bounty] = []
    for deed in deeds:
        if (
            deed.member_id in returned
            or deed.member_id == deed.guide_member_id
            or deed.guide_status not in KNOWN_TO_ALL
        ):
            continue
        found.extend(
            _take(purse, rule, deed, new_id())
            for rule in list(purse.rules.values())
            if rule.event is deed.event and rule.holds(deed.at) and _is_left(purse, rule, deed)
        )
    return found


def _is_left(purse: Purse, rule: BountyRule, deed: Deed) -> bool:
    today = purse.counts.get((rule.id, deed.guide_id, deed.day), 0)
    return (
        (rule.id, deed.member_id) not in purse.given
        and (rule.daily_cap is None or today < rule.daily_cap)
        and rule.spent.minor + rule.amount.minor <= rule.budget.minor
    )


def _take(purse: Purse, rule: BountyRule, deed: Deed, bounty_id: UUID) -> Bounty:
    place = (rule.id, deed.guide_id, deed.day)
    purse.counts[place] = purse.counts.get(place, 0) + 1
    purse.given.add((rule.id, deed.member_id))
    purse.rules[rule.id] = replace(rule, spent=rule.spent + rule.amount)
    state = BountyState.FROZEN if deed.guide_status is GuideStatus.ACTIVE else BountyState.HELD
    release_at = deed.at + timedelta(days=rule.frozen_days)
    return Bounty(
        bounty_id, rule.id, deed.member_id, deed.guide_id, deed.event, rule.amount, state, deed.at, release_at,
        order_id=deed.order_id,
    )  # fmt: skip


def take_back(bounty: Bounty) -> Bounty:
    """The order for which it was given went back as a whole."""
    late = bounty.state is BountyState.AVAILABLE
    return replace(bounty, state=BountyState.CLAWED_BACK if late else BountyState.CANCELLED)


def postings_of(bounties: Sequence[Bounty]) -> list[Posting]:
    """What the brand owes for bounties that were given."""
    return [Posting(BOUNTIES, frozen_commission(one.guide_id), one.amount) for one in bounties]


def sums_of(bounties: Sequence[Bounty]) -> Mapping[UUID, int]:
    """What bounties come to, in fen, by guide."""
    sums: dict[UUID, int] = {}
    for one in bounties:
        sums[one.guide_id] = sums.get(one.guide_id, 0) + one.amount.minor
    return dict(sorted(sums.items()))


def check_rule(rule: BountyRule) -> None:
    """Hold a rule to its bounds.

    Raises:
        BadInput: an amount, a number or the time is out of bounds.
    """
    between(rule.amount.minor, 1, LARGEST_MINOR, "input", "amount")
    between(rule.budget.minor, rule.amount.minor, LARGEST_MINOR, "input", "budget")
    between(rule.frozen_days, 0, LONGEST_FREEZE, "input", "frozenDays")
    if rule.daily_cap is not None:
        between(rule.daily_cap, 1, 10_000, "input", "dailyCap")
    if rule.ends_at is not None and rule.ends_at <= rule.starts_at:
        raise BadInput("after the start", "应晚于开始时间", path=("input", "endsAt"))


def end_rule(rule: BountyRule, at: datetime, expected_version: int) -> BountyRule:
    """Let a rule hold no more. What was given stays.

    Raises:
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    same_version(rule.version, expected_version)
    if rule.ends_at is not None and rule.ends_at <= at:
        raise WrongState("ENDED", path=("input", "ruleId"))
    return replace(rule, ends_at=max(at, rule.starts_at), version=rule.version + 1)


def fact_of(rule: BountyRule) -> dict[str, Any]:
    """What the outbox tells of a rule."""
    return {
        "event": rule.event.value,
        "amount_minor": rule.amount.minor,
        "budget_minor": rule.budget.minor,
        "version": rule.version,
    }
