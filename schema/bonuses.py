"""Bonuses: what guides and managers get for the sales of a month, and how finance sets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import bonuses as rules
from domain import pages
from domain.bonuses import BonusKind, BonusMode
from domain.identity import Scope
from domain.money import Money as Amount
from resolvers import bonuses
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput

described(
    BonusKind,
    "Whose sales a bonus is for.",
    STEP="A guide's own.",
    TEAM="Those of a unit, for who manages it: a guide who is employed. Never for the number of people brought.",
)
described(
    BonusMode,
    "What a step's share is of.",
    WHOLE="All that was sold in the month, at the highest step that was reached.",
    MARGINAL="What exceeds the step, up to the next.",
)


@object_type(scope=Scope.MEMBER, description="From so much net sales on, such a share.", record=rules.BonusStep)
class BonusStep:
    least: Money = derived(lambda step: Amount(step.least), "From so much net sales in a month on.")
    bp: int = attribute("The share, in basis points.")


@object_type(
    scope=Scope.MEMBER, description="A plan by which bonuses are paid (阶梯奖金/团队奖金).", record=rules.BonusPlan
)
class BonusPlan:
    id: strawberry.ID = identifier(Kind.BONUS_PLAN)
    name: str = attribute("Its name.")
    kind: BonusKind = attribute("Whose sales it is for.")
    mode: BonusMode = attribute("What a step's share is of.")
    unit_id: strawberry.ID = identifier(
        Kind.ORG_UNIT, "unit_id", description="The unit for whose guides it is, and those below it."
    )
    steps: Sequence[BonusStep] = attribute("Its steps, the lowest first.")
    starts_at: datetime = attribute("From when it holds; the first whole month after is paid.")
    ends_at: datetime | None = attribute("Until when; the month that it ends in is not paid. Null: for good.")
    version: int = attribute("Rises with each change; who ends it states it.")


@object_type(
    scope=Scope.MEMBER,
    description="What somebody got for a month, once nothing that was sold in it could come back.",
    record=rules.Bonus,
)
class Bonus:
    id: strawberry.ID = identifier(Kind.BONUS)
    plan_id: strawberry.ID = identifier(Kind.BONUS_PLAN, "plan_id", description="The plan.")
    unit_id: strawberry.ID = identifier(Kind.ORG_UNIT, "unit_id", description="The unit whose guides' sales it is for.")
    month: date = attribute("The first day of the month.")
    base: Money = attribute("The net sales.")
    amount: Money = attribute("The bonus; nothing when no step was reached.")
    paid_at: datetime = attribute("When it became the guide's own.")


@object_type(scope=Scope.GUIDE, description="What a plan would pay for the month so far.", record=bonuses.BonusProgress)
class BonusProgress:
    plan: BonusPlan = attribute("The plan.")
    base: Money = attribute("The net sales so far; some of it may still come back.")
    amount: Money = attribute("What that would pay.")
    next_step: BonusStep | None = derived(lambda progress: progress.following, "The step above; null at the top.")


async def _my_bonuses(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await bonuses.my_bonuses(ctx, pages.page_request(first, after, last, before))


async def _guide_bonuses(
    ctx: Context,
    *,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request, key = pages.page_request(first, after, last, before), key_of(Kind.GUIDE, guide_id, "guideId")
    return await bonuses.bonuses_of(ctx, key, request)


async def _plans(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await bonuses.plans(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class BonusQuery:
    my_bonuses: Connection[Bonus] = query(
        _my_bonuses, "What the caller got for months that are over, the newest first.", scope=Scope.GUIDE
    )
    my_bonus_progress: list[BonusProgress] = query(
        bonuses.my_progress, "What plans would pay the caller for the month so far.", scope=Scope.GUIDE
    )
    guide_bonuses: Connection[Bonus] = query(
        _guide_bonuses,
        "What a guide got for months that are over: for the managers of its store, and for finance.",
        scope=Scope.STAFF,
    )
    bonus_plans: Connection[BonusPlan] = query(
        _plans, "The plans by which bonuses are paid, the newest first.", scope=Scope.FINANCE
    )


@strawberry.input(description="From so much net sales on, such a share.")
class BonusStepInput:
    least: MoneyInput = strawberry.field(description="From so much net sales in a month on; more than the step before.")
    bp: int = strawberry.field(description="The share, 1 to 10,000 basis points.")


@strawberry.input(description="A plan by which bonuses are paid.")
class BonusPlanSetInput:
    name: str = strawberry.field(description="1 to 40 characters.")
    kind: BonusKind = strawberry.field(description="Whose sales it is for.")
    mode: BonusMode = strawberry.field(description="What a step's share is of.")
    unit_id: strawberry.ID = strawberry.field(description="The unit for whose guides it is, and those below it.")
    steps: list[BonusStepInput] = strawberry.field(description="1 to 20, the lowest first.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when it holds; from now, if left out."
    )
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; for good, if left out.")

    def plan(self, ctx: Context) -> rules.BonusPlan:
        return rules.BonusPlan(
            UUID(int=0),
            self.name,
            self.kind,
            self.mode,
            key_of(Kind.ORG_UNIT, self.unit_id, "input", "unitId"),
            [rules.BonusStep(one.least.value().minor, one.bp) for one in self.steps],
            self.starts_at or ctx.now(),
            self.ends_at,
        )


@strawberry.input(description="A plan that is to hold no more.")
class BonusPlanEndInput:
    plan_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int = strawberry.field(description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A plan that was set or ended.")
class BonusPlanPayload(Payload):
    plan: BonusPlan | None = attribute("The plan as it is now.", default=None)


async def _set(ctx: Context, *, input: BonusPlanSetInput) -> Any:
    plan: Any = await bonuses.set_plan(ctx, input.plan(ctx))
    return BonusPlanPayload(plan=plan)


async def _end(ctx: Context, *, input: BonusPlanEndInput) -> Any:
    key = key_of(Kind.BONUS_PLAN, input.plan_id, "input", "planId")
    plan: Any = await bonuses.end_plan(ctx, key, input.expected_version)
    return BonusPlanPayload(plan=plan)


@strawberry.type
class BonusMutation:
    bonus_plan_set: BonusPlanPayload | None = mutation(
        _set, BonusPlanPayload, "Pay bonuses by a plan, from the next whole month on.", scope=Scope.FINANCE
    )
    bonus_plan_end: BonusPlanPayload | None = mutation(
        _end, BonusPlanPayload, "Pay no more by a plan: the month that runs is not paid.", scope=Scope.FINANCE
    )
