"""Tiers: the ladder of guides, where one stands on it, and how finance sets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain import tiers as rules
from domain.guides import GuideTier as Tier
from domain.identity import Scope
from domain.tiers import TierChangeReason, TierMatch, TierMetric, TierWindow
from resolvers import tiers
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.scalars import Long

described(
    TierMetric,
    "What is measured of a guide. What may still be given back does not count yet; refunds reduce it.",
    NET_SALES="Net goods paid of orders credited to the guide, in fen.",
    ORDERS="How many such orders.",
    SINGLE_ORDER="The largest of them, in fen.",
    SETTLED_COMMISSION="Commission that was released, in fen.",
    INVITED_MEMBERS="Members who registered through the guide.",
    OWN_SPEND="What the guide paid for orders of its own that were received, in fen.",
    OWN_ORDERS="How many such orders.",
)
described(
    TierWindow,
    "Over what time. An order counts in the window in which it was paid.",
    LIFETIME="Ever.",
    ROLLING_90_DAYS="The last 90 days.",
    MONTH="The month of the brand's calendar.",
)
described(TierMatch, "How many of the conditions must hold.", ALL="Each.", ANY="One.")
described(
    TierChangeReason,
    "Why a guide is on another tier.",
    ROSE="Reached it.",
    FELL="Did not keep the other when a month ended.",
    SET="Was put there by hand.",
)


@object_type(scope=Scope.VISITOR, description="So much of a metric at least.", record=rules.Condition)
class TierCondition:
    metric: TierMetric = attribute("What is measured.")
    least: Long = attribute("At least so much; money in fen.")


@object_type(scope=Scope.VISITOR, description="What it takes to reach a tier, or to keep it.", record=rules.Conditions)
class TierConditions:
    match: TierMatch = attribute("How many must hold.")
    window: TierWindow = attribute("Over what time.")
    conditions: Sequence[TierCondition] = attribute("The conditions, one for a metric.")


@object_type(
    scope=Scope.VISITOR, description="A step of the ladder on which guides rise: who sells more earns a higher share."
)
class GuideTier:
    id: strawberry.ID = identifier(Kind.GUIDE_TIER)
    rank: int = attribute("Its place, from 1, the lowest.")
    name: str = attribute("Its name.")
    rate_bp: int | None = attribute(
        "What a guide on it earns of the net goods paid, in basis points: 800 is 8 %; null: what the brand pays for "
        "everything."
    )


@object_type(scope=Scope.STAFF, description="A step of the ladder with what it takes.", record=rules.Rung)
class GuideTierRung:
    tier: GuideTier = derived(lambda rung: rung.tier, "The tier.")
    upgrade: TierConditions | None = attribute("What it takes to rise to it; null: nobody does but by hand.")
    keep: TierConditions | None = attribute("What it takes to keep it when a month ends; null: nobody falls from it.")
    version: int = attribute("Rises with each change; edits state it.")


@object_type(scope=Scope.GUIDE, description="What a guide did in a window.")
class TierFigure:
    window: TierWindow = attribute("Over what time.")
    metric: TierMetric = attribute("What is measured.")
    value: Long = attribute("So much; money in fen.")


@object_type(scope=Scope.GUIDE, description="Where a guide stands on the ladder.", record=tiers.Progress)
class TierProgress:
    tier: GuideTier = attribute("The tier that the guide is on.")
    next_tier: GuideTier | None = derived(
        lambda progress: progress.following and progress.following.tier, "The tier above; null at the top."
    )
    takes: TierConditions | None = derived(
        lambda progress: progress.following and progress.following.upgrade,
        "What it takes to rise to it; null: nobody does but by hand.",
    )
    figures: Sequence[TierFigure] = derived(
        lambda progress: [
            TierFigure(window=window, metric=metric, value=value)
            for window, own in progress.figures.items()
            for metric, value in own.items()
        ],
        "What the guide did, by window and metric.",
    )
    is_locked: bool = attribute("Whether the guide stays on its tier whatever it does.")


async def _tiers_from(ctx: Context, changes: Sequence[rules.TierChange]) -> list[Tier]:
    return await tiers.tiers_named(ctx, [one.from_tier_id for one in changes])


async def _tiers_to(ctx: Context, changes: Sequence[rules.TierChange]) -> list[Tier]:
    return await tiers.tiers_named(ctx, [one.to_tier_id for one in changes])


@object_type(scope=Scope.MEMBER, description="One line of the log of a guide's tiers.", record=rules.TierChange)
class GuideTierChange:
    from_tier: GuideTier = batched(_tiers_from, "The tier before.")
    to_tier: GuideTier = batched(_tiers_to, "The tier from then on: for orders that were paid from then on.")
    reason: TierChangeReason = attribute("Why.")
    note: str = attribute("What was said about it, if it was done by hand.")
    at: datetime = attribute("When.")


@strawberry.input(description="So much of a metric at least.")
class TierConditionInput:
    metric: TierMetric = strawberry.field(description="What is measured.")
    least: Long = strawberry.field(description="At least so much, from 1 on; money in fen.")


@strawberry.input(description="What it takes.")
class TierConditionsInput:
    match: TierMatch = strawberry.field(description="How many must hold.")
    window: TierWindow = strawberry.field(description="Over what time.")
    conditions: list[TierConditionInput] = strawberry.field(description="At least one, one for a metric.")

    def value(self) -> rules.Conditions:
        found = [rules.Condition(one.metric, one.least) for one in self.conditions]
        return rules.Conditions(self.match, self.window, found)


@strawberry.input(description="A tier to add, or to change.")
class GuideTierSaveInput:
    tier_id: strawberry.ID | None = strawberry.field(default=None, description="The one to change; a new one without.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")
    rank: int = strawberry.field(description="Its place, 1 to 20; no other tier has it.")
    name: str = strawberry.field(description="1 to 20 characters.")
    rate_bp: int | None = strawberry.field(
        default=None,
        description="What a guide on it earns, in basis points; what the brand pays for everything, without.",
    )
    upgrade: TierConditionsInput | None = strawberry.field(default=None, description="What it takes to rise to it.")
    keep: TierConditionsInput | None = strawberry.field(default=None, description="What it takes to keep it.")

    def rung(self) -> rules.Rung:
        tier = Tier(UUID(int=0), self.rank, self.name, self.rate_bp)
        upgrade, keep = (None if one is None else one.value() for one in (self.upgrade, self.keep))
        return rules.Rung(tier, upgrade, keep)


@object_type(scope=Scope.VISITOR, description="A tier that was saved.")
class GuideTierSavePayload(Payload):
    rung: GuideTierRung | None = attribute("The tier as it is now.", default=None)


async def _save(ctx: Context, *, input: GuideTierSaveInput) -> Any:
    known = None if input.tier_id is None else key_of(Kind.GUIDE_TIER, input.tier_id, "input", "tierId")
    rung: Any = await tiers.save(ctx, input.rung(), known, input.expected_version)
    return GuideTierSavePayload(rung=rung)


@strawberry.type
class TierQuery:
    guide_tiers: list[GuideTierRung] = query(
        tiers.ladder, "The ladder of guides with what each tier takes, the lowest first.", scope=Scope.STAFF
    )
    my_tier_progress: TierProgress = query(
        tiers.my_progress, "Where the caller stands as a guide, and what the next tier takes.", scope=Scope.GUIDE
    )


@strawberry.type
class TierMutation:
    guide_tier_save: GuideTierSavePayload | None = mutation(
        _save,
        GuideTierSavePayload,
        "Add a tier of guides, or change one: for orders that are paid from now on.",
        scope=Scope.FINANCE,
    )
