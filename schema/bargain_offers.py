"""Bargain offers (砍价活动): what clients see of them, and how one is published and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain import bargains as rules
from domain import pages
from domain.identity import Scope
from domain.promotions.stages import Stage
from resolvers import bargains, catalogue
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.activities import CAMPAIGN, GOES_WITH, ActivityState, campaign_key, campaign_of
from schema.bargains import Bargain
from schema.catalogue import Product, Variant
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node


async def _variants(ctx: Context, found: Sequence[rules.BargainOffer]) -> Any:
    by_id = await catalogue.variants_by_id(ctx, [one.terms.variant_id for one in found])
    return [by_id.get(one.terms.variant_id) for one in found]


async def _products(ctx: Context, found: Sequence[rules.BargainOffer]) -> Any:
    by_id = await catalogue.products_by_id(ctx, [one.product_id for one in found])
    return [by_id.get(one.product_id) for one in found]


@object_type(
    scope=Scope.VISITOR,
    description="An activity in which members bargain (砍价) for one unit of a variant.",
    record=rules.BargainOffer,
)
class BargainOffer(Node):
    id: strawberry.ID = identifier(Kind.BARGAIN_OFFER)
    name: str = derived(lambda o: o.terms.name, "What it is called, at most 40 characters.")
    state: ActivityState = attribute("Whether it was ended; bargains that were started go on.")
    first_price: Money = derived(lambda o: o.terms.first_price, "Where every bargain starts.")
    floor_price: Money = derived(lambda o: o.terms.floor_price, "Where the last helper brings it, to the fen.")
    helpers: int = derived(lambda o: o.terms.helpers, "How many helpers it takes, 1 to 200.")
    lasts_seconds: int = derived(lambda o: o.terms.lasts_s, "So long a bargain can be helped and bought.")
    starts_at: datetime = derived(lambda o: o.terms.starts_at, "From when bargains can be started.")
    ends_at: datetime = derived(lambda o: o.terms.ends_at, "Until when.")
    helps_per_member: int | None = derived(
        lambda o: o.terms.helps_per_member, "In how many of its bargains one member may help; null: no limit."
    )
    only_at_floor: bool = derived(lambda o: o.terms.only_at_floor, "Whether it is sold at its lowest price only.")
    starter_cuts: bool = derived(lambda o: o.terms.starter_cuts, "Whether who starts one cuts first.")
    goes_with: list[Stage] = derived(
        lambda one: sorted(one.terms.goes_with),
        "The plays that lower its price further: of UNIT, ITEM_SET and SUBTOTAL.",
    )
    campaign_id: strawberry.ID | None = derived(campaign_of, CAMPAIGN, scope=Scope.OPERATOR)
    variant: Variant | None = batched(_variants, "What is bargained for; null when it is no longer shown.")
    product: Product | None = batched(_products, "The product; null when it is no longer shown.")
    my_bargain: Bargain | None = batched(bargains.my_bargains_of, "The one that the caller has under way.")


@strawberry.input(description="An offer to bargain for a variant, which is in one at a time.")
class BargainOfferPublishInput:
    name: str = strawberry.field(description="What it is called, 1 to 40 characters.")
    variant_id: strawberry.ID = strawberry.field(description="What is bargained for.")
    first_price: MoneyInput = strawberry.field(description="Where every bargain starts.")
    floor_price: MoneyInput = strawberry.field(
        description="Where the last helper brings it; one fen below the first price for each helper at least."
    )
    helpers: int = strawberry.field(description="How many helpers it takes, 1 to 200.")
    starts_at: datetime = strawberry.field(description="From when bargains can be started.")
    ends_at: datetime = strawberry.field(description="Until when; in the future, at most 366 days after the start.")
    lasts_seconds: int = strawberry.field(
        default=24 * 3600, description="So long a bargain can be helped and bought, 600 to 604,800 seconds."
    )
    helps_per_member: int | None = strawberry.field(
        default=None, description="In how many of its bargains one member may help, 1 to 1,000."
    )
    only_at_floor: bool = strawberry.field(default=False, description="Whether it is sold at its lowest price only.")
    starter_cuts: bool = strawberry.field(
        default=False, description="Whether who starts one cuts first, as one of the helpers."
    )
    goes_with: list[Stage] = strawberry.field(default_factory=list, description=GOES_WITH)
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CAMPAIGN)

    def terms(self) -> rules.BargainTerms:
        return rules.BargainTerms(
            self.name,
            key_of(Kind.VARIANT, self.variant_id, "input", "variantId"),
            self.first_price.value(),
            self.floor_price.value(),
            self.helpers,
            self.lasts_seconds,
            self.starts_at,
            self.ends_at,
            self.helps_per_member,
            self.only_at_floor,
            self.starter_cuts,
            frozenset(self.goes_with),
            campaign_key(self.campaign_id),
        )


@strawberry.input(description="Which offer to end before its time.")
class BargainOfferEndInput:
    bargain_offer_id: strawberry.ID = strawberry.field(description="The offer.")


@object_type(scope=Scope.VISITOR, description="The answer to mutations of bargain offers.")
class BargainOfferPayload(Payload):
    bargain_offer: BargainOffer | None = attribute("The offer.", default=None)


async def _publish(ctx: Context, *, input: BargainOfferPublishInput) -> Any:
    return BargainOfferPayload.of(bargain_offer=await bargains.publish(ctx, input.terms()))


async def _end(ctx: Context, *, input: BargainOfferEndInput) -> Any:
    key = key_of(Kind.BARGAIN_OFFER, input.bargain_offer_id, "input", "bargainOfferId")
    return BargainOfferPayload.of(bargain_offer=await bargains.end(ctx, key))


async def _offers(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await bargains.running(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class BargainOffersQuery:
    bargain_offers: Connection[BargainOffer] = query(
        _offers, "Offers to bargain that run or are to come, the first to end first.", scope=Scope.VISITOR
    )


@strawberry.type
class BargainOffersMutation:
    bargain_offer_publish: BargainOfferPayload | None = mutation(
        _publish, BargainOfferPayload, "Let members start bargains for a variant.", scope=Scope.OPERATOR
    )
    bargain_offer_end: BargainOfferPayload | None = mutation(
        _end,
        BargainOfferPayload,
        "Let nobody start a bargain any more; those that were started go on.",
        scope=Scope.OPERATOR,
    )


NODES = {Kind.BARGAIN_OFFER: bargains.offers_by_id}
