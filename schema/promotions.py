"""Promotions: what operators see of them and do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain import money, pages
from domain.identity import Scope
from domain.payloads import plain
from domain.promotions import life, terms
from domain.promotions.audiences import EVERYBODY
from domain.promotions.life import PromotionState
from domain.promotions.scopes import EVERYTHING
from resolvers import promotions
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, StringFilter, condition_of
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.promotion_frames import Audience, AudienceInput, GoodsScope, GoodsScopeInput, WeeklySlot, WeeklySlotInput
from schema.promotion_plays import PromotionPlayInput
from schema.promotion_words import words_of
from schema.scalars import Json

described(
    PromotionState,
    "The life of a promotion.",
    DRAFT="Being prepared; nobody can have it.",
    PUBLISHED="It can be had in its time.",
    PAUSED="It cannot be had for a while, and can be changed.",
    ENDED="It is over; terminal.",
)


@object_type(scope=Scope.OPERATOR, description="How much of a promotion there is; null is without end.")
class PromotionLimits:
    uses: int | None = attribute("So many orders may have it.")
    uses_per_member: int | None = attribute("So many orders of one member may have it.")
    budget: Money | None = derived(lambda one: _money(one.budget), "So much may it take off in all.")


def _money(fen: int | None) -> Any:
    return None if fen is None else money.Money(fen)


async def _summaries(ctx: Context, found: Any) -> Any:
    return [words_of(one.promotion, ctx.locale) for one in found]


@object_type(
    scope=Scope.OPERATOR, description="A play with its terms (促销活动), as operators run it.", record=life.Planned
)
class Promotion(Node):
    id: strawberry.ID = identifier(Kind.PROMOTION)
    kind: str = derived(lambda one: one.promotion.kind, "The play, such as REDUCTION (满减).")
    name: str = derived(lambda one: one.promotion.name, "Its name, at most 60 characters; those who buy see it.")
    state: PromotionState = attribute("Where it stands.")
    terms: Json = derived(
        lambda one: _terms(one.promotion), "What the play takes: amounts in fen, ids as 32 hex digits."
    )
    summary: str = batched(_summaries, "What it gives, in the language of the request.")
    scope: GoodsScope = derived(lambda one: one.promotion.scope, "For which goods.")
    audience: Audience = derived(lambda one: one.promotion.audience, "For whom.")
    starts_at: datetime | None = derived(lambda one: one.promotion.starts_at, "When it begins; at once without.")
    ends_at: datetime | None = derived(lambda one: one.promotion.ends_at, "When it ends; never without. Not in it.")
    slots: list[WeeklySlot] = derived(lambda one: one.promotion.slots, "In which hours; always without.")
    priority: int = derived(lambda one: one.promotion.priority, "Of two for the same goods the higher one goes first.")
    exclusive: bool = derived(lambda one: one.promotion.exclusive, "Whether it goes with no later offer and no coupon.")
    shown_as_discount: bool = attribute("Whether its prices are shown as discounts, and held to the last days' deals.")
    limits: PromotionLimits = attribute("How much of it there is.")
    used: int = attribute("How many orders have it that were not given up.")
    spent: Money = derived(lambda one: _money(one.spent), "What it took off them.")
    campaign_id: strawberry.ID | None = identifier(Kind.CAMPAIGN, "campaign_id", description="The campaign.")
    created_at: datetime = attribute("When it was drafted.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Rises with each change; edits state it.")


def _terms(promotion: terms.Promotion) -> Any:
    return promotion.terms if isinstance(promotion.terms, dict) else plain(promotion.terms)


@strawberry.input(description="How much of a promotion there is.")
class PromotionLimitsInput:
    uses: int | None = strawberry.field(default=None, description="So many orders may have it, from 1 on.")
    uses_per_member: int | None = strawberry.field(
        default=None, description="So many orders of one member may have it, from 1 on."
    )
    budget: MoneyInput | None = strawberry.field(
        default=None,
        description="So much may it take off in all. An order off which it would take more than that is priced without "
        "it; one for which too little is left ends it.",
    )

    def value(self) -> life.Limits:
        budget = self.budget.value().minor if self.budget is not None else None
        return life.Limits(self.uses, self.uses_per_member, budget)


@strawberry.input(description="A promotion to draft. What is left out has its default.")
class PromotionCreateInput:
    name: str = strawberry.field(description="1 to 60 characters; those who buy see it.")
    play: PromotionPlayInput = strawberry.field(description="The way to sell, with its terms.")
    scope: GoodsScopeInput | None = strawberry.field(default=None, description="For which goods; all, if left out.")
    audience: AudienceInput | None = strawberry.field(default=None, description="For whom; everybody, if left out.")
    starts_at: datetime | None = strawberry.field(default=None, description="When it begins; at once, if left out.")
    ends_at: datetime | None = strawberry.field(default=None, description="When it ends; never, if left out.")
    slots: list[WeeklySlotInput] = strawberry.field(
        default_factory=list, description="In which hours, at most 50; always, if left out."
    )
    priority: int = strawberry.field(default=0, description="0 to 1,000; the higher one goes first.")
    exclusive: bool = strawberry.field(default=False, description="Whether it goes with no later offer and no coupon.")
    shown_as_discount: bool = strawberry.field(
        default=False,
        description="Whether its prices are shown as discounts: then none may be above what the goods were sold for "
        "within the last 7 days (a setting).",
    )
    limits: PromotionLimitsInput | None = strawberry.field(default=None, description="How much of it there is.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign that it belongs to.")

    def draft(self, ctx: Context) -> life.PromotionDraft:
        """The promotion that the input describes.

        Raises:
            BadInput: its play makes no sense.
            NotFound: an id is of another kind.
        """
        chosen = self.play.chosen(ctx.services.plays)
        promotion = terms.Promotion(
            UUID(int=0),
            chosen.kind,
            self.name.strip(),
            chosen.terms,
            self.scope.value("input", "scope") if self.scope else EVERYTHING,
            self.starts_at,
            self.ends_at,
            tuple(slot.value() for slot in self.slots),
            self.audience.value("input", "audience") if self.audience else EVERYBODY,
            self.priority,
            self.exclusive,
        )
        limits = self.limits.value() if self.limits else life.UNLIMITED
        campaign_id = None
        if self.campaign_id is not None:
            campaign_id = key_of(Kind.CAMPAIGN, self.campaign_id, "input", "campaignId")
        return life.PromotionDraft(promotion, limits, campaign_id, self.shown_as_discount)


@strawberry.input(
    description="A draft or paused promotion, and what it is to be: what is left out has its default. Its play stays."
)
class PromotionUpdateInput(PromotionCreateInput):
    promotion_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@strawberry.input(description="Which promotions; all conditions must hold. AND, OR and NOT nest to depth 3.")
class PromotionWhere:
    kind: StringFilter | None = strawberry.field(default=UNSET, description="The play.")
    state: EnumFilter[PromotionState] | None = strawberry.field(default=UNSET, description="The state.")
    campaign_id: IdFilter | None = strawberry.field(default=UNSET, description="The campaign.")
    starts_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it begins.")
    ends_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it ends.")
    AND: list[PromotionWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[PromotionWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: PromotionWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {
    "kind": "kind",
    "state": "state",
    "campaign_id": "campaignId",
    "starts_at": "startsAt",
    "ends_at": "endsAt",
}
_WHERE_IDS = {"campaignId": Kind.CAMPAIGN}


@object_type(scope=Scope.VISITOR, description="A promotion that was drafted.")
class PromotionCreatePayload(Payload):
    promotion: Promotion | None = attribute("The promotion.", default=None)


@object_type(scope=Scope.VISITOR, description="A promotion that was changed.")
class PromotionUpdatePayload(Payload):
    promotion: Promotion | None = attribute("The promotion as it is now.", default=None)


@strawberry.input(description="A promotion, and the version that the caller read.")
class PromotionPublishInput:
    promotion_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A promotion that was published.")
class PromotionPublishPayload(Payload):
    promotion: Promotion | None = attribute("The promotion as it is now.", default=None)


@strawberry.input(description="A promotion, and the version that the caller read.")
class PromotionPauseInput:
    promotion_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A promotion that was paused.")
class PromotionPausePayload(Payload):
    promotion: Promotion | None = attribute("The promotion as it is now.", default=None)


@strawberry.input(description="A promotion, and the version that the caller read.")
class PromotionEndInput:
    promotion_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A promotion that was ended.")
class PromotionEndPayload(Payload):
    promotion: Promotion | None = attribute("The promotion as it is now.", default=None)


async def _promotion(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.PROMOTION, id)
    return None if key is None else await promotions.promotion(ctx, key)


async def _promotions(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[PromotionWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    condition = condition_of(where, _WHERE_IDS, _WHERE_NAMES)
    return await promotions.promotions(ctx, pages.page_request(first, after, last, before), condition)


async def _create(ctx: Context, *, input: PromotionCreateInput) -> Any:
    created: Any = await promotions.create(ctx, input.draft(ctx))
    return PromotionCreatePayload(promotion=created)


async def _update(ctx: Context, *, input: PromotionUpdateInput) -> Any:
    changed: Any = await promotions.update(ctx, _key(input.promotion_id), input.draft(ctx), input.expected_version)
    return PromotionUpdatePayload(promotion=changed)


async def _publish(ctx: Context, *, input: PromotionPublishInput) -> Any:
    published: Any = await promotions.publish(ctx, _key(input.promotion_id), input.expected_version)
    return PromotionPublishPayload(promotion=published)


async def _pause(ctx: Context, *, input: PromotionPauseInput) -> Any:
    paused: Any = await promotions.pause(ctx, _key(input.promotion_id), input.expected_version)
    return PromotionPausePayload(promotion=paused)


async def _end(ctx: Context, *, input: PromotionEndInput) -> Any:
    ended: Any = await promotions.end(ctx, _key(input.promotion_id), input.expected_version)
    return PromotionEndPayload(promotion=ended)


def _key(given: str) -> UUID:
    return key_of(Kind.PROMOTION, given, "input", "promotionId")


@strawberry.type
class PromotionQuery:
    promotion: Promotion | None = query(_promotion, "One promotion; null when there is none.", scope=Scope.OPERATOR)
    promotions: Connection[Promotion] = query(
        _promotions, "All promotions, the newest first, for operators.", scope=Scope.OPERATOR
    )


@strawberry.type
class PromotionMutation:
    promotion_create: PromotionCreatePayload | None = mutation(
        _create, PromotionCreatePayload, "Draft a promotion; nobody can have it yet.", scope=Scope.OPERATOR
    )
    promotion_update: PromotionUpdatePayload | None = mutation(
        _update,
        PromotionUpdatePayload,
        "Change a promotion that is a draft or paused. While orders have it, it stays in its campaign.",
        scope=Scope.OPERATOR,
    )
    promotion_publish: PromotionPublishPayload | None = mutation(
        _publish,
        PromotionPublishPayload,
        "Let people have a promotion in its time, once its terms, price floors and other promotions are checked.",
        scope=Scope.OPERATOR,
    )
    promotion_pause: PromotionPausePayload | None = mutation(
        _pause,
        PromotionPausePayload,
        "Let nobody have a promotion for a while; orders keep what it gave them.",
        scope=Scope.OPERATOR,
    )
    promotion_end: PromotionEndPayload | None = mutation(
        _end,
        PromotionEndPayload,
        "End a promotion for good; orders keep what it gave them.",
        scope=Scope.OPERATOR,
    )


NODES = {Kind.PROMOTION: promotions.for_operators}
