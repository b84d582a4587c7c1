"""Bounties: what guides get for new members, and how finance sets it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import bounties as rules
from domain import pages
from domain.bounties import BountyEvent, BountyState
from domain.identity import Scope
from domain.money import NOTHING
from resolvers import bounties
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput

described(
    BountyEvent,
    "What a new member does that a guide gets a bounty for, once for a person.",
    REGISTERED="Registers through the guide.",
    PHONE_BOUND="Registered through the guide, and is known by a phone.",
    FIRST_ORDER="Pays for the first time; the guide is the one who is credited with the order.",
)
described(
    BountyState,
    "Where a bounty stands.",
    FROZEN="Given; released at `releaseAt`.",
    AVAILABLE="The guide's own.",
    HELD="Kept back because the guide is frozen or left.",
    CANCELLED="The first order went back as a whole before the release.",
    CLAWED_BACK="The first order went back as a whole after the release.",
)


@object_type(scope=Scope.MEMBER, description="What a guide got for one new member (拉新奖励).", record=rules.Bounty)
class Bounty:
    id: strawberry.ID = identifier(Kind.BOUNTY)
    event: BountyEvent = attribute("What the member did.")
    amount: Money = attribute("How much.")
    state: BountyState = attribute("Where it stands.")
    created_at: datetime = attribute("When the member did it.")
    release_at: datetime = attribute("When it is released.")
    released_at: datetime | None = attribute("When it became the guide's own.")


@object_type(scope=Scope.FINANCE, description="So much for each new member.", record=rules.BountyRule)
class BountyRule:
    id: strawberry.ID = identifier(Kind.BOUNTY_RULE)
    event: BountyEvent = attribute("What the member does.")
    amount: Money = attribute("How much the guide gets.")
    daily_cap: int | None = attribute("How many a guide gets in a day of the brand; null: any number.")
    budget: Money = attribute("How much may be given in all.")
    spent: Money = attribute("How much was.")
    frozen_days: int = attribute("After how many days it is released.")
    starts_at: datetime = attribute("From when it holds.")
    ends_at: datetime | None = attribute("Until when; null: for good.")
    version: int = attribute("Rises with each change; who ends it states it.")


async def _my_bounties(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await bounties.my_bounties(ctx, pages.page_request(first, after, last, before))


async def _guide_bounties(
    ctx: Context,
    *,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request, key = pages.page_request(first, after, last, before), key_of(Kind.GUIDE, guide_id, "guideId")
    return await bounties.bounties_of(ctx, key, request)


async def _rules(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await bounties.bounty_rules(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class BountyQuery:
    my_bounties: Connection[Bounty] = query(
        _my_bounties, "What the caller got for new members, the newest first.", scope=Scope.GUIDE
    )
    guide_bounties: Connection[Bounty] = query(
        _guide_bounties,
        "What a guide got for new members, the newest first: for the managers of its store, and for finance.",
        scope=Scope.STAFF,
    )
    bounty_rules: Connection[BountyRule] = query(
        _rules, "The rules by which bounties are given, the newest first.", scope=Scope.FINANCE
    )


@strawberry.input(description="A rule by which bounties are given.")
class BountyRuleSetInput:
    event: BountyEvent = strawberry.field(description="What the member does.")
    amount: MoneyInput = strawberry.field(description="How much the guide gets.")
    budget: MoneyInput = strawberry.field(description="How much may be given in all; at least one bounty.")
    daily_cap: int | None = strawberry.field(
        default=None, description="How many a guide gets in a day of the brand, 1 to 10,000; any number without."
    )
    frozen_days: int = strawberry.field(default=7, description="After how many days it is released, 0 to 365.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when it holds; from now, if left out."
    )
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; for good, if left out.")

    def rule(self, ctx: Context) -> rules.BountyRule:
        return rules.BountyRule(
            UUID(int=0),
            self.event,
            self.amount.value(),
            self.daily_cap,
            self.budget.value(),
            NOTHING,
            self.frozen_days,
            self.starts_at or ctx.now(),
            self.ends_at,
        )


@strawberry.input(description="A rule that is to hold no more.")
class BountyRuleEndInput:
    rule_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int = strawberry.field(description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A rule that was set or ended.")
class BountyRulePayload(Payload):
    rule: BountyRule | None = attribute("The rule as it is now.", default=None)


async def _set(ctx: Context, *, input: BountyRuleSetInput) -> Any:
    rule: Any = await bounties.set_rule(ctx, input.rule(ctx))
    return BountyRulePayload(rule=rule)


async def _end(ctx: Context, *, input: BountyRuleEndInput) -> Any:
    key = key_of(Kind.BOUNTY_RULE, input.rule_id, "input", "ruleId")
    rule: Any = await bounties.end_rule(ctx, key, input.expected_version)
    return BountyRulePayload(rule=rule)


@strawberry.type
class BountyMutation:
    bounty_rule_set: BountyRulePayload | None = mutation(
        _set, BountyRulePayload, "Give guides bounties for new members, within a budget.", scope=Scope.FINANCE
    )
    bounty_rule_end: BountyRulePayload | None = mutation(
        _end, BountyRulePayload, "Give no more bounties by a rule; what was given stays.", scope=Scope.FINANCE
    )
