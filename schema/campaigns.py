"""Campaigns: what operators see of them and do to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import campaigns as rules
from domain import pages
from domain.identity import Scope
from domain.money import Money as Amount
from resolvers import campaigns
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.live import LiveRoom
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.posts import Post
from schema.scalars import Long


@object_type(
    scope=Scope.OPERATOR,
    description="What came of a campaign: orders that have one of its promotions, coupons or activities, or were "
    "placed in one of its live rooms, each counted once; those that were given up are left out.",
    record=rules.Figures,
)
class CampaignFigures:
    orders: int = attribute("How many there are.")
    paid_orders: int = attribute("How many of them were paid.")
    sales: Money = derived(lambda one: Amount(one.sales), "What was paid for them (GMV), without what was paid back.")
    discounts: Money = derived(
        lambda one: Amount(one.discounts), "What its promotions, coupons and activities took off."
    )
    gifts: Money = derived(lambda one: Amount(one.gifts), "What its promotions gave along, at list prices.")
    prizes: Money = derived(
        lambda one: Amount(one.prizes),
        "What the points are worth that were won in its lotteries, as those say; coupons cost what they take off.",
    )
    cost: Money = derived(
        lambda one: Amount(one.cost), "What the brand gave for it: discounts, gifts and prizes. Guides' pay is no part."
    )
    roi_bp: Long | None = attribute(
        "What was sold for what it cost (投产比): sales by cost, in basis points, rounded down. 50,000: five times as "
        "much. Null when it cost nothing.",
    )


@object_type(
    scope=Scope.OPERATOR,
    description="A theme and a time (营销活动) that all that promotes is grouped under: promotions, coupons, "
    "activities, lotteries and tasks name their campaign; posts and live rooms are named by it.",
    record=rules.Campaign,
)
class Campaign(Node):
    id: strawberry.ID = identifier(Kind.CAMPAIGN)
    theme: str = attribute("What it is about, at most 100 characters.")
    starts_at: datetime | None = attribute("When it begins, if that is set.")
    ends_at: datetime | None = attribute("When it ends, if that is set.")
    budget: Money | None = derived(
        lambda one: None if one.budget is None else Amount(one.budget), "So much may its promotions take off in all."
    )
    budget_left: Money | None = derived(
        lambda one: None if one.budget is None else Amount(one.budget - one.spent), "So much of it is left."
    )
    figures: CampaignFigures = batched(campaigns.figures_of, "What came of it.", cost=10)
    posts: list[Post] = batched(campaigns.posts_of, "Its posts, at most 100.", cost=5)
    live_rooms: list[LiveRoom] = batched(campaigns.rooms_of, "Its live rooms, at most 100.", cost=5)
    created_at: datetime = attribute("When it was made.")
    version: int = attribute("Rises with each change; edits state it.")


@strawberry.input(description="A whole campaign. What is left out is emptied: saving replaces all.")
class CampaignSaveInput:
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The one to replace, if any.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")
    theme: str = strawberry.field(description="1 to 100 characters.")
    starts_at: datetime | None = strawberry.field(default=None, description="When it begins.")
    ends_at: datetime | None = strawberry.field(default=None, description="When it ends.")
    budget: MoneyInput | None = strawberry.field(
        default=None, description="So much may its promotions take off in all: then they are over."
    )
    post_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Its posts, at most 100.")
    live_room_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Its live rooms, at most 100."
    )

    def campaign(self) -> rules.Campaign:
        """The campaign that the input describes.

        Raises:
            NotFound: an id is of another kind.
        """
        given = self.campaign_id
        return rules.Campaign(
            campaigns.NEW if given is None else key_of(Kind.CAMPAIGN, given, "input", "campaignId"),
            self.theme.strip(),
            self.starts_at,
            self.ends_at,
            None if self.budget is None else self.budget.value().minor,
            datetime.min.replace(tzinfo=UTC),
            _keys(Kind.POST, self.post_ids, "postIds"),
            _keys(Kind.LIVE_ROOM, self.live_room_ids, "liveRoomIds"),
        )


def _keys(kind: Kind, given: list[strawberry.ID], name: str) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(key_of(kind, one, "input", name) for one in given))


@object_type(scope=Scope.VISITOR, description="A campaign that was saved.")
class CampaignSavePayload(Payload):
    campaign: Campaign | None = attribute("The campaign as it is now.", default=None)


async def _save(ctx: Context, *, input: CampaignSaveInput) -> Any:
    saved: Any = await campaigns.save(ctx, input.campaign(), input.expected_version)
    return CampaignSavePayload(campaign=saved)


async def _campaign(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.CAMPAIGN, id)
    return None if key is None else await campaigns.campaign(ctx, key)


async def _campaigns(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await campaigns.campaigns(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class CampaignQuery:
    campaign: Campaign | None = query(_campaign, "One campaign; null when there is none.", scope=Scope.OPERATOR)
    campaigns: Connection[Campaign] = query(_campaigns, "All campaigns, the newest first.", scope=Scope.OPERATOR)


@strawberry.type
class CampaignMutation:
    campaign_save: CampaignSavePayload | None = mutation(
        _save, CampaignSavePayload, "Create a campaign, or replace one.", scope=Scope.OPERATOR
    )


NODES = {Kind.CAMPAIGN: campaigns.campaigns_by_id}
