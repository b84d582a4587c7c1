"""Points offers (积分兑换): what there is for points, and what operators offer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import pages
from domain import points_offers as rules
from domain.identity import Scope
from domain.money import Money as Amount
from domain.points_offers import PointsOfferTerms
from domain.promotions.stages import Stage
from resolvers import points_offers
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.activities import CAMPAIGN, GOES_WITH, ActivityState, campaign_key, campaign_of
from schema.errors import Payload
from schema.filters import EnumFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput, minor_of
from schema.node import Node


@object_type(scope=Scope.VISITOR, description="A variant for points (积分兑换).", record=rules.PointsOffer)
class PointsOffer(Node):
    id: strawberry.ID = identifier(Kind.POINTS_OFFER)
    name: str = derived(lambda o: o.terms.name, "Its name, at most 40 characters.")
    state: ActivityState = attribute("Whether it was ended.")
    variant_id: strawberry.ID = derived(lambda o: id_of(Kind.VARIANT, o.terms.variant_id), "What it offers.")
    points: int = derived(lambda o: o.terms.points, "Points for each unit.")
    price: Money = derived(lambda o: Amount(o.terms.price), "Money for each unit, beside the points.")
    left: int = attribute("How many units are left of the offer.")
    limit_per_member: int = derived(lambda o: o.terms.per_person, "How many units one member may have.")
    taken_by_me: int = batched(points_offers.taken_by_me, "How many units the caller has.")
    starts_at: datetime = derived(lambda o: o.terms.starts_at, "From when on it can be had.")
    ends_at: datetime = derived(lambda o: o.terms.ends_at, "Before when it can be had.")
    goes_with: list[Stage] = derived(
        lambda one: sorted(one.terms.goes_with),
        "The plays that lower its price further: of UNIT, ITEM_SET and SUBTOTAL.",
    )
    campaign_id: strawberry.ID | None = derived(campaign_of, CAMPAIGN, scope=Scope.OPERATOR)
    quota: int = derived(lambda o: o.terms.quota, "How many units there are in all.", scope=Scope.OPERATOR)


@strawberry.input(description="A variant for points.")
class PointsOfferPublishInput:
    name: str = strawberry.field(description="1 to 40 characters.")
    variant_id: strawberry.ID = strawberry.field(description="What is offered; it takes the shop's stock.")
    points: int = strawberry.field(description="Points for each unit, 1 to 100,000,000.")
    quota: int = strawberry.field(description="How many units in all, 1 to 1,000,000.")
    starts_at: datetime = strawberry.field(description="From when on it can be had.")
    ends_at: datetime = strawberry.field(description="Before when it can be had, at most 366 days later.")
    price: MoneyInput | None = strawberry.field(
        default=None, description="Money for each unit, beside the points; none, if left out."
    )
    limit_per_member: int = strawberry.field(default=1, description="How many units one member may have, 1 to 999.")
    goes_with: list[Stage] = strawberry.field(default_factory=list, description=GOES_WITH)
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CAMPAIGN)

    def terms(self) -> PointsOfferTerms:
        variant_id = key_of(Kind.VARIANT, self.variant_id, "input", "variantId")
        numbers = (self.points, minor_of(self.price), self.quota, self.limit_per_member)
        stages, campaign_id = frozenset(self.goes_with), campaign_key(self.campaign_id)
        return PointsOfferTerms(self.name, variant_id, *numbers, self.starts_at, self.ends_at, stages, campaign_id)


@strawberry.input(description="Which points offer.")
class PointsOfferEndInput:
    points_offer_id: strawberry.ID = strawberry.field(description="The offer.")


@object_type(scope=Scope.OPERATOR, description="The answer to mutations of points offers.")
class PointsOfferPayload(Payload):
    points_offer: PointsOffer | None = attribute("The offer.", default=None)
    replayed: bool = attribute("True when it was so before.", default=False)


async def _publish(ctx: Context, *, input: PointsOfferPublishInput) -> Any:
    return PointsOfferPayload.of(points_offer=await points_offers.publish(ctx, input.terms()))


async def _end(ctx: Context, *, input: PointsOfferEndInput) -> Any:
    key = key_of(Kind.POINTS_OFFER, input.points_offer_id, "input", "pointsOfferId")
    ended, replayed = await points_offers.end(ctx, key)
    return PointsOfferPayload.of(points_offer=ended, replayed=replayed)


@strawberry.input(description="Which points offers; all conditions must hold. AND, OR and NOT nest to depth 3.")
class PointsOfferWhere:
    state: EnumFilter[ActivityState] | None = strawberry.field(default=UNSET, description="Whether it was ended.")
    AND: list[PointsOfferWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[PointsOfferWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: PointsOfferWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _all(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[PointsOfferWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await points_offers.offers(ctx, request, condition_of(where, {}, {"state": "state"}))


@strawberry.type
class PointsOfferQuery:
    running_points_offers: list[PointsOffer] = query(
        points_offers.running,
        "What there is for points, those first that end first, at most 50.",
        scope=Scope.VISITOR,
        cost=50,
    )
    points_offers: Connection[PointsOffer] = query(_all, "All points offers, the newest first.", scope=Scope.OPERATOR)


@strawberry.type
class PointsOfferMutation:
    points_offer_publish: PointsOfferPayload | None = mutation(
        _publish, PointsOfferPayload, "Offer a variant for points.", scope=Scope.OPERATOR
    )
    points_offer_end: PointsOfferPayload | None = mutation(
        _end, PointsOfferPayload, "End a points offer before its time.", scope=Scope.OPERATOR
    )


NODES = {Kind.POINTS_OFFER: points_offers.offers_by_id}
