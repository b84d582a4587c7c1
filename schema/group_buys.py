"""Group buys (拼团): what clients see of them, and how one is published and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain import group_buys as rules
from domain import pages
from domain.identity import Scope
from domain.promotions.stages import Stage
from resolvers import catalogue, group_buys, groups
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.activities import CAMPAIGN, GOES_WITH, ActivityState, campaign_key, campaign_of
from schema.catalogue import Product
from schema.errors import Payload
from schema.groups import BuyingGroup
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node


@object_type(scope=Scope.VISITOR, description="What a unit of a variant costs in a group.", record=rules.GroupPrice)
class GroupPrice:
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="The variant.")
    price: Money = attribute("For those who join.")
    leader_price: Money | None = attribute("For the one who begins the group; null: the same.")


async def _products(ctx: Context, found: Sequence[rules.GroupBuy]) -> Any:
    by_id = await catalogue.products_by_id(ctx, [one.product_id for one in found])
    return [by_id.get(one.product_id) for one in found]


@object_type(
    scope=Scope.VISITOR,
    description="A group buy (拼团) of a product. A group is begun or joined by `orderPlace` with a `play`.",
    record=rules.GroupBuy,
)
class GroupBuy(Node):
    id: strawberry.ID = identifier(Kind.GROUP_BUY)
    name: str = derived(lambda g: g.terms.name, "What it is called, at most 40 characters.")
    state: ActivityState = attribute("Whether it was ended; groups that were begun go on.")
    prices: list[GroupPrice] = derived(lambda g: g.terms.prices, "What it sells at which price, at most 100.")
    size: int = derived(lambda g: g.terms.size, "How many make a group, 2 to 50.")
    lasts_seconds: int = derived(lambda g: g.terms.lasts_s, "So long a group has to fill, from its first payment.")
    starts_at: datetime = derived(lambda g: g.terms.starts_at, "From when groups can be begun, by the server's clock.")
    ends_at: datetime = derived(lambda g: g.terms.ends_at, "Until when.")
    limit_per_order: int | None = derived(lambda g: g.terms.limit_per_order, "Units of one order; null: no limit.")
    limit_per_member: int | None = derived(
        lambda g: g.terms.limit_per_member, "Units that one member may buy in all; null: no limit."
    )
    winners: int | None = derived(
        lambda g: g.terms.winners,
        "So many of each group are drawn who get the goods, the others their money (拼团抽奖); null: all do.",
    )
    virtual_from_bp: int | None = derived(
        lambda g: g.terms.virtual_from_bp,
        "A group filled to this share (of 10,000) succeeds when its time is over; null: never.",
    )
    late_opens: bool = derived(
        lambda g: g.terms.late_opens, "Whether money that comes too late for a group begins a new one."
    )
    goes_with: list[Stage] = derived(
        lambda one: sorted(one.terms.goes_with),
        "The plays that lower its price further: of UNIT, ITEM_SET and SUBTOTAL.",
    )
    consolation_template_id: strawberry.ID | None = derived(
        lambda g: None if g.terms.consolation_id is None else id_of(Kind.COUPON_TEMPLATE, g.terms.consolation_id),
        "Of which template each who does not win gets a coupon.",
    )
    campaign_id: strawberry.ID | None = derived(campaign_of, CAMPAIGN, scope=Scope.OPERATOR)
    product: Product | None = batched(_products, "The product; null when it is no longer shown.")
    groups: list[BuyingGroup] = batched(
        groups.joinable_of, "Groups that can be joined, the first to expire first, at most 10.", cost=5
    )


@strawberry.input(description="What a unit of a variant costs in a group.")
class GroupPriceInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    price: MoneyInput = strawberry.field(description="For those who join; not below any floor of the variant.")
    leader_price: MoneyInput | None = strawberry.field(
        default=None, description="For the one who begins the group; at most the price."
    )


@strawberry.input(description="A group buy of variants of one product, which is in one at a time.")
class GroupBuyPublishInput:
    name: str = strawberry.field(description="What it is called, 1 to 40 characters.")
    prices: list[GroupPriceInput] = strawberry.field(description="1 to 100 variants of one product.")
    size: int = strawberry.field(description="How many make a group, 2 to 50.")
    starts_at: datetime = strawberry.field(description="From when groups can be begun.")
    ends_at: datetime = strawberry.field(description="Until when; in the future, at most 366 days after the start.")
    lasts_seconds: int = strawberry.field(
        default=24 * 3600, description="So long a group has to fill, 600 to 604,800 seconds."
    )
    limit_per_order: int | None = strawberry.field(default=None, description="Units of one order, 1 to 999.")
    limit_per_member: int | None = strawberry.field(
        default=None, description="Units that one member may buy in all, 1 to 999."
    )
    virtual_from_bp: int | None = strawberry.field(
        default=None,
        description="A group filled to this share succeeds when its time is over, 1 to 10,000. Off unless given: "
        "buyers who do not exist may mislead those who do.",
    )
    winners: int | None = strawberry.field(
        default=None, description="So many of each group are drawn who get the goods; below the size."
    )
    late_opens: bool = strawberry.field(
        default=False, description="Whether money that comes too late begins a new group instead of going back."
    )
    goes_with: list[Stage] = strawberry.field(default_factory=list, description=GOES_WITH)
    consolation_template_id: strawberry.ID | None = strawberry.field(
        default=None, description="With `winners`: of which template each who does not win gets a coupon (安慰券)."
    )
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CAMPAIGN)

    def terms(self) -> rules.GroupBuyTerms:
        given = self.consolation_template_id
        return rules.GroupBuyTerms(
            self.name,
            tuple(_price(i, one) for i, one in enumerate(self.prices)),
            self.size,
            self.lasts_seconds,
            self.starts_at,
            self.ends_at,
            self.limit_per_order,
            self.limit_per_member,
            self.virtual_from_bp,
            self.winners,
            self.late_opens,
            frozenset(self.goes_with),
            None if given is None else key_of(Kind.COUPON_TEMPLATE, given, "input", "consolationTemplateId"),
            campaign_key(self.campaign_id),
        )


def _price(i: int, given: GroupPriceInput) -> rules.GroupPrice:
    variant_id = key_of(Kind.VARIANT, given.variant_id, "input", "prices", str(i), "variantId")
    return rules.GroupPrice(
        variant_id, given.price.value(), None if given.leader_price is None else given.leader_price.value()
    )


@strawberry.input(description="Which group buy to end before its time.")
class GroupBuyEndInput:
    group_buy_id: strawberry.ID = strawberry.field(description="The group buy.")


@object_type(scope=Scope.VISITOR, description="The answer to mutations of group buys.")
class GroupBuyPayload(Payload):
    group_buy: GroupBuy | None = attribute("The group buy.", default=None)


async def _publish(ctx: Context, *, input: GroupBuyPublishInput) -> Any:
    return GroupBuyPayload.of(group_buy=await group_buys.publish(ctx, input.terms()))


async def _end(ctx: Context, *, input: GroupBuyEndInput) -> Any:
    key = key_of(Kind.GROUP_BUY, input.group_buy_id, "input", "groupBuyId")
    return GroupBuyPayload.of(group_buy=await group_buys.end(ctx, key))


async def _group_buys(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await group_buys.running(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class GroupBuysQuery:
    group_buys: Connection[GroupBuy] = query(
        _group_buys, "Group buys that run or are to come, the first to end first.", scope=Scope.VISITOR
    )


@strawberry.type
class GroupBuysMutation:
    group_buy_publish: GroupBuyPayload | None = mutation(
        _publish, GroupBuyPayload, "Let members begin groups and buy together.", scope=Scope.OPERATOR
    )
    group_buy_end: GroupBuyPayload | None = mutation(
        _end, GroupBuyPayload, "Let nobody begin a group any more; those that were begun go on.", scope=Scope.OPERATOR
    )


NODES = {Kind.GROUP_BUY: group_buys.group_buys_by_id}
