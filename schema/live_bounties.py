"""Bounties: coins of the brand for members who invited so many viewers."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import live_bounties as rules
from domain.identity import Scope
from resolvers import live_bounties
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.scalars import Long


@object_type(
    scope=Scope.VISITOR, description="Coins for members who invited so many viewers (邀请奖励).", record=rules.Bounty
)
class LiveBounty:
    invites: int = attribute("For how many invites in the room, 1 to 100,000; to each member who is no guide, once.")
    coins: Long = attribute("How many coins, 1 to 100,000; they come within some seconds.")


@strawberry.input(description="Coins for so many invites.")
class LiveBountyInput:
    invites: int = strawberry.field(description="For how many invites, 1 to 100,000.")
    coins: int = strawberry.field(description="How many coins, 1 to 100,000.")


@strawberry.input(description="What a room offers for invites.")
class LiveBountiesSetInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    bounties: list[LiveBountyInput] = strawberry.field(
        description="In place of those before, at most 10; none: no more."
    )


@object_type(scope=Scope.FINANCE, description="The answer to `liveBountiesSet`.")
class LiveBountiesSetPayload(Payload):
    bounties: list[LiveBounty] | None = attribute("What the room offers now.", default=None)


async def _set(ctx: Context, *, input: LiveBountiesSetInput) -> Any:
    given = [rules.Bounty(one.invites, one.coins) for one in input.bounties]
    room_id = key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    offered: Any = await live_bounties.set_bounties(ctx, room_id, given)
    return LiveBountiesSetPayload(bounties=offered)


@strawberry.type
class LiveBountyMutation:
    live_bounties_set: LiveBountiesSetPayload | None = mutation(
        _set,
        LiveBountiesSetPayload,
        "Offer coins of the brand to members for invites in a room; what was reached before is paid too, each once.",
        scope=Scope.FINANCE,
    )
