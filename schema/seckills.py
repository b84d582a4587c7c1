"""Seckills (秒杀): what clients see of flash sales, and how one is published and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain import pages
from domain import seckills as rules
from domain.identity import Scope
from domain.promotions.stages import Stage
from resolvers import catalogue, seckills
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.activities import CAMPAIGN, GOES_WITH, ActivityState, campaign_key, campaign_of
from schema.catalogue import Product, Variant
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.promotion_frames import WeeklySlot, WeeklySlotInput


async def _variants(ctx: Context, found: Sequence[rules.Seckill]) -> Any:
    by_id = await catalogue.variants_by_id(ctx, [one.terms.variant_id for one in found])
    return [by_id.get(one.terms.variant_id) for one in found]


async def _products(ctx: Context, found: Sequence[rules.Seckill]) -> Any:
    by_id = await catalogue.products_by_id(ctx, [one.product_id for one in found])
    return [by_id.get(one.product_id) for one in found]


@object_type(
    scope=Scope.VISITOR,
    description="A flash sale (秒杀) of one variant. It is bought by `orderPlace` with its id as the `play`. One that "
    "costs 0 gives goods away (完全免费送).",
    record=rules.Seckill,
)
class Seckill(Node):
    id: strawberry.ID = identifier(Kind.SECKILL)
    name: str = derived(lambda s: s.terms.name, "What it is called, at most 40 characters.")
    state: ActivityState = attribute("Whether it was ended.")
    price: Money = derived(lambda s: s.terms.price, "What one unit costs.")
    stock: int = derived(lambda s: s.terms.stock, "How many units were set aside for it, 1 to 1,000,000.")
    remaining: int = attribute("How many can be bought; unpaid orders give theirs back while it lasts.")
    sold: int = attribute("How many were paid for.", scope=Scope.OPERATOR)
    reserved: int = attribute("How many unpaid orders hold.", scope=Scope.OPERATOR)
    returned: int = attribute("How many went back to the shop.", scope=Scope.OPERATOR)
    starts_at: datetime = derived(lambda s: s.terms.starts_at, "From when it sells, by the server's clock.")
    ends_at: datetime = derived(lambda s: s.terms.ends_at, "Until when.")
    slots: list[WeeklySlot] = derived(lambda s: s.terms.slots, "Only in these hours, at most 50; none: all the time.")
    limit_per_order: int | None = derived(lambda s: s.terms.limit_per_order, "Units of one order; null: no limit.")
    limit_per_member: int | None = derived(
        lambda s: s.terms.limit_per_member, "Units that one member may buy in all; null: no limit."
    )
    pay_seconds: int = derived(lambda s: s.terms.pay_s, "So long an order waits to be paid, 60 to 3,600 seconds.")
    goes_with: list[Stage] = derived(
        lambda one: sorted(one.terms.goes_with),
        "The plays that lower its price further: of UNIT, ITEM_SET and SUBTOTAL.",
    )
    campaign_id: strawberry.ID | None = derived(campaign_of, CAMPAIGN, scope=Scope.OPERATOR)
    variant: Variant | None = batched(_variants, "What is sold; null when it is no longer shown.")
    product: Product | None = batched(_products, "The product; null when it is no longer shown.")


@strawberry.input(description="A flash sale. Its units are set aside from the default warehouse at once.")
class SeckillPublishInput:
    name: str = strawberry.field(description="What it is called, 1 to 40 characters.")
    variant_id: strawberry.ID = strawberry.field(description="What is sold.")
    price: MoneyInput = strawberry.field(
        description="What one unit costs, not below any floor of the variant; 0: free, and limited for each member."
    )
    stock: int = strawberry.field(description="How many units, 1 to 1,000,000.")
    starts_at: datetime = strawberry.field(description="From when it sells.")
    ends_at: datetime = strawberry.field(description="Until when; in the future, at most 366 days after the start.")
    idempotency_key: str = strawberry.field(description="1 to 100 characters: the same again is the same flash sale.")
    slots: list[WeeklySlotInput] = strawberry.field(
        default_factory=list, description="Only in these hours, at most 50; none: all the time."
    )
    limit_per_order: int | None = strawberry.field(default=None, description="Units of one order, 1 to 999.")
    limit_per_member: int | None = strawberry.field(
        default=1, description="Units that one member may buy in all, 1 to 999; null: no limit, unless it is free."
    )
    pay_seconds: int = strawberry.field(
        default=rules.PAY_S, description="So long an order waits to be paid, 60 to 3,600 seconds."
    )
    goes_with: list[Stage] = strawberry.field(default_factory=list, description=GOES_WITH)
    shown_as_discount: bool = strawberry.field(
        default=False,
        description="Whether its price is shown as a discount: then it may not be above what the variant was sold for "
        "within the last 7 days (a setting).",
    )
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CAMPAIGN)

    def terms(self) -> rules.SeckillTerms:
        return rules.SeckillTerms(
            self.name,
            key_of(Kind.VARIANT, self.variant_id, "input", "variantId"),
            self.price.value(),
            self.stock,
            self.starts_at,
            self.ends_at,
            tuple(slot.value() for slot in self.slots),
            self.limit_per_order,
            self.limit_per_member,
            self.pay_seconds,
            frozenset(self.goes_with),
            campaign_key(self.campaign_id),
        )


@strawberry.input(description="Which flash sale to end before its time.")
class SeckillEndInput:
    seckill_id: strawberry.ID = strawberry.field(description="The flash sale.")


@object_type(scope=Scope.VISITOR, description="The answer to mutations of flash sales.")
class SeckillPayload(Payload):
    seckill: Seckill | None = attribute("The flash sale.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


async def _publish(ctx: Context, *, input: SeckillPublishInput) -> Any:
    terms, shown = input.terms(), input.shown_as_discount
    seckill, replayed = await seckills.publish(ctx, terms, input.idempotency_key, shown_as_discount=shown)
    return SeckillPayload.of(seckill=seckill, replayed=replayed)


async def _end(ctx: Context, *, input: SeckillEndInput) -> Any:
    key = key_of(Kind.SECKILL, input.seckill_id, "input", "seckillId")
    return SeckillPayload.of(seckill=await seckills.end(ctx, key))


async def _seckills(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await seckills.running(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class SeckillsQuery:
    seckills: Connection[Seckill] = query(
        _seckills, "Flash sales that run or are to come, the first to end first.", scope=Scope.VISITOR
    )


@strawberry.type
class SeckillsMutation:
    seckill_publish: SeckillPayload | None = mutation(
        _publish, SeckillPayload, "Set units aside and sell them in a flash sale.", scope=Scope.OPERATOR
    )
    seckill_end: SeckillPayload | None = mutation(
        _end, SeckillPayload, "End a flash sale; what remains goes back to the shop.", scope=Scope.OPERATOR
    )


NODES = {Kind.SECKILL: seckills.seckills_by_id}
