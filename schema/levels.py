"""Levels: the ladder, where a member stands on it, and how operators set it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from domain import levels as rules
from domain.identity import Scope
from resolvers import levels
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.rights import MemberRights, MemberRightsInput
from schema.scalars import Long


@object_type(scope=Scope.VISITOR, description="One rung of the ladder of levels (会员等级).", record=rules.MemberLevel)
class MemberLevel:
    id: strawberry.ID = identifier(Kind.MEMBER_LEVEL)
    rank: int = attribute("Its place, 1 for the lowest.")
    name: str = attribute("Its name, at most 20 characters.")
    growth_threshold: Long = attribute("The growth that it takes.")
    discount_bp: int = derived(
        lambda level: level.discount_bp, "What is paid of a list price, in basis points: 9,500 is 95 %."
    )
    rights: MemberRights = attribute("What else it gives.")


@object_type(scope=Scope.MEMBER, description="Where a member stands on the ladder of levels.", record=rules.Standing)
class MemberStanding:
    growth: Long = attribute(
        "The growth (成长值) that came of orders: one for each whole yuan paid for goods received."
    )
    level: MemberLevel | None = attribute("The level; null below the first.")
    held_until: datetime | None = attribute(
        "Its anniversary: not before then can the level fall, however much is refunded; null without one."
    )
    next_level: MemberLevel | None = attribute("The level above; null at the top.")
    missing: Long | None = attribute("How much growth is missing to the level above; null at the top.")


@strawberry.input(description="One rung of the ladder.")
class MemberLevelInput:
    name: str = strawberry.field(description="1 to 20 characters.")
    growth_threshold: Long = strawberry.field(description="The growth that it takes; more than the level before it.")
    discount_bp: int = strawberry.field(
        default=10_000, description="What is paid of a list price, 1 to 10,000 basis points."
    )
    rights: MemberRightsInput = strawberry.field(default_factory=MemberRightsInput, description="What else it gives.")
    level_id: strawberry.ID | None = strawberry.field(
        default=None, description="The level that it was before; left out, it is a new one."
    )

    def value(self, position: int) -> rules.MemberLevel:
        here = ("input", "levels", str(position))
        key = levels.NEW if self.level_id is None else key_of(Kind.MEMBER_LEVEL, self.level_id, *here, "levelId")
        rights = self.rights.value(*here, "rights")
        return rules.MemberLevel(key, position + 1, self.name, self.growth_threshold, self.discount_bp, rights)


@strawberry.input(description="The whole ladder.")
class MemberLevelsSaveInput:
    levels: list[MemberLevelInput] = strawberry.field(
        description="All levels, the lowest first, at most 20. One that is left out is gone."
    )


@object_type(scope=Scope.VISITOR, description="The answer to `memberLevelsSave`.")
class MemberLevelsPayload(Payload):
    levels: list[MemberLevel] | None = attribute("The ladder as it is now.", default=None)


async def _save(ctx: Context, *, input: MemberLevelsSaveInput) -> Any:
    wanted = [level.value(i) for i, level in enumerate(input.levels)]
    return MemberLevelsPayload.of(levels=await levels.save_ladder(ctx, wanted))


@strawberry.type
class LevelsQuery:
    member_levels: list[MemberLevel] = query(
        levels.ladder, "The ladder of levels, the lowest first.", scope=Scope.VISITOR
    )


@strawberry.type
class LevelsMutation:
    member_levels_save: MemberLevelsPayload | None = mutation(
        _save,
        MemberLevelsPayload,
        "Replace the ladder as a whole. Members stand at once where their growth leads to on the new one.",
        scope=Scope.OPERATOR,
    )
